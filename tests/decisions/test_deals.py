"""The pipeline: counts by hand, and the chances, values and sellers of a world that are known."""

import numpy as np
import pandas as pd
import pytest

from crmlab import decisions
from crmlab.errors import DataError, FitError, InputError
from crmlab.simulate import accounts
from crmlab.simulate.worlds.accounts import DAYS, HARD, PASS

approx = pytest.approx


@pytest.fixture(scope="module")
def maker():
    return accounts(6000, seed=11)


@pytest.fixture(scope="module")
def tables(maker) -> tuple[pd.DataFrame, pd.DataFrame]:
    return maker.table("deals"), maker.table("deal_steps")


def test_chances_of_steps_are_found_though_deals_are_open(tables):
    found = decisions.funnel(*tables)
    assert found["chance"].iloc[-1] == 1  # who has the order is won
    steps = found.drop(index=["selection", "review"])  # the selection hangs on the value
    truth = np.delete(PASS, 5)
    assert (np.abs(steps["chance"] - truth) < 1.5 * (steps["high"] - steps["low"])).all()
    assert ((steps["low"] < truth) & (truth < steps["high"])).mean() >= 0.8
    assert found["to_win"].iloc[0] == approx(found["chance"].prod())
    deals = tables[0]
    plain = (deals["outcome"] == "won").sum() / (deals["outcome"] != "open").sum()
    assert plain < found["to_win"].iloc[0]  # young deals that failed early are closed
    assert found["open"].sum() == (deals["outcome"] == "open").sum()


def test_days_are_found_though_deals_are_open(tables):
    found = decisions.step_days(*tables, until="2024-12-31").iloc[:-1]
    error = DAYS / np.sqrt(2) / np.sqrt(found["left"])  # gamma with two stages; days are whole
    assert (np.abs(found["mean"] - DAYS) < 4 * error + 0.1).all()
    assert (found["plain"] < found["mean"] + 0.3).all()  # long stays are open still
    assert ((found["low"] <= found["median"]) & (found["median"] <= found["high"])).all()


def test_large_deals_are_lost_at_the_selection(tables):
    found = decisions.value_effect(*tables)
    assert abs(found.loc["selection", "slope"] + HARD) < 3 * found.loc["selection", "error"]
    assert found.loc["selection", "high"] < 0
    others = found.drop(index=["selection", "review"])
    assert (np.abs(others["slope"]) < 3.5 * others["error"]).all()
    assert found.loc["selection", "doubled"] < found.loc["selection", "chance"]


def test_the_pipeline_is_worth_what_the_world_says_and_the_mean_chance_promises_too_much(maker, tables):
    truth = maker.truth[["pipeline_expected", "pipeline_won"]].sum()
    made = decisions.pipeline(*tables)
    won = decisions.pipeline_draws(*tables, draws=1000)
    assert won.mean() == approx(made["worth"].sum(), rel=0.08)
    assert won.quantile(0.01) < truth["pipeline_expected"] < won.quantile(0.99)
    assert won.quantile(0.005) < truth["pipeline_won"] < won.quantile(0.995)
    plain = decisions.pipeline(*tables, by_value=False)
    assert plain["worth"].sum() > 1.3 * truth["pipeline_expected"]
    assert len(made) == (tables[0]["outcome"] == "open").sum()
    assert made["chance"].between(0, 1).all()


def test_futures_are_wider_than_the_luck_of_the_deals(tables):
    made = decisions.pipeline(*tables)
    luck = np.sqrt((made["value"] ** 2 * made["chance"] * (1 - made["chance"])).sum())
    won = decisions.pipeline_draws(*tables, draws=1500)
    assert luck * 0.95 < won.std() < 2 * luck
    assert won.equals(decisions.pipeline_draws(*tables, draws=1500))


def test_who_says_too_little_is_named(tables):
    """A third of the sellers say 0.6 of the chance, a third say 1.6 of it."""
    found = decisions.forecast_bias(*tables)
    kind = (found.index.str.slice(1).astype(int) - 1) % 3
    truth = np.array([0.6, 1.0, 1.6])[kind] * np.exp(0.02)  # the mean of the luck in what they say
    assert ((found["low"] < truth) & (truth < found["high"])).mean() >= 0.8
    assert (found["verdict"][kind == 0] != "too high").all()
    assert (found["verdict"][kind == 2] == "too high").mean() >= 0.75
    assert set(found["verdict"][kind == 0]) & {"too low"}
    assert (found["verdict"][kind == 1] == "cannot be told").mean() >= 0.5


def test_levers_by_hand(tables):
    chances = decisions.funnel(*tables)
    days = decisions.step_days(*tables, until="2024-12-31")
    found = decisions.step_levers(chances, days)
    assert found["more_orders"].idxmax() in ("proposals", "selection")
    assert found["reach"].iloc[1] == approx(chances["chance"].iloc[0])
    whole = (found["reach"] * found["days"]).sum() / chances["chance"].prod()
    assert found["days_an_order"].sum() == approx(whole)
    assert found.loc["review", "more_orders"] == 0


def test_order_of_rows_does_not_matter_and_text_with_an_order_will_do(tables):
    deals, steps = tables
    turned = deals.sample(frac=1, random_state=1), steps.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(decisions.funnel(*turned), decisions.funnel(*tables))
    names = list(steps["step"].cat.categories)
    text = steps.assign(step=steps["step"].astype("str"))
    pd.testing.assert_frame_equal(decisions.funnel(deals, text, order=names), decisions.funnel(*tables))
    one, other = (
        decisions.pipeline(*tables),
        decisions.pipeline(*turned).reindex(decisions.pipeline(*tables).index),
    )
    assert one["chance"].to_numpy() == approx(other["chance"].to_numpy())
    with pytest.raises(InputError, match="The steps have no order"):
        decisions.funnel(deals, text)
    with pytest.raises(DataError, match="are not in the order, for example review"):
        decisions.funnel(deals, text, order=names[:-1])


DEALS = pd.DataFrame(
    {
        "deal_id": ["a", "b", "c"], "outcome": ["won", "lost", "open"], "value": [10.0, 20.0, 30.0],
        "closed": pd.to_datetime(["2024-02-01", "2024-01-20", None]), "seller": "S", "forecast": 0.5,
    }
)  # fmt: skip
STEPS = pd.DataFrame(
    {
        "deal_id": ["a", "a", "b", "c"], "step": ["offer", "order", "offer", "offer"],
        "date": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-01", "2024-01-21"]),
    }
)  # fmt: skip
WAY = {"order": ["offer", "order"]}


def test_three_deals_by_hand():
    found = decisions.funnel(DEALS, STEPS, **WAY)
    assert found[["reached", "passed", "lost", "open"]].to_numpy().tolist() == [[3, 1, 1, 1], [1, 1, 0, 0]]
    assert found["chance"].tolist() == [0.5, 1.0]
    days = decisions.step_days(DEALS, STEPS, until="2024-01-31", **WAY)
    assert days.loc["offer", ["left", "open", "plain"]].tolist() == [2, 1, 14.5]
    assert days.loc["order", "mean"] == 21
    assert days.loc["offer", "mean"] == approx(10 * 1 + 9 * 0.5) or days.loc["offer", "mean"] > 14.5
    assert decisions.pipeline(DEALS, STEPS, **WAY).loc["c", "chance"] < 1


@pytest.mark.parametrize(
    ("deals", "steps", "error", "said"),
    [
        (DEALS[:0], STEPS, DataError, "There are no deals"),
        (DEALS.drop(columns="value"), STEPS, InputError, "deals lack the column 'value'"),
        (DEALS.assign(outcome="gone"), STEPS, DataError, "some are gone"),
        (pd.concat([DEALS, DEALS]), STEPS, DataError, "Deals stand more than once"),
        (DEALS[:2], STEPS, DataError, "1 of 4 steps are of deals that are not among them, for example c"),
        (DEALS, STEPS[:3], DataError, "1 deals have reached no step, for example c"),
        (DEALS.assign(value=0.0), STEPS, DataError, "3 deals have a value of 0"),
        (DEALS.assign(value=[1.0, None, 2.0]), STEPS, DataError, "1 of 3 values in 'value'"),
        (DEALS.assign(outcome="open"), STEPS, FitError, "No deal has left the step 'order'"),
        (DEALS.assign(forecast=2.0), STEPS, DataError, "numbers from 0 to 1"),
    ],
)
def test_what_tells_nothing_is_refused(deals, steps, error, said):
    with pytest.raises(error, match=said):
        decisions.forecast_bias(deals, steps, **WAY)


def test_numbers_out_of_range_are_refused():
    with pytest.raises(DataError, match="after 2024-01-05"):
        decisions.step_days(DEALS, STEPS, until="2024-01-05", **WAY)
    with pytest.raises(InputError, match="did is 5"):
        decisions.shrunk_share(5, 4, prior_did=2, prior_of=10)
    chances, days = decisions.funnel(DEALS, STEPS, **WAY), pd.DataFrame({"mean": [1.0]}, index=["offer"])
    with pytest.raises(InputError, match="the same steps"):
        decisions.step_levers(chances, days)
    with pytest.raises(FitError, match="chance or the days of offer"):
        decisions.step_levers(chances[:1] * 0, days)
    assert decisions.shrunk_share(0, 0, prior_did=2, prior_of=10) == 0.2
