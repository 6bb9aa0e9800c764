"""Input checks: who is wrong is told, and what to do."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import (
    BGBB,
    BGNBD,
    MBGNBD,
    SBG,
    BdW,
    FitError,
    GammaGamma,
    ParetoNBD,
    bootstrap,
    compare,
    lifetime_value,
)
from crmlab.errors import CrmlabError, DataError, InputError

GOOD = {"frequency": [0, 1, 2, 4, 3, 1], "recency": [0.0, 3, 8, 9, 7, 1], "T": [9.0, 9, 10, 11, 12, 12]}
MODEL = BGNBD.from_params(r=0.24, alpha=4.41, a=0.79, b=2.43, unit="W")
SPEND = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
INDEX = pd.Index(["Ann", "Ben", "Cid", "Dee", "Eve", "Fay"], name="customer_id")


def table(**changes):
    """Six good customers, of whom Cid is made wrong."""
    frame = pd.DataFrame(GOOD, index=INDEX).astype({"frequency": float})
    for name, value in changes.items():
        frame.loc["Cid", name] = value
    return frame


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"frequency": np.nan}, "frequency must be a number"),
        ({"recency": np.inf}, "recency must be a number"),
        ({"T": np.nan}, "T must be a number"),
        ({"T": -1.0, "frequency": 0, "recency": 0}, "T must be the time observed"),
        ({"T": 0.0}, "recency must not be over T"),
        ({"recency": 10.5}, "recency must not be over T"),
        ({"recency": -0.5}, "recency must be the age"),
        ({"frequency": 1.5}, "frequency must be a whole number"),
        ({"frequency": -1}, "frequency must be a whole number"),
        ({"recency": 0.0}, "recency must be over 0 where"),
        ({"frequency": 0}, "recency must be 0 where"),
    ],
)
def test_broken_rules_name_the_customer(model, change, rule):
    for use in (
        lambda: model().fit(table(**change), unit="W"),
        lambda: _given(model).p_alive(table(**change)),
    ):
        with pytest.raises(DataError, match=rule) as caught:
            use()
        assert "Cid" in str(caught.value)
        assert "Ann" not in str(caught.value)


def _given(model):
    return model.from_params(unit="W", **dict.fromkeys(model._names, 1.5))


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_too_little_to_fit(model):
    once = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": np.arange(5.0, 50.0)})
    with pytest.raises(DataError, match="No customer bought again"):
        model().fit(once, unit="W")
    with pytest.raises(DataError, match="no rows"):
        model().fit(once.head(0), unit="W")
    with pytest.raises(DataError, match="only 1 different pattern"):
        model().fit(table().tail(1), unit="W")
    with pytest.raises(InputError, match="unit"):
        model().fit(table())
    with pytest.raises(InputError, match=r"no column 'frequency' .* Did you mean 'frequencies'"):
        model().fit(table().rename(columns={"frequency": "frequencies"}), unit="W")
    with pytest.raises(InputError, match="no time unit 'week'"):
        model().fit(table(), unit="week")
    with pytest.raises(InputError, match="cannot be read from list"):
        model().fit([1, 2, 3], unit="W")
    with pytest.raises(InputError, match="penalty"):
        model(penalty=-1.0).fit(table(), unit="W")
    with pytest.raises(DataError, match="customers must be a positive"):
        model().fit(table().assign(customers=[1, 1, 0, 1, 1, 1]), unit="W")


def test_customers_of_today_tell_nothing_and_do_no_harm(cdnow):
    """A first purchase on the last day (T = 0) has likelihood 1; any growing business has such customers."""
    today = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]}, index=["new"])
    frame = pd.concat([cdnow.frame[["frequency", "recency", "T"]], today])
    for model in (BGNBD, MBGNBD, ParetoNBD):
        with_them, without = model().fit(frame, unit="W"), model().fit(cdnow)
        assert with_them.loglik_ == pytest.approx(without.loglik_, abs=1e-8)
        assert with_them.params_.to_dict() == pytest.approx(without.params_.to_dict(), rel=1e-6)
        assert with_them.expected_purchases(today, 39).item() == pytest.approx(
            with_them.expected_purchases_new(39)
        )


@pytest.mark.slow
def test_ridges_are_named():
    """Poisson buyers who never leave: a and b, s and beta are not to be found; nor are r and alpha."""
    rng = np.random.default_rng(1)
    x = rng.poisson(rng.gamma(2.0, 1.0, 2000))
    T = np.full(2000, 30.0)
    last = np.where(x > 0, T * rng.random(2000) ** (1 / np.maximum(x, 1)), 0.0)
    forever = pd.DataFrame({"frequency": x, "recency": last, "T": T})
    for model, name in ((BGNBD, "a -> "), (ParetoNBD, "beta -> infinity")):
        with pytest.raises(FitError, match=name) as caught:
            model().fit(forever, unit="W")
        assert "ridge" in str(caught.value)
        assert "penalty" in str(caught.value)
        steadied = model(penalty=0.1).fit(forever, unit="W")
        assert steadied.p_alive(forever).min() > 0.7
    assert issubclass(FitError, CrmlabError)
    with pytest.raises(FitError, match="retention rate may be constant"):
        SBG().fit([10_000, 8000, 6400, 5120, 4096])


def test_a_failing_search_is_no_result(monkeypatch, cdnow):
    monkeypatch.setattr("crmlab.clv.newton._STEPS", 1)
    with pytest.raises(FitError, match="did not converge in 1 steps"):
        BGNBD().fit(cdnow)


def test_too_few_repeat_buyers_is_said():
    few = pd.DataFrame(
        {"frequency": [0] * 60 + [1, 1, 2], "recency": [0.0] * 60 + [1.0, 2.0, 9.0], "T": 10.0}
    )
    with pytest.raises(FitError, match="Only 3 of 63 customers bought again: too few"):
        BGNBD().fit(few, unit="W")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"monetary_value": 0.0}, "over 0"),
        ({"monetary_value": -3.0}, "over 0"),
        ({"monetary_value": np.nan}, "number"),
    ],
)
def test_spend_needs_money(change, rule):
    frame = table().assign(monetary_value=[np.nan, 20.0, 30, 25, 18, 40])
    SPEND.expected_spend(frame)
    for name, value in change.items():
        frame.loc["Cid", name] = value
    for use in (GammaGamma().fit, SPEND.expected_spend):
        with pytest.raises(DataError, match=rule) as caught:
            use(frame)
        assert "Cid" in str(caught.value)


def test_spend_without_a_mean_is_refused():
    heavy = GammaGamma.from_params(p=2.0, q=0.9, v=10.0)
    frame = table().assign(monetary_value=20.0, total=50.0)
    with pytest.raises(InputError, match="q is 1,"):  # p·v/(q − 1) does not exist at 1 either
        GammaGamma.from_params(p=2.0, q=1.0, v=10.0).mean_spend  # noqa: B018
    with pytest.raises(InputError, match=r"q is 0\.9"):
        heavy.expected_spend(frame)
    with pytest.raises(InputError, match=r"q is 0\.9"):
        lifetime_value(MODEL, heavy, frame, 52, discount_rate=0.1, margin=0.3)
    with pytest.raises(DataError, match="No customer bought again"):
        GammaGamma().fit(frame.assign(frequency=0))


def test_other_time_units_are_refused(cdnow):
    with pytest.raises(InputError, match=r'model.in_unit\("W"\)'):
        MODEL.in_unit("D").p_alive(cdnow)
    converted = MODEL.in_unit("D").in_unit("W").p_alive(cdnow)
    assert converted.to_numpy() == pytest.approx(MODEL.p_alive(cdnow).to_numpy(), rel=1e-12)
    for weekly in (cdnow, cdnow.frame, cdnow.frame.query("frequency > 0").head(50)):
        with pytest.raises(InputError, match="measures time in D, these customers in W"):
            MODEL.in_unit("D").expected_purchases(weekly, 30)
    with pytest.raises(InputError, match="count time in W"):
        BGNBD().fit(cdnow, unit="D")
    assert BGNBD().fit(cdnow.frame).unit_ == "W"


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: BGNBD().p_alive(table()), "no parameters yet"),
        (lambda: BGNBD.from_params(r=1.0, alpha=1.0, a=1.0, b=1.0), "time unit"),
        (lambda: BGNBD.from_params(r=1.0, alpha=1.0, a=1.0, unit="W"), "parameter b is None"),
        (lambda: BGNBD.from_params(r=1.0, alpha=1.0, a=-1.0, b=1.0, unit="W"), "parameter a is -1.0"),
        (lambda: BGNBD.from_params(r=1, alpha=1, a=1, b=1, beta=1, unit="W"), "no parameter 'beta'"),
        (lambda: MODEL.expected_purchases(table(), "9X"), "no time unit 'X'"),
        (lambda: MODEL.expected_purchases(table(), "manyD"), "such as '90D', '12M' or '12 months'"),
        (lambda: MODEL.expected_purchases(table(), -3), "not negative"),
        (lambda: MODEL.expected_purchases_new(None), "t is None"),
        (lambda: MODEL.silent_until(table(), 1.0), "between 0 and 1"),
        (lambda: MODEL.discounted_purchases(table(), discount_rate=0.0), "Give a horizon"),
        (lambda: MODEL.discounted_purchases(table(), discount_rate=-0.1), "0.10 is 10%"),
        (lambda: MODEL.discounted_purchases(table(), discount_rate=10), "0.10 is 10%"),
        (lambda: SBG.from_params(alpha=1.0, beta=1.0).discounted_lifetime(discount_rate=10), "0.10 is 10%"),
        (lambda: MODEL.pmf(table(), 1.5, horizon=3), "whole number"),
        (lambda: MODEL.simulate([1.0, -2.0], seed=1), "finite and not negative"),
        (lambda: MODEL.set_params(penalti=1.0), "Did you mean 'penalty'"),
        (lambda: MODEL.tracking(pd.Series([1, 2]), "1998-01-01"), "dates of first purchases"),
        (lambda: BGNBD.from_json("{}"), "not the JSON of a BGNBD"),
        (lambda: BGNBD.from_json(SPEND.to_json()), "GammaGamma.from_json"),
        (lambda: lifetime_value(SPEND, MODEL, table(), discount_rate=0.1, margin=0.3), "in this order"),
        (
            lambda: lifetime_value(
                MODEL, SPEND, table().assign(monetary_value=9.0), discount_rate=0.1, margin=30
            ),
            "share of revenue",
        ),
        (lambda: compare([MODEL, MODEL], table()), "look alike"),
        (lambda: compare([MODEL], table()), "holdout_frequency"),
        (lambda: bootstrap(MODEL, table(), n=0, seed=1), "n is 0"),
        (lambda: BGBB().fit(table(), unit="W"), "opportunities"),
        (lambda: SBG().fit([100, 80, 60], unit="M"), "renewals"),
        (lambda: SBG().fit("abc"), "list of numbers"),
        (lambda: SBG.from_params(alpha=1.0, beta=1.0).in_unit("D"), "does not measure time"),
        (lambda: SBG.from_params(alpha=1.0, beta=1.0).retention(0.5), "number 1"),
        (
            lambda: SBG.from_params(alpha=1.0, beta=1.0).discounted_lifetime(discount_rate=0.0),
            "from 1e-05 to 1",
        ),
    ],
)
def test_requests_that_cannot_be_served(use, message):
    with pytest.raises(InputError, match=message):
        use()


@pytest.mark.parametrize(
    ("survivors", "message"),
    [
        ([100, 80, 85, 70], "rise, but do at renewal 2"),
        ([100, 80, np.nan, 60], "Renewal 2"),
        ([100, 100, 100, 100], "Nobody left"),
        ([100, 0, 0, 0], "same renewal"),
        ([100, 80], "at least"),
    ],
)
def test_survivors(survivors, message):
    for model in (SBG, BdW):
        with pytest.raises(DataError, match=message):
            model().fit(survivors)


def test_donors():
    donors = pd.DataFrame(
        {"frequency": [0, 1, 3, 6], "recency": [0, 4, 3, 6], "n": [6, 6, 5, 6]}, index=list("abcd")
    )
    for name, value, rule in (
        ("frequency", 5, "over recency"),
        ("recency", 7, "over n"),
        ("n", 5.5, "whole"),
    ):
        wrong = donors.astype(float)
        wrong.loc["c", name] = value
        with pytest.raises(DataError, match=rule) as caught:
            BGBB().fit(wrong)
        assert "Customers c;" in str(caught.value)


@pytest.mark.parametrize("kind", [BGNBD, ParetoNBD, GammaGamma])
def test_as_scikit_learn_expects(kind, cdnow):
    from sklearn.base import clone  # slow to import

    model = kind(penalty=0.5)
    assert repr(model) == f"{kind.__name__}(penalty=0.5)"
    assert repr(kind()) == f"{kind.__name__}()"
    copy = clone(model.fit(cdnow))
    assert copy.get_params() == {"penalty": 0.5}
    assert not hasattr(copy, "params_")
    assert model.set_params(penalty=0.0) is model
    again = kind.from_json(model.to_json())
    assert again.params_.equals(model.params_)
    assert again.covariance_.equals(model.covariance_)
    assert again.summary().equals(model.summary())
    assert (again.loglik_, again.aic, again.bic) == (model.loglik_, model.aic, model.bic)
    assert (again.unit_, again.n_customers_) == (model.unit_, model.n_customers_)
    assert json.loads(model.to_json())["version"]
    frame = cdnow.frame.copy()
    model.fit(frame, unit="W")
    assert frame.equals(cdnow.frame)


def test_no_warning_in_extreme_places():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wide = pd.DataFrame(
            {
                "frequency": [0, 1, 100_000, 1, 0],
                "recency": [0, 1e-9, 1e5, 1e-3, 0],
                "T": [1e5, 1e5, 1e5, 1e-3, 0],
            }
        )
        for kind in (BGNBD, MBGNBD, ParetoNBD):
            for value in (1e-3, 1.0, 1e3):
                model = kind.from_params(unit="D", **dict.fromkeys(kind._names, value))
                for found in (
                    model.p_alive(wide),
                    model.expected_purchases(wide, 1e5),
                    model.pmf(wide, 3, horizon=1e3),
                    model.discounted_purchases(wide, discount_rate=0.1),
                    model.log_likelihood(wide),
                ):
                    assert np.isfinite(found).all()
                assert (model.silent_until(wide) >= 0).all()
