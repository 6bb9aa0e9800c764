"""Recovery: bounds hold the truth, gains are the closed form's, the paradox is where a world has it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.decisions import uplift
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import recovery_paradox, recovery_value, response_kinds

approx = pytest.approx


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_the_bounds_hold_every_mix_of_kinds(parts):
    persuadable, sure, lost, put_off = np.array(parts) / sum(parts)
    trial = {"treated": 100, "held_back": 100, "with": persuadable + sure, "without": sure + put_off}
    found = response_kinds(pd.DataFrame(trial, index=["all"])).loc["all"]
    truth = np.array([persuadable, sure, lost, put_off])
    assert (found["low"] <= truth + 1e-12).all()
    assert (truth <= found["high"] + 1e-12).all()
    assert (found["lowest"] <= found["low"] + 1e-12).all()
    assert (found["high"] <= found["highest"] + 1e-12).all()
    if trial["with"] >= trial["without"]:
        assert found["if_none_put_off"].sum() == approx(1)


@pytest.fixture(scope="module")
def shop():
    return crm.simulate.campaign(6000, seed=4)


def test_a_trial_of_gestures_finds_what_they_do(shop):
    """Whether somebody orders again within half a year of a failure, by its severity."""
    failures = shop.table("failures").set_index("customer_id")
    orders = shop.table("orders").merge(failures["date"].rename("failed"), on="customer_id")
    later = (orders["date"] > orders["failed"]) & (
        orders["date"] <= orders["failed"] + pd.Timedelta(days=180)
    )
    back = failures.index.isin(orders.loc[later, "customer_id"])
    trial = uplift(failures["treated"], pd.Series(back, failures.index), by=failures["severity"])
    kinds = shop.truth.loc[failures.index, "gesture"]
    share = pd.crosstab(failures["severity"], kinds, normalize="index")
    for severity in ("minor", "major"):
        truth = share.loc[severity].get("persuadable", 0.0) - share.loc[severity].get("put off", 0.0)
        assert trial.loc[severity, "low"] < truth < trial.loc[severity, "high"]
        found = response_kinds(trial).loc[severity]
        mix = share.loc[severity].reindex(found.index, fill_value=0.0)
        assert ((found["lowest"] <= mix) & (mix <= found["highest"])).all()
    worth = pd.Series({"minor": 100.0, "major": 150.0})
    gain = recovery_value(trial, worth, gesture=8)
    assert gain["gain"].reindex(worth.index).to_numpy() == approx(
        (trial["uplift"].reindex(worth.index) * worth - 8).to_numpy()
    )


def test_the_famous_figures_give_their_gestures():
    trial = pd.DataFrame({"with": [0.95, 0.82], "without": [0.46, 0.19]}, index=["minor", "major"])
    trial = trial.assign(uplift=trial["with"] - trial["without"])
    found = recovery_value(trial.assign(low=trial["uplift"], high=trial["uplift"]), 300.0)
    assert found["break_even"].tolist() == approx([147, 189])
    dear = recovery_value(trial.assign(low=trial["uplift"], high=trial["uplift"]), 300.0, voucher=100)
    assert dear["break_even"].tolist() == approx([52, 107])


def test_the_paradox_holds_for_minor_failures_alone():
    """A gesture heals more than a minor failure hurts, and less than a major one."""
    world = crm.simulate.survey(6000, seed=8)
    failures = world.table("failures").set_index("customer_id")
    marks = world.truth["satisfaction"]
    for severity, sign in (("minor", 1), ("major", -1)):
        kind = failures[failures["severity"] == severity]
        case = pd.Series("none", index=marks.index)
        case[failures.index] = "other"
        case[kind.index[kind["treated"].astype(bool)]] = "repaired"
        case[kind.index[~kind["treated"].astype(bool)]] = "not repaired"
        here = case != "other"
        found = recovery_paradox(marks[here], case[here])
        assert sign * found.loc["repaired - none", "difference"] > 0
        assert found.loc["repaired - not repaired", "low"] > 0


def test_like_is_compared_with_like():
    """Frequent buyers are failed more and like the shop more: by class nothing is left of the paradox."""
    rng = np.random.default_rng(2)
    often = rng.random(6000) < 0.5
    failed = rng.random(6000) < np.where(often, 0.6, 0.2)
    mended = failed & (rng.random(6000) < 0.5)
    mark = 6 + 2 * often - 1.0 * (failed & ~mended) + rng.normal(0, 1, 6000)
    case = pd.Series(np.select([mended, failed], ["repaired", "not repaired"], "none"))
    plain = recovery_paradox(pd.Series(mark), case)
    assert plain.loc["repaired - none", "low"] > 0.3
    like = recovery_paradox(pd.Series(mark), case, by=pd.Series(often))
    assert like.loc["repaired - none", "low"] < 0 < like.loc["repaired - none", "high"]
    assert like.loc["repaired - not repaired", "low"] < 1 < like.loc["repaired - not repaired", "high"]
    turned = recovery_paradox(pd.Series(mark)[::-1], case, by=pd.Series(often))
    pd.testing.assert_frame_equal(like, turned)


TRIAL = pd.DataFrame(
    {"treated": [10], "held_back": [10], "with": [0.5], "without": [0.2]}, index=["all"]
).assign(uplift=0.3, low=0.0, high=0.6)


def test_what_cannot_be_is_refused():
    with pytest.raises(DataError, match="lacks the column 'uplift'"):
        recovery_value(TRIAL.drop(columns="uplift"), 10.0)
    with pytest.raises(DataError, match="In all, one arm of the trial is empty"):
        response_kinds(TRIAL.assign(without=np.nan))
    with pytest.raises(DataError, match="are no shares"):
        response_kinds(TRIAL.assign(**{"with": 12.0}))
    with pytest.raises(InputError, match="gesture is -1"):
        recovery_value(TRIAL, 10.0, gesture=-1)
    with pytest.raises(DataError, match="only one of the two tables, for example"):
        recovery_value(TRIAL, pd.Series({"minor": 1.0}))
    marks = pd.Series([1.0, 2, 3])
    with pytest.raises(InputError, match="no case 'mended'"):
        recovery_paradox(marks, pd.Series(["none", "mended", "none"]))
    with pytest.raises(DataError, match="fewer than two customers are 'none' or 'repaired'"):
        recovery_paradox(marks, pd.Series(["none", "repaired", "repaired"]))
    with pytest.raises(DataError, match="There are no customers"):
        recovery_paradox(marks.head(0), pd.Series([], dtype=str))
