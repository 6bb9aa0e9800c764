"""Shapes of a base: those of banks that are known, by a rule that may say it cannot tell."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.pyramid import SHAPES, class_results, classes, gini, shape, top_share
from crmlab.pyramid.shapes import UNDECIDED

approx = pytest.approx


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_shape_of_a_bank_is_found(kind, seed):
    house = crm.simulate.bank(customers=1500, seed=seed, shape=kind)
    found = shape(house.truth["deposits"])
    assert found["shape"] == kind
    assert found["top_fifth"] == approx(top_share(house.truth["deposits"], 0.2))
    assert shape(house.truth["deposits"] * 1000)["shape"] == kind  # whatever the currency


def test_a_rule_that_cannot_tell_says_so():
    rng = np.random.default_rng(1)
    between = pd.Series(rng.lognormal(8, 0.8, size=2000))  # neither flat nor steep
    assert shape(between)["shape"] == UNDECIDED
    few = pd.Series(rng.lognormal(8, 1.3, size=40))
    assert shape(few)["by_rule"] == "pyramid"
    assert shape(few)["shape"] == UNDECIDED  # 40 customers do not say so surely


def test_two_humps_are_not_seen_in_one_as_often_as_the_rule_promises():
    rng = np.random.default_rng(2)
    wrong = sum(
        shape(pd.Series(rng.lognormal(8, 0.5, size=100)), draws=40)["shape"] == "dumbbell" for _ in range(40)
    )
    assert wrong <= 3


def test_the_shape_changes_with_the_bounds():
    sizes = crm.simulate.bank(customers=1500, seed=1, shape="dumbbell").truth["deposits"]
    assert classes(sizes, [10_000, 60_000]).attrs["looks"] == "dumbbell"
    assert classes(sizes, [30_000]).attrs["looks"] == "pyramid"
    assert classes(sizes, [3_000, 250_000]).attrs["looks"] == "single"
    table = classes(sizes, [10_000, 60_000])
    assert table["customers"].sum() == len(sizes)
    assert table["total"].sum() == approx(sizes.sum())
    assert classes(pd.Series([1.0, 4.0]), [4])["customers"].tolist() == [1, 1]  # at a bound: the class above


def test_results_of_classes_add_up_and_concentration_is_that_of_its_definition():
    rng = np.random.default_rng(3)
    label = pd.Series(rng.choice(["a", "b"], size=400))
    income, cost = pd.Series(rng.exponential(100, size=400)), pd.Series(rng.exponential(50, size=400))
    found = class_results(label, income, cost)
    for name in ("customers", "income", "cost", "result"):
        assert found.loc[["a", "b"], name].sum() == approx(found.loc["all", name])
    assert found.loc["all", "top_share"] == approx(top_share(income, 0.1))
    mine = income[label == "a"]
    assert found.loc["a", "herfindahl"] == approx(((mine / mine.sum()) ** 2).sum())
    assert gini(mine) > 0
    alone = class_results(pd.Series(["x"]), pd.Series([0.0]), pd.Series([5.0]))
    assert alone[["cost_to_income", "top_share", "herfindahl"]].isna().all(axis=None)
    mixed = rng.permutation(400)
    pd.testing.assert_frame_equal(class_results(label[mixed], income, cost), found)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: shape(pd.Series([1.0] * 10)), DataError, "There are 10 customers"),
        (lambda: shape(pd.Series([0.0, 1.0])), DataError, "not above 0, for example of 0"),
        (lambda: shape(pd.Series([], dtype=float)), DataError, "no customers"),
        (lambda: shape(pd.Series([1.0] * 40), flat=0.7), InputError, "must not be above steep"),
        (lambda: shape(pd.Series([1.0] * 40), draws=2), InputError, "draws is 2"),
        (lambda: classes(pd.Series([1.0]), [3, 2]), InputError, "must be numbers that rise"),
        (lambda: classes(pd.Series([1.0]), []), InputError, "must be numbers that rise"),
        (lambda: class_results(pd.Series(["a"]), pd.Series([-1.0]), pd.Series([1.0])), DataError, "negative"),
        (lambda: class_results(pd.Series([None]), pd.Series([1.0]), pd.Series([1.0])), DataError, "no class"),
    ],
)
def test_wrong_requests(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_customers_all_alike_are_one_hump():
    assert shape(pd.Series([5.0] * 40))["shape"] == "single"
