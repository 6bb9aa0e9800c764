"""Generations of a product: sales follow Bass, and customers have a curve of their own."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import InputError
from crmlab.simulate import World, adoption

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

START, END = pd.Timestamp("2010-01-01"), pd.Timestamp("2024-12-31")


@pytest.fixture(scope="module")
def market() -> World:
    return adoption(6000, seed=7)


@pytest.fixture(scope="module")
def first(market) -> pd.Series:
    return market.table("orders").groupby("customer_id")["date"].min()


def share(t, p, q):
    """Return Bass's F."""
    return (1 - np.exp(-(p + q) * t)) / (1 + q / p * np.exp(-(p + q) * t))


def test_sales_of_one_generation_recover_p_q_and_m():
    from scipy import optimize, stats  # slow to import

    alone = adoption(5000, seed=11, launches=[0.0], refills_per_year=0.1)
    sales = alone.table("orders").query("category == 'device'")
    years = ((sales["date"] - START).dt.days + 0.5) / 365.25
    # Whoever adopts is there: nobody can leave before the first device.
    assert len(sales) == pytest.approx(5000 * share(15, 0.03, 0.8), abs=3 * np.sqrt(5000 * 1e-3))
    assert stats.kstest(years, lambda t: share(t, 0.03, 0.8)).pvalue > 0.01
    edges = np.arange(0, 15.01, 0.25)
    count = np.histogram(years, edges)[0]

    def curve(edge, m, p, q):
        return m * (share(edge + 0.25, p, q) - share(edge, p, q))

    error = np.sqrt(np.maximum(curve(edges[:-1], 5000, 0.03, 0.8), 1))
    guess, spread = optimize.curve_fit(
        curve, edges[:-1], count, p0=[4000, 0.02, 0.5], sigma=error, absolute_sigma=True
    )
    assert (np.abs(guess - [5000, 0.03, 0.8]) < 3 * np.sqrt(np.diag(spread))).all()


def test_those_early_with_one_generation_are_early_with_the_next(market):
    truth = market.truth
    dates = truth[["adopts_1", "adopts_2", "adopts_3"]]
    ranks = dates.rank().corr()
    assert (ranks.to_numpy()[np.triu_indices(3, 1)] > 0.8).all()
    early = truth["early"].groupby(market.table("attributes")["age_band"], observed=True).mean()
    assert early.is_monotonic_decreasing
    bands = market.table("attributes")["age_band"].value_counts(normalize=True)
    assert bands["18-29"] == pytest.approx(0.22, abs=3 * np.sqrt(0.22 * 0.78 / 6000))


def test_each_device_is_bought_by_those_who_are_there_and_have_no_later_one(market):
    sales = market.table("orders").query("category == 'device'")
    truth = market.truth
    gone = truth["alive_until"].fillna(END + pd.Timedelta("1D"))
    for k in (1, 2, 3):
        bought = sales[sales["product"] == f"Device {k}"].set_index("customer_id")["date"]
        assert bought.index.is_unique
        day = truth[f"adopts_{k}"]
        assert (bought == day.reindex(bought.index)).all()
        there = (day < gone) & (day <= END)
        for later in range(k + 1, 4):
            there &= day <= truth[f"adopts_{later}"]
        # On the day itself, the hour decides.
        assert len(bought) == pytest.approx(there.sum(), abs=10)


def test_the_product_declines_and_its_customers_do_not(market, first):
    orders = market.table("orders")
    year = orders["date"].dt.year
    device = year[orders["product"] == "Device 1"].value_counts()
    assert device[2019] < 0.1 * device[2014]
    buyers = orders.groupby(year)["customer_id"].nunique()
    assert buyers[2019] > 1.15 * buyers[2014]
    refills = orders[orders["category"] == "refill"]
    age = (refills["date"] - refills["customer_id"].map(first)).dt.days // 365
    until = market.truth["alive_until"].fillna(END).reindex(first.index)
    rate = market.truth["purchase_rate"]
    for k in (3, 8):
        # Those who were there for the whole of that year of theirs, in which they are in full use.
        whole = first.index[(until - first).dt.days >= 365 * (k + 1)]
        bought = (refills["customer_id"].isin(whole) & (age == k)).sum()
        full = 1 - 0.6 * np.exp(-(k + 0.5))
        expected = 365 * full * rate[whole].sum()
        assert abs(bought - expected) < 3 * np.sqrt(expected)
    lived = (until - first).dt.days / 365.25
    hazard = market.truth["alive_until"].notna().sum() / lived.sum()
    assert hazard == pytest.approx(0.04, abs=3 * 0.04 / np.sqrt(0.04 * lived.sum()))
    used = rate.groupby(market.table("attributes")["region"]).mean()
    assert np.abs(used - rate.mean()).max() < 3 * rate.std() / np.sqrt(0.2 * 6000)


# -- consistency and input checks


def test_the_tables_agree(market, first):
    orders, products, truth = market.table("orders"), market.table("products"), market.truth
    assert orders["date"].is_monotonic_increasing
    assert orders["date"].between(START, END).all()
    assert not (orders["date"] > orders["customer_id"].map(truth["alive_until"])).any()
    assert (orders["date"] >= orders["product"].map(products["launch"])).all()
    np.testing.assert_allclose(
        orders["amount"], orders["quantity"] * orders["product"].map(products["price"])
    )
    begins = orders.drop_duplicates("customer_id").set_index("customer_id")
    assert (begins.loc[first.index, "date"] == first).all()
    asked = market.table("prospects")
    assert first.index.isin(asked.index).all()
    assert (asked["date"].reindex(first.index) <= first).all()
    assert truth["cause"].notna().equals(truth["alive_until"].notna())


def test_the_same_seed_gives_the_same_world_and_refills_leave_adoption_as_it_is():
    small = adoption(500, seed=3)
    again = adoption(**json.loads(json.dumps(small.parameters)))
    for name, table in small.tables.items():
        assert_frame_equal(again.table(name), table)
    more = adoption(500, seed=3, refills_per_year=9, launches=[0.0, 5.0])
    assert_series_equal(more.truth["adopts_2"], small.truth["adopts_2"])
    assert_series_equal(more.truth["alive_until"], small.truth["alive_until"])
    assert_frame_equal(more.table("attributes"), small.table("attributes"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"end": "2009-12-31"}, "not after start"),
        ({"p": 0}, "p is 0, but must be a number between 0 and 1"),
        ({"churn": -1}, "churn is -1"),
        ({"launches": []}, "launches is []. Give a list of one to 9 numbers of years"),
        ({"launches": [5.0, 0.0]}, "Give years that rise"),
        ({"launches": ["2015"]}, "A year in launches is '2015'"),
        ({"refills_per_year": 1e7}, "orders; 50,000,000 is the most"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        adoption(**{"seed": 1} | wrong)
    assert message in str(caught.value)
