"""Ranks, profiles and moves: the same answer for equal customers, and nobody lost on the way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.groups import (
    complete,
    labelled,
    profile,
    profile_of,
    same_customers,
    transitions,
    transitions_of,
)
from crmlab.ranks import rank_share

few = settings(max_examples=50)
# Small whole numbers, so that many customers are equal.
numbers = st.lists(st.integers(-3, 3), min_size=1, max_size=30).map(
    lambda values: pd.Series(values, dtype=float, name="profit")
)


@st.composite
def labellings(draw):
    """Labels of some customers at two dates; not everybody is in both."""
    names = ["low", "middle", "high", "never used"]

    def some(least: int) -> pd.Series:
        people = draw(st.lists(st.integers(least, least + 12), min_size=1, max_size=12, unique=True))
        codes = draw(st.lists(st.integers(0, 2), min_size=len(people), max_size=len(people)))
        return labelled(codes, names, pd.Index(people), "segment")

    return some(0), some(3)


# -- correctness


def test_rank_share_by_hand():
    profit = pd.Series([5.0, 5.0, 9.0, 1.0], index=list("abcd"))
    assert rank_share(profit).to_dict() == {"a": 0.5, "b": 0.5, "c": 0.875, "d": 0.125}
    assert rank_share(profit, best_first=True).to_dict() == {"a": 0.5, "b": 0.5, "c": 0.125, "d": 0.875}


def test_profile_by_hand():
    label = labelled([0, 1, 1], ["top", "rest", "nobody"], pd.Index(list("abc")), "tier")
    money = pd.DataFrame({"revenue": [6.0, 3.0, 1.0], "profit": [4.0, 2.0, -1.0]}, index=list("abc"))
    found = profile(label, money)
    assert found.index.tolist() == ["top", "rest", "nobody"]
    assert found.index.name == "tier"
    assert found["customers"].tolist() == [1, 2, 0]
    assert_allclose(found["customers_share"], [1 / 3, 2 / 3, 0])
    assert_allclose(found["revenue_share"], [0.6, 0.4, 0])
    assert_allclose(found["profit_total"], [4, 1, 0])
    assert_allclose(found["profit_mean"], [4, 0.5, np.nan])
    assert_allclose(found["profit_share"], [4 / 6, 1 / 6, 0])  # of what those above zero bring


def test_shares_of_a_net_loss_keep_their_sign():
    label = pd.Series(["good", "bad"], index=list("ab"))
    found = profile(label, pd.Series([2.0, -5.0], index=list("ab"), name="profit"))
    assert found.loc["good", "profit_share"] == 1
    assert found.loc["bad", "profit_share"] == -2.5


def test_profile_joins_by_customer_not_by_row():
    label = pd.Series(["top", "rest"], index=list("ab"))
    money = pd.Series([1.0, 9.0], index=list("ba"), name="profit")
    assert profile(label, money).loc["top", "profit_total"] == 9


def test_transitions_by_hand():
    names = ["best", "good", "poor"]
    then = labelled([0, 0, 1, 1], names, pd.Index(list("abcd")), "then")
    now = labelled([0, 1, 1, 0], names, pd.Index(list("bcae")), "now")  # d has left, e is new
    counts = transitions(then, now, shares=False)
    assert counts.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert (counts.index.name, counts.columns.name) == ("then", "now")
    assert_allclose(transitions(then, now), [[0.5, 0.5, 0], [0, 1, 0], [np.nan] * 3])


def test_labelled_keeps_the_order_of_the_names():
    label = labelled([1, 0], ["best", "rest"], pd.Index(["a", "b"]), "tier")
    assert label.tolist() == ["rest", "best"]
    assert label.cat.ordered
    assert label.min() == "best"


# -- consistency


@few
@given(numbers)
def test_rank_share_is_symmetric(values):
    share = rank_share(values)
    assert_allclose(share + rank_share(values, best_first=True), 1)
    assert_allclose(share, 1 - rank_share(-values))
    assert share.mean() == pytest.approx(0.5)
    assert share.between(0, 1, inclusive="neither").all()


@few
@given(numbers, st.randoms(use_true_random=False))
def test_rank_share_ignores_order_and_ids(values, random):
    shuffled = values.sample(frac=1, random_state=random.randrange(1000))
    renamed = shuffled.set_axis([f"C{place}" for place in range(len(shuffled))])
    assert_series_equal(rank_share(shuffled).sort_index(), rank_share(values))
    assert rank_share(renamed).tolist() == rank_share(shuffled).tolist()
    equals = rank_share(values).groupby(values)
    assert (equals.min() == equals.max()).all()
    assert equals.first().is_monotonic_increasing


@few
@given(labellings())
def test_moves_keep_everybody_who_is_in_both(pair):
    before, after = pair
    both = before.index.intersection(after.index)
    if both.empty:
        with pytest.raises(DataError, match="No customer has a label at both dates"):
            transitions(before, after)
        return
    counts = transitions(before, after, shares=False)
    assert counts.to_numpy().sum() == len(both)
    assert counts.sum(axis=1).tolist() == before[both].value_counts(sort=False).tolist()
    assert counts.sum(axis=0).tolist() == after[both].value_counts(sort=False).tolist()
    rows = transitions(before, after).sum(axis=1, skipna=False)
    assert_allclose(rows, np.where(counts.sum(axis=1) > 0, 1, np.nan))
    assert_allclose(
        np.diag(transitions(before, before)), np.where(before.value_counts(sort=False), 1, np.nan)
    )


@few
@given(labellings())
def test_profile_divides_the_whole(pair):
    label, _ = pair
    money = pd.DataFrame({"revenue": np.arange(1.0, len(label) + 1)}, index=label.index)
    found = profile(label, money)
    assert found["customers"].sum() == len(label)
    assert found["customers_share"].sum() == pytest.approx(1)
    assert found["revenue_total"].sum() == pytest.approx(money["revenue"].sum())
    assert found["revenue_share"].sum() == pytest.approx(1)


def test_inputs_stay_as_they_were():
    label = labelled([0, 1], ["best", "rest"], pd.Index(["a", "b"]), "tier")
    money = pd.DataFrame({"profit": [2.0, 1.0]}, index=["b", "a"])
    kept, paid = label.copy(), money.copy()
    profile(label, money)
    transitions(label, label)
    rank_share(money["profit"])
    assert_series_equal(label, kept)
    assert_frame_equal(money, paid)


# -- input checks


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_named(hole):
    values = pd.Series([1.0, hole, 2.0], index=["ann", "ben", "cy"], name="profit")
    with pytest.raises(DataError, match=r"1 of 3 customers have no finite number in 'profit'.*ben"):
        rank_share(values)


def test_no_customers_is_no_answer():
    with pytest.raises(DataError, match="There are no customers in the value"):
        complete(pd.Series(dtype=float))


def test_customers_of_both_tables_must_be_the_same():
    label = pd.Series(["x", "y"], index=["ann", "ben"])
    with pytest.raises(DataError, match="1 customers are in only one of the two tables, for example ben"):
        same_customers(label, pd.Series([1.0], index=["ann"]))
    with pytest.raises(DataError, match="stand more than once, for example ann"):
        profile(label, pd.Series([1.0, 2.0, 3.0], index=["ann", "ann", "ben"], name="profit"))


# -- where the rows are


@pytest.fixture(scope="module")
def tiered():
    base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    profit = base.table["total"] - 30  # of some it is a loss
    return crm.pyramid.with_tiers(base.with_columns(profit=profit), value="profit")


def test_the_engine_describes_groups_as_memory_does(tiered):
    names = [*crm.pyramid.SCHEMES["cpm"].names, "nobody"]
    ours = profile_of(tiered, "tier", ["total", "profit"], names)
    labels = tiered.frame["tier"].astype(pd.CategoricalDtype(names, ordered=True))
    theirs = profile(labels, tiered.frame[["total", "profit"]])
    assert_frame_equal(ours, theirs.set_axis(ours.index), rtol=1e-9)
    assert ours["customers_share"].sum() == pytest.approx(1)
    assert ours["total_share"].sum() == pytest.approx(1)
    assert ours.loc["lead", "profit_share"] < 0  # of what the others bring
    assert ours.loc["nobody", ["customers", "total_total"]].tolist() == [0, 0]
    assert np.isnan(ours.loc["nobody", "total_mean"])


def test_of_losses_alone_there_is_no_share():
    labels = pd.Series(["a", "a", "b"])
    assert profile(labels, pd.Series([-1.0, -2.0, 0.0], name="profit"))["profit_share"].isna().all()


def test_the_engine_counts_moves_as_memory_does():
    orders = crm.datasets.cdnow(sample=True)
    days, names = ("1997-02-28", "1997-12-31"), crm.lifecycle.STAGES.index
    engine = [crm.lifecycle.with_stages(crm.summarise(orders, end=day)) for day in days]
    memory = [crm.lifecycle.stages(orders, at=day) for day in days]
    for shares in (True, False):
        ours = transitions_of(*engine, "stage", names, shares=shares)
        assert_frame_equal(ours, transitions(*memory, shares=shares), check_index_type=False,
                           check_column_type=False)  # fmt: skip


def test_no_customer_falls_out_of_a_profile_unseen(tiered):
    with pytest.raises(DataError, match=r"\d+ customers have no label of those named in 'tier'"):
        profile_of(tiered, "tier", ["total"], ["platinum", "gold"])
    with pytest.raises(DataError, match="1,411 customers have no value in 'monetary_value'"):
        profile_of(tiered, "tier", ["monetary_value"], crm.pyramid.SCHEMES["cpm"].names)
    with pytest.raises(InputError, match="Did you mean 'tier'"):
        profile_of(tiered, "tiers", ["total"], ["platinum"])
