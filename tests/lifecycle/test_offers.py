"""Fees and care by lot: shares and worths are those of the world that made them, and limits hold."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab import lifecycle as theory
from crmlab.errors import DataError, InputError


def test_signatures_fall_as_the_world_says():
    """The log odds to sign fall by 0.003 a unit of the fee: of a half, or of what is at no fee."""
    quotes = crm.simulate.contracts(6000, seed=5).table("quotes")
    found = theory.signed_by_fee(quotes)
    start = found["signed"].iloc[0]
    odds = start / (1 - start) * np.exp(-0.003 * found.index.to_numpy())
    expected = odds / (1 + odds) / start
    assert ((found["low"] - 0.04 <= expected) & (expected <= found["high"] + 0.04)).all()
    assert found["kept"].is_monotonic_decreasing
    again = theory.signed_by_fee(quotes.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, again)


def test_limits_hold_as_often_as_they_say():
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(200):
        fee = np.repeat([0, 80], 400)
        signed = rng.random(800) < np.where(fee, 0.35, 0.5)
        row = theory.signed_by_fee(pd.DataFrame({"exit_fee": fee, "signed": signed})).loc[80]
        inside.append(row["low"] <= 0.7 <= row["high"])
    assert 0.90 <= np.mean(inside) <= 0.99


def test_worth_by_arm_is_that_of_constant_hazards():
    rng = np.random.default_rng(3)
    begin = pd.Timestamp("2024-01-01")
    inside = []
    for _ in range(60):
        size = 3000
        arm = pd.Series(rng.choice(["none", "care"], size))
        life = rng.exponential(1 / np.where(arm == "care", 0.2, 0.3))
        days = np.minimum(life * 365.25, 365.0)
        table = pd.DataFrame({"begin": begin, "until": begin + pd.to_timedelta(np.ceil(days), "D")})
        table["left"] = life * 365.25 < 365.0
        table["days"] = days
        found = theory.value_by_arm(
            table,
            arm,
            pd.Series({"none": 100.0, "care": 90.0}),
            since=begin,
            against="none",
            discount_rate=0.1,
        )
        force = np.log(1.1)
        true = 90 / (0.2 + force) - 100 / (0.3 + force)
        inside.append(found.loc["care", "low"] <= true <= found.loc["care", "high"])
    assert np.mean(inside) >= 0.85


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: theory.signed_by_fee(pd.DataFrame({"exit_fee": [1.0], "signed": [True]})),
            DataError,
            "the same",
        ),
        (lambda: theory.signed_by_fee(pd.DataFrame({"signed": [True]})), InputError, "exit_fee"),
    ],
)
def test_what_tells_nothing_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_arms_are_checked():
    table = pd.DataFrame(
        {
            "begin": pd.Timestamp("2024-01-01"),
            "until": pd.Timestamp("2024-06-01"),
            "left": True,
            "days": 152.0,
        },
        index=["a", "b"],
    )
    arm, money = pd.Series({"a": "none", "b": "care"}), pd.Series({"none": 1.0, "care": 1.0})
    terms = {"since": "2024-02-01", "against": "none", "discount_rate": 0.1}
    assert theory.value_by_arm(table, arm, money, **terms)["gain"].tolist() == [0.0, 0.0]
    for wrong, error, said in (
        ({"against": "nome"}, InputError, "no arm 'nome'. Did you mean 'none'"),
        ({"since": "2025-01-01"}, DataError, "Nobody was at risk"),
        ({"discount_rate": -2}, InputError, "discount_rate"),
    ):
        with pytest.raises(error, match=said):
            theory.value_by_arm(table, arm, money, **terms | wrong)
    with pytest.raises(DataError, match="has no profit"):
        theory.value_by_arm(table, arm, money.drop("care"), **terms)
    with pytest.raises(DataError, match="have no life"):
        theory.value_by_arm(table, arm.rename({"b": "z"}), money, **terms)
