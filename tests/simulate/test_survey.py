"""The survey's world: curves, drivers and effects show in its tables, and the decoys show nothing."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import InputError
from crmlab.simulate import World, survey
from crmlab.simulate.answers import KANO_KINDS, LAYERS, MARKETS

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out


@pytest.fixture(scope="module")
def chain() -> World:
    return survey(30_000, seed=7)


@pytest.fixture(scope="module")
def people(chain) -> pd.DataFrame:
    known = chain.table("attributes").join(chain.truth)
    rival = known["town"].map(chain.table("towns")["rival_from"])
    return known.assign(rival=rival.notna(), stayed=known["alive_until"].isna())


def difference(values: pd.Series, treated: pd.Series) -> tuple[float, float]:
    """Return the difference of two means with its standard error."""
    groups = values.astype(float).groupby(treated)
    mean, error = groups.mean(), np.sqrt((groups.var() / groups.size()).sum())
    return mean[True] - mean[False], error


def test_who_stays_follows_the_curve_of_the_market(people):
    from scipy import stats  # slow to import

    free = people[~people["tied"] & ~people["price"]]
    for market, (low, high, k, middle) in MARKETS.items():
        # A rival makes the town competitive.
        groups = [free[(free["market"] == market) & ~free["rival"]]]
        groups += [free[free["rival"]]] if market == "competitive" else []
        for group in groups:
            chance = low + (high - low) / (1 + np.exp(-k * (group["satisfaction"] - middle)))
            bins = group["satisfaction"].round()
            surprise = (group["stayed"] - chance).groupby(bins).sum()
            variance = (chance * (1 - chance)).groupby(bins).sum()
            assert stats.chi2.sf((surprise**2 / variance).sum(), len(variance)) > 0.005, market
    assert people["stayed"][people["tied"]].mean() > 0.95


def test_a_rival_takes_the_dissatisfied_and_those_who_come_for_the_price(people):
    stays = people.groupby("kind")[["stays_with_rival", "stays_without_rival"]].mean()
    lost = stays["stays_without_rival"] - stays["stays_with_rival"]
    assert lost["monopoly"] > 0.4 > lost["benefit"] > 0.2 > lost["trust"]
    assert stays["stays_with_rival"].rank()["kinship"] == len(stays)
    seen = people["stays_with_rival"].where(people["rival"], people["stays_without_rival"])
    assert (seen == people["stayed"]).all()


def test_satisfaction_comes_of_its_layers_and_not_of_what_is_said_to_matter(chain, people):
    core, emotion = np.maximum(6.5 - people["core"], 0), np.maximum(people["emotion"] - 7, 0)
    terms = [people[name] for name in ("support", "technical", "interaction")]
    # Those whose satisfaction lies within its bounds, and who were not given service.
    served = chain.table("campaign").query("offer == 'service' and treated")["customer_id"]
    inside = people["satisfaction"].between(2.5, 8.5) & ~people.index.isin(served)
    x = np.column_stack([np.ones(len(people)), core, emotion, *terms])
    expected = x @ [6.4 - 7 * 0.9, -0.8, 0.7, 0.25, 0.3, 0.35]
    near = inside & (expected > 3.5) & (expected < 7.5)
    slope, *_ = np.linalg.lstsq(x[near], people["satisfaction"][near])
    assert slope[1:] == pytest.approx([-0.8, 0.7, 0.25, 0.3, 0.35], abs=0.05)
    answers = chain.table("survey")
    stated = answers[[f"importance_{name}" for name in LAYERS]]
    assert np.abs(stated.mean() - list(LAYERS.values())).max() < 0.25
    assert stated.corrwith(answers["overall"]).abs().max() < 3.5 / np.sqrt(len(answers))
    assert answers[list(LAYERS)].corr().min(axis=None) > 0.2


def test_kano_s_kinds_are_the_most_common_ones(chain):
    pairs = chain.table("kano").groupby("layer", sort=False)[["present", "absent"]]
    most = pairs.agg(lambda said: said.mode()[0]).reindex(list(LAYERS))
    assert (most["present"].eq("like") == (KANO_KINDS > 0)).all()
    assert (most["absent"].eq("dislike") == (KANO_KINDS < 2)).all()


def test_those_far_from_the_middle_answer_more(chain, people):
    answered = pd.Series(people.index.isin(chain.table("survey")["customer_id"]), people.index)
    rate = answered.groupby((people["satisfaction"] - 7).abs() > 1.5).mean()
    assert rate[True] > rate[False] + 0.08
    assert people["satisfaction"][answered].mean() < people["satisfaction"].mean()


def test_tests_recover_the_effects_and_the_margins_are_what_was_seen(chain, people):
    failures = chain.table("failures").set_index("customer_id").join(people[["stayed"]])
    effect, error = difference(failures["stayed"], failures["treated"])
    assert effect > 3 * error
    orders = chain.table("orders")
    day = chain.table("towns")["rival_from"].dropna().iloc[0]
    late = orders[orders["date"] >= day]
    margin = (0.4 * late["amount"]).groupby(late["customer_id"]).sum().reindex(people.index, fill_value=0)
    tests = {"gesture": failures}
    tests |= dict(list(chain.table("campaign").set_index("customer_id").groupby("offer")))
    for name, rows in tests.items():
        truth = people.loc[rows.index]
        profit = margin[rows.index] - rows["cost"]
        side = truth[f"{name}_with"].where(rows["treated"], truth[f"{name}_without"])
        np.testing.assert_allclose(profit, side, atol=0.01)
        gain, error = difference(profit, rows["treated"])
        assert abs(gain - (truth[f"{name}_with"] - truth[f"{name}_without"]).mean()) < 3 * error
    vips = pd.Series(people.index.isin(chain.table("campaign")["customer_id"]), people.index)
    staying, error = difference(people["stayed"], vips)
    assert staying > 3 * error
    age, spread = people.groupby("age_band")["stayed"].mean(), 0.5 / np.sqrt(0.25 * len(people))
    assert np.abs(age - people["stayed"].mean()).max() < 3 * spread


# -- consistency and input checks


def test_nobody_orders_after_having_left(chain, people):
    orders = chain.table("orders")
    assert orders["date"].is_monotonic_increasing
    assert not (orders["date"] > orders["customer_id"].map(people["alive_until"])).any()
    assert people["cause"].notna().equals(people["alive_until"].notna())
    assert set(orders["customer_id"]) == set(people.index)


def test_the_same_seed_gives_the_same_world_and_costs_leave_people_as_they_are():
    small = survey(1500, seed=3)
    again = survey(**json.loads(json.dumps(small.parameters)))
    for name, table in small.tables.items():
        assert_frame_equal(again.table(name), table)
    dear = survey(1500, seed=3, gesture_cost=30, service_cost=1, answer=0.8)
    for name in ("orders", "attributes", "towns"):
        assert_frame_equal(dear.table(name), small.table(name))
    assert_series_equal(dear.truth["kind"], small.truth["kind"])
    assert len(dear.table("survey")) > len(small.table("survey"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"end": "2022-12-31"}, "not after start"),
        ({"answer": 1}, "answer is 1, but must be a number between 0 and 1"),
        ({"service_cost": -1}, "service_cost is -1"),
        ({"orders_per_year": 0}, "orders_per_year is 0"),
        ({"orders_per_year": 1e7}, "orders; 50,000,000 is the most"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        survey(**{"seed": 1} | wrong)
    assert message in str(caught.value)
