"""Curves of loyalty over satisfaction: the truth of each market is found, and a straight line misses it."""

import numpy as np
import pandas as pd
import pytest

from crmlab import decisions
from crmlab.errors import DataError, FitError, InputError
from crmlab.simulate import survey
from crmlab.simulate.answers import MARKETS, staying

approx = pytest.approx


def truth(market: str, marks: np.ndarray) -> np.ndarray:
    return staying(marks.astype(float), np.full(len(marks), list(MARKETS).index(market)))


def test_the_curve_of_each_market_is_found():
    rng, size = np.random.default_rng(4), 12_000
    code = rng.integers(0, 3, size)
    mark = rng.integers(2, 11, size)
    stayed = pd.Series(rng.random(size) < staying(mark.astype(float), code))
    market = pd.Series(np.array(list(MARKETS))[code])
    made = decisions.loyalty_curves(pd.Series(mark), stayed, market, draws=40)
    held = []
    for name in MARKETS:
        curve = made.loc[name]
        real = truth(name, curve.index.to_numpy())
        assert np.abs(curve["stays"] - real).max() < 0.05
        held += [*((curve["low"] <= real) & (real <= curve["high"]))]
        slack = 3 * np.sqrt(real * (1 - real) / curve["customers"])
        assert (np.abs(curve["seen"] - real) < slack).mean() > 0.9
    assert np.mean(held) > 0.75  # 27 points of three curves, each by itself
    steps = made["step"].dropna().groupby(level="market", sort=False)
    assert steps.idxmax()["competitive"][1] in (7, 8)
    assert steps.max()["monopoly"] < 0.05 < steps.max()["competitive"]
    assert made.attrs["curves"]["competitive"]["s0"] == approx(7.8, abs=0.5)


def test_the_survey_s_world_shows_its_curves():
    chain = survey(20_000, seed=2)
    people = chain.truth.join(chain.table("attributes"))
    people = people[~people["tied"] & ~people["price"]]
    rival = people["town"].map(chain.table("towns")["rival_from"]).notna()
    market = people["market"].where(~rival, "competitive")
    made = decisions.loyalty_curves(people["satisfaction"], people["alive_until"].isna(), market, draws=10)
    for name in MARKETS:
        curve = made.loc[name].query("customers > 100")
        error = np.sqrt(curve["stays"] * (1 - curve["stays"]) / curve["customers"])
        assert (np.abs(curve["stays"] - truth(name, curve.index.to_numpy())) < 4 * error).all()


def test_order_of_customers_and_names_does_not_matter():
    rng = np.random.default_rng(1)
    mark = pd.Series(rng.integers(1, 11, 500))
    stayed = pd.Series(rng.random(500) < mark / 11)
    market = pd.Series(rng.choice(["x", "y"], 500))
    one = decisions.loyalty_curves(mark, stayed, market, draws=5)
    other = decisions.loyalty_curves(mark[::-1], stayed, market.sample(frac=1, random_state=1), draws=5)
    pd.testing.assert_frame_equal(one, other)
    assert (one["customers"].groupby(level="market").sum() == market.value_counts().sort_index()).all()
    assert one["step"].dropna().to_numpy() == approx(one["stays"].groupby(level="market").diff().dropna())


MARK, STAYED = pd.Series([1, 4, 7, 9] * 10), pd.Series([0, 0, 1, 1] * 10)
TOWN = pd.Series(["a"] * 40)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.loyalty_curves(MARK, STAYED * 0, TOWN), FitError, "'a'.*of whom 0 stayed"),
        (lambda: decisions.loyalty_curves(MARK * 0 + 5, STAYED, TOWN), FitError, "1 different marks"),
        (lambda: decisions.loyalty_curves(MARK[:8], STAYED[:8], TOWN[:8]), FitError, "8 customers"),
        (lambda: decisions.loyalty_curves(MARK, STAYED + 1, TOWN), DataError, "neither true nor false"),
        (lambda: decisions.loyalty_curves(MARK, STAYED, TOWN.where(MARK > 1)), DataError, "no 'market'"),
        (lambda: decisions.loyalty_curves(MARK[:0], STAYED[:0], TOWN[:0]), DataError, "no rows"),
        (lambda: decisions.loyalty_curves(MARK, STAYED, TOWN, draws=1), InputError, "draws is 1"),
    ],
)
def test_what_tells_nothing_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_a_market_in_which_all_is_split_at_one_mark_has_a_curve():
    made = decisions.loyalty_curves(MARK, STAYED, TOWN, draws=5)
    assert made["stays"].iloc[0] < 0.1
    assert made["stays"].iloc[-1] > 0.9
    assert made.loc["a", "seen"].isna().sum() == 5
