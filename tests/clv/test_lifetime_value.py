"""What is built on the models: lifetime value, bootstrap, comparison."""

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import BGNBD, MBGNBD, FitError, GammaGamma, ParetoNBD, bootstrap, compare, lifetime_value
from crmlab.clv.comparison import _top
from crmlab.errors import InputError

approx = pytest.approx


@pytest.mark.parametrize("kind", [BGNBD, MBGNBD, ParetoNBD])
def test_value_is_the_sum_of_small_steps(kind, cdnow):
    """Discounting a twentieth of a week at a time gives the same money."""
    model, spend = kind().fit(cdnow), GammaGamma().fit(cdnow)
    some = cdnow.frame.iloc[::300]
    value = lifetime_value(model, spend, some, 52, discount_rate=0.15, margin=0.4)
    edges = np.arange(0, 52.01, 0.05)
    steps = np.diff(model.expected_purchases(some, list(edges)).to_numpy(), axis=1)
    years = (edges[:-1] + edges[1:]) / 2 * 7 / 365.25
    discounted = steps @ 1.15**-years
    assert value["discounted_purchases"].to_numpy() == approx(discounted, rel=1e-7)
    assert value["residual_value"].to_numpy() == approx(
        0.4 * spend.expected_spend(some) * discounted, rel=1e-7
    )
    assert value["past_profit"].to_numpy() == approx(0.4 * some["total"])
    assert value["lifetime_value"].to_numpy() == approx(value["past_profit"] + value["residual_value"])
    once = some["frequency"] == 0
    assert value.loc[once, "expected_spend"].to_numpy() == approx(spend.mean_spend)


def test_value_of_customers_as_of_their_table(cdnow):
    model, spend = BGNBD().fit(cdnow), GammaGamma().fit(cdnow)
    value = lifetime_value(model, spend, cdnow, "12M", discount_rate=0.1, margin=0.3)
    assert value.index.equals(cdnow.frame.index)
    ever = lifetime_value(model, spend, cdnow, discount_rate=0.1, margin=0.3)
    assert (ever["residual_value"] > value["residual_value"]).all()
    bare = cdnow.frame[["frequency", "recency", "T", "monetary_value"]]
    residual = lifetime_value(model, spend, bare, "12M", discount_rate=0.1, margin=0.3)
    assert list(residual.columns) == ["expected_spend", "discounted_purchases", "residual_value"]
    assert residual["residual_value"].equals(value["residual_value"])


def test_bootstrap_agrees_with_the_curvature(cdnow):
    model = BGNBD().fit(cdnow)
    draws = bootstrap(model, cdnow, n=300, seed=3)
    assert len(draws.params) == 300
    assert draws.failed == 0
    log_spread = np.log(draws.params).std()
    expected = model.summary()["SE"] / model.params_
    assert log_spread.to_numpy() == approx(expected.to_numpy(), rel=0.35)
    total = draws.predict(lambda m: m.expected_purchases(cdnow, 39).sum())
    assert total["value"].min() < model.expected_purchases(cdnow, 39).sum() < total["value"].max()
    two = draws.predict(lambda m: m.p_alive(cdnow.frame.head(2)))
    assert two.shape == (300, 2)
    assert list(two.columns) == list(cdnow.frame.index[:2])
    wide, narrow = draws.interval(0.99), draws.interval(0.5)
    assert (wide["lower"] < narrow["lower"]).all()
    assert (narrow["upper"] < wide["upper"]).all()


def test_bootstrap_is_reproducible_and_parallel(cdnow):
    model = GammaGamma().fit(cdnow)
    alone = bootstrap(model, cdnow, n=12, seed=5)
    assert bootstrap(model, cdnow, n=12, seed=5, jobs=2).params.equals(alone.params)
    assert not bootstrap(model, cdnow, n=12, seed=6).params.equals(alone.params)


def test_bootstrap_of_hardly_determined_models_says_so():
    few = pd.DataFrame(
        {"frequency": [0] * 40 + [1, 2, 1], "recency": [0.0] * 40 + [2.0, 6.0, 9.0], "T": 10.0}
    )
    model = BGNBD.from_params(r=0.2, alpha=8.0, a=1.0, b=3.0, unit="W")
    with pytest.raises(FitError, match="of 20 refits found no estimate"):
        bootstrap(model, few, n=20, seed=1)


def test_bootstrap_refuses_to_fill_the_memory(cdnow, monkeypatch):
    draws = bootstrap(BGNBD().fit(cdnow), cdnow, n=3, seed=1)
    monkeypatch.setattr("crmlab.clv.resampling._MOST", 5000)
    with pytest.raises(InputError, match="do not fit into memory"):
        draws.predict(lambda m: m.p_alive(cdnow))


def test_comparison_on_cdnow(cdnow, published):
    table = compare([BGNBD(), MBGNBD(), ParetoNBD()], cdnow)
    assert list(table.index) == ["BGNBD", "MBGNBD", "ParetoNBD", "same rate", "nobody buys", "recency rule"]
    for name, key in (("BGNBD", "bgnbd"), ("MBGNBD", "mbgnbd"), ("ParetoNBD", "paretonbd")):
        assert table.loc[name, "loglik"] == approx(published[key]["cdnow"]["LL"], abs=0.01)
        assert table.loc[name, "aic"] == approx(8 - 2 * table.loc[name, "loglik"])
    actual = cdnow.frame["holdout_frequency"]
    nobody = table.loc["nobody buys"]
    assert nobody["mae"] == approx(actual.mean()) == -nobody["bias"]
    assert nobody["brier"] == approx((actual > 0).mean())
    assert nobody["best_decile"] == approx(0.1)
    assert nobody["total_error"] == -1
    total = published["bgnbd"]["cdnow"]["holdout_total"]
    assert table.loc["BGNBD", "total_error"] == approx(total["model"] / total["actual"] - 1, abs=1e-4)
    models = ["BGNBD", "MBGNBD", "ParetoNBD"]
    assert table.loc[models, "rmse"].max() < table["rmse"].drop(models).min()
    assert table.loc[models, "brier"].max() < table["brier"].drop(models).min()


def test_comparison_takes_fitted_and_named_models(cdnow):
    fitted = BGNBD().fit(cdnow)
    fresh = BGNBD()
    table = compare({"old": fitted, "new": fresh}, cdnow)
    assert table.loc["old"].to_dict() == approx(table.loc["new"].to_dict())
    assert table.loc["old", ["aic", "bic"]].tolist() == approx([fitted.aic, fitted.bic], rel=1e-12)
    assert not hasattr(fresh, "params_")


def test_whoever_was_silent_for_as_long_as_allowed_is_not_given_up():
    columns = ["frequency", "recency", "T", "holdout_frequency", "holdout_T"]
    base = pd.DataFrame([[2, 10.0, 20.0, 1, 10.0], [2, 9.0, 20.0, 0, 10.0]], columns=columns)
    model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
    rule = compare({"any": model}, base, silence=10).loc["recency rule"]
    assert rule[["bias", "brier"]].tolist() == [0.0, 0.0]  # 2/20 · 10 = 1 of the first, nothing of the second


def test_best_tenth_shares_ties():
    assert _top(np.arange(20.0)).tolist() == [0.0] * 18 + [1.0, 1.0]
    assert _top(np.zeros(20)) == approx(0.1)
    assert _top(np.array([5.0] + [1.0] * 19)) == approx(np.array([1.0] + [1 / 19] * 19))
