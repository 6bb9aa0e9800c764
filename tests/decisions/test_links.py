"""The links of the value chain: figures and gains by hand, what is not measured, and what lots show."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.decisions import LINKS, link_figures, link_gains, link_parts, link_readings
from crmlab.errors import DataError, InputError

SPLIT = "2024-06-30"


def orders(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return table.assign(date=pd.to_datetime(table["date"]))


SHOP = orders(
    ("a", "2024-01-01", 40.0), ("a", "2024-08-01", 60.0), ("b", "2024-02-01", 20.0),
    ("c", "2024-03-01", 10.0), ("d", "2024-04-01", 30.0), ("d", "2024-09-01", 24.0), ("e", "2024-08-01", 4.0),
)  # fmt: skip


def test_by_hand():
    parts = link_parts(SHOP, SPLIT, margin=0.5, order_cost=3.0)
    assert parts["profit"].to_dict() == {"a": 44.0, "b": 7.0, "c": 2.0, "d": 21.0, "e": -1.0}
    figures = link_figures(parts)
    assert figures["value analysis"] == pytest.approx(1 / 74)
    assert figures["relationship"] == 0.5  # a and d of the four of the first half
    gains = link_gains(parts, 0.1)["gain"]
    assert gains["value analysis"] == pytest.approx(0.1)
    growth = (27 + 9) / (17 + 12)
    assert gains["relationship"] == pytest.approx(0.1 * 2 * (7 + 2) / 2 * growth)
    assert gains[["intimacy", "network", "proposition"]].isna().all()


def test_more_than_all_cannot_be_saved():
    parts = link_parts(SHOP[SHOP["customer_id"] != "b"], SPLIT, margin=0.5)
    half, all_ = (link_gains(parts, share)["gain"]["relationship"] for share in (0.5, 1.0))
    assert half == all_  # one was lost, and two stayed


def test_contacts_count_once_an_order_and_not_on_the_same_day():
    contacts = pd.DataFrame({"customer_id": ["a", "a", "b"], "cost": 1.0})
    contacts["date"] = pd.to_datetime(["2024-07-20", "2024-07-25", "2024-02-01"])
    parts = link_parts(SHOP, SPLIT, margin=0.5, contacts=contacts, reply=30)
    assert parts.loc["a", ["contacts", "replies", "reply_profit"]].tolist() == [2, 2, 30]
    assert parts.loc["b", ["contacts", "replies", "reply_profit"]].tolist() == [1, 0, 0]
    assert parts.loc["a", "profit"] == 48
    assert link_figures(parts)["intimacy"] == pytest.approx(2 / 3)
    assert link_gains(parts, anyway=0.5)["gain"]["intimacy"] == pytest.approx(0.1 * 30 / 2)


def test_the_second_half_alone():
    contacts = pd.DataFrame({"customer_id": ["a", "d"], "cost": 0.0})
    contacts["date"] = pd.to_datetime(["2024-07-20", "2024-03-20"])  # of the two replies, one comes early
    told = pd.Series({"b": "a", "d": "a"})
    parts = link_parts(SHOP, SPLIT, margin=0.5, order_cost=6.0, contacts=contacts, reply=30, referred_by=told)
    both, second = (link_gains(parts, second=each)["gain"] for each in (False, True))
    assert both[["value analysis", "intimacy"]].tolist() == pytest.approx([0.1 * (1 + 4), 0.1 * (24 + 9)])
    assert second[["value analysis", "intimacy"]].tolist() == pytest.approx([0.1 * 4, 0.1 * 24])
    assert both["network"] == pytest.approx(0.1 * (4 + 9 + 6))
    assert second["network"] == pytest.approx(0.1 * 6)
    assert second["relationship"] == both["relationship"]


def test_lots_show_what_was_caused():
    campaign = pd.DataFrame({"customer_id": [*"abcd"], "treated": [True, True, False, False], "chance": 0.5})
    campaign["date"] = pd.Timestamp("2024-07-20")
    parts = link_parts(SHOP, SPLIT, margin=0.5, campaign=campaign, reply=60)
    found = link_gains(parts)
    assert found["gain"]["intimacy"] == pytest.approx(0.1 * (30 - 12))  # those kept from it brought 12, too
    assert not found["ceiling"]["intimacy"]
    assert link_gains(parts, second=True)["gain"]["intimacy"] == pytest.approx(0.1 * (30 - 12))
    assert link_gains(parts, compared=False)["gain"]["intimacy"] == pytest.approx(0.1 * 30)
    by_hand = campaign.assign(chance=np.nan)
    assert np.isnan(link_figures(link_parts(SHOP, SPLIT, margin=0.5, campaign=by_hand))["intimacy"])


def test_newcomers_are_those_whose_teller_is_known():
    told = pd.Series({"b": "a", "c": "nobody", "d": None})
    parts = link_parts(SHOP, SPLIT, margin=0.5, referred_by=told)
    assert link_figures(parts)["network"] == pytest.approx(1 / 5)
    assert link_gains(parts)["gain"]["network"] == pytest.approx(0.1 * 10)
    nobody = link_parts(SHOP, SPLIT, margin=0.5, referred_by=pd.Series({"b": None}, dtype=object))
    assert np.isnan(link_figures(nobody)["network"]), "a column without a name measures nothing"


def test_a_category_is_compared_among_those_with_as_many_orders():
    """Where orders bring all, and categories nothing, only the easy number sees a gain in categories."""
    rng = np.random.default_rng(5)
    number = rng.integers(1, 9, 3000)
    who = np.repeat(np.arange(3000), number)
    frame = pd.DataFrame(
        {"customer_id": who.astype(str), "category": rng.integers(0, 5, len(who)).astype(str)}
    )
    frame["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, len(who)), "D")
    frame["amount"] = 10.0
    parts = link_parts(frame, SPLIT, margin=0.5)
    found = link_gains(parts, draws=100)
    assert found["low"]["proposition"] < 0 < found["high"]["proposition"]
    assert link_gains(parts, compared=False)["gain"]["proposition"] > 5 * found["gain"]["proposition"]


def test_draws_hold_the_estimate_and_are_repeatable():
    case = crm.simulate.business(customers=600, seed=3)
    tables = {"contacts": case.contacts, "referred_by": case.attributes["referred_by"]}
    parts = link_parts(case.transactions, "2023-12-31", order_cost=2.0, **tables)
    one, two = link_gains(parts, draws=60), link_gains(parts, draws=60)
    pd.testing.assert_frame_equal(one, two)
    assert list(one.index) == list(LINKS)
    assert one["gain"].between(one["low"], one["high"]).all()
    assert one["first"].sum() >= 1
    shuffled = parts.sample(frac=1, random_state=1)
    np.testing.assert_allclose(link_gains(shuffled)["gain"], one["gain"])
    assert link_readings(parts).loc["as measured"].to_dict() == one["gain"].to_dict()


def test_what_is_wrong_is_said():
    with pytest.raises(DataError, match="no costs"):
        link_parts(SHOP, SPLIT)
    with pytest.raises(DataError, match="somebody after it"):
        link_parts(SHOP, "2024-12-31", margin=0.5)
    parts = link_parts(SHOP, SPLIT, margin=0.5)
    with pytest.raises(InputError, match="no reading 'said'"):
        link_gains(parts, said=True)
    with pytest.raises(DataError, match="no customers"):
        link_figures(parts.iloc[:0])
    with pytest.raises(DataError, match="chance"):
        link_parts(SHOP, SPLIT, margin=0.5, campaign=SHOP[["customer_id", "date"]].assign(treated=True))
