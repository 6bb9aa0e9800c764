"""Bass's model: its sales add up, its peak is where they peak, and its estimates find the truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, FitError, InputError
from crmlab.lifecycle import bass_peak, bass_sales, first_purchases, fit_bass

approx = pytest.approx


@given(p=st.floats(0.001, 0.2), q=st.floats(0.0, 1.0))
def test_sales_add_up_and_peak_where_the_peak_is(p, q):
    made = bass_sales(p, q, 500.0, periods=400)
    assert made["sales"].cumsum().to_numpy() == approx(made["adopters"].to_numpy())
    assert (made["sales"] >= 0).all()
    assert made["adopters"].iloc[-1] <= 500 * (1 + 1e-12)
    peak = bass_peak(p, q)
    assert abs(made["sales"].idxmax() - peak["time"]) <= 1.5
    if q > p:  # the hazard is p + q F
        assert peak["rate"] == approx((p + q * peak["adopters"]) * (1 - peak["adopters"]))


@pytest.mark.slow
def test_the_likelihood_finds_the_truth_as_often_as_it_should():
    """People who adopt by Bass's hazard, watched until a little after the peak."""
    rng, found = np.random.default_rng(3), []
    chances = np.diff(bass_sales(0.02, 0.4, 1.0, periods=10)["adopters"].to_numpy(), prepend=0.0)
    for _ in range(20):
        bought = rng.multinomial(3000, [*chances, 1 - chances.sum()])[:-1]
        found.append(fit_bass(pd.Series(bought)).loc["likelihood"])
    table = pd.DataFrame(found)
    error = table.std() / np.sqrt(len(table))
    assert ((table.mean() - pd.Series({"p": 0.02, "q": 0.4, "m": 3000.0})).abs() < 4 * error).all()


def test_both_ways_agree_on_what_has_no_noise():
    made = fit_bass(bass_sales(0.03, 0.38, 1e6, periods=12)["sales"])
    assert made.loc["likelihood"].to_numpy() == approx(made.loc["least squares"].to_numpy(), rel=1e-3)


@pytest.mark.parametrize(
    ("sales", "error", "said"),
    [
        ([1, 2, 3], DataError, "at least 5 periods"),
        ([1, 2, -3, 1, 1], DataError, "at least 0 in each period"),
        ([1, None, 3, 1, 1], DataError, "at least 0 in each period"),
        ([0, 0, 0, 0, 0, 0], DataError, "Nothing was sold"),
        ([1, 2, 4, 8, 16, 32, 64], FitError, "Wait until they bend"),
    ],
)
def test_sales_that_tell_nothing_are_refused(sales, error, said):
    with pytest.raises(error, match=said):
        fit_bass(pd.Series(sales))


def test_coefficients_out_of_range_are_refused():
    with pytest.raises(InputError, match="coefficient of innovation"):
        bass_peak(0.0, 0.4)
    with pytest.raises(InputError, match="periods is 0"):
        bass_sales(0.1, 0.4, 10.0, periods=0)


def test_a_market_of_known_size_is_found_in_its_first_purchases():
    """Four thousand people adopt a device, and buy many refills; its sales fall while they stay."""
    world = crm.simulate.adoption(seed=1)
    orders, launch = world.table("orders"), world.table("products")["launch"]
    device = orders[orders["product"] == "Device 1"]
    sales = first_purchases(device, launch["Device 1"], "2024-12-31")
    adopted = world.truth["adopts_1"].dropna()
    assert sales.sum() == device["customer_id"].nunique() == (adopted <= "2024-12-31").sum()
    found = fit_bass(sales).loc["likelihood"]
    assert found["m"] == approx(4000, abs=3)
    assert found["p"] == approx(0.03, abs=4 * 0.0015)  # standard errors, from such markets
    assert found["q"] == approx(0.8, abs=4 * 0.0135)
    pd.testing.assert_series_equal(sales, first_purchases(device[::-1], launch["Device 1"], "2024-12-31"))


def test_a_period_that_is_not_over_is_no_fall():
    orders = pd.DataFrame({"customer_id": list("ab"), "date": pd.to_datetime(["2023-01-01", "2024-01-09"])})
    assert first_purchases(orders, "2023-01-01", "2024-01-31").to_dict() == {1: 1}
    with pytest.raises(DataError, match="1 customers bought before the launch, for example a"):
        first_purchases(orders, "2023-06-01", "2024-12-31")
    with pytest.raises(DataError, match="No period is over"):
        first_purchases(orders, "2023-01-01", "2023-01-31")
