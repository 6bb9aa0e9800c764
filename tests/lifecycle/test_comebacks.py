"""Who came back: each counted in their own days, and failures beside orders to which nothing had happened."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import came_back, failure_cases, recovery_paradox


def days(*given: str) -> pd.Series:
    return pd.Series(pd.to_datetime([f"2024-{each}" for each in given]))


ORDERS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "a", "b", "b", "c"],
        "date": days("01-01", "01-11", "03-01", "01-01", "01-01", "02-01"),
        "amount": [10.0, 20.0, 40.0, 5.0, 5.0, 8.0],
        "cost": [4.0, 5.0, 10.0, 1.0, 1.0, 2.0],
    }
)
SINCE = pd.Series(days("01-01", "01-01", "02-01").to_numpy(), index=["a", "b", "c"])


def test_each_is_watched_from_the_next_day_to_the_last():
    found = came_back(ORDERS, SINCE, until="2024-03-31", days=10)
    assert found["back"].tolist() == [True, False, False]
    assert found["profit"].tolist() == [15.0, 0.0, 0.0]
    assert came_back(ORDERS, SINCE, until="2024-03-31", days=9)["back"].tolist() == [False] * 3
    assert came_back(ORDERS, SINCE, until="2024-03-31")["profit"].tolist() == [45.0, 0.0, 0.0]
    assert came_back(ORDERS, SINCE, until="2024-02-05", days=10)["watched"].tolist() == [True, True, False]
    share = came_back(ORDERS, SINCE, until="2024-03-31", margin=0.5)
    assert share["profit"].tolist() == [30.0, 0.0, 0.0]


def test_a_later_first_day_counts_what_comes_from_it_on():
    found = came_back(ORDERS, SINCE, until="2024-03-31", judged_from="2024-03-01")
    assert found["profit"].tolist() == [30.0, 0.0, 0.0]
    assert not came_back(ORDERS, SINCE, until="2024-03-31", judged_from="2024-04-01")["watched"].any()


def test_what_is_no_day_is_refused():
    with pytest.raises(DataError, match="twice"):
        came_back(ORDERS, SINCE.rename({"b": "a"}), until="2024-03-31")
    with pytest.raises(DataError, match="no dates"):
        came_back(ORDERS, SINCE.astype(str), until="2024-03-31")
    with pytest.raises(DataError, match="1 of 3 customers have no day"):
        came_back(ORDERS, SINCE.where(SINCE.index != "b"), until="2024-03-31")
    with pytest.raises(InputError, match="no cost"):
        came_back(ORDERS.drop(columns="cost"), SINCE, until="2024-03-31")
    with pytest.raises(InputError):
        came_back(ORDERS, SINCE, until="2024-03-31", days=0)
    failure = pd.DataFrame(
        {"customer_id": ["a"], "date": days("01-11"), "severity": "minor", "treated": True}
    )
    with pytest.raises(DataError, match="severity"):
        failure_cases(ORDERS, failure.drop(columns="severity"), until="2024-03-31")
    with pytest.raises(DataError, match="no failures"):
        failure_cases(ORDERS, failure.head(0), until="2024-03-31")


def test_orders_after_the_first_failure_are_not_compared():
    failure = pd.DataFrame(
        {"customer_id": ["a"], "date": days("01-11"), "severity": "minor", "treated": False}
    )
    found = failure_cases(ORDERS, failure, until="2024-12-31", days=60)
    assert found["case"].tolist() == ["none", "not repaired", "none", "none"]
    assert found["severity"].tolist() == ["", "minor", "", ""]
    assert found["orders"].tolist() == [1, 2, 1, 1]
    assert found["back"].tolist() == [True, True, False, False]
    late = failure_cases(ORDERS, failure, until="2024-12-31", days=60, judged_from="2024-02-01")
    assert late["back"].tolist() == [True, True, False, False]
    between = failure.assign(date=days("01-12"))
    assert failure_cases(ORDERS, between, until="2024-12-31", days=60)["case"].tolist() == ["none"] * 4
    people = failure_cases(ORDERS, failure, until="2024-12-31", judged_from="2024-02-01")
    assert people["case"].to_dict() == {"a": "not repaired", "b": "none"}  # c was not known by then
    assert people["back"].to_dict() == {"a": True, "b": False}


def test_the_order_of_rows_plays_no_part():
    shop = crm.simulate.campaign(600, seed=3)
    orders, failures = shop.table("orders"), shop.table("failures")
    found = failure_cases(orders, failures, until="2024-12-31", days=90)
    turned = failure_cases(orders[::-1], failures[::-1], until="2024-12-31", days=90)
    pd.testing.assert_frame_equal(found, turned)


def test_a_plain_comparison_takes_the_failed_for_better_than_they_are():
    """Whoever orders more often is failed more often: classes by orders take that away."""
    shop = crm.simulate.campaign(6000, seed=4)
    cases = failure_cases(shop.table("orders"), shop.table("failures"), until="2024-12-31", days=180)
    band = pd.cut(cases["orders"], [0, 1, 2, 5, np.inf]).astype(str)
    like = recovery_paradox(cases["back"], cases["case"], by=band)
    assert like.loc["repaired - none", "high"] < 0 < like.loc["repaired - not repaired", "low"]
