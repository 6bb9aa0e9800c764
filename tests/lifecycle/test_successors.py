"""Generations beside their customers: counted by hand, and against a world whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import (
    bass_sales,
    fit_so_far,
    followed,
    holders,
    lasting,
    product_volume,
    swap_forecast,
    swap_worth,
)

END = "2024-12-31"


@pytest.fixture(scope="module")
def market():
    world = crm.simulate.adoption(customers=1500, seed=5)
    products = world.table("products")
    orders = world.table("orders").join(products["generation"], on="product")
    return world, orders, products.groupby("generation")["launch"].min()


def test_volume_holds_every_purchase_day_of_whole_years(market):
    _, orders, launches = market
    volume = product_volume(orders, launches, END)
    days = orders[["customer_id", "date", "generation"]].drop_duplicates()
    for name, launch in launches.items():
        whole = int(((pd.Timestamp(END) - launch).days + 1.5) // 365.25)
        seen = days[(days["generation"] == name) & ((days["date"] - launch).dt.days < 365.25 * whole)]
        assert volume[name].sum() == len(seen)
        assert volume[name].notna().sum() == whole


def test_volume_refuses_what_cannot_be():
    day = pd.to_datetime(["2022-02-01"])
    orders = pd.DataFrame({"customer_id": ["a"], "date": day, "generation": [1]})
    with pytest.raises(DataError, match="not known"):
        product_volume(orders, pd.Series({2: pd.Timestamp("2022-01-01")}), END)
    with pytest.raises(DataError, match="before its launch"):
        product_volume(orders, pd.Series({1: pd.Timestamp("2022-03-01")}), END)
    with pytest.raises(DataError, match="No period is over"):
        product_volume(orders, pd.Series({1: pd.Timestamp("2022-01-01")}), "2022-03-01")


def test_what_lasts_is_counted_from_first_to_last():
    volume = pd.Series([2.0, 10.0, 3.0, 6.0, 5.0, np.nan], range(1, 7))
    found = lasting(volume)
    assert found.to_dict() == {"best": 2, "first": 2, "last": 5, "periods": 4, "open": True}
    assert lasting(volume, share=1.0)["periods"] == 1
    with pytest.raises(DataError, match="Nothing was bought"):
        lasting(pd.Series([0.0, 0.0]))
    with pytest.raises(InputError):
        lasting(volume, share=0.0)


def test_the_followed_are_the_same_people_every_year(market):
    _, orders, _ = market
    found = followed(orders, 1, "2015-01-01", END)
    assert (found[["this", "other", "nothing"]].sum(axis=1) - 1).abs().max() < 1e-12
    assert found.loc[0, "this"] == 1
    assert (found["all_orders"] >= found["orders"]).all()
    year = orders["date"].between("2015-01-01", "2016-01-01")  # 365.25 days
    who = orders.loc[year & (orders["generation"] == 1), "customer_id"].unique()
    assert found["customers"].iloc[0] == len(who)
    with pytest.raises(DataError, match="Nobody bought"):
        followed(orders, 3, "2012-01-01", END)
    with pytest.raises(DataError, match="not over"):
        followed(orders, 3, "2024-06-01", END)


def test_holders_have_nothing_later(market):
    _, orders, _ = market
    devices = orders[orders["category"] == "device"]
    who = holders(devices, 2, "2022-12-31")
    later = devices[(devices["generation"] == 3) & (devices["date"] <= "2022-12-31")]["customer_id"]
    assert not who.index.isin(later).any()
    with pytest.raises(DataError, match="Nobody held"):
        holders(devices, 3, "2012-12-31")


def test_a_swap_is_worth_what_was_spent_less_cost_and_sale(market):
    _, orders, _ = market
    devices = orders[orders["category"] == "device"]
    who = holders(devices, 2, "2022-12-31")
    found = swap_worth(orders, who, "device", "2022-12-31", END, cost=100.0)
    after = orders[(orders["date"] > "2022-12-31") & orders["customer_id"].isin(who.index)]
    profit = after["amount"] - after["cost"]
    assert found["sale"].sum() == pytest.approx(profit[after["category"] == "device"].sum())
    old = (after["category"] == "refill") & (after["generation"] == 2)
    assert found["refills"].sum() == pytest.approx(profit[old].sum(), rel=0.01)  # but on the day of buying
    assert found["worth"].to_numpy() == pytest.approx((found["refills"] - 100 - found["sale"]).to_numpy())


def test_a_forecast_uses_nothing_later(market):
    _, orders, _ = market
    devices = orders[orders["category"] == "device"]
    then, now = holders(devices, 2, "2021-12-31"), holders(devices, 2, "2022-12-31")
    groups = (pd.Series("all", then.index), pd.Series("all", now.index))
    forecasts = []
    for known in (orders, orders[orders["date"] <= "2022-12-31"]):
        past = swap_worth(known, then, "device", "2021-12-31", "2022-12-31", cost=50.0)
        last = swap_worth(known, now, "device", "2022-12-31", END, cost=50.0)
        forecasts.append(swap_forecast(past, last, groups, cost=50.0, years=1.5))
    assert_frame_equal(*forecasts)


def test_a_forecast_of_half_a_year_is_half_and_an_unknown_group_gets_nothing():
    who = pd.Index(["a", "b"], name="customer_id")
    past = pd.DataFrame({"before": [20.0, 40.0], "refills": [10.0, 20.0], "sale": 4.0}, who)
    group = pd.Series("x", who)
    half = swap_forecast(past, past, (group, group), cost=0.0, years=0.5)
    assert half["refills"].tolist() == [5.0, 10.0]
    assert half["sale"].tolist() == [2.0, 2.0]
    unknown = swap_forecast(past, past, (group, pd.Series("y", who)), cost=3.0, years=1)
    assert unknown["forecast"].tolist() == [-3.0, -3.0]


def test_early_fits_say_when_they_cannot_tell():
    sales = bass_sales(0.01, 0.4, 1000.0, periods=16)["sales"]
    found = fit_so_far(sales, [5, 16, 99])
    assert found.index.tolist() == [5, 16]
    assert found.loc[16, "m"] == pytest.approx(1000, rel=0.01)
    rising = fit_so_far(pd.Series([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), [6])
    assert np.isnan(rising.loc[6, "m"]) or rising.loc[6, "m"] > 63
    assert rising.loc[6, "bought"] == 63
