"""Inequality and tiers: figures worked by hand, and what holds for any base."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_series_equal

import crmlab as crm
from crmlab import pyramid
from crmlab.errors import DataError, InputError
from crmlab.pyramid import MEANINGS, SCHEMES, Scheme

few = settings(max_examples=50)


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, dtype=float, name="profit")


profits = st.lists(st.integers(-4, 8), min_size=1, max_size=40).map(series)
revenues = st.lists(st.integers(0, 8), min_size=1, max_size=40).filter(any).map(series)
schemes = st.sampled_from([*SCHEMES.values(), Scheme({"a": 0.5, "b": 0.5}), Scheme({"all": 1.0}, "none")])


# -- correctness


@pytest.mark.parametrize(
    ("scheme", "sizes"),
    [
        ("two", {"top": 20, "rest": 80}),
        ("revenue", {"top": 1, "large": 4, "medium": 15, "small": 80}),
        # 20 of the 100 earn nothing; the others are cut 5, 20 and 75 %.
        ("cpm", {"platinum": 4, "gold": 16, "iron": 60, "lead": 20}),
        ({"care": 0.02, "others": 0.98}, {"care": 2, "others": 98}),
    ],
)
def test_sizes_of_the_tiers(scheme, sizes):
    value = pd.Series(np.arange(100.0) - 19, name="profit")
    tier = pyramid.tiers(value, scheme)
    assert tier.value_counts(sort=False).to_dict() == sizes
    assert value[tier == next(iter(sizes))].min() == 100 - next(iter(sizes.values())) - 19


def test_a_base_of_losses_is_all_lead():
    assert pyramid.tiers(series([-1, 0, -5])).tolist() == ["lead"] * 3


def test_a_tie_in_the_middle_of_a_cut_belongs_above_it():
    """Two equals whose middle is at 8 of 10; the tenths add up to a little less than 0.8."""
    tenths = {f"part {place}": 0.1 for place in range(1, 11)}
    tier = pyramid.tiers(series([10, 9, 8, 7, 6, 5, 4, 3, 3, 1]), tenths)
    assert tier.tolist()[6:] == ["part 7", "part 8", "part 8", "part 10"]


def test_later_tiers_have_the_places_of_before_and_cut_no_tie():
    earlier = pyramid.tiers(pd.Series(np.arange(100.0) - 19, name="profit"))  # 4, 16, 60 and 20
    silent = pd.Series(np.arange(100) < 50)
    value = pd.Series(np.where(silent, -1.0, np.arange(100.0) - 59))  # of the others, 10 earn nothing
    later = pyramid.later_tiers(earlier, value, silent=silent)
    assert later.value_counts(sort=False).to_dict() == {
        "platinum": 4, "gold": 16, "iron": 20, "lead": 10, "nothing bought": 50
    }  # fmt: skip
    assert (later[silent] == pyramid.NOTHING_BOUGHT).all()
    assert_series_equal(later, pyramid.later_tiers(earlier, value[::-1], silent=silent[::-1]))


@few
@given(profits)
def test_everybody_could_stay_where_they_were(profit):
    earlier = pyramid.tiers(profit)
    nobody = pd.Series(False, index=profit.index)
    assert pyramid.later_tiers(earlier, profit, silent=nobody).tolist() == earlier.tolist()


def test_later_tiers_are_of_the_same_customers():
    earlier = pyramid.tiers(series([3, 2, -1]))
    with pytest.raises(DataError, match="in only one of the two tables"):
        pyramid.later_tiers(earlier, series([3, 2]), silent=pd.Series([False, False]))


def test_gini_of_known_distributions():
    assert pyramid.gini(series([7, 7, 7, 7])) == 0
    assert pyramid.gini(series([0, 0, 0, 9])) == pytest.approx(3 / 4)
    n = 50
    assert pyramid.gini(series(list(range(1, n + 1)))) == pytest.approx((n - 1) / (3 * n))


def test_top_share_by_hand():
    value = series([1, 6, 0, 2, 1])
    assert pyramid.top_share(value, 0.2) == pytest.approx(0.6)
    assert pyramid.top_share(value, 0.3) == pytest.approx(0.7)  # half of the second best counts
    assert [pyramid.top_share(value, share) for share in (0.0, 1.0)] == [0, 1]


def test_whale_curve_by_hand():
    curve = pyramid.whale_curve(series([-10, 50, -20, 60]))
    assert curve["profit"].tolist() == [0, 60, 110, 100, 80]
    assert_allclose(curve["profit_share"], [0, 0.75, 1.375, 1.25, 1])
    assert_allclose(curve["customers_share"], [0, 0.25, 0.5, 0.75, 1])


def test_whale_curve_of_a_loss_ends_below_zero():
    assert pyramid.whale_curve(series([10, -30]))["profit_share"].iloc[-1] == -1


def test_migration_by_hand():
    then = pyramid.tiers(series([9, 8, 2, 1]), {"top": 0.5, "rest": 0.5})
    now = pyramid.tiers(series([1, 9, 8, 2]), {"top": 0.5, "rest": 0.5})
    assert pyramid.migration(then, now).to_numpy().tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_the_sample_of_cdnow_deserves_tiers():
    base = crm.summarise(
        crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    )
    verdict = pyramid.preconditions(base, base.frame["total"], later=base.frame["holdout_amount"])
    assert verdict.loc["too many to manage alike", "evidence"] == 2357
    assert verdict.loc["repeat trade", "evidence"] == pytest.approx(946 / 2357)
    assert verdict.loc["differences that last", "evidence"] == pytest.approx(
        base.frame["total"].corr(base.frame["holdout_amount"], method="spearman")
    )
    assert verdict["holds"].all()
    strict = pyramid.preconditions(base, base.frame["total"], capacity=3000, repeat=0.5, inequality=4.9)
    assert not strict["holds"].any()
    assert "differences that last" not in strict.index


def test_every_tier_has_a_meaning_and_no_meaning_is_unused():
    tiers = [(name, tier) for name, scheme in SCHEMES.items() for tier in scheme.names]
    assert MEANINGS.index.tolist() == tiers
    assert (MEANINGS != "").all(axis=None)


# -- consistency


@few
@given(profits, schemes, st.integers(0, 1000))
def test_equal_customers_share_a_tier_whatever_their_order_and_ids(value, scheme, seed):
    tier = pyramid.tiers(value, scheme)
    shuffled = value.sample(frac=1, random_state=seed)
    assert_series_equal(pyramid.tiers(shuffled, scheme).sort_index(), tier)
    renamed = shuffled.set_axis([f"C{place}" for place in range(len(shuffled))])
    assert pyramid.tiers(renamed, scheme).tolist() == pyramid.tiers(shuffled, scheme).tolist()
    assert (tier.groupby(value).min() == tier.groupby(value).max()).all()


@few
@given(profits, schemes)
def test_tiers_are_total_and_the_better_never_stands_lower(value, scheme):
    tier = pyramid.tiers(value, scheme)
    assert tier.notna().all()
    assert tier.cat.categories.tolist() == scheme.names
    assert tier.cat.codes.groupby(value).first().is_monotonic_decreasing
    if scheme.loss_tier:
        assert ((tier == scheme.loss_tier) == (value <= 0)).all()


@few
@given(st.integers(1, 300), st.sampled_from(list(SCHEMES)))
def test_without_ties_no_tier_is_off_by_a_whole_customer(size, scheme):
    sizes = pyramid.tiers(pd.Series(np.arange(1.0, size + 1)), scheme).value_counts(sort=False)
    for tier, share in SCHEMES[scheme].shares.items():
        assert abs(sizes[tier] - share * size) <= 1


@few
@given(revenues)
def test_gini_is_twice_the_area_between_the_lorenz_curve_and_equality(value):
    curve = pyramid.lorenz(value)
    area = np.trapezoid(curve["value_share"] - curve["customers_share"], curve["customers_share"])
    assert pyramid.gini(value) == pytest.approx(2 * area, abs=1e-12)
    assert 0 <= pyramid.gini(value) <= 1 - 1 / len(value) + 1e-12
    assert pyramid.gini(7 * value) == pytest.approx(pyramid.gini(value), abs=1e-12)


@few
@given(revenues)
def test_the_lorenz_curve_bends_one_way_and_meets_both_corners(value):
    curve = pyramid.lorenz(value)
    assert curve.iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert (np.diff(curve["value_share"], n=2) <= 1e-12).all()
    assert (curve["value_share"] >= curve["customers_share"] - 1e-12).all()


@few
@given(profits.filter(lambda value: value.sum() != 0))
def test_the_whale_curve_peaks_at_the_gains_and_ends_at_the_total(value):
    curve = pyramid.whale_curve(value)
    assert curve["profit"].iloc[-1] == pytest.approx(value.sum())
    assert curve["profit_share"].iloc[-1] == pytest.approx(np.sign(value.sum()))
    assert curve["profit"].max() == pytest.approx(value.clip(lower=0).sum())


@few
@given(profits, profits)
def test_rows_of_a_migration_sum_to_one(first, second):
    moves = pyramid.migration(pyramid.tiers(first), pyramid.tiers(second))
    assert_allclose(moves.dropna(how="all").sum(axis=1), 1)


def test_inputs_stay_as_they_were():
    value = series([3, -1, 2])
    kept = value.copy()
    for function in (pyramid.tiers, pyramid.whale_curve):
        function(value)
    pyramid.lorenz(value.clip(lower=0))
    assert_series_equal(value, kept)


# -- input checks


def test_a_misspelt_scheme_is_told_its_neighbour():
    with pytest.raises(InputError, match=r"no scheme 'cmp'. Did you mean 'cpm'\? Known: two, cpm, revenue"):
        pyramid.tiers(series([1, 2]), "cmp")


@pytest.mark.parametrize(
    ("shares", "loss_tier", "message"),
    [
        ({"a": 0.5, "b": 0.4}, None, r"must sum to 1, but these sum to 0\.9"),
        ({"a": 1.5, "b": -0.5}, None, "positive shares"),
        ({}, None, "needs tiers with positive shares"),
        ({"a": 0.5, "b": 0.5}, "a", "loss tier 'a' cannot also have a share"),
    ],
)
def test_a_scheme_that_does_not_add_up(shares, loss_tier, message):
    with pytest.raises(InputError, match=message):
        Scheme(shares, loss_tier)


@pytest.mark.parametrize("function", [pyramid.lorenz, pyramid.gini, pyramid.top_share])
def test_shares_need_a_total_without_losses(function):
    with pytest.raises(DataError, match=r"1 of 2 values are negative.*whale curve"):
        function(series([2, -1]))
    with pytest.raises(DataError, match="All values are zero"):
        function(series([0, 0]))


@pytest.mark.parametrize("share", [-0.1, 1.1, 20])
def test_a_share_lies_between_none_and_all(share):
    with pytest.raises(InputError, match=f"The share is {share}"):
        pyramid.top_share(series([1, 2]), share)


def test_whale_curve_needs_a_total():
    with pytest.raises(DataError, match="cancel to zero"):
        pyramid.whale_curve(series([2, -2]))


@pytest.mark.parametrize("function", [pyramid.tiers, pyramid.lorenz, pyramid.gini, pyramid.whale_curve])
def test_a_missing_value_is_never_ranked(function):
    with pytest.raises(DataError, match="1 of 2 customers have no finite number in 'profit'"):
        function(series([1, np.nan]))


def test_preconditions_are_about_the_same_customers():
    orders = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-01"] * 2, "amount": [1.0, 2.0]})
    base = crm.summarise(orders)
    with pytest.raises(DataError, match="1 customers are in only one"):
        pyramid.preconditions(base, pd.Series([1.0], index=["a"]))


def test_persistence_does_not_hear_the_last_bits_of_a_sum():
    """A cost that is the same for everybody moves no rank, so it must not move the evidence."""
    import crmlab as crm

    orders = crm.datasets.cdnow(sample=True)
    before = crm.summarise(orders, end="1997-09-30")
    after = crm.summarise(orders, end="1998-06-30")
    evidence = []
    for cost in (0.0, 1.0, 3.0, 6.0):
        then = crm.pyramid.profit(before, margin=0.3, account_cost=cost)
        later = crm.pyramid.profit(after, margin=0.3, account_cost=cost) - then
        table = crm.pyramid.preconditions(before, before.frame["total"], later=later)
        evidence.append(table.loc["differences that last", "evidence"])
    assert max(evidence) - min(evidence) < 1e-9
