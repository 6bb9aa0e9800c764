"""Differences in differences: by hand, by simulation with clusters, and what the best got."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlab import decisions
from crmlab.errors import DataError, InputError

approx = pytest.approx
did = decisions.difference_in_differences


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_the_effect_is_that_of_the_four_means_in_any_order(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(40, 2)), columns=["before", "after"])
    table["treated"] = np.arange(40) % 3 == 0
    found = did(table["before"], table["after"], table["treated"]).loc["all"]
    change = (table["after"] - table["before"]).groupby(table["treated"])
    assert found["effect"] == approx(change.mean()[True] - change.mean()[False])
    assert found["error"] == approx(np.sqrt((change.var() / change.size()).sum()))  # Welch's
    again = did(table["before"][::-1], table["after"], table["treated"]).loc["all"]
    assert again.to_numpy() == approx(found.to_numpy())
    moved = did(table["before"] + 5, table["after"] + 5, table["treated"]).loc["all", "effect"]
    assert moved == approx(found["effect"])


def test_clusters_are_the_evidence():
    """Twenty shops, each with luck of its own: intervals of customers hold the truth far too seldom."""
    held = {"plain": 0, "clustered": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        shop = np.repeat(np.arange(20), 40)
        treated = pd.Series(np.isin(shop, rng.permutation(20)[:10]))
        before = pd.Series(rng.normal(10, 2, 800))
        after = before + 1.5 * treated + rng.normal(0, 1, 20)[shop] + rng.normal(0, 2, 800)
        labels = pd.Series(shop).map("S{:02}".format)
        for name, given_ in (("plain", None), ("clustered", labels)):
            found = did(before, after, treated, cluster=given_).loc["all"]
            held[name] += found["low"] <= 1.5 <= found["high"]
    assert held["clustered"] >= 33 > 28 > held["plain"]


def test_the_best_look_as_if_they_were_helped():
    rng = np.random.default_rng(2)
    level = rng.gamma(4, 2, 5000)
    before, after = (pd.Series(level + rng.normal(0, 3, 5000)) for _ in range(2))
    catalogue = pd.Series(level > np.quantile(level, 0.7))  # by hand, and it does nothing
    found = did(before, after, catalogue).loc["all"]
    assert found["naive"] > 5
    assert found["low"] < 0 < found["high"]
    chosen = before > before.quantile(0.7)  # by last year's luck: they fall back
    assert did(before, after, chosen).loc["all", "high"] < 0


def test_groups_are_each_by_themselves_and_a_side_that_is_empty_has_no_effect():
    before, after = pd.Series([1.0, 2, 3, 4, 5]), pd.Series([2.0, 2, 3, 6, 5])
    treated, by = pd.Series([1, 0, 1, 1, 0]), pd.Series(["a", "a", "b", "a", "a"])
    found = did(before, after, treated, by=by)
    assert found.loc["b", ["effect", "error"]].isna().all()
    assert found.loc["a", "effect"] == approx(1.5)
    assert found[["treated", "others"]].sum().tolist() == [3, 2]
    shops = pd.Series([*"pqrs"]).repeat(3).reset_index(drop=True)  # equal clusters: the t-test of their means
    change, card = pd.Series([3.0, 4, 5, 1, 1, 2, 0, 1, 0, 2, 2, 1]), pd.Series([1] * 6 + [0] * 6)
    made = did(change * 0, change, card, cluster=shops).loc["all"]
    test = stats.ttest_ind(*change.groupby(shops).mean().to_numpy().reshape(2, 2))
    assert test.statistic == approx(made["effect"] / made["error"])
    assert made["low"] == approx(test.confidence_interval().low)
    one = did(before, after, treated, cluster=pd.Series(list("xyxxz"))).loc["all"]
    assert one["clusters"] == 3
    assert np.isnan(one["error"])  # all who were treated are of one cluster


X = pd.Series([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: did(X, X, pd.Series([1, 1])), DataError, "treated and others who were not"),
        (lambda: did(X, pd.Series([1.0, None]), pd.Series([1, 0])), DataError, "1 of 2 values in 'after'"),
        (lambda: did(X, X, pd.Series([1, None])), DataError, "neither true nor false"),
        (lambda: did(X, X, pd.Series([1, 0]), cluster=pd.Series(["a", None])), DataError, "no 'cluster'"),
        (lambda: did(X, X[:1], pd.Series([1, 0])), DataError, "only one of the two"),
        (lambda: did(X[:0], X[:0], pd.Series([], dtype=bool)), DataError, "no rows"),
        (lambda: did(X, X, pd.Series([1, 0]), level=95), InputError, "level is 95"),
    ],
)
def test_what_tells_nothing_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
