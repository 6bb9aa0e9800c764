"""Rules on baskets: measures by hand, chance that is exact, and promises against what a suggestion sells."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.segments.baskets import basket_rules, later_rules, promise_kept, suggestions

approx = pytest.approx


def lines_of(baskets):
    rows = [(number, name) for number, items in enumerate(baskets) for name in items]
    return pd.DataFrame(rows, columns=["order_id", "product"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=4, max_size=30))
def test_measures_are_what_counting_gives(baskets):
    n, lines = len(baskets), lines_of(baskets)
    rules = basket_rules(lines, item="product", support=0.5 / n)
    for _, rule in rules.iterrows():
        one, two = set(rule["if"]), set(rule["then"])
        a, b, ab = (sum(each <= basket for basket in baskets) for each in (one, two, one | two))
        assert rule["support"] == approx(ab / n)
        assert rule["confidence"] == approx(ab / a)
        assert rule["lift"] == approx(ab * n / a / b)
        assert rule["leverage"] == approx(ab / n - a * b / n / n)
        table = [[ab, a - ab], [b - ab, n - a - b + ab]]
        assert rule["p"] == approx(stats.fisher_exact(table, alternative="greater")[1])
    assert (rules["p_adjusted"] >= rules["p"] - 1e-12).all()
    assert rules["lift"].is_monotonic_decreasing
    doubled = pd.concat([lines, lines]).sample(frac=1, random_state=1)  # the same items twice in a basket
    pd.testing.assert_frame_equal(basket_rules(doubled, item="product", support=0.5 / n), rules)


@pytest.mark.slow
def test_in_baskets_by_lot_hardly_a_rule_is_called_sure_and_raw_p_calls_many():
    rng, raw, adjusted = np.random.default_rng(3), 0, 0
    for _ in range(20):
        held = rng.random((400, 12)) < 0.25
        rules = basket_rules(lines_of([np.flatnonzero(row) for row in held]), item="product", most=2)
        raw += int((rules["p"] < 0.05).sum())
        adjusted += bool((rules["p_adjusted"] < 0.05).any())
    assert raw > 20  # of 132 rules each time: the exact p is careful, and still finds "rules" in noise
    assert adjusted <= 20 * 0.05 + 4


def test_the_pairs_of_the_world_are_found_and_hold_in_later_baskets():
    """An order often also holds the category that follows in the list; nothing else goes together."""
    shop = crm.simulate.business(customers=3000, seed=5)
    cut = pd.Timestamp("2023-12-31")
    early, late = (shop.transactions[(shop.transactions["date"] > cut) == after] for after in (False, True))
    rules = basket_rules(early, support=0.002, most=2)
    sure = rules[(rules["p_adjusted"] < 0.01) & (rules["lift"] > 1)]
    names = list(shop.parameters["categories"])
    following = {frozenset(pair) for pair in pairwise(names)}
    found = {frozenset(one + two) for one, two in zip(sure["if"], sure["then"], strict=True)}
    assert found & following
    assert found <= following | {frozenset((names[-1], names[0]))}
    later = later_rules(sure, late)
    assert (later["p_adjusted"] < 0.05).all()
    assert later["lift_then"].to_numpy() == approx(sure["lift"].to_numpy())


def test_the_best_of_many_rules_falls_back_later():
    rng = np.random.default_rng(4)
    held = rng.random((1200, 20)) < 0.08
    early, late = (lines_of([np.flatnonzero(row) for row in half]) for half in (held[:600], held[600:]))
    best = basket_rules(early, item="product", support=0.002, most=2).head(20)
    later = later_rules(best, late, item="product")
    assert best["lift"].mean() > 1.5
    assert later["lift"].mean() < 1.25  # the truth is one


def test_a_suggestion_is_what_the_customer_lacks():
    rules = pd.DataFrame(
        {
            "if": [("a",), ("a",), ("b", "c"), ("x",)],
            "then": [("b",), ("c",), ("a",), ("a",)],
            "lift": [3.0, 2.0, 5.0, 9.0],
            "confidence": [0.2, 0.6, 0.4, 0.9],
        }
    )
    owned = pd.DataFrame(
        {"a": [1, 1, 0, 0], "b": [0, 1, 1, 0], "c": [0, 0, 1, 0]}, index=list("pqrs"), dtype=bool
    )
    found = suggestions(rules, owned)
    assert found["item"].to_list()[:3] == ["b", "c", "a"]
    assert found["promise"].to_list()[:3] == [0.2, 0.6, 0.4]
    assert found.loc["s"].isna().all()
    assert suggestions(rules, owned, by="confidence")["item"].to_list()[:3] == ["c", "c", "a"]
    with pytest.raises(InputError, match="by is 'p'"):
        suggestions(rules, owned, by="p")
    with pytest.raises(DataError, match="more than once"):
        suggestions(rules, pd.concat([owned, owned]))


def test_what_a_promise_adds_is_recovered():
    """Customers buy as the rules promise, with or without; a suggestion adds five points."""
    rng = np.random.default_rng(7)
    promise = pd.Series(rng.uniform(0.1, 0.6, size=20_000))
    suggested = pd.Series(rng.random(20_000) < 0.5)
    bought = pd.Series(rng.random(20_000) < promise + 0.05 * suggested)
    found = promise_kept(promise, suggested, bought)
    error = (found["high"] - found["low"]) / (2 * 1.96)
    assert ((found["effect"] - 0.05).abs() < 4 * error).all()
    assert found.loc["all", "without"] == approx(0.35, abs=0.02)  # the promise is kept without a suggestion
    assert found.loc["1":"4", "promise"].is_monotonic_increasing
    assert found.loc["1":"4", "customers"].sum() == 20_000
    alone = promise_kept(promise[:4], pd.Series([True] * 4), bought[:4], parts=1)
    assert alone.loc["all", ["effect", "low"]].isna().all()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (pd.DataFrame({"order_id": [1]}), "lack the column 'product'"),
        (pd.DataFrame({"order_id": [], "product": []}), "There are no lines"),
        (pd.DataFrame({"order_id": [1, None], "product": ["a", "b"]}), "1 of 2 lines have no order"),
    ],
)
def test_lines_that_tell_nothing(lines, said):
    with pytest.raises(DataError, match=said):
        basket_rules(lines, item="product")


def test_no_rules_are_an_empty_table():
    none = basket_rules(lines_of(["a", "b", "c"]), item="product", support=0.3)
    assert none.empty
    assert "p_adjusted" in none.columns
    assert later_rules(none, lines_of(["ab"]), item="product").empty
    assert suggestions(none, pd.DataFrame({"a": [True]})).isna().all(axis=None)
    with pytest.raises(InputError, match="support is 0"):
        basket_rules(lines_of(["ab"]), item="product", support=0)
    with pytest.raises(InputError, match="lacks the column 'if'"):
        later_rules(pd.DataFrame({"a": [1]}), lines_of(["ab"]), item="product")
    with pytest.raises(DataError, match="have no promise"):
        promise_kept(pd.Series([np.nan]), pd.Series([True]), pd.Series([True]))
    with pytest.raises(DataError, match="true or false"):
        promise_kept(pd.Series([0.1]), pd.Series(["yes"]), pd.Series([True]))
