"""What customers have earned: worked by hand, with and without known costs."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.pyramid.profits import profit, service_cost, without_profit

ORDERS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "ann", "ben"],
        "date": ["2024-01-01", "2024-01-01", "2024-12-31", "2024-12-31"],
        "amount": [60.0, 20.0, 20.0, 50.0],
        "cost": [30.0, 10.0, 15.0, 45.0],
    }
)
CONTACTS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "eve", "ann"],
        "date": pd.to_datetime(["2024-02-01", "2024-12-31", "2024-03-01", "2025-01-01"]),
        "cost": [4.0, 1.5, 9.0, 99.0],
    }
)


@pytest.fixture(scope="module")
def known():
    return crm.summarise(ORDERS, unit="W")


@pytest.fixture(scope="module")
def unknown():
    return crm.summarise(ORDERS.drop(columns="cost"), unit="W")


# -- correctness


def test_profit_by_hand(known):
    """Ann: 100 less goods 55, two purchase days, 365 days on the books, two contacts up to the end."""
    found = profit(known, order_cost=2.0, account_cost=36.525, contacts=CONTACTS)
    assert found.name == "profit"
    assert found.index.tolist() == ["ann", "ben"]
    assert_allclose(found, [45 - 2 * 2 - 36.5 - 5.5, 5 - 2])


def test_a_margin_stands_in_for_the_cost_of_goods(known, unknown):
    assert_allclose(profit(unknown, margin=0.3), [30, 15])
    assert_allclose(profit(known, margin=0.3), [30, 15])  # a margin that is given is used
    assert_allclose(profit(known), [45, 5])
    assert_allclose(profit(known, margin=0.0), [0, 0])


def test_contacts_after_the_end_do_not_count_and_strangers_are_left_out(known):
    assert service_cost(known, CONTACTS).to_dict() == {"ann": 5.5, "ben": 0.0}
    early = crm.summarise(ORDERS, end="2024-03-31")
    assert service_cost(early, CONTACTS).to_dict() == {"ann": 4.0}


def test_who_brings_no_profit_under_other_assumptions(known, unknown):
    """Ann earns 100 m - 2 o - 0.999 a, Ben 50 m - o."""
    found = without_profit(unknown, margin=0.3, order_cost=10.0, account_cost=6.0)
    assert found.columns.tolist() == ["none", "half", "as assumed", "double"]
    assert found.loc["margin"].tolist() == [1.0, 1.0, 0.0, 0.0]  # at half a margin, 15 - 20 and 7.5 - 10
    assert found.loc["order cost"].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert found.loc["account cost"].tolist() == [0.0, 0.0, 0.0, 0.5]
    assert without_profit(known, order_cost=2.0).index.tolist() == ["order cost", "account cost"]
    assert without_profit(unknown, margin=0.8).loc["margin", "double"] == 0.0  # the whole revenue at most


# -- consistency


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_the_unit_of_time_changes_no_money(known, unit):
    same = profit(crm.summarise(ORDERS, unit=unit), order_cost=2.0, account_cost=10.0)
    assert_allclose(same, profit(known, order_cost=2.0, account_cost=10.0))


def test_profit_is_revenue_times_margin_less_costs(unknown):
    frame = unknown.frame
    full = profit(unknown, margin=1.0)
    assert_allclose(full, frame["total"])
    for margin in (0.0, 0.25, 0.9):
        step = profit(unknown, margin=margin, order_cost=3.0)
        assert_allclose(step, margin * full - 3.0 * frame["orders"])


def test_inputs_stay_as_they_were(known):
    before, contacts = known.frame.copy(), CONTACTS.copy()
    profit(known, order_cost=1.0, account_cost=1.0, contacts=CONTACTS)
    assert_frame_equal(known.frame, before)
    assert_frame_equal(contacts, CONTACTS)


# -- input checks


def test_profit_needs_a_margin_or_a_cost(unknown):
    with pytest.raises(InputError, match="needs margin=…"):
        profit(unknown, order_cost=2.0)


@pytest.mark.parametrize("margin", [-0.1, 1.01, 30, np.nan])
def test_a_margin_is_a_share(unknown, margin):
    with pytest.raises(InputError, match="must be a share of revenue from 0 to 1"):
        profit(unknown, margin=margin)


@pytest.mark.parametrize("name", ["order_cost", "account_cost"])
def test_a_cost_is_not_negative(unknown, name):
    with pytest.raises(InputError, match=f"{name} is -1"):
        profit(unknown, margin=0.3, **{name: -1})


def test_contacts_need_their_columns(known):
    with pytest.raises(DataError, match="The contacts lack the column cost, date"):
        profit(known, contacts=CONTACTS[["customer_id"]])
