"""What a point of retention is worth, against the formula, a sum written out, and a plain recount."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.clv import retention_uplift
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import cohort_table, lives, point_worth, profit_by_age, redrawn_points, retention_by_age

approx = pytest.approx
END = "2024-12-31"


@pytest.fixture(scope="module")
def operator():
    made = crm.simulate.contracts(800, seed=5)
    bills = made.table("orders").assign(amount=lambda bill: bill["amount"] - bill["cost"])
    return lives(made.table("contracts"), END), bills


@given(st.floats(0, 0.95), st.floats(0.001, 1), st.floats(0.001, 0.04))
def test_one_retention_for_all_years_is_the_formula(r, d, points):
    found = point_worth(r, 70.0, discount_rate=d, points=points)
    assert found["most"] == approx(70 * points / (1 + d - r))
    assert found["value"] == approx(70 * (1 + d) / (1 + d - r))
    rise = retention_uplift(r, points=points, discount_rate=d)
    assert found["raised"] / found["value"] - 1 == approx(rise)
    assert point_worth([r] * 4, 70.0, discount_rate=d, points=points).to_numpy() == approx(found.to_numpy())


@given(st.lists(st.floats(0.1, 0.9), min_size=1, max_size=4), st.floats(0, 3), st.booleans())
def test_a_sum_written_out(rates, leaving, beyond):
    found = point_worth(rates, 50.0, discount_rate=0.2, beyond=beyond, leaving=leaving)
    stay, kept, value, gain = 1.0, 0.0, 50.0, 0.0
    for year in range(1, 400 if beyond else len(rates) + 1):
        r = rates[min(year, len(rates)) - 1]
        stay, kept = stay * r, kept * max(0, 1 - leaving * (0.99 - r)) + 0.01 * stay
        value += 50 * stay / 1.2**year
        gain += 50 * kept / 1.2**year
    assert found["value"] == approx(value)
    assert found["raised"] == approx(value + gain)
    assert found["most"] == approx(50 * gain / (value + gain))


def test_what_the_programme_may_cost_is_its_break_even():
    found = point_worth([0.6, 0.7], 100.0, discount_rate=0.1)
    assert found["raised"] * (100 - found["most"]) / 100 == approx(found["value"])


def test_the_kept_who_leave_more_readily_are_worth_less():
    most = [point_worth(0.8, 100.0, discount_rate=0.1, leaving=each)["most"] for each in (0, 1, 2, 100)]
    assert most == sorted(most, reverse=True)
    assert most[-1] == approx(100 * 0.01 / 1.1 / (0.01 / 1.1 + 1), rel=0.01)  # one year each, no more


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"retention": 1.2}, "share of customers"),
        ({"retention": []}, "share of customers"),
        ({"retention": 0.995}, "cannot rise by 0.01"),
        ({"retention": 0.99, "discount_rate": 0.0}, "no end"),
        ({"points": 0}, "points"),
        ({"leaving": -1}, "leaving"),
    ],
)
def test_refusals(change, message):
    given_ = {"retention": 0.8, "profit": 1.0, "discount_rate": 0.1} | change
    with pytest.raises(InputError, match=message):
        point_worth(**given_)


def test_profit_by_age_is_a_plain_recount(operator):
    stays, bills = operator
    found = profit_by_age(stays, bills, unit="M")
    who = stays.loc[(pd.Timestamp(END) - stays["begin"]).dt.days + 1 >= 8 * 365.25 / 12]
    there = who[~who["left"] | (who["days"] > 7 * 365.25 / 12)]
    age = ((bills["date"] - bills["customer_id"].map(stays["begin"])).dt.days + 1) // (365.25 / 12)
    assert found.loc[7, "customers"] == len(there)
    assert found.loc[7, "profit"] == approx(
        bills["amount"][bills["customer_id"].isin(who.index) & (age == 7)].sum()
    )
    some = found[found["customers"] > 0]
    assert some["mean"].to_numpy() == approx((some["profit"] / some["customers"]).to_numpy())
    # with the youngest of a cohort as its measure, `cohort_table` knows fewer, and the same of the first age
    assert found.loc[0, "customers"] == cohort_table(stays)[0].sum()


def test_profit_by_age_hangs_on_no_order_of_rows(operator):
    stays, bills = operator
    anew = profit_by_age(stays, bills.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(anew, profit_by_age(stays, bills))


def test_profit_by_age_refuses(operator):
    stays, bills = operator
    with pytest.raises(DataError, match="have no life"):
        profit_by_age(stays.iloc[1:], bills)
    short = stays.assign(begin=stays["until"].max())
    with pytest.raises(DataError, match="whole age"):
        profit_by_age(short, bills, unit="Y")


def test_draws_scatter_around_the_estimate(operator):
    stays, bills = operator
    years, earned = retention_by_age(stays, unit="Y"), profit_by_age(stays, bills, unit="Y")
    stay = np.average(years["retention"], weights=years["at_risk"])
    profit = earned["profit"].sum() / earned["customers"].sum()
    drawn = redrawn_points(stays, bills, discount_rate=0.1, draws=300)
    assert drawn["retention"].mean() == approx(stay, abs=0.004)
    assert drawn["profit"].mean() == approx(profit, rel=0.01)
    assert drawn["most"].to_numpy() == approx(
        (drawn["profit"] * 0.01 / (1.1 - drawn["retention"])).to_numpy()
    )
    # of 800 customers, by the binomial of both years together
    assert drawn["retention"].std() == approx(np.sqrt(stay * (1 - stay) / years["at_risk"].sum()), rel=0.25)
    pd.testing.assert_frame_equal(drawn, redrawn_points(stays, bills, discount_rate=0.1, draws=300))


def test_one_draw_is_retention_by_age_of_its_customers(operator):
    stays, bills = operator
    drawn = redrawn_points(stays, bills, discount_rate=0.1, draws=2, seed=3).iloc[0]
    pick = np.random.default_rng(3).integers(len(stays), size=len(stays))
    years = retention_by_age(stays.iloc[pick].reset_index(drop=True), unit="Y")
    assert drawn["retention"] == approx(np.average(years["retention"], weights=years["at_risk"]))
