"""Spend apart from purchases: does the spend model hold, and which of the two did a forecast miss?"""

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import GammaGamma, spend_check, spend_links, split_miss
from crmlab.errors import DataError, InputError

approx = pytest.approx
TRUTH = GammaGamma.from_params(p=6.0, q=4.0, v=24.0)


@pytest.fixture
def obeying():
    """Customers whose spend obeys the model and does not depend on how often they buy."""
    frequency = 1 + np.random.default_rng(3).poisson(2, 3000)
    return TRUTH.simulate(frequency, seed=4)


def test_a_shop_that_obeys_the_model_passes(obeying):
    check = spend_check(TRUTH, obeying, shops=100, seed=1)
    assert list(check.index) == ["misplaced", "ratio", "rank correlation", "largest share"]
    assert check["holds"].all()
    assert (check["lowest"] <= check["highest"]).all()


def test_frequent_buyers_who_spend_more_are_found(obeying):
    linked = obeying.assign(monetary_value=obeying["monetary_value"] * obeying["frequency"] ** 0.3)
    check = spend_check(GammaGamma().fit(linked), linked, shops=50, seed=1)
    assert not check.loc[["ratio", "rank correlation"], "holds"].any()
    assert check.loc["ratio", "here"] > check.loc["ratio", "highest"]


def test_one_price_for_many_is_found(obeying):
    spiky = obeying.copy()
    spiky.loc[::3, "monetary_value"] = 25.0
    assert not spend_check(TRUTH, spiky, shops=50, seed=1).loc["misplaced", "holds"]


def test_links_by_hand(obeying):
    links = spend_links(obeying)
    x, z = obeying["frequency"], obeying["monetary_value"]
    assert links["mean per customer"] == approx(z.mean())
    assert links["mean per purchase"] == approx((x * z).sum() / x.sum())
    assert links["ratio"] == approx(links["mean per purchase"] / links["mean per customer"])
    assert links["rank correlation"] == approx(x.rank().corr(z.rank()))
    assert links["largest share"] == approx((x * z).max() / (x * z).sum())


def test_one_whale_raises_the_ratio(obeying):
    whale = pd.DataFrame({"frequency": [400], "monetary_value": [500.0]})
    assert spend_links(pd.concat([obeying, whale]))["ratio"] > 1.3


def test_links_where_nothing_varies():
    same = pd.DataFrame({"frequency": [2, 2], "monetary_value": [5.0, 5.0]})
    assert spend_links(same).tolist() == approx([5, 5, 1, 0, 0.5])


def test_a_check_takes_some_shops(obeying):
    with pytest.raises(InputError, match="shops is 3"):
        spend_check(TRUTH, obeying, shops=3, seed=1)


@pytest.fixture
def forecast():
    each = np.random.default_rng(5).gamma(0.8, 2, 4000)
    return pd.DataFrame({"purchases": each, "revenue": 30 * each})


def drawn(forecast, seed):
    rng = np.random.default_rng(seed)
    count = rng.poisson(forecast["purchases"])
    return pd.DataFrame({"purchases": count, "revenue": count * rng.gamma(6, 5, len(count))})


def test_the_parts_multiply_to_the_whole(forecast):
    miss = split_miss(forecast, 1.3 * drawn(forecast, 1))["miss"]
    assert (1 + miss["purchases"]) * (1 + miss["spend per purchase"]) == approx(1 + miss["revenue"])


@pytest.mark.slow
def test_the_standard_error_is_the_spread_over_drawn_futures(forecast):
    found = [split_miss(forecast, drawn(forecast, seed)) for seed in range(300)]
    spread = pd.DataFrame([each["miss"] for each in found]).std()
    said = pd.DataFrame([each["se"] for each in found]).mean()
    assert said.to_numpy() == approx(spread.to_numpy(), rel=0.12)


def test_a_miss_needs_a_forecast_and_purchases(forecast):
    with pytest.raises(DataError, match="something was bought"):
        split_miss(forecast, 0 * forecast)
    with pytest.raises(DataError, match="was forecast"):
        split_miss(0 * forecast, forecast)
