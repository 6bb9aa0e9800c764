"""Causes of leaving: shares and rates that add up, the mix behind what is said, the response to each."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import best_responses, cause_mix, causes_behind, cures_by_lot, lives
from crmlab.simulate.worlds.contracts import CAUSES, REASONS, SAID

approx = pytest.approx
END = "2024-12-31"
TOLD = pd.DataFrame(SAID, index=list(CAUSES), columns=list(REASONS))


@pytest.fixture(scope="module")
def operator():
    return crm.simulate.contracts(6000, seed=3)


def test_shares_and_rates_add_up(operator):
    contracts = operator.table("contracts").set_index("customer_id")
    table = lives(contracts, END)
    found = cause_mix(table, contracts["reason"], period="Y")
    assert found["left"].sum() == table["left"].sum()
    assert found.groupby("period")["of_all"].sum().to_numpy() == approx(1)
    assert found.groupby("period")["of_stated"].sum().to_numpy() == approx(1)
    spent = table["days"].sum() / 365.25
    years = (found["left"] / found["rate"]).groupby("period").mean()
    assert years.sum() == approx(spent, rel=1e-3)
    spoke = found[found["of_stated"].notna()]
    assert (spoke["of_all"] <= spoke["of_stated"]).all()
    assert (spoke["of_stated"] <= spoke["at_most"] + 1e-12).all()
    assert (spoke["low"] <= spoke["of_stated"]).all()
    assert (found["rate_low"] <= found["rate"]).all()
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(found, cause_mix(shuffled, contracts["reason"], period="Y"))


def test_moving_away_comes_at_its_rate():
    """Three in ten move a year, seven in ten of them say so."""
    made = crm.simulate.contracts(6000, seed=9, firm=1e-9, competitor=1e-9, customer=0.3)
    contracts = made.table("contracts").set_index("customer_id")
    found = cause_mix(lives(contracts, END), contracts["reason"], period="Y", level=0.999)
    found = found.xs("moved", level="reason")
    assert ((found["rate_low"] < 0.21) & (found["rate_high"] > 0.21)).all()


def test_the_mix_behind_the_reasons_is_the_worlds(operator):
    cause = operator.truth["cause"].dropna()
    reason = operator.table("contracts").set_index("customer_id")["reason"]
    found = causes_behind(reason, TOLD, level=0.999)
    truth = cause.value_counts(normalize=True).reindex(found.index)
    assert ((found["low"] < truth) & (truth < found["high"])).all()
    # what is said understates the firm's own failures
    spoke = reason[reason.notna() & (reason != "not stated")]
    assert (spoke == "service").mean() < 0.75 * truth["firm"]


def test_limits_of_the_mix_hold_as_often_as_they_say():
    rng, held = np.random.default_rng(2), []
    truth = np.array([0.3, 0.5, 0.2])
    for _ in range(100):
        many = rng.multinomial(600, truth @ TOLD.to_numpy())
        found = causes_behind(pd.Series(np.repeat(TOLD.columns, many)), TOLD)
        held.append((found["low"] < truth) & (truth < found["high"]))
    assert np.mean(held) == approx(0.95, abs=0.05)


def test_each_cause_gets_its_own():
    cures = pd.DataFrame({"call": [0.3, 0.1, 0.0], "discount": [0.3, 0.4, 0.0]}, index=["a", "b", "c"])
    leaving, costs = pd.Series({"c": 5.0, "a": 10, "b": 20}), pd.Series({"discount": 15.0, "call": 5})
    found = best_responses(leaving, cures, costs, value=100.0)
    assert found["best"].to_dict() == {
        "a": "call",
        "b": "discount",
        "c": "nothing",
        "one for all": "discount",
    }
    assert found.loc["a", "earned"] == approx(10 * (30 - 5))
    assert found["earned"].iloc[:-1].sum() >= found.loc["one for all", "earned"]
    assert found.loc["one for all", "discount"] == approx(10 * 15 + 20 * 25 - 5 * 15)


def test_what_cannot_be_is_refused(operator):
    table = lives(operator.table("contracts"), END)
    with pytest.raises(InputError, match="no period 'D'"):
        cause_mix(table, pd.Series(dtype=str), period="D")
    with pytest.raises(DataError, match="for example nobody"):
        cause_mix(table, pd.Series({"nobody": "service"}))
    with pytest.raises(DataError, match="Nobody left"):
        cause_mix(table.assign(left=False), pd.Series(dtype=str))
    with pytest.raises(InputError, match="rows must sum to one"):
        causes_behind(pd.Series(["service"]), TOLD * 2)
    with pytest.raises(InputError, match="cannot tell them apart"):
        causes_behind(pd.Series(["service"]), TOLD.iloc[[0, 0]])
    with pytest.raises(DataError, match="No cause gives the reason price"):
        causes_behind(pd.Series(["price"]), TOLD)
    with pytest.raises(DataError, match="no leavers"):
        causes_behind(pd.Series([None, None]), TOLD)
    cures = pd.DataFrame({"call": [2.0]}, index=["a"])
    with pytest.raises(InputError, match="shares from 0 to 1"):
        best_responses(pd.Series({"a": 1}), cures, pd.Series({"call": 1}), value=1.0)
    with pytest.raises(DataError, match="a row for each cause"):
        best_responses(pd.Series({"b": 1}), cures, pd.Series({"call": 1}), value=1.0)


def test_a_lot_tells_what_a_response_cures(operator):
    arm = pd.Series(["none"] * 200 + ["call"] * 100)
    reason = pd.Series(
        ["bad"] * 40 + ["moved"] * 10 + [None] * 150 + ["bad"] * 5 + ["moved"] * 5 + [None] * 90
    )
    found = cures_by_lot(arm, reason)
    assert found.loc[("bad", "call"), "kept"] == approx(1 - 0.05 / 0.2)
    assert found.loc[("moved", "call"), "kept"] == approx(0.0)
    assert found["sure"].to_dict() == {("bad", "call"): True, ("moved", "call"): False}
    turned = cures_by_lot(arm[::-1], reason.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, turned)
    with pytest.raises(DataError, match="in the arm 'none'"):
        cures_by_lot(arm.replace("none", "nothing"), reason)
    with pytest.raises(DataError, match="nobody could have been kept"):
        cures_by_lot(arm, reason.where(arm == "call"))
    lot = operator.table("programme").set_index("customer_id")["arm"].astype(str)
    left = operator.table("contracts").set_index("customer_id")["reason"].reindex(lot.index)
    assert cures_by_lot(lot, left).loc[("service", "service"), "kept"] > 0
