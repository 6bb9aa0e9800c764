"""Effort, terms and choices for accounts against search; agreement and luck against simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import pyramid
from crmlab.errors import DataError, InputError

approx = pytest.approx
positive = st.floats(1, 100)


@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=6), st.floats(0.2, 0.8), positive)
def test_no_other_budget_brings_more(accounts, power, budget):
    frame = pd.DataFrame(accounts, columns=["k", "sales"])
    made = pyramid.best_efforts(frame, budget, power=power)
    assert made["effort"].sum() == approx(budget)
    best = made["brings"].sum()
    assert best >= made["equal"].sum() * (1 - 1e-12)
    assert best >= made["by_sales"].sum() * (1 - 1e-12)
    shifted = made["effort"] + np.r_[0.01 * made["effort"].iloc[0], -0.01 * made["effort"].iloc[0],
                                     np.zeros(len(frame) - 2)]  # fmt: skip
    if (shifted > 0).all():
        assert (frame["k"] * shifted**power).sum() <= best * (1 + 1e-12)
    again = pyramid.effort_returns(made["effort"], made["brings"], power=power)
    assert again.to_numpy() == approx(frame["k"].to_numpy())


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(-5, 30)), min_size=1, max_size=9), st.integers(0, 60)
)
def test_the_best_choice_is_the_best_of_all(customers, budget):
    costs, worths = (pd.Series(each, dtype=float) for each in zip(*customers, strict=True))
    made = pyramid.within_budget(costs, worths, budget)
    sets = np.array([[int(bit) for bit in f"{number:0{len(costs)}b}"] for number in range(2 ** len(costs))])
    reachable = sets[sets @ costs.to_numpy() <= budget] @ worths.to_numpy()
    best, greedy, parts = ((worths * made[way]).sum() for way in ("best", "greedy", "part"))
    assert best == approx(reachable.max(), abs=1e-6)
    assert greedy <= best + 1e-6 <= parts + 2e-6
    assert (costs * made["part"]).sum() <= budget + 1e-9


def test_the_curve_passes_through_what_was_said():
    curve = pyramid.effort_curve(0.3, 1.0, 1.2, 1.4)
    assert pyramid.effort_response(curve, [0, 1, 1.5, 1e9]).tolist() == approx([0.3, 1.0, 1.2, 1.4])
    with pytest.raises(InputError, match="Sales must rise with effort"):
        pyramid.effort_curve(0.3, 1.0, 0.9, 1.4)
    with pytest.raises(InputError, match="at least 0"):
        pyramid.effort_response(curve, [-1])


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=50), st.randoms())
def test_kappa_is_symmetric_and_one_for_the_same(labels, random):
    one = pd.Series(labels)
    other = pd.Series(random.sample(labels, len(labels)))
    assert pyramid.agreement(one, other).equals(pyramid.agreement(other, one))
    if len(set(labels)) > 1:
        assert pyramid.agreement(one, one)["kappa"] == approx(1)


def test_the_best_fall_as_far_as_simulated():
    rng = np.random.default_rng(2)
    first = rng.normal(size=200_000)
    second = 0.6 * first + 0.8 * rng.normal(size=200_000)
    best = first >= np.quantile(first, 0.9)
    found = pyramid.luck_of_the_best(0.1, 0.6)
    assert [first[best].mean(), second[best].mean()] == approx(found.tolist(), abs=0.02)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: pyramid.credit_cost(2, early=10, late=30), InputError, "a share of the bill"),
        (lambda: pyramid.credit_cost(0.02, early=30, late=10), InputError, "late is 10"),
        (lambda: pyramid.order_costs([1], demand=1, order_cost=1, holding=0, prices=[(5, 1)]), InputError,
         "orders of at least 0"),
        (lambda: pyramid.best_efforts(pd.DataFrame({"k": [1.0]}), 1), InputError, "lacks the column 'sales'"),
        (lambda: pyramid.effort_returns(pd.Series([0.0]), pd.Series([1.0])), DataError, "1 of 1 accounts"),
        (lambda: pyramid.within_budget(pd.Series([0.0]), pd.Series([1.0]), 5), InputError, "a cost above 0"),
        (lambda: pyramid.agreement(pd.Series(["a"]), pd.Series([None])), DataError, "needs a label"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
