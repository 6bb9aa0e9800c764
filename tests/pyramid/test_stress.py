"""Stress: losses that have a closed form, a bank that defaults together, and growth under a limit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import crmlab as crm
from crmlab.errors import DataError, FitError, InputError
from crmlab.pyramid import best_growth, default_losses, expected_and_worst, largest_leave

approx = pytest.approx


@pytest.mark.slow
def test_losses_are_those_of_vasicek():
    """Many small equal debts: the quantile of the losses has a closed form."""
    n, p, rho = 4000, 0.03, 0.15
    losses = default_losses(
        pd.Series(1 / n, index=range(n)), pd.Series(p, index=range(n)), correlation=rho, draws=3000, seed=1
    )
    found = expected_and_worst(losses, level=0.99)
    assert found["expected"] == approx(p, abs=4 * found["expected_error"])
    exact = norm.cdf((norm.ppf(p) + np.sqrt(rho) * norm.ppf(0.99)) / np.sqrt(1 - rho))
    assert found["worst_low"] <= exact <= found["worst_high"]
    assert found["beyond"] > found["worst"] > found["expected"]


def test_without_a_common_cause_the_mean_and_spread_are_those_of_independent_defaults():
    rng = np.random.default_rng(2)
    owed, chance = pd.Series(rng.exponential(100, size=300)), pd.Series(rng.uniform(0, 0.1, size=300))
    losses = default_losses(owed, chance, lost=0.5, draws=4000, seed=3)
    assert losses.mean() == approx((owed * chance).sum() / 2, abs=4 * losses.std() / np.sqrt(4000))
    spread = np.sqrt((owed**2 * chance * (1 - chance)).sum()) / 2
    assert losses.std() == approx(spread, rel=0.06)


def test_a_common_cause_leaves_the_mean_and_widens_the_tail():
    owed, chance = pd.Series([10.0] * 400), pd.Series([0.05] * 400)
    alone, together = (default_losses(owed, chance, correlation=rho, seed=1) for rho in (0.0, 0.2))
    sides = [expected_and_worst(each) for each in (alone, together)]
    error = np.hypot(*(side["expected_error"] for side in sides))
    assert sides[0]["expected"] == approx(sides[1]["expected"], abs=4 * error)
    assert sides[1]["worst_low"] > 1.5 * sides[0]["worst_high"]


def test_the_expected_loss_of_the_bank_is_that_of_its_truth():
    house = crm.simulate.bank(customers=2000, seed=3)
    balances = house.table("balances")
    loans = balances[(balances["product"] == "loan") & (balances["date"] == balances["date"].min())]
    owed = loans.set_index("customer_id")["balance"].abs()
    chance = house.truth["default_probability"][owed.index]
    losses = default_losses(owed, chance, lost=0.55, correlation=0.12, draws=2000, seed=1)
    found = expected_and_worst(losses)
    assert found["expected"] == approx((owed * chance).sum() * 0.55, abs=4 * found["expected_error"])


def test_the_largest_leave():
    income, cost = pd.Series([50.0, 30.0, 20.0], list("abc")), pd.Series([5.0, 10.0, 15.0], list("cba"))
    found = largest_leave(income, cost, [0, 1, 3])
    assert found["lost"].tolist() == approx([0, 0.5, 1])
    assert found["result"].tolist() == approx([70, 20, -30])
    assert np.isnan(found.loc[3, "cost_to_income"])
    free = largest_leave(income, cost, [1], stays=0.0)
    assert free["cost"].tolist() == [15]
    mixed = largest_leave(income[::-1], cost, [0, 1, 3])
    pd.testing.assert_frame_equal(mixed, found)


classes = st.lists(
    st.tuples(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0, 100)), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None)
@given(classes, st.floats(0, 500))
def test_growth_goes_first_where_scarce_capital_earns_most(rows, capital):
    table = pd.DataFrame(rows, columns=["earns", "needs", "most"])
    found = best_growth(table, capital)
    left, earned = capital, 0.0
    for _, row in (
        table.assign(each=table["earns"] / table["needs"]).sort_values("each", ascending=False).iterrows()
    ):
        grow = min(row["most"], left / row["needs"])
        left, earned = left - grow * row["needs"], earned + grow * row["earns"]
    assert found.attrs["earned"] == approx(earned, rel=1e-6, abs=1e-6)
    assert found["capital"].sum() <= capital + 1e-6
    assert (found["grow"] <= table["most"] + 1e-6).all()


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda x: default_losses(x, x, correlation=1.0, seed=1), InputError, "correlation is 1"),
        (lambda x: default_losses(x, x * 5, seed=1), DataError, "'chance' must be between 0 and 1"),
        (lambda x: default_losses(-x, x, seed=1), DataError, "owe less than 0"),
        (lambda x: default_losses(x, x.iloc[:1], seed=1), DataError, "only one of the two tables"),
        (lambda x: expected_and_worst(x), DataError, "Draw 1,000 years at least"),
        (lambda x: largest_leave(x, x, [3]), InputError, "counts is 3"),
        (lambda _: best_growth(pd.DataFrame({"earns": [1.0]}), 1.0), InputError, "lacks the column 'needs'"),
        (
            lambda _: best_growth(pd.DataFrame(columns=["earns", "needs", "most"]), 1.0),
            InputError,
            "one class",
        ),
    ],
)
def test_wrong_requests(call, error, said):
    with pytest.raises(error, match=said):
        call(pd.Series([0.5, 0.4]))


def test_growth_without_a_limit():
    free = pd.DataFrame({"earns": [1.0], "needs": [0.0], "most": [np.inf]})
    with pytest.raises(FitError, match="no limit"):
        best_growth(free, 1.0)


def test_nobody_who_can_default_loses_nothing():
    assert default_losses(pd.Series([0.0]), pd.Series([0.5]), seed=1).eq(0).all()
