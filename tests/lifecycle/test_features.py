"""Signs of a day know nothing of later days; a leak is found; classes of a score add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import (
    alarm_profit,
    alarms,
    expected_maximum_profit,
    lead_times,
    leaks,
    left_within,
    lives,
    score_table,
    single_power,
    suspect_signs,
    time_split,
    warning_signs,
    watched,
    went_silent,
)

approx = pytest.approx
AT = "2024-06-30"


@pytest.fixture(scope="module")
def shop():
    return crm.simulate.business(1500, seed=6)


@pytest.fixture(scope="module")
def operator():
    return crm.simulate.contracts(4000, seed=2, failures_per_year=2.0, competitor=0.6)


def test_nothing_after_the_day_is_known(shop):
    def signs(tables):
        return warning_signs(tables["orders"], AT, contacts=tables["contacts"])

    found = leaks(signs, shop.tables, AT)
    assert not found["leaks"].any()
    assert {"quiet", "trend", "categories_lost", "contacts_return"} <= set(found.index)

    def peeks(tables):
        spent = tables["orders"].groupby("customer_id")["amount"].sum()
        return signs(tables).assign(spent=spent)

    found = leaks(peeks, shop.tables, AT)
    assert found.index[found["leaks"]].tolist() == ["spent"]
    assert 0.1 < found.loc["spent", "share"] < 0.9


def test_signs_are_what_they_say():
    days = pd.to_datetime(["2024-01-01", "2024-02-10", "2024-03-20", "2024-06-20", "2024-06-20"])
    orders = pd.DataFrame({"customer_id": "a", "date": days, "amount": [10.0, 10, 20, 5, 5], "quantity": 1})
    orders["category"] = ["food", "food", "home", "food", "beauty"]
    calls = pd.DataFrame({"customer_id": ["a", "z"], "date": days[[3, 3]], "reason": ["return", "return"]})
    found = warning_signs(orders, AT, contacts=calls).loc["a"]
    assert found["orders"] == 4
    assert found["silence"] == 10
    assert found["trend"] == approx((10 - 30) / 40)  # the January order is older than 180 days
    assert warning_signs(orders, AT, recent=120).loc["a", "trend"] == approx((30 - 20) / 50)
    assert found["categories_lost"] == approx(1 / 2)
    assert found["contacts_return"] == 1


def test_a_warning_warns_and_a_leak_is_too_good(operator):
    """Use halves in the 60 days before a rival takes a customer; the desk's flag is filled in afterwards."""
    day = pd.Timestamp("2024-03-31")
    table = lives(operator.table("contracts"), "2024-12-31")
    left = left_within(table, day, 60)
    signs = warning_signs(operator.table("orders"), day, contacts=operator.table("contacts"), recent=45)
    signs = signs.loc[left.index].join(operator.table("attributes")[["retention_desk", "vip"]].astype(float))
    power = single_power(signs, left)["area"]
    assert power.idxmax() == "retention_desk"
    assert power["retention_desk"] > 0.8
    assert power["quantity_trend"] > 0.55
    from sklearn.metrics import roc_auc_score

    area = roc_auc_score(left, signs["quiet"])
    assert power["quiet"] == approx(max(area, 1 - area))
    there = operator.truth["alive_until"]
    assert left.sum() == ((there > day) & (there <= day + pd.Timedelta(days=60))).sum()


def test_silence_is_no_order_in_the_days_after(shop):
    orders = shop.table("orders")
    left = went_silent(orders, AT, 90)
    signs = warning_signs(orders, AT)
    assert set(left.index) == set(signs.index)
    later = orders[(orders["date"] > AT) & (orders["date"] <= "2024-09-28")]["customer_id"]
    assert (~left).sum() == later[later.isin(left.index)].nunique()
    assert single_power(signs[["quiet"]], left).loc["quiet", "higher"] == "leavers"


def test_learning_and_testing_do_not_meet():
    split = time_split("2023-01-01", "2024-12-31", days=60, history=200)
    assert split["test"] + pd.Timedelta(days=60) == pd.Timestamp("2024-12-31")
    assert split["learn"] + pd.Timedelta(days=60) <= split["test"]
    with pytest.raises(InputError, match="Take shorter outcomes"):
        time_split("2024-01-01", "2024-12-31", days=180, history=90)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=80), st.integers(2, 12))
def test_classes_of_a_score_add_up(rows, classes):
    score, left = (pd.Series(each) for each in zip(*rows, strict=True))
    left.iloc[0] = True
    found = score_table(score.astype(float), left, classes=classes)
    assert found["customers"].sum() == len(score)
    assert found["left"].sum() == left.sum()
    assert len(found) <= classes
    assert found["reached"].iloc[-1] == approx(1)
    assert (found["lift"] * found["customers"]).sum() == approx(len(score))
    assert found["score"].is_monotonic_decreasing
    pd.testing.assert_frame_equal(found, score_table(score.astype(float)[::-1], left, classes=classes))


def test_a_true_chance_is_calibrated():
    rng = np.random.default_rng(4)
    chance = pd.Series(rng.beta(1, 6, 20_000))
    left = pd.Series(rng.random(20_000) < chance)
    found = score_table(chance, left, level=0.999)
    assert ((found["low"] < found["score"]) & (found["score"] < found["high"])).all()


def test_the_best_alarm_is_the_expected_one_if_all_is_known():
    rng = np.random.default_rng(5)
    score = pd.Series(rng.random(300))
    left = pd.Series(rng.random(300) < score / 2)
    costs = {"value": 200, "offer": 10, "contact": 1}
    earned = alarm_profit(alarms(score, left), accepts=0.3, **costs)
    narrow = expected_maximum_profit(score, left, accepts=(300_000.0, 700_000.0), **costs)
    assert max(earned.max(), 0) / 300 == approx(narrow["profit"], rel=1e-3)
    assert alarms(score, left[::-1]).equals(alarms(score, left))


def test_lead_is_from_the_first_alarm():
    days = pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01"])
    scores = pd.DataFrame([[0.9, 0.6, 0.1], [0.9, 0.1, 0.2], [0.9, 0.9, 0.9]], list("abc"), days)
    gone = pd.Series(pd.to_datetime(["2024-02-11", "2024-02-11", None]), list("abc"))
    found = lead_times(scores, gone, threshold=0.5)
    assert found.to_dict() == approx({"a": 41.0, "b": np.nan}, nan_ok=True)


def test_what_cannot_be_is_refused(shop):
    orders = shop.table("orders")
    with pytest.raises(DataError, match="Nobody had bought by 2020-01-01"):
        warning_signs(orders, "2020-01-01")
    with pytest.raises(DataError, match="lack the column 'amount'"):
        warning_signs(orders.drop(columns="amount"), AT)
    with pytest.raises(DataError, match="values of 'date' are no dates"):
        warning_signs(orders.assign(date="x"), AT)
    with pytest.raises(DataError, match="not to 2026-06-30"):
        went_silent(orders, AT, 730)
    with pytest.raises(InputError, match="make returned a int"):
        leaks(lambda _: 3, {"orders": orders}, AT)
    with pytest.raises(DataError, match="Nobody left, so no sign"):
        single_power(pd.DataFrame({"x": [1, 2]}), pd.Series([False, False]))
    with pytest.raises(DataError, match="not numbers"):
        single_power(pd.DataFrame({"x": ["u", "v"]}), pd.Series([False, True]))
    with pytest.raises(DataError, match="Nobody left, so a score"):
        score_table(pd.Series([0.1, 0.2]), pd.Series([False, False]))
    with pytest.raises(InputError, match="are no days"):
        lead_times(pd.DataFrame({"x": [1.0]}), pd.Series(pd.to_datetime(["2024-01-01"])), threshold=1)


@pytest.fixture(scope="module")
def held():
    return dict(crm.simulate.contracts(customers=400, seed=8).tables)


def test_who_is_watched_under_contract_is_there_and_knows_nothing_later(held):
    ids = held["contracts"]["customer_id"]
    known = watched(held, ["2023-09-01", "2024-03-01"], days=60, recent=30)
    life = lives(held["contracts"], held["orders"]["date"].max())
    for day, part in known.groupby("day"):
        here = part.droplevel("day")
        expected = left_within(life, day, 60)
        assert here["left"].astype(bool).to_dict() == expected.to_dict()
        assert set(here.index) <= set(ids)
    assert not known.isna().any().any()
    assert "silence" not in known

    def make(tables):
        whole = {name: table for name, table in held.items() if name in ("contracts",)}
        later = tables["orders"]["date"].max() > pd.Timestamp("2024-01-01")
        orders = tables["orders"] if later else pd.concat([tables["orders"], held["orders"].tail(1)])
        now = watched({**tables, **whole, "orders": orders}, ["2023-09-01"], days=60, recent=30)
        return now.droplevel("day").drop(columns="left")

    dated = {name: held[name] for name in ("orders", "contacts", "satisfaction", "outages")}
    assert not leaks(make, dated, "2023-09-01")["leaks"].any()


def test_who_is_watched_without_contract_bought_lately_and_often(shop):
    known = watched(shop.tables, [AT], days=60, recent=60, least=2).loc[pd.Timestamp(AT)]
    assert (known["silence"] < 60).all()
    assert (known["orders"] >= 2).all()
    silent = went_silent(shop.tables["orders"], AT, 60)
    assert known["left"].astype(bool).to_dict() == silent.loc[known.index].to_dict()
    with pytest.raises(DataError, match="Nobody to watch"):
        watched(shop.tables, [AT], days=60, recent=60, least=100_000)
    with pytest.raises(InputError, match="names no day"):
        watched(shop.tables, [], days=60)


def test_one_of_the_suspect_signs_leaks(shop):
    who = warning_signs(shop.tables["orders"], AT).index
    found = leaks(lambda given: suspect_signs(given, who, AT), shop.tables, AT)
    assert found.index[found["leaks"]].tolist() == ["purchase_days"]


def test_free_calls_are_worth_all_leavers():
    score, left = pd.Series([0.9, 0.8, 0.3, 0.1]), pd.Series([True, False, True, False])
    earned = expected_maximum_profit(score, left, value=200, offer=0, contact=0)
    assert earned["profit"] == approx(200 * 0.3 * 0.5)
