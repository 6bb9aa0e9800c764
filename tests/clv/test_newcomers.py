"""What a new customer brings: the value of somebody who has only just come, and the first purchase."""

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import BGNBD, MBGNBD, GammaGamma, ParetoNBD, levers, lifetime_value, newcomer_value
from crmlab.errors import InputError

approx = pytest.approx
SPEND = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
MODEL = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
TERMS = {"discount_rate": 0.12, "margin": 0.3}


@pytest.mark.parametrize(
    "model",
    [
        MODEL,
        MBGNBD.from_params(r=0.5, alpha=6.2, a=0.9, b=1.6, unit="W"),
        ParetoNBD.from_params(r=0.55, alpha=10.6, s=0.6, beta=11.7, unit="W"),
    ],
)
def test_it_is_the_lifetime_value_of_somebody_who_has_just_come(model):
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "monetary_value": [np.nan]})
    horizons = ["1M", "12M", "60M"]
    found = newcomer_value(model, SPEND, horizons, first=40.0, **TERMS)
    for horizon, value in zip(horizons, found, strict=True):
        later = lifetime_value(model, SPEND, new, horizon, **TERMS)["residual_value"].iloc[0]
        assert value == approx(0.3 * 40 + later)
    assert newcomer_value(model, SPEND, "12M", first=40.0, **TERMS) == approx(found[1])


def test_without_a_discount_the_purchases_are_those_expected():
    months = [13, 26, 52]
    assert MODEL.discounted_purchases_new(months, discount_rate=0) == approx(
        MODEL.expected_purchases_new(months)
    )


def test_every_lever_adds_and_in_proportion():
    one = levers(MODEL, SPEND, "24M", first=33.0, **TERMS, by=0.001)
    two = levers(MODEL, SPEND, "24M", first=33.0, **TERMS, by=0.002)
    assert (one > 0).all()
    assert (two / one).to_numpy() == approx(2, rel=0.01)


def test_levers_by_hand():
    value = newcomer_value(MODEL, SPEND, "24M", first=33.0, **TERMS)
    adds = levers(MODEL, SPEND, "24M", first=33.0, **TERMS, by=0.1)
    assert adds["costs lower"] == approx(0.1 * 0.7 / 0.3 * value)
    assert adds["spend on returns higher"] == approx(0.1 * (value - 0.3 * 33))
    assert adds["referrals more"] == approx(value / 0.9 - value)


def test_levers_move_drop_out_of_the_bgnbd_alone():
    pareto = ParetoNBD.from_params(r=0.55, alpha=10.6, s=0.6, beta=11.7, unit="W")
    with pytest.raises(InputError, match="must be a BGNBD"):
        levers(pareto, SPEND, "24M", first=33.0, **TERMS)
