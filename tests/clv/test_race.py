"""A race: lists of one length, scores, paired draws, and verdicts that do not take ignorance for equality."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.clv import BGNBD, ParetoNBD, compare, fit_each, fit_small, on_list, race, redraw, score, verdicts
from crmlab.errors import DataError, FitError, InputError

KINDS = {"BG/NBD": BGNBD, "Pareto/NBD": ParetoNBD}


@pytest.fixture(scope="module")
def customers() -> crm.customers.Customers:
    return crm.summarise(
        crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    )


def test_a_list_has_as_many_places_as_asked_for_and_ties_share_them():
    values = pd.DataFrame({"a": [3, 1, 1, 1, 0], "b": [0, 0, 0, 0, 0], "c": [1, 2, 3, 4, 5]})
    found = on_list(values, 2.5)
    assert found.sum().tolist() == pytest.approx([2.5, 2.5, 2.5])
    assert found["a"].tolist() == pytest.approx([1, 0.5, 0.5, 0.5, 0])
    assert found["c"].tolist() == [0, 0, 0.5, 1, 1]
    with pytest.raises(InputError, match="places is 6, but must be a length of a list"):
        on_list(values["a"], 6)


def test_scores_are_those_of_compare(customers):
    models = fit_each(KINDS, customers)
    frame, length = customers.frame, customers.frame["holdout_T"].iloc[0]
    means = pd.DataFrame({name: each.expected_purchases(customers, length) for name, each in models.items()})
    chances = pd.DataFrame(
        {name: 1 - each.pmf(customers, 0, horizon=length) for name, each in models.items()}
    )
    found = score(means, chances, frame["holdout_frequency"], places=len(frame) / 10)
    known = compare(models, customers).loc[list(models)]
    for mine, its in (("MAE", "mae"), ("RMSE", "rmse"), ("Brier", "brier")):
        assert found[mine].tolist() == pytest.approx(known[its].tolist())
    assert found["total"].tolist() == pytest.approx(known["total_error"].abs().tolist())
    assert (1 - found["missed"]).tolist() == pytest.approx(known["best_decile"].tolist())
    with pytest.raises(DataError, match="0 purchases were made"):
        score(means, chances, 0 * frame["holdout_frequency"], places=9)


def test_a_plain_fit_that_fails_is_steadied(customers, monkeypatch):
    plain = BGNBD.fit

    def fit(self, *given, **named):
        if not self.penalty:
            raise FitError("no rest")
        return plain(self, *given, **named)

    monkeypatch.setattr(BGNBD, "fit", fit)
    found = fit_each(KINDS, customers, penalty=0.2)
    assert {name: each.penalty for name, each in found.items()} == {"BG/NBD": 0.2, "Pareto/NBD": 0.0}


def test_small_firms_forecast_the_whole_base(customers):
    every = len(customers.frame)
    found = fit_small(BGNBD(penalty=0.1), customers, [2, every], fits=2)
    assert found["size"].tolist() == [2, 2, every, every]
    whole = BGNBD(penalty=0.1).fit(customers).expected_purchases(customers, 39.0).sum()
    assert found["total_error"].iloc[2:].tolist() == pytest.approx([whole / 1882 - 1] * 2, rel=1e-4)
    with pytest.raises(InputError, match="size is 9999"):
        fit_small(BGNBD(), customers, [9999])


def test_a_fit_without_an_estimate_is_missing(customers, monkeypatch):
    def fit(self, *given, **named):
        raise FitError("no rest")

    monkeypatch.setattr(BGNBD, "fit", fit)
    assert fit_small(BGNBD(), customers, [50], fits=3)["total_error"].isna().tolist() == [True] * 3


def test_letters_are_fixed_in_number_when_customers_are_drawn_again():
    listed = pd.DataFrame({"a": [1, 1, 0, 0], "b": [0, 0.5, 0.5, 1]})
    cost = redraw(3.0 * listed, per=listed, draws=50).dropna()
    assert cost.to_numpy() == pytest.approx(3.0), (
        "letters that only cost something cost the same in each draw"
    )


def test_draws_are_paired_within_and_between_measures(monkeypatch):
    losses = pd.DataFrame({"rule": np.arange(40.0), "model": np.arange(40.0) + 1})
    drawn = redraw(losses, draws=30, seed=4)
    assert (drawn["model"] - drawn["rule"]).to_numpy() == pytest.approx(1)
    pd.testing.assert_frame_equal(drawn, redraw(losses, per=pd.Series(1.0, losses.index), draws=30, seed=4))
    assert drawn["rule"].std() > 0
    monkeypatch.setattr(race, "_BLOCK", 40)
    assert len(redraw(losses, draws=30, seed=4)) == 30
    with pytest.raises(InputError, match="the same customers"):
        redraw(losses, per=pd.Series(1.0, range(5)))


def test_verdicts_tell_equal_from_unknown():
    far = np.linspace(-1, 1, 101)
    drawn = pd.DataFrame({"leader": 0 * far})
    drawn["level"] = 0.01 * far
    drawn["hardly worse"] = 0.05 + 0.01 * far
    drawn["worse"] = 5 + far
    drawn["unknown"] = 0.1 + far
    found = verdicts(drawn.mean(), drawn, near=0.1, against="leader")
    assert found["verdict"].to_dict() == {
        "level": "as good",
        "hardly worse": "as good",
        "worse": "worse",
        "unknown": "cannot be told",
    }
    assert found.loc["worse", ["estimate", "lower", "upper"]].tolist() == pytest.approx([5, 4.05, 5.95])
    assert verdicts(drawn.mean(), drawn, near=0.1, against="worse").loc["leader", "verdict"] == "better"
    strict = verdicts(drawn.mean(), drawn, near=0.0)
    assert "as good" not in strict["verdict"].drop("level").tolist()
    with pytest.raises(InputError, match="forecaster"):
        verdicts(drawn.mean(), drawn, near=0.1, against="nobody")
