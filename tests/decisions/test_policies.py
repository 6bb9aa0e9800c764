"""Policies against what they would have earned: by enumeration, in a known world, and their intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import DataError, InputError
from crmlab.simulate import campaign

approx = pytest.approx


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_identities(seed):
    rng, size = np.random.default_rng(seed), 60
    table = pd.DataFrame(
        {"t": rng.random(size) < 0.5, "y": rng.normal(size=size), "e": rng.uniform(0.2, 0.8, size)}
    )
    rules = pd.DataFrame({"a": rng.random(size) < 0.5, "b": rng.random(size) < 0.5})
    terms = (table["t"], table["y"])
    value = decisions.policy_value(rules, *terms)
    assert value.loc["everybody", "value"] == approx(table.loc[table["t"], "y"].mean())
    assert value.loc["nobody", "value"] == approx(table.loc[~table["t"], "y"].mean())
    gain = decisions.policy_gain(rules, *terms)
    half = rules["a"]
    by_hand = half.mean() * (
        table.loc[half & table["t"], "y"].mean() - table.loc[half & ~table["t"], "y"].mean()
    )
    assert gain.loc["a", "gain"] == approx(by_hand)
    assert gain.loc["everybody", "gain"] == approx(
        value.loc["everybody", "value"] - value.loc["nobody", "value"]
    )
    welch = np.sqrt(sum(part.var() / len(part) for _, part in table.groupby("t")["y"]))
    assert gain.loc["everybody", "error"] == approx(welch)
    one, other = (
        decisions.policy_gain(rules, *terms, against=name, chance=table["e"]) for name in ("a", "b")
    )
    assert one.loc["b", "gain"] == approx(-other.loc["a", "gain"])
    assert one.loc["b", "error"] == approx(other.loc["a", "error"])
    turned = decisions.policy_gain(rules[::-1], *terms, against="a", chance=table["e"])
    assert turned.to_numpy() == approx(one.to_numpy())


@pytest.mark.slow
def test_intervals_hold_what_a_policy_earns_also_where_chances_differ():
    """Old customers were treated more often; the treatment helps the young, and the old buy more anyway."""
    held, plain = [], []
    for seed in range(150):
        rng, size = np.random.default_rng(seed), 400
        old = pd.Series(rng.random(size) < 0.5)
        chance = pd.Series(np.where(old, 0.8, 0.3))
        treated = pd.Series(rng.random(size) < chance)
        profit = pd.Series(2.0 * old + treated * np.where(old, -1.0, 1.0) + rng.normal(size=size))
        rules = pd.DataFrame({"young": ~old})
        found = decisions.policy_value(rules, treated, profit, chance=chance).loc["young"]
        held.append(found["low"] <= 1.5 <= found["high"])
        gain = decisions.policy_gain(rules, treated, profit, chance=chance).loc["everybody"]
        held.append(gain["low"] <= 0 <= gain["high"])
        plain.append(profit[treated].mean() - profit[~treated].mean())
    assert 0.91 <= np.mean(held) <= 0.985
    assert np.mean(plain) > 0.5  # a comparison that forgets the chances


@pytest.fixture(scope="module")
def shop():
    return campaign(20_000, seed=3, tested=0.9)


def test_the_mailing_s_policies_earn_what_the_world_says(shop):
    offers = shop.table("campaign").query("offer == 'mailing'").set_index("customer_id")
    truth = shop.truth.loc[offers.index]
    profit = truth["mailing_with"].where(offers["treated"], truth["mailing_without"])
    age = shop.table("attributes")["age_band"].loc[offers.index]
    rules = pd.DataFrame(
        {"old": age.isin(sorted(age.unique())[-1:]), "knows": truth["mailing"] == "persuadable"}
    )
    found = decisions.policy_gain(rules, offers["treated"], profit, chance=offers["chance"])
    effect = truth["mailing_with"] - truth["mailing_without"]
    for name, rule in rules.items():
        real = (effect * rule).mean()
        assert found.loc[name, "low"] < real < found.loc[name, "high"]
    assert found.loc["knows", "low"] > 0
    assert found.loc["everybody", "gain"] < found.loc["knows", "gain"]
    against = decisions.policy_gain(rules, offers["treated"], profit, against="everybody")
    assert against.loc["knows", "low"] > 0
    assert against.loc["nobody", "gain"] == approx(-found.loc["everybody", "gain"])


def test_the_area_s_interval_holds_the_truth_and_tells_luck_from_knowledge(shop):
    truths, held = [], 0
    for seed in range(40):
        rng, size = np.random.default_rng(seed), 600
        score = rng.random(size)
        treated = rng.random(size) < 0.5
        answered = rng.random(size) < 0.2 + 0.4 * score * treated
        made = decisions.qini_interval(pd.Series(score), pd.Series(treated), pd.Series(answered), draws=60)
        held += made["low"] <= 0.4 * size / 2 * (1 / 3 - 1 / 4) <= made["high"]
        truths.append(made["area"])
    assert np.mean(truths) == approx(0.4 * 300 / 12, abs=4 * np.std(truths) / np.sqrt(40))
    assert held >= 33
    rng = np.random.default_rng(1)
    treated, answered = (pd.Series(rng.random(2000) < share) for share in (0.5, 0.3))
    luck = pd.Series(rng.random(2000))
    found = decisions.qini_interval(luck, treated, answered)
    assert found["low"] < 0 < found["high"]
    curve = decisions.qini_curve(luck, treated, answered)
    assert found["area"] == approx(decisions.qini_area(curve))
    ties = (luck * 4).round()
    turned = decisions.qini_interval(ties[::-1], treated, answered)
    pd.testing.assert_series_equal(turned, decisions.qini_interval(ties, treated, answered))


RULES, LOT, Y = pd.DataFrame({"a": [True, False]}), pd.Series([0, 1]), pd.Series([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.policy_value(RULES, LOT, Y), DataError, "followed the policy 'a' for nobody"),
        (lambda: decisions.policy_value(RULES, LOT, Y, chance=1.0), InputError, "chance is 1.0"),
        (lambda: decisions.policy_value(RULES, LOT, Y, chance=pd.Series([0.5, 1])), InputError, "no lot was"),
        (lambda: decisions.policy_value(RULES, LOT, Y[:1]), DataError, "only one of the two"),
        (lambda: decisions.policy_value(RULES * 2, LOT, Y), DataError, "neither true nor false"),
        (lambda: decisions.policy_value(RULES.set_axis(["nobody"], axis=1), LOT, Y), InputError, "already"),
        (lambda: decisions.policy_gain(RULES, LOT, Y, against="b"), InputError, "no policy 'b'"),
        (lambda: decisions.policy_value(RULES[:0], LOT[:0], Y[:0]), DataError, "no rows"),
        (lambda: decisions.qini_interval(Y, LOT, Y, draws=1), InputError, "draws is 1"),
    ],
)
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
