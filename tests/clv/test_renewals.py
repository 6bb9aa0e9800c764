"""Discounted lifetimes against plain sums, and the two contractual models beside each other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.clv import SBG, BdW, contract_models, left_after, newcomer_by_size, preferred, subscriber_worth
from crmlab.clv.contractual import Contractual
from crmlab.errors import FitError, InputError

approx = pytest.approx

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
RATES = [1.0, 0.1, 0.05, 0.01, 0.001]
positive = st.floats(-1.5, 1.5).map(lambda power: 10.0**power)


def plain_sum(model: Contractual, n: int, rate: float) -> float:
    k = np.arange(np.ceil(40 / np.log1p(rate)))
    share = model.survival(n + k).to_numpy() / model.survival(n).item()
    return float((share * (1 + rate) ** -k).sum())


def plain_sum_of_saved(model: Contractual, n: int, rate: float, people: int = 20_001) -> float:
    """Follow people with their own chances, as a grid of quantiles, and let who would leave stay."""
    from scipy import special

    a, b, c = (model.params_.get(name, 1.0) for name in ("alpha", "beta", "c"))
    theta = special.betaincinv(a, b, (np.arange(people) + 0.5) / people)
    k = np.arange(np.ceil(30 / np.log1p(rate)))
    keep = np.log1p(-theta)[:, None]
    leaves = np.exp(keep * n**c) - np.exp(keep * (n + 1.0) ** c)
    stays = np.exp(keep * ((n + 1 + k) ** c - (n + 1.0) ** c))
    return float((leaves * stays).sum(axis=0) @ (1 + rate) ** -k / leaves.sum())


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("n", [0, 3, 40])
@pytest.mark.parametrize(
    "model",
    [
        SBG.from_params(alpha=0.7041, beta=1.182),
        SBG.from_params(alpha=2.0, beta=0.3),
        BdW.from_params(alpha=0.21, beta=1.43, c=1.72),
        BdW.from_params(alpha=3.0, beta=9.0, c=0.4),
        BdW.from_params(alpha=0.05, beta=2.0, c=3.0),
    ],
    ids=repr,
)
def test_discounted_lifetimes_are_their_sums(model, n, rate):
    assert model.discounted_lifetime(n, discount_rate=rate) == approx(plain_sum(model, n, rate), rel=1e-8)


@given(alpha=positive, beta=positive, n=st.integers(0, 60), power=st.floats(-5, 0))
def test_closed_form_and_integrated_tail_agree(alpha, beta, n, power):
    rate = 10.0**power
    closed, summed = SBG.from_params(alpha=alpha, beta=beta), BdW.from_params(alpha=alpha, beta=beta, c=1.0)
    assert summed.discounted_lifetime(n, discount_rate=rate) == approx(
        closed.discounted_lifetime(n, discount_rate=rate), rel=1e-8
    )
    assert summed.saved_lifetime(n, discount_rate=rate) == approx(
        closed.saved_lifetime(n, discount_rate=rate), rel=1e-8
    )


@pytest.mark.parametrize("c", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("n", [0, 2, 9])
def test_the_saved_are_those_who_would_have_left(n, c):
    model = BdW.from_params(alpha=1.5, beta=4.0, c=c)
    assert model.saved_lifetime(n, discount_rate=0.1) == approx(plain_sum_of_saved(model, n, 0.1), rel=1e-3)


def test_survival_of_very_many_tosses():
    """u^(-alpha) with u = t^c, where the gamma functions of u themselves have no digits left."""
    model = BdW.from_params(alpha=0.5, beta=1.0, c=3.0)
    near, far = model.survival([1e6, 1e8])
    assert near / far == approx(1e2**1.5, rel=1e-9)
    assert BdW.from_params(alpha=0.5, beta=1.0, c=90.0).survival(1e6).item() < 1e-70


@pytest.mark.slow
def test_ridges_take_a_penalty():
    constant = [10_000, 8000, 6400, 5120, 4096, 3277, 2621]
    with pytest.raises(FitError):
        SBG().fit(constant)
    models = contract_models(constant)
    assert models["sBG"].penalty > 0
    assert models["sBG"].retention(1).item() == approx(0.8, abs=0.01)
    assert {each.penalty for each in contract_models(REGULAR).values()} == {0.0}


def test_preferred_is_clear_or_nothing():
    regular, high_end = contract_models(REGULAR), contract_models(HIGH_END)
    assert preferred(regular) == ""
    assert preferred(high_end) == "BdW"
    assert preferred({"sBG": regular["sBG"]}) == "sBG"


def test_worth_by_renewals_made():
    model = SBG().fit(REGULAR)
    table = subscriber_worth(model, [0, 3], discount_rate=0.1)
    for n in table.index:
        assert table.loc[n, "worth"] == approx(model.discounted_lifetime(n, discount_rate=0.1))
        assert table.loc[n, "saved"] == approx(model.saved_lifetime(n, discount_rate=0.1))
        assert table.loc[n, "leaving"] == approx(1 - model.retention(n + 1).item())
    assert (table["lower"] < table["worth"]).all()
    assert (table["worth"] < table["upper"]).all()
    assert (table["saved"] < table["worth"]).all()  # they have shown a worse coin
    pd.testing.assert_frame_equal(table, subscriber_worth(model, [0, 3], discount_rate=0.1))


@pytest.mark.slow
def test_intervals_of_a_newcomer_hold_the_truth_as_often_as_they_say():
    truth = SBG.from_params(alpha=0.9, beta=3.0)
    worth, held = truth.discounted_lifetime(discount_rate=0.1), 0
    for seed in range(40):
        fitted = SBG(penalty=0.01).fit(truth.simulate(1000, renewals=8, seed=seed))
        row = subscriber_worth(fitted, [0], discount_rate=0.1, draws=200, seed=seed).loc[0]
        held += int(row["lower"] < worth < row["upper"])
    assert 34 <= held <= 40


@pytest.mark.slow
def test_what_will_be_left_holds_chance_as_well():
    truth, held = SBG.from_params(alpha=0.9, beta=3.0), 0
    for seed in range(40):
        cohort = truth.simulate(1000, renewals=11, seed=seed)
        low, high = left_after(SBG(penalty=0.01).fit(cohort[:9]), cohort[:9], draws=200, seed=seed, ahead=3)
        held += int(low <= cohort[11] <= high)
    assert 34 <= held <= 40
    model = SBG().fit(REGULAR)
    with pytest.raises(InputError, match="ahead"):
        left_after(model, REGULAR, ahead=0)


@pytest.mark.slow
def test_a_larger_list_is_surer_and_not_otherwise():
    table = newcomer_by_size(HIGH_END, [300, 1000, 10_000], discount_rate=0.1)
    assert table["preferred"].tolist() == ["", "BdW", "BdW"]
    assert table["lower"].is_monotonic_increasing
    assert (table["c_upper"] - table["c_lower"]).is_monotonic_decreasing
    assert table["worth"].iloc[2] == approx(table["worth"].iloc[1], rel=1e-3)
    models = contract_models(HIGH_END)
    assert table.loc[1000, "gain"] == approx(models["sBG"].aic - models["BdW"].aic)
