"""The simulated operator: its hazards, its trial and its decoys are in its tables."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, contracts

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

END = pd.Timestamp("2025-01-01")


@pytest.fixture(scope="module")
def operator() -> World:
    return contracts(seed=7)


@pytest.fixture(scope="module")
def calm() -> World:
    """Without failures and effects of the programme, so that the hazards are constant in between."""
    return contracts(
        customers=12_000, seed=3, failures_per_year=1e-6, service_effect=0.0, discount_effect=0.0
    )


def poisson_regression(x, events, exposure):
    """Return coefficients, the constant first, and their standard errors, by Newton's steps."""
    x = np.column_stack([np.ones(len(events)), x]).astype(float)
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(events.sum() / exposure.sum())
    for _ in range(25):
        mean = exposure * np.exp(x @ beta)
        information = x.T @ (x * mean[:, None])
        beta += np.linalg.solve(information, x.T @ (events - mean))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def test_the_hazards_are_those_of_the_equations(calm):
    """Split each customer's days into those under the fee and those free of it: events over time at risk."""
    deals, truth = calm.table("contracts"), calm.truth.reset_index(drop=True)
    stop = deals["left"].fillna(END)
    held = (np.minimum(stop, deals["fee_until"].fillna(deals["date"])) - deals["date"]).dt.days.clip(lower=0)
    free = (stop - deals["date"]).dt.days - held
    under = deals["left"] < deals["fee_until"]
    spells = []
    for own in (1, 0):
        event = truth["cause"] == ("firm" if own else "competitor")
        for days, left, fee in ((held, event & under, deals["exit_fee"]), (free, event & ~under, 0.0)):
            spell = {
                "days": days,
                "left": left,
                "fee": fee,
                "personal": truth["switching_cost"],
                "bundle": deals["bundle"] * 60.0,
                "satisfaction": truth["satisfaction"] * (0.8 if own else 0.4),
                "restless": np.log(truth["restlessness"]),
                "own": own,
            }
            spells.append(pd.DataFrame(spell))
    at_risk = pd.concat(spells).query("days > 0")
    beta, error = poisson_regression(
        at_risk[["fee", "personal", "bundle", "satisfaction", "restless", "own"]].to_numpy(),
        at_risk["left"].to_numpy(),
        at_risk["days"].to_numpy() / 365.25,
    )
    made = calm.parameters
    theta, rival = -made["sensitivity"], made["competitor"]
    true = [np.log(rival), theta, theta, theta, -1, 1, np.log(made["firm"] / rival)]
    assert (np.abs(beta - true) / error < 3).all(), (beta - true) / error

    years = (stop - deals["date"]).dt.days.sum() / 365.25
    moved = (truth["cause"] == "customer").sum()
    assert abs(moved - made["customer"] * years) < 3 * np.sqrt(moved)


def test_the_trial_shows_the_effect_that_the_truth_holds(operator):
    trial = operator.table("programme").set_index("customer_id").join(operator.truth)
    stayed = trial["alive_until"].isna()
    true = {arm: trial[f"until_{arm}"].isna().mean() for arm in ("none", "service", "discount")}
    assert true["service"] > true["discount"] > true["none"] + 0.02
    for arm, group in stayed.groupby(trial["arm"]):
        error = np.sqrt(true[arm] * (1 - true[arm]) / len(group))
        assert abs(group.mean() - true[arm]) < 3 * error, arm
    own = trial["arm"].map(lambda arm: f"until_{arm}")
    assert all(
        trial.loc[name, column] is day or trial.loc[name, column] == day or pd.isna(day)
        for name, column, day in zip(own.index, own, trial["alive_until"], strict=True)
    )


def test_when_the_fee_falls_the_dissatisfied_leave_together(operator):
    deals, scores = operator.table("contracts"), operator.table("satisfaction")
    day = deals["fee_until"].max()
    held = deals[(deals["fee_until"] == day) & (deals["exit_fee"] > 0) & ~(deals["left"] < day)]
    month = pd.Timedelta("60D")
    before = deals[(deals["fee_until"] == day) & (deals["exit_fee"] > 0) & (deals["date"] < day - month)]
    went = before["left"].between(day - month, day - pd.Timedelta("1D")).sum()
    goes = held["left"].between(day, day + month)
    assert goes.sum() > 2 * went  # three times as many, and a count of 40 has a standard error of 6
    said = scores[scores["date"] < day].drop_duplicates("customer_id", keep="last").set_index("customer_id")
    asked = held.assign(goes=goes).set_index("customer_id").join(said["score"], how="inner")
    rate = asked["goes"].groupby(asked["score"] <= 6).agg(["mean", "size"])
    error = np.sqrt((rate["mean"] * (1 - rate["mean"]) / rate["size"]).sum())
    assert rate.loc[True, "mean"] - rate.loc[False, "mean"] > 2 * error


def test_quotes_show_what_a_fee_costs_in_customers(operator):
    signed = operator.table("quotes").groupby("exit_fee")["signed"].agg(["mean", "size"])
    true = 1 / (1 + np.exp(0.003 * signed.index.to_numpy()))
    error = np.sqrt(true * (1 - true) / signed["size"])
    assert (np.abs(signed["mean"] - true) < 3 * error).all()


def test_warnings_leaks_and_decoys_are_where_the_notes_say(operator):
    truth, people = operator.truth, operator.table("attributes")
    left = truth["alive_until"].notna()
    vip = left.groupby(people["vip"]).mean()
    assert 0.5 < vip[True] / vip[False] < 0.8  # though nothing in the hazards is theirs
    assert people["retention_desk"][left & (truth["cause"] != "customer")].mean() > 0.85
    by_region = left.groupby(people["region"]).agg(["mean", "size"])
    assert by_region["mean"].std() < 3 * np.sqrt(0.25 / by_region["size"].mean())

    bills = operator.table("orders").merge(truth, left_on="customer_id", right_index=True)
    days = (bills["alive_until"] - bills["date"]).dt.days
    rival = bills["cause"] == "competitor"
    late, usual = bills[rival & (days < 59)], bills[rival & days.between(61, 240)]
    assert (late["quantity"].mean() / usual["quantity"].mean()) == pytest.approx(0.5, abs=0.05)

    calls = operator.table("contacts").query("reason == 'cancellation'")
    notice = truth["alive_until"].reindex(calls["customer_id"]).to_numpy() - calls["date"].to_numpy()
    assert (notice >= np.timedelta64(0)).all()
    assert (notice <= np.timedelta64(11, "D")).all()
    given = operator.table("contracts").set_index("customer_id")["reason"]
    assert given[truth["cause"] == "firm"].value_counts(normalize=True)["better offer"] > 0.2


def test_nothing_happens_before_signing_or_after_leaving(operator):
    deals = operator.table("contracts").set_index("customer_id")
    assert deals["left"].equals(operator.truth["alive_until"].rename("left"))
    for name in ("orders", "outages", "satisfaction", "contacts", "programme"):
        table = operator.table(name)
        mine = deals.reindex(table["customer_id"])
        assert (table["date"].to_numpy() >= mine["date"].to_numpy()).all(), name
        assert not (table["date"].to_numpy() > mine["left"].to_numpy()).any(), name
        assert table["date"].is_monotonic_increasing, name


def test_options_move_what_hangs_on_them_alone(operator):
    again = contracts(**json.loads(json.dumps(operator.parameters)))
    other = contracts(**operator.parameters | {"service_effect": 0.0})
    kept = ["customer_id", "date", "plan", "term", "price", "bundle", "exit_fee", "fee_until"]
    for name, table in operator.tables.items():
        assert_frame_equal(again.tables[name], table)
    assert_frame_equal(other.table("contracts")[kept], operator.table("contracts")[kept])
    assert_frame_equal(other.table("quotes"), operator.table("quotes"))
    same = ["restlessness", "satisfaction", "switching_cost", "until_none", "until_discount"]
    assert_frame_equal(other.truth[same], operator.truth[same])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"firm": 0}, "firm is 0, but must be a number above 0"),
        ({"abolished": 1.2}, "abolished is 1.2, but must be a share of the window"),
        ({"programme": 1}, "programme is 1"),
        ({"fees": 60}, "fees is 60. Give a list"),
        ({"fees": [-1]}, "A fee is -1"),
        ({"customers": 10_000_000}, "Take fewer customers"),
        ({"failures_per_year": 1e6}, "Take fewer failures_per_year"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        contracts(**{"seed": 1} | wrong)
    assert message in str(caught.value)
