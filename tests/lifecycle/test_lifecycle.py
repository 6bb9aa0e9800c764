"""Relationship stages: the rule by hand, identities that hold for any orders, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab import lifecycle
from crmlab.errors import DataError, InputError
from crmlab.groups import labelled
from crmlab.lifecycle import (
    STAGES,
    at_stake,
    chain_value,
    cohort_volume,
    early_life,
    expected_steps,
    markov_check,
    precision_at,
    redrawn_rescues,
    redrawn_stakes,
    rhythm,
    stage_profile,
    stage_value,
    stages,
    usual_gap,
)

START = pd.Timestamp("2024-01-01")
few = settings(max_examples=8)


def bought(days, **columns):
    """Orders of 10 each from the days, counted from START, on which each customer bought."""
    rows = [(who, START + pd.Timedelta(days=day)) for who, on in days.items() for day in on]
    return pd.DataFrame(rows, columns=["customer_id", "date"]).assign(amount=10.0, **columns)


def on(day):
    return START + pd.Timedelta(days=day)


def staged(codes):
    return labelled(
        list(codes.values()), list(STAGES.index), pd.Index(list(codes), name="customer_id"), "stage"
    )


# The usual gap is 10 days: the median of the mean gaps 8 (form), 10 (firm) and 20 (gone).
FOUR = bought({"new": [95], "form": [90, 98], "firm": [60, 70, 80, 90], "gone": [0, 20]})


@st.composite
def orders(draw):
    row = st.tuples(st.sampled_from(["ann", "ben", "cy", "dee", "eve"]), st.integers(0, 200))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    days = pd.DataFrame(rows, columns=["customer_id", "day"])
    dates = START + pd.to_timedelta(days["day"], unit="D")
    return days.assign(date=dates, amount=1.0 + days["day"] % 7).drop(columns="day")


@pytest.fixture(scope="module")
def sample():
    return crm.datasets.cdnow(sample=True)


# -- correctness


def test_the_four_stages_by_hand():
    found = stages(FOUR, at=on(100))
    assert found.to_dict() == {
        "firm": "stability",
        "form": "formation",
        "gone": "decline",
        "new": "exploration",
    }
    assert found.cat.ordered
    assert list(found.cat.categories) == list(STAGES.index)


def test_a_rhythm_is_drawn_towards_the_usual_gap():
    frame = crm.summarise(FOUR, end=on(100)).frame
    # (30 + 10) / 4, (8 + 10) / 2, (20 + 10) / 2, (0 + 10) / 1
    assert rhythm(frame).to_dict() == {"firm": 10.0, "form": 9.0, "gone": 15.0, "new": 10.0}


@pytest.mark.parametrize(("day", "stage"), [(120, "stability"), (121, "decline")])
def test_decline_begins_after_patience_times_the_rhythm(day, stage):
    """The rhythm of firm is 10 days, so three of them end on day 120."""
    assert stages(FOUR, at=on(day))["firm"] == stage
    assert stages(FOUR, at=on(day), patience=4)["firm"] == "stability"


def test_the_profile_by_hand():
    table = FOUR.assign(cost=4.0, quantity=[1] * 5 + [2] * 4)
    contacts = pd.DataFrame(
        {"customer_id": ["firm", "firm", "gone"], "date": [on(60), on(61), on(95)], "cost": [7.0, 2.0, 1.0]}
    )
    referrer = pd.Series({"new": "firm", "form": "firm", "firm": "gone", "gone": None})
    # A window of 40 days up to day 100 begins after day 60: firm's first order, the contact of that day and
    # the new customer that gone brought on it are out.
    found = stage_profile(
        table, stages(FOUR, at=on(100)), on(100), window=40, contacts=contacts, referred_by=referrer
    )
    known = found[["orders", "revenue", "cost_to_serve", "referrals", "profit"]] * 40 / 30
    assert known.loc["stability"].tolist() == [3, 30, 2, 2, 16]
    assert known.loc["decline"].tolist() == [0, 0, 1, 0, -1]
    assert found["price"].tolist()[:3] == [10.0, 10.0, 6.0]  # 30 for five units
    assert np.isnan(found.loc["decline", "price"])
    assert_allclose(found["profit_share"], np.array([6, 12, 16, -1]) / 34)  # of what those above zero bring


def test_volume_over_life_by_hand():
    table = bought({"old": [0, 3, 20], "young": [7, 12]})
    found = cohort_volume(table, unit="W", margin=0.5)
    # On day 20, old has lived three weeks and young two.
    assert found["customers"].tolist() == [2, 2, 1]
    assert found["active"].tolist() == [1.0, 0.0, 1.0]
    assert found["value"].tolist() == [10.0, 0.0, 5.0]


def test_early_life_by_hand():
    table = bought({"old": [0, 3, 7, 20], "young": [7, 12]})
    two = early_life(table, 2, unit="W")  # fourteen days, the day of the first purchase one of them
    assert two["orders"].to_dict() == {"old": 3, "young": 2}
    assert two["amount"].to_dict() == {"old": 30.0, "young": 20.0}
    three = early_life(table, 3, unit="W")
    assert three["orders"].to_dict() == {"old": 4}, "young has not lived three weeks"


def test_value_by_stage_is_pfeifer_and_carraways(sample):
    before, after = stages(sample, "1997-06-30"), stages(sample, "1997-12-31")
    profit = pd.Series(np.random.default_rng(2).gamma(2.0, 5.0, len(before)), index=before.index)
    found = stage_value(before, after, profit, steps=400, step_rate=0.05)
    moves = lifecycle.transition_matrix(before, after)
    mean = profit.groupby(before, observed=False).mean()
    for_ever = np.linalg.solve(np.eye(4) - moves / 1.05, mean)
    assert_allclose(found["value"], for_ever)
    two_steps = stage_value(before, after, profit, steps=2, step_rate=0.05)["value"]
    assert_allclose(two_steps, mean + moves @ mean / 1.05)
    # An offer that keeps one in a hundred from sliding changes the row of moves, and the value with it.
    changed = moves.loc["formation"].copy()
    changed[["formation", "stability"]] *= 1 + 0.01 / (1 - changed["decline"])
    changed["decline"] -= 0.01
    gain = (changed - moves.loc["formation"]) @ found["value"] / 1.05
    assert_allclose(0.01 * found.loc["formation", "rescue"], gain)


def test_one_usual_gap_serves_all_dates():
    """The usual gap is 10 days on day 100; twice as long, firm keeps its stage for longer."""
    frame = crm.summarise(FOUR, end=on(100)).frame
    assert usual_gap(frame) == 10.0
    assert_series_equal(stages(FOUR, at=on(100)), stages(FOUR, at=on(100), usual_gap=10))
    # With a usual gap of 20 days, firm's rhythm is (30 + 20) / 4 days, so decline begins after day 127.
    assert stages(FOUR, at=on(127), usual_gap=20)["firm"] == "stability"
    assert stages(FOUR, at=on(128), usual_gap=20)["firm"] == "decline"
    customers = crm.summarise(FOUR, end=on(128))
    engine = lifecycle.with_stages(customers, usual_gap=20).frame["stage"]
    assert engine.sort_index().tolist() == stages(FOUR, at=on(128), usual_gap=20).sort_index().tolist()
    assert usual_gap(frame[frame["frequency"] == 0]) == frame.loc["new", "T"]


# The example of Pfeifer and Carraway: recency 1 to 4 and former; a purchase brings 40, a letter costs 4.
CHAIN = pd.DataFrame(
    [[0.3, 0.7, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], [0, 0, 0, 0, 1]],
    index=list("1234f"),
    columns=list("1234f"),
)
REWARD = pd.Series([36.0, -4, -4, -4, 0], index=list("1234f"))


def test_the_chain_of_pfeifer_and_carraway():
    five = chain_value(CHAIN, REWARD, step_rate=0.2, steps=5)
    assert_allclose(five, [50.114969, 4.219907, 0.59211, -1.980131, 0], atol=1e-6)
    assert_allclose(
        chain_value(CHAIN, REWARD, step_rate=0.2), [52.319609, 5.553784, 1.250773, -1.820016, 0], atol=1e-6
    )
    stopped, saved = CHAIN.copy(), REWARD.copy()
    stopped.loc["4"], saved["4"] = CHAIN.loc["f"], 0.0
    assert_allclose(
        chain_value(stopped, saved, step_rate=0.2), [53.149425, 6.62069, 2.643678, 0, 0], atol=1e-6
    )


def test_time_to_a_state_as_in_the_books():
    """Grinstead and Snell: the weather in the Land of Oz, and a walk home between two bars."""
    oz = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], list("rns"), list("rns"))
    assert_allclose(expected_steps(oz, to="n"), [4, 4])
    assert_allclose(expected_steps(oz, to="r"), [8 / 3, 10 / 3])
    walk = pd.DataFrame(
        [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5]], list("0123"), list("0123")
    )
    assert_allclose(expected_steps(walk, to="0"), [6, 10, 12])
    away = pd.DataFrame([[0.5, 0.3, 0.2], [0, 1, 0], [0, 0, 1]], list("abc"), list("abc"))
    assert expected_steps(away, to="c").tolist() == [np.inf, np.inf]  # whoever is in b stays there


def test_the_past_is_found_where_it_matters_and_only_there():
    rng, size = np.random.default_rng(3), 4000
    who = pd.RangeIndex(size, name="customer_id")
    first, second = (labelled(rng.integers(1, 4, size), list(STAGES.index), who, "stage") for _ in range(2))
    blind = labelled(rng.integers(2, 4, size), list(STAGES.index), who, "stage")
    fair = markov_check(first, second, blind)
    assert ((fair["low"] < 0) & (fair["high"] > 0)).loc["formation":].all()
    loyal = blind.where(first.astype(str) != second.astype(str), "decline")
    found = markov_check(first, second, loyal)
    assert (found["low"] > 0.4).loc["formation":].all()
    assert (found["after_stay"].loc["formation":] == 1).all()
    stability = (first == "stability") & (second == "stability")
    assert found.loc["stability", "stayed"] == stability.sum()
    assert found.loc["exploration", ["stayed", "came"]].tolist() == [0, 0]
    assert np.isnan(found.loc["exploration", "difference"])


def test_precision_shares_ties():
    """Of five equal scores two are called: each pair is as likely, so the answer is the share of all."""
    gone = pd.Series([True, False, True, False, False])
    assert precision_at(pd.Series([5, 5, 5, 5, 5]), gone, 2) == pytest.approx(0.4)
    assert precision_at(pd.Series([9, 5, 5, 1, 1]), gone, 2) == pytest.approx((1 + 0.5) / 2)
    assert precision_at(pd.Series([9, 5, 5, 1, 1]), gone, 5) == pytest.approx(0.4)


def test_redraws_scatter_about_what_was_found(sample):
    before, after = stages(sample, "1997-06-30"), stages(sample, "1997-12-31")
    profit = pd.Series(np.random.default_rng(2).gamma(2.0, 5.0, len(before)), index=before.index)
    profit += 20.0 * (after.loc[before.index] != "decline")
    found = at_stake(before, after, profit)["stake"]
    drawn = redrawn_stakes(before, after, profit, draws=300)
    assert_allclose(drawn.mean()[2:], found[2:], rtol=0.03)
    # The standard deviation of a difference of two means.
    slid = after.loc[before.index] == "decline"
    parts = [profit[(before == "stability") & side] for side in (slid, ~slid)]
    assert_allclose(drawn["stability"].std(), np.hypot(*[part.sem() for part in parts]), rtol=0.15)
    options = {"steps": 3, "step_rate": 0.1}
    rescues = redrawn_rescues(before, after, profit, draws=300, **options)
    assert_allclose(
        rescues.mean()[2:], stage_value(before, after, profit, **options)["rescue"][2:], rtol=0.03
    )
    assert_frame_equal(drawn, redrawn_stakes(before, after, profit, draws=300))


def test_too_few_have_no_stake():
    before, after = staged(dict.fromkeys("abcd", 2)), staged({"a": 2, "b": 2, "c": 2, "d": 3})
    profit = pd.Series([6.0, 3, 3, 1], index=list("abcd"))
    assert at_stake(before, after, profit).loc["stability", "stake"] == 3.0
    assert np.isnan(at_stake(before, after, profit, least=2).loc["stability", "stake"])


# -- consistency


@few
@given(orders(), st.integers(0, 200))
def test_stages_know_no_future_and_give_each_customer_one(table, day):
    past = table[table["date"] <= on(day)]
    if past.empty:
        return
    found = stages(table, at=on(day))
    assert_series_equal(found, stages(past, at=on(day)))
    assert sorted(found.index) == sorted(past["customer_id"].unique())
    assert found.notna().all()


@few
@given(orders())
def test_equal_customers_share_a_stage_whatever_their_name_or_row(table):
    twin = table.assign(customer_id="twin of " + table["customer_id"])
    both = pd.concat([twin, table.iloc[::-1]])
    found = stages(both, at=on(230))
    for name in table["customer_id"].unique():
        assert found[name] == found[f"twin of {name}"]


@few
@given(orders(), st.floats(0.5, 5), st.integers(3, 8))
def test_patience_and_demands_work_one_way(table, patience, least):
    hasty = stages(table, at=on(200), patience=patience, stable_orders=least)
    calm = stages(table, at=on(200), patience=2 * patience, stable_orders=least)
    strict = stages(table, at=on(200), patience=patience, stable_orders=least + 1)
    assert not ((calm == "decline") & (hasty != "decline")).any()
    assert not ((strict == "stability") & (hasty != "stability")).any()


def test_profiles_add_up_to_the_window(sample):
    stage = stages(sample, at="1997-06-30")
    found = stage_profile(sample, stage, at="1997-06-30", window=60, margin=0.4)
    frame = sample.to_pandas()
    inside = frame[(frame["date"] > "1997-05-01") & (frame["date"] <= "1997-06-30")]
    total = (found["profit"] * found["customers"]).sum() * 60 / 30
    assert_allclose(total, 0.4 * inside["amount"].sum())
    assert_allclose(found["profit_share"].sum(), 1)
    assert_allclose(found["customers_share"].sum(), 1)


def test_volume_adds_up_to_all_that_whole_months_hold(sample):
    life = cohort_volume(sample)
    assert (life["customers"].diff().dropna() <= 0).all()
    assert life["active"].between(0, 1).all()
    months = 365.25 / 12 * 14  # all customers have lived 14 months
    frame = sample.to_pandas()
    age = frame["date"] - frame.groupby("customer_id")["date"].transform("min")
    early = frame.loc[age.dt.days < months, "amount"].sum()
    assert_allclose((life["value"] * life["customers"]).iloc[:14].sum(), early)


def test_early_life_adds_up_to_the_volume_of_these_months(sample):
    life, early = cohort_volume(sample), early_life(sample, 14)
    assert len(early) == life.loc[13, "customers"]
    assert_allclose(early["amount"].mean(), life["value"].iloc[:14].sum())
    assert_allclose(early["orders"].mean(), life["orders"].iloc[:14].sum())


def test_a_stage_without_customers_stays_missing():
    before = staged({"a": 1, "b": 2, "c": 3, "d": 1})
    after = staged({"a": 2, "b": 2, "c": 3, "d": 3})
    found = stage_value(before, after, pd.Series(1.0, index=before.index), steps=3, step_rate=0.1)
    assert found.loc["exploration"].isna().all()
    assert found.loc["formation", "slide"] == 0.5
    assert np.isnan(found.loc["decline", "rescue"])  # nobody left it, so nobody shows where that leads


def test_inputs_stay_as_they_were(sample):
    table, stage = FOUR.copy(), stages(FOUR, at=on(100))
    labels, profit = stage.copy(), pd.Series(1.0, index=stage.index)
    stage_profile(table, stage, on(100), margin=0.5)
    stage_value(stage, stages(table, at=on(140)), profit, steps=2, step_rate=0.1)
    cohort_volume(table)
    assert_frame_equal(table, FOUR)
    assert_series_equal(stage, labels)


# -- input checks


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: stages(FOUR, at=on(100), stable_orders=2), "at least 3"),
        (lambda: stages(FOUR, at=on(100), patience=0), "patience is 0"),
        (lambda: stages(FOUR, at=on(100), usual_gap=0), "usual_gap is 0"),
        (lambda: rhythm(crm.summarise(FOUR).frame, usual_gap=-1.0), "usual_gap is -1"),
        (lambda: chain_value(CHAIN.iloc[:4], REWARD, step_rate=0.2), "the same states"),
        (lambda: chain_value(CHAIN * 0.9, REWARD, step_rate=0.2), "The moves from 1 sum to 0.9"),
        (lambda: chain_value(CHAIN, REWARD.drop("f"), step_rate=0.2), "no state 'f'"),
        (lambda: chain_value(CHAIN, REWARD, step_rate=0.0), "Without steps"),
        (lambda: expected_steps(CHAIN, to="5"), "no state '5'"),
        (lambda: markov_check(*[staged({"a": 1})] * 3, to="ended"), "no stage 'ended'"),
        (lambda: at_stake(*[staged({"a": 1})] * 2, pd.Series([1.0], ["a"]), out="ended"), "no stage 'ended'"),
        (lambda: stages(FOUR, at="30.9.1997"), "at is '30.9.1997'"),
        (lambda: cohort_volume(FOUR, unit="Q"), "time unit 'Q'"),
        (lambda: early_life(FOUR, 3, unit="Q"), "time unit 'Q'"),
        (lambda: early_life(FOUR, 0), "length is 0"),
    ],
)
def test_requests_that_cannot_be_served(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize(
    ("options", "words"), [({}, "margin="), ({"margin": 30}, "from 0 to 1"), ({"window": 0}, "window is 0")]
)
def test_profiles_need_a_window_and_a_margin_or_cost(options, words):
    with pytest.raises(InputError, match=words):
        stage_profile(FOUR, stages(FOUR, at=on(100)), on(100), **options)


def test_more_calls_than_customers():
    with pytest.raises(DataError, match="5 of 2 customers cannot be called"):
        precision_at(pd.Series([1, 2]), pd.Series([True, False]), 5)


def test_nobody_had_bought_yet():
    with pytest.raises(DataError, match="on or before 2023-12-31"):
        stages(FOUR, at=on(-1))


def test_contacts_need_their_columns():
    contacts = pd.DataFrame({"customer_id": ["firm"], "when": [on(80)], "cost": [1.0]})
    with pytest.raises(DataError, match="lack the column date"):
        stage_profile(FOUR, stages(FOUR, at=on(100)), on(100), margin=0.5, contacts=contacts)


def test_values_need_known_moves_profit_and_a_horizon():
    before, after = staged({"a": 1, "b": 3}), staged({"a": 2, "b": 3})
    profit = pd.Series(1.0, index=before.index)
    with pytest.raises(DataError, match="Nobody was in stability at the first date"):
        stage_value(before, after, profit, steps=2, step_rate=0.1)
    with pytest.raises(DataError, match="only one of the two tables, for example b"):
        stage_value(before, before, profit.drop("b"), steps=2, step_rate=0.1)
    with pytest.raises(InputError, match="whole number of steps of at least 1"):
        stage_value(before, before, profit, steps=0, step_rate=0.1)
    for discount in (-0.1, 10):
        with pytest.raises(InputError, match=r"0\.10 is 10%"):
            stage_value(before, before, profit, steps=2, step_rate=discount)
