"""RFM: scores worked by hand under each ruler, maps that name everybody, and no tie broken by chance."""

import re
from fractions import Fraction
from itertools import product
from math import ceil

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError
from crmlab.pyramid import top_share
from crmlab.segments import rfm
from crmlab.segments.rfm import EIGHT, MEASURES, NAMED

few = settings(max_examples=20)
CUTS = {"R": [10, 20], "F": [2, 5], "M": [50, 100]}
METHODS = {"quantile": {}, "fixed": {"cuts": CUTS}, "cluster": {"bins": 2}}


def base(since_last, orders, total, ids=None) -> Customers:
    """Customers with just what RFM looks at."""
    frame = pd.DataFrame({"since_last": since_last, "orders": orders, "total": total}).astype(float)
    names = [f"C{place:03}" for place in range(len(frame))] if ids is None else ids
    table = ibis.memtable(frame.assign(customer_id=names))
    return Customers(table, "W", pd.Timestamp("2024-12-31"))


def every_score(bins: int) -> pd.DataFrame:
    """Every code, of customers who bought again."""
    return pd.DataFrame(product(range(1, bins + 1), repeat=3), columns=["R", "F", "M"]).assign(again=True)


@st.composite
def measures(draw):
    """Measures of a few customers, many of them equal, with at least two different values of each."""
    size = draw(st.integers(2, 25))
    frame = pd.DataFrame(
        {
            name: draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
            for name, low, high in (("since_last", 0, 30), ("orders", 1, 6), ("total", 0, 120))
        }
    )
    first = {"since_last": 0, "orders": 1, "total": 0}
    return pd.concat([frame, pd.DataFrame([first, {"since_last": 30, "orders": 6, "total": 120}])])


@pytest.fixture(scope="module")
def cdnow():
    return crm.summarise(
        crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    )


# -- correctness: scores


def test_quantile_scores_by_hand():
    found = rfm.scores(base([1, 40, 20, 3, 30], [9, 1, 2, 4, 3], [10, 50, 20, 40, 30]))
    assert found["code"].tolist() == ["551", "115", "322", "444", "233"]
    assert found[["R", "F", "M"]].dtypes.map(str).tolist() == ["int64"] * 3
    assert found.index.name == "customer_id"


def test_equals_share_the_middle_of_their_place():
    """Six of ten bought once: they fill three fifths, and their middle lies in the second."""
    found = rfm.quantile_scores(pd.Series([1] * 6 + [2, 3, 4, 5]))
    assert found.tolist() == [2] * 6 + [4, 4, 5, 5]
    assert rfm.scores(base([7] * 4, [1] * 4, [5] * 4), bins=2)["code"].tolist() == ["111"] * 4


def test_fixed_scores_by_hand():
    """A cut of F or M counts when it is reached, one of R when the silence is shorter."""
    customers = base([0, 9.9, 10, 20], [1, 2, 4, 5], [49.99, 50, 100, 1e6])
    assert rfm.scores(customers, method="fixed", cuts=CUTS)["code"].tolist() == ["311", "322", "223", "133"]


def test_clusters_find_the_gaps():
    customers = base([1, 2, 50, 51, 99, 100], [1, 2, 30, 31, 60, 61], [5, 6, 7, 500, 501, 9000])
    found = rfm.scores(customers, method="cluster", bins=3)
    assert found["R"].tolist() == [3, 3, 2, 2, 1, 1]
    assert found["F"].tolist() == [1, 1, 2, 2, 3, 3]
    assert found["M"].tolist() == [1, 1, 1, 2, 2, 3]


def test_sums_that_differ_only_by_rounding_are_equal():
    total = [0.1 + 0.2, 0.3, 0.3 - 1e-12, 5.0]
    assert rfm.scores(base([1] * 4, [1] * 4, total), bins=4)["M"].nunique() == 2
    at_the_cut = rfm.scores(base([1], [1], [50 - 1e-12]), method="fixed", cuts=CUTS)
    assert at_the_cut["M"].tolist() == [2]


def test_most_of_cdnow_bought_once_and_scores_once(cdnow):
    orders = cdnow.frame["orders"]
    score = rfm.scores(cdnow)["F"]
    assert (orders == 1).sum() == 2357 - 946
    assert score[orders == 1].unique().tolist() == [2]
    plain = pd.qcut(orders.rank(method="first"), 5, labels=False) + 1
    assert plain[orders == 1].nunique() == 3  # the recipe that lets the order of rows decide


def test_fixed_scores_keep_their_meaning_and_quantile_scores_do_not(cdnow):
    later = crm.summarise(crm.datasets.cdnow(sample=True), end="1998-06-30", unit="W")
    cuts = {"R": [4, 26], "F": [2, 5], "M": [50, 200]}
    oldest = {}
    for method in ("quantile", "fixed"):
        for when, customers in (("then", cdnow), ("now", later)):
            score = rfm.scores(customers, method=method, bins=3, cuts=cuts)["R"]
            oldest[method, when] = customers.frame["since_last"][score == 3].max()
    assert oldest["fixed", "then"] < 4
    assert oldest["fixed", "now"] < 4
    assert oldest["quantile", "now"] > 1.2 * oldest["quantile", "then"]


# -- correctness: segments, index, lift


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("555", "champions"),
        ("445", "loyal"),
        ("533", "potential loyalists"),
        ("511", "potential loyalists"),
        ("333", "needs attention"),
        ("311", "about to sleep"),
        ("233", "at risk"),
        ("155", "cannot lose"),
        ("111", "hibernating"),
    ],
)
def test_codes_that_give_each_segment_its_name(code, name):
    score = pd.DataFrame([list(map(int, code))], columns=["R", "F", "M"])
    assert rfm.names(score.assign(again=True)).tolist() == [name]


@pytest.mark.parametrize(
    ("code", "name", "of_eight"),
    [
        ("555", "new customers", "key development"),
        ("435", "new customers", "key development"),
        ("333", "about to sleep", "general retention"),
        ("235", "hibernating", "key retention"),
        ("155", "hibernating", "key retention"),
    ],
)
def test_whoever_bought_once_has_no_habits(code, name, of_eight):
    score = pd.DataFrame([list(map(int, code))], columns=["R", "F", "M"]).assign(again=False)
    assert rfm.names(score).tolist() == [name]
    assert rfm.names(score, scheme="eight").tolist() == [of_eight]


HABITS = re.compile(r"\b(?:again|often|well|best|high|frequent|in purchases|and purchases|all three)\b")


@st.composite
def shops(draw):
    """Customers of whom any share bought once."""
    size = draw(st.integers(1, 30))
    once = draw(st.sampled_from([0.0, 0.5, 0.8, 0.85, 0.95, 1.0]))
    often = [draw(st.integers(2, 9)) for _ in range(size - round(once * size))]
    columns = [draw(st.lists(st.integers(0, most), min_size=size, max_size=size)) for most in (9, 40)]
    return base(columns[0], [1] * (size - len(often)) + often, columns[1])


@few
@given(shops(), st.integers(2, 9), st.sampled_from(["named", "eight"]))
def test_no_name_speaks_of_habits_of_somebody_who_bought_once(customers, bins, scheme):
    cuts = {"R": [2, 5], "F": [0.5, 1], "M": [5, 20]}  # by these, whoever bought once scores the highest F
    meaning = (NAMED if scheme == "named" else EIGHT)["meaning"]
    speak = meaning.index[[bool(HABITS.search(text)) for text in meaning]]
    assert len(speak) == (6 if scheme == "named" else 4)
    by_cuts = rfm.scores(customers, method="fixed", cuts=cuts)
    once = customers.frame["orders"] == 1
    for score, most in ((rfm.scores(customers, bins=bins), bins), (by_cuts, 3)):
        assert not rfm.names(score, scheme=scheme, bins=most)[once].isin(speak).any()
    lazy = rfm.with_names(customers, scheme=scheme, bins=bins).frame
    assert_series_equal(lazy["segment"], rfm.names(customers, scheme=scheme, bins=bins).astype(str))
    assert "again" not in lazy


def test_each_name_is_true_of_those_who_have_it(cdnow):
    """Who bought once are the new, and part of those about to sleep or hibernating; the rest bought again."""
    found = rfm.names(cdnow)
    once = cdnow.frame["orders"] == 1
    assert set(found[once]) == {"new customers", "about to sleep", "hibernating"}
    assert once[found == "new customers"].all()
    assert not once[found.isin(rfm.SILENT)].any()


@pytest.mark.parametrize("bins", range(2, 10))
def test_every_code_has_a_name(bins):
    score = every_score(bins)
    for scheme, table in (("named", NAMED), ("eight", EIGHT)):
        found = rfm.names(score, scheme=scheme, bins=bins)
        assert found.notna().all()
        assert found.cat.categories.tolist() == table.index.tolist()
    assert set(rfm.names(score, scheme="eight", bins=bins)) == set(EIGHT.index)


def test_no_name_is_unused():
    found = rfm.names(pd.concat([every_score(5), every_score(5).assign(again=False)]))
    assert len(found) == 250
    assert set(found) == set(NAMED.index)
    assert NAMED.index.is_unique
    assert (NAMED != "").all(axis=None)
    assert (EIGHT != "").all(axis=None)


def test_how_many_codes_each_segment_has():
    """By hand: of the 25 pairs of F and M, 3, 7, 9, 5 and 1 have a mean of 1, 2, 3, 4 and 5, rounded down."""
    sizes = rfm.names(every_score(5)).value_counts(sort=False).to_dict()
    assert sizes == {
        "champions": (5 + 1) + 1,
        "loyal": 5 + (5 + 1),
        "potential loyalists": 2 * (3 + 7 + 9),
        "new customers": 0,
        "needs attention": 9,
        "about to sleep": 3 + 7,
        "at risk": (9 + 5) + 9,
        "cannot lose": 1 + (5 + 1),
        "hibernating": 2 * (3 + 7),
    }


@pytest.mark.parametrize(
    ("bins", "names"),
    [
        (2, ["hibernating", "loyal"]),
        (3, ["hibernating", "needs attention", "champions"]),
        (4, ["hibernating", "hibernating", "loyal", "champions"]),
        (9, ["hibernating"] * 4 + ["needs attention"] + ["loyal"] * 2 + ["champions"] * 2),
    ],
)
def test_other_numbers_of_scores_go_by_the_middle_of_their_part(bins, names):
    score = pd.DataFrame(dict.fromkeys("RFM", range(1, bins + 1))).assign(again=True)
    assert rfm.names(score, bins=bins).tolist() == names


def test_the_eight_are_the_eight_sign_patterns():
    assert sorted(EIGHT["signs"]) == sorted(map("".join, product("+-", repeat=3)))
    score = pd.DataFrame([[5 if sign == "+" else 3 for sign in signs] for signs in EIGHT["signs"]])
    found = rfm.names(score.set_axis(["R", "F", "M"], axis=1).assign(again=True), scheme="eight")
    assert found.tolist() == EIGHT.index.tolist()


def test_segments_of_customers_are_those_of_their_scores(cdnow):
    for bins in (3, 5):
        found = rfm.names(cdnow, bins=bins)
        assert_series_equal(found, rfm.names(rfm.scores(cdnow, bins=bins), bins=bins))
    assert found.name == "segment"


def test_a_map_does_not_depend_on_who_else_is_in_the_table():
    score = every_score(5)
    low = score[(score[["R", "F", "M"]] <= 3).all(axis=1)]
    for scheme in ("named", "eight"):
        whole = rfm.names(score, scheme=scheme)
        assert rfm.names(low, scheme=scheme).tolist() == whole[low.index].tolist()


def test_index_by_hand():
    score = pd.DataFrame({"R": [5, 1], "F": [4, 1], "M": [3, 2]}, index=["ann", "ben"])
    assert rfm.index(score).tolist() == pytest.approx([4, 4 / 3])
    assert rfm.index(score, {"R": 2, "F": 1, "M": 1}).tolist() == [4.25, 1.25]
    assert rfm.index(score, {"R": 0, "F": 0, "M": 7}).tolist() == [3, 2]
    equal = pd.DataFrame({"R": [1, 2, 4], "F": [1, 2, 1], "M": [2, 1, 1]})  # but for the last bits of a sum
    assert len(set(rfm.index(equal, {"R": 0.1, "F": 0.2, "M": 0.3}))) == 1


def test_lift_by_hand():
    later = pd.Series([60.0, 30.0, 10.0, 0.0], index=list("abcd"))
    score = pd.Series([1, 2, 2, 1], index=list("dbac"))  # joined by customer, not by row
    assert rfm.lift(score, later, 0.5) == pytest.approx(0.9 / 0.5)
    assert rfm.lift(score, later, 0.25) == pytest.approx(0.45 / 0.25)  # one of two equals: half of both
    assert rfm.lift(score, later, 1.0) == 1


# -- consistency


@few
@given(measures(), st.sampled_from(list(METHODS)), st.integers(0, 1000))
def test_equal_customers_score_equally_whatever_their_order_and_ids(frame, method, seed):
    columns = [frame[name] for name in MEASURES.values()]
    score = rfm.scores(base(*columns), method=method, **METHODS[method])
    measured = frame.set_axis(score.index)
    for letter, measure in MEASURES.items():
        per_value = score[letter].groupby(measured[measure])
        assert (per_value.min() == per_value.max()).all()
        better = per_value.first().sort_index(ascending=letter != "R")
        assert better.is_monotonic_increasing
    shuffled = measured.sample(frac=1, random_state=seed)
    named = rfm.scores(
        base(*(shuffled[name] for name in MEASURES.values())), method=method, **METHODS[method]
    )
    assert named["code"].tolist() == score["code"][shuffled.index].tolist()


@few
@given(measures())
def test_quantiles_look_at_ranks_alone(frame):
    """Weeks or days, dollars or cents: no monotone change of a measure changes a score."""
    silence, orders, total = (frame[name].to_numpy() for name in MEASURES.values())
    assert_frame_equal(
        rfm.scores(base(silence, orders, total)), rfm.scores(base(silence * 7, orders**2, total + 9))
    )


@few
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40), st.integers(2, 9))
def test_quantile_scores_are_exact(below, equals, above, bins):
    """The score of a tie, in whole numbers: no rounding pushes a tie over a boundary."""
    values = pd.Series([0] * below + [1] * equals + [2] * above)
    exact = ceil(Fraction(2 * below + equals, 2 * len(values)) * bins)
    assert rfm.quantile_scores(values, bins)[below] == exact


@few
@given(st.integers(1, 8), st.integers(2, 9), st.randoms(use_true_random=False))
def test_without_ties_all_scores_are_equally_many_and_the_plain_recipe_agrees(each, bins, random):
    values = pd.Series(random.sample(range(1000), each * bins))
    found = rfm.quantile_scores(values, bins)
    assert found.value_counts().tolist() == [each] * bins
    assert (found == pd.qcut(values, bins, labels=False) + 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_unit_of_time_only_scales(method):
    sample = crm.datasets.cdnow(sample=True)
    weeks, days = (crm.summarise(sample, end="1997-09-30", unit=unit) for unit in ("W", "D"))
    cuts = {"R": [4, 13], "F": [2, 5], "M": [50, 100]}
    found = rfm.scores(weeks, method=method, cuts=cuts)
    cuts = cuts | {"R": [28, 91]}
    assert_frame_equal(found, rfm.scores(days, method=method, cuts=cuts))


@few
@given(measures(), st.tuples(*[st.integers(0, 5)] * 3).filter(any))
def test_the_index_lies_within_the_scores(frame, weights):
    score = rfm.scores(base(*(frame[name] for name in MEASURES.values())))
    found = rfm.index(score, dict(zip("RFM", weights, strict=True)))
    letters = score[["R", "F", "M"]]
    assert found.between(letters.min(axis=1), letters.max(axis=1)).all()
    assert_series_equal(
        rfm.index(score, dict(zip("RFM", [3 * weight for weight in weights], strict=True))), found
    )


@few
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30).filter(any), st.sampled_from([0.1, 0.5, 1.0]))
def test_lift_of_knowing_nothing_and_of_knowing_all(values, share):
    later = pd.Series(values, dtype=float)
    assert rfm.lift(later * 0, later, share) == pytest.approx(1)
    assert rfm.lift(later, later, share) == pytest.approx(top_share(later, share) / share)
    assert rfm.lift(-later, later, share) <= 1 + 1e-12


def test_inputs_stay_as_they_were(cdnow):
    before = cdnow.frame.copy()
    score = rfm.scores(cdnow)
    kept = score.copy()
    rfm.names(score)
    rfm.names(score, scheme="eight")
    rfm.index(score)
    rfm.lift(score["R"], cdnow.frame["holdout_amount"], 0.1)
    assert_frame_equal(cdnow.frame, before)
    assert_frame_equal(score, kept)


def test_segments_tell_who_buys_later(cdnow):
    """End to end: scored at the calibration, the best fifth brings far more than a fifth of what follows."""
    later = cdnow.frame["holdout_amount"]
    score = rfm.scores(cdnow)
    assert rfm.lift(rfm.index(score), later, 0.2) > 3
    table = crm.groups.profile(rfm.names(score), later)
    assert table["holdout_amount_mean"].idxmax() == "champions"
    assert_allclose(table["holdout_amount_total"].sum(), later.sum())


def test_leads_are_those_of_the_lifts():
    """Redrawn, a score that knows all leads one that knows nothing; a score leads itself by nothing."""
    later = pd.Series([60.0, 30.0, 10.0, 0.0] * 30)
    leads = rfm.lift_leads(later, later * 0, later, 0.25, draws=50)
    assert (leads > 0).all()
    assert leads.mean() == pytest.approx(rfm.lift(later, later, 0.25) - 1, abs=0.1)
    assert (rfm.lift_leads(later, 2 * later, later, 0.25, draws=20) == 0).all()
    pd.testing.assert_series_equal(leads, rfm.lift_leads(later, later * 0, later, 0.25, draws=50))
    with pytest.raises(DataError, match="1 customers are in only one"):
        rfm.lift_leads(later, later[:-1], later, 0.25)


# -- input checks


@pytest.mark.parametrize("bins", [1, 10, 2.5, 0, -5])
def test_scores_are_two_to_nine(bins):
    customers = base([1, 2], [1, 2], [1, 2])
    for ask in (rfm.scores, rfm.names):
        with pytest.raises(InputError, match=f"bins is {bins}, but must be a whole number"):
            ask(customers, bins=bins)


def test_a_misspelt_name_is_told_its_neighbour():
    customers = base([1, 2], [1, 2], [1, 2])
    with pytest.raises(InputError, match=r"no method 'quantiles'. Did you mean 'quantile'\?"):
        rfm.scores(customers, method="quantiles")
    with pytest.raises(InputError, match=r"no scheme 'name'. Did you mean 'named'\?"):
        rfm.names(customers, scheme="name")


@pytest.mark.parametrize(
    ("cuts", "message"),
    [
        (None, "Fixed scores need cuts="),
        ({"R": [1], "F": [2]}, "Fixed scores need cuts="),
        (CUTS | {"F": [5, 2]}, r"The cuts of F are \[5, 2\], not one to eight rising numbers"),
        (CUTS | {"M": []}, r"The cuts of M are \[\]"),
        (CUTS | {"M": [1, np.nan]}, "The cuts of M are"),
        (CUTS | {"R": [1, 2, 3]}, "different numbers of cuts: R 3, F 2, M 2"),
    ],
)
def test_cuts_rise_and_are_equally_many(cuts, message):
    with pytest.raises(InputError, match=message):
        rfm.scores(base([1], [1], [1]), method="fixed", cuts=cuts)


def test_clusters_need_different_values():
    with pytest.raises(DataError, match="'orders' has only 2 different values, too few for 3 clusters"):
        rfm.scores(base([1, 2, 3], [1, 1, 2], [1, 2, 3]), method="cluster", bins=3)


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_measure_is_never_scored(method):
    with pytest.raises(
        DataError, match="1 of 3 customers have no finite number in 'total', for example C001"
    ):
        rfm.scores(base([1, 2, 3], [1, 2, 3], [1, np.nan, 3]), method=method, **METHODS[method])


def test_segments_need_whole_scores_of_all_letters():
    with pytest.raises(DataError, match="The scores lack F, M"):
        rfm.names(pd.DataFrame({"R": [1]}))
    score = pd.DataFrame({"R": [1, 4], "F": [1, 1], "M": [1, 1]}, index=["ann", "ben"])
    with pytest.raises(DataError, match="The scores lack 'again', True for whoever bought on more than one"):
        rfm.names(score, bins=4)
    score = score.assign(again=[True, False])
    with pytest.raises(DataError, match=r"1 of 2 customers have a score.* from 1 to 3, for example ben"):
        rfm.names(score, bins=3)
    with pytest.raises(DataError, match="no whole number"):
        rfm.names(score.assign(F=1.5))


@pytest.mark.parametrize(
    "weights",
    [{"R": 1, "F": 1}, {"R": 1, "F": 1, "M": -1}, {"R": 0, "F": 0, "M": 0}, {"R": 1, "F": 1, "X": 1}],
)
def test_weights_are_one_a_letter_and_not_all_zero(weights):
    with pytest.raises(InputError, match="Give R, F and M a number of zero or more, not all zero"):
        rfm.index(every_score(2), weights)


def test_lift_needs_a_list_and_something_to_find():
    later = pd.Series([1.0, 0.0])
    for share in (0, -0.1, 1.1, 10):
        with pytest.raises(InputError, match=f"The share is {share}"):
            rfm.lift(later, later, share)
    with pytest.raises(DataError, match="add up to zero"):
        rfm.lift(later, later * 0, 0.5)
    with pytest.raises(DataError, match="1 customers are in only one"):
        rfm.lift(later[:1], later, 0.5)
    with pytest.raises(DataError, match="no finite number"):
        rfm.lift(pd.Series([np.nan, 1.0]), later, 0.5)


def test_a_cluster_is_drawn_to_where_most_customers_are():
    spent = pd.Series([0.0] * 100 + [3.0, 5.0])
    assert rfm._cluster_scores(spent, 2).tolist() == [1] * 100 + [2, 2]
