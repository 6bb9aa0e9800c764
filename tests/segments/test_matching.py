"""Matching: what is seen is balanced, and what is not seen stays in the answer until a switch by lot."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.segments.matching import balance, match_weights, matched_effect

approx = pytest.approx


def chosen(seed, n=1200, hidden=0.0, effect=2.0):
    """Customers who take a channel the more readily the more they bought, and a wish that may be hidden."""
    rng = np.random.default_rng(seed)
    orders = rng.poisson(3, size=n)
    region = rng.choice(["east", "west"], size=n)
    wish = rng.normal(size=n)
    treated = rng.random(n) < 1 / (1 + np.exp(2.5 - 0.5 * orders - hidden * wish))
    later = 3.0 * orders + effect * treated + 2 * hidden * wish + rng.normal(size=n)
    return pd.Series(treated), pd.DataFrame({"orders": orders, "region": region}), pd.Series(later)


def test_the_effect_is_recovered_where_all_that_matters_is_seen():
    found = pd.DataFrame([matched_effect(*chosen(seed), within=0.1) for seed in range(60)])
    error = found["effect"].std()
    assert found["effect"].mean() == approx(2.0, abs=4 * error / np.sqrt(60))
    assert found["error"].mean() == approx(error, rel=0.3)
    inside = ((found["low"] <= 2) & (found["high"] >= 2)).mean()
    assert inside == approx(0.95, abs=0.1)
    assert found["plain"].mean() > 4  # that of two kinds of customers as well


def test_a_hidden_wish_stays_in_the_answer_though_the_balance_is_perfect():
    treated, covariates, later = chosen(1, hidden=1.0, effect=0.0)
    found = matched_effect(treated, covariates, later)
    assert found["low"] > 1  # the truth is zero
    made = balance(treated, covariates, match_weights(treated, covariates))
    assert made["difference_matched"].abs().max() < 0.05
    assert made.loc["orders", "difference"] > 0.5


def test_more_channels_do_not_make_better_customers_whatever_likes_are_compared():
    """Who uses several channels buys more; who was invited into a second one by lot does not."""
    shop = crm.simulate.touchpoints(customers=12_000, seed=4)
    orders, invited = shop.table("orders"), shop.table("campaign").set_index("customer_id")
    day = invited["date"].iloc[0]
    before, after = (orders[(orders["date"] < day) == early] for early in (True, False))
    base = before.groupby("customer_id").agg(orders=("date", "size"), channels=("channel", "nunique"))
    later = after.groupby("customer_id").size().reindex(base.index, fill_value=0).astype(float)
    several = base["channels"] > 1
    chosen = matched_effect(several, base[["orders"]], later)
    assert chosen["plain"] > chosen["effect"]
    assert matched_effect(several, base[["orders"]].clip(upper=1), later)["low"] > 0.5
    there = invited.index.intersection(base.index)
    by_lot = matched_effect(invited.loc[there, "treated"], base.loc[there, ["orders"]], later[there])
    assert by_lot["low"] < 0 < by_lot["high"]


def test_no_order_of_rows_matters_and_copies_change_nothing():
    treated, covariates, later = chosen(2, n=300)
    found = matched_effect(treated, covariates, later)
    mixed = list(np.random.default_rng(1).permutation(300))
    again = matched_effect(treated[mixed], covariates.loc[mixed], later)
    assert again.to_numpy() == approx(found.to_numpy())
    weights = match_weights(treated, covariates)
    assert weights[treated].eq(1).all()
    assert weights[~treated].sum() == approx(treated.sum())
    by_hand = later[treated].mean() - (later * weights)[~treated].sum() / weights[~treated].sum()
    assert found["effect"] == approx(by_hand)


def test_who_has_nobody_near_is_left_out():
    treated = pd.Series([True, True, False, False])
    covariates = pd.DataFrame({"orders": [1, 100, 1, 2]})
    assert match_weights(treated, covariates, within=0.5).tolist() == [1, 0, 1, 0]
    found = matched_effect(treated, covariates, pd.Series([5.0, 9.0, 4.0, 0.0]), within=0.5)
    assert (found["treated"], found["matched"], found["compared"], found["effect"]) == (2, 1, 1, 1)
    with pytest.raises(DataError, match="has anybody within"):
        match_weights(pd.Series([True, False]), pd.DataFrame({"a": [0.0, 9.0]}), within=0.1)


@pytest.mark.parametrize(
    ("treated", "covariates", "error", "said"),
    [
        ([True, True], {"a": [1, 2]}, DataError, "Some customers must be treated"),
        ([True, False], {"a": [1, None]}, DataError, "1 of 2 customers have no 'a'"),
        ([True, "no"], {"a": [1, 2]}, DataError, "true or false"),
        ([], {"a": []}, DataError, "no customers"),
        ([True, False], {}, DataError, "no covariates|no customers"),
        ([True, False], {"a": pd.to_datetime(["2024-01-01"] * 2)}, DataError, "numbers or texts"),
    ],
)
def test_what_cannot_be_compared(treated, covariates, error, said):
    treated = pd.Series(treated, dtype=object)
    with pytest.raises(error, match=said):
        match_weights(treated, pd.DataFrame(covariates, index=treated.index))


def test_wrong_requests():
    with pytest.raises(InputError, match="within is 0"):
        match_weights(pd.Series([True, False]), pd.DataFrame({"a": [1, 2]}), within=0)
    with pytest.raises(DataError, match="leave nobody"):
        balance(pd.Series([True, False]), pd.DataFrame({"a": [1, 2]}), pd.Series([0.0, 0.0]))
