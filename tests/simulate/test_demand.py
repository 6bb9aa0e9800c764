"""The simulated school: its demand and its bookings are in its tables, and staff's prices hide them."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, demand
from crmlab.simulate.worlds.demand import CLASSES, REQUESTS, TIERS

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out


@pytest.fixture(scope="module")
def school() -> World:
    return demand(seed=7)


def logit(x, y):
    """Return the coefficients of a logit of y on a constant and x, and their standard errors."""
    design = np.column_stack([np.ones(len(x)), x]).astype(float)
    beta = np.zeros(2)
    for _ in range(25):
        p = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (p * (1 - p))[:, None])
        beta += np.linalg.solve(information, design.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def test_the_price_test_shows_the_demand_of_each_tier():
    """Of the middle age band, whose factor is 1, the logit is exact: slope -1/s and middle μ."""
    many = demand(customers=30_000, seed=5)
    offers = many.table("price_offers")
    age = many.table("attributes")["age_band"].reindex(offers["customer_id"]).to_numpy()
    for tier, (_, middle, scale, _) in TIERS.items():
        mine = offers[(offers["tier"] == tier) & offers["randomised"] & (age == "21-29")]
        beta, error = logit((mine["price"] - middle) / scale, mine["bought"].to_numpy().astype(float))
        assert (np.abs(beta - [0, -1]) < 3 * error).all(), (tier, beta, error)


def test_prices_that_staff_felt_make_demand_look_as_if_it_rose(school):
    offers = school.table("price_offers")
    for randomised, rises in ((True, False), (False, True)):
        mine = offers[(offers["randomised"] == randomised) & (offers["tier"] == "basic")]
        beta, error = logit((mine["price"] - 900) / 90, mine["bought"].to_numpy().astype(float))
        assert abs(beta[1]) > 3 * error[1]
        assert (beta[1] > 0) == rises


def test_what_people_buy_follows_from_what_it_is_worth_to_them(school):
    offers, truth = school.table("price_offers"), school.truth
    worth = truth["willingness"].to_numpy()
    assert (offers["bought"] == (worth >= offers["price"])).all()
    known = school.table("attributes")
    level = worth / truth["tier"].map({name: value[1] for name, value in TIERS.items()}).astype(float)
    by_region = level.groupby(known["region"]).agg(["mean", "sem"])
    assert (np.abs(by_region["mean"] - level.mean()) < 3 * by_region["sem"]).all()
    by_age = level.groupby(known["age_band"], observed=True).agg(["mean", "sem"])
    assert (np.abs(by_age["mean"] - [0.97, 1.0, 1.075]) < 3 * by_age["sem"]).all()
    assert (known["asked_below"] <= truth["slides"]).all()
    assert (truth.loc[truth["slides"], "willingness_below"] > 0).all()


def test_requests_are_poisson_and_savers_fill_the_courses(school):
    requests, courses = school.table("requests"), school.table("courses")
    count = requests.groupby("class", observed=True).size()
    for name, mean in REQUESTS.items():
        expected = mean * len(courses)
        assert abs(count[name] - expected) < 3 * np.sqrt(expected), name
    taken = requests[requests["accepted"]].groupby("course_id").size()
    asked = requests.groupby("course_id").size()
    assert (taken == np.minimum(asked, 14)).all()
    share = requests.groupby("class", observed=True)["accepted"].mean()
    assert share["saver"] > 0.9 > 0.6 > share["flex"]
    held = courses.set_index("course_id")["date"].reindex(requests["course_id"]).to_numpy()
    ahead = (held - requests["date"].to_numpy()) / np.timedelta64(1, "D")
    for name, (_, late, soon) in CLASSES.items():
        assert pd.Series(ahead[requests["class"] == name]).between(late, soon + 1).all(), name
    sold = school.table("orders").query("category == 'course'")
    assert sold["amount"].sum() == requests.loc[requests["accepted"], "price"].sum()


def test_options_move_what_hangs_on_them_alone(school):
    again = demand(**json.loads(json.dumps(school.parameters)))
    for name, table in school.tables.items():
        assert_frame_equal(again.tables[name], table)
    other = demand(**school.parameters | {"capacity": 10, "feel": 0.01})
    assert_frame_equal(other.truth, school.truth)
    columns = ["customer_id", "date", "course_id", "class", "price"]
    assert_frame_equal(other.table("requests")[columns], school.table("requests")[columns])
    tested = other.table("price_offers")["randomised"]
    assert_frame_equal(other.table("price_offers")[tested], school.table("price_offers")[tested])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tested": 1}, "tested is 1, but must be a number between 0 and 1"),
        ({"capacity": 0}, "capacity is 0"),
        ({"requests": {"saver": 3}}, "Give a mean for each of saver, standard, flex"),
        ({"requests": {"saver": 0, "standard": 1, "flex": 1}}, "The mean of 'saver' is 0"),
        ({"customers": 100_000_000}, "Take fewer customers"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        demand(**{"seed": 1} | wrong)
    assert message in str(caught.value)
