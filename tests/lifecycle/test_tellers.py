"""Who brought whom: counts by age with those still young, and profits credited once or several times."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError
from crmlab.lifecycle import (
    brought_by_age,
    brought_within,
    chain_size,
    credited,
    newcomers,
    profit_within,
    referrals,
)

approx = pytest.approx
DAYS = pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-21", "2024-03-01"])
FIRST = pd.Series(DAYS, index=list("abcd"))
BY = pd.Series([None, "a", "b", "a"], index=list("abcd"))


def test_who_brought_whom():
    assert referrals(BY, FIRST)["age"].to_dict() == {"b": 10, "c": 10, "d": 60}
    strange = pd.Series(["b", "z", None, None], index=list("abcd"))
    assert referrals(strange, FIRST).empty, "one came before the teller, the other's teller is not there"
    with pytest.raises(DataError, match="brought themselves, such as 'a'"):
        referrals(pd.Series(["a"], index=["a"]), FIRST)
    for wrong in (FIRST.astype(str), FIRST.where(DAYS[0] < FIRST), FIRST[[]], FIRST[["a", "a"]]):
        with pytest.raises(DataError, match="first"):
            referrals(BY, wrong)


def test_only_those_watched_long_enough_count():
    assert brought_within(BY, FIRST, 10).to_dict() == {"a": 1, "b": 1, "c": 0}
    assert brought_within(BY, FIRST, 60).to_dict() == {"a": 2}
    with pytest.raises(DataError, match="the first customer came 60 days before"):
        brought_within(BY, FIRST, 61)


def test_by_age_it_is_the_plain_mean_while_all_are_watched():
    shop = crm.simulate.business(600, seed=5)
    first = shop.transactions.groupby("customer_id")["date"].min()
    by = shop.attributes["referred_by"].reindex(first.index)
    early = first.index[first <= first.min() + pd.Timedelta(days=120)]
    age = int((first.max() - first[early].max()).days)
    curve = brought_by_age(by, first, among=early)
    plain = brought_within(by, first, age)[early]
    assert curve.loc[age, "brought"] == approx(plain.mean())
    assert curve.loc[age, "error"] == approx(plain.std(ddof=0) / np.sqrt(len(plain)))
    assert (curve["watched"].diff().dropna() <= 0).all()
    with pytest.raises(DataError, match="among"):
        brought_by_age(by, first, among=pd.Index(["nobody"]))


def test_its_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        tellers = pd.date_range("2024-01-01", periods=100)
        rate = rng.gamma(0.5, 2, 100) * 0.002
        born = pd.Series(tellers, index=[f"t{n}" for n in range(100)])
        told = {}
        for name, day, each in zip(born.index, tellers, rate, strict=True):
            for number, age in enumerate(np.flatnonzero(rng.random(180) < each)):
                told[f"{name}-{number}"] = (name, day + pd.Timedelta(days=int(age)))
        came = pd.DataFrame(told, index=["teller", "date"]).T
        last = pd.Series([pd.Timestamp("2024-06-29")], index=["last"])
        first = pd.concat([born, pd.to_datetime(came["date"]), last])
        first = first[first <= last.iloc[0]]
        curve = brought_by_age(came["teller"], first, among=born.index)
        held += bool(curve.loc[120, "low"] <= 0.002 * 121 <= curve.loc[120, "high"])
    assert 0.87 <= held / 200 <= 1


def test_newcomers_by_month():
    months = newcomers(BY, FIRST)
    assert months["customers"].tolist() == [3, 0, 1]
    assert months["share"].iloc[[0, 2]].tolist() == approx([2 / 3, 1])
    assert np.isnan(months["share"].iloc[1])
    assert months["known"].tolist() == [3, 3, 4]


def test_profit_is_credited_to_all_above():
    profit = pd.Series([5.0, 7.0, 1.0, 2.0], index=list("abcd"))
    found = credited(BY, profit)
    assert found.loc["a"].to_dict() == {"own": 5.0, "brought": 9.0, "chain": 10.0}
    assert found["own"].sum() == profit.sum()
    assert found["brought"].sum() == profit[["b", "c", "d"]].sum()
    ring = pd.Series(["b", "a"], index=list("ab"))
    with pytest.raises(DataError, match="in a ring"):
        credited(ring, profit[["a", "b"]])
    assert chain_size(0.5) == 2


def test_profit_of_the_first_days():
    dates = pd.to_datetime(["2024-01-01", "2024-01-20", "2024-05-01", "2024-12-01"])
    orders = pd.DataFrame(
        {"customer_id": list("aaab"), "date": dates, "amount": [5.0, 15.0, 9.0, 4.0], "cost": 1.0}
    )
    first = orders.groupby("customer_id")["date"].min()
    contacts = pd.DataFrame(
        {"customer_id": list("aa"), "date": pd.to_datetime(["2024-01-02", "2024-06-01"]), "cost": 3.0}
    )
    kept = {"until": "2024-12-31", "contacts": contacts}
    assert profit_within(orders, first, 60, **kept).to_dict() == {"a": 15.0}
    assert profit_within(orders, first, 30, **kept, margin=0.5).to_dict() == {"a": 7.0, "b": 2.0}
    with pytest.raises(DataError, match="watched for 900 days"):
        profit_within(orders, first, 900, until="2024-12-31")
