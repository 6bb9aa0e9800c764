"""Correctness in hard places: values of mpmath at 50 digits, from make_reference.py."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import crmlab.clv as clv
from crmlab.clv import MBGNBD
from crmlab.clv.newton import minimise
from crmlab.clv.special import hyp2f1_negative, log_beta, log_rising

approx = pytest.approx
CASES = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["BGNBD", "MBGNBD", "ParetoNBD"])
def test_against_fifty_digits(name):
    """Frequencies to 100,000, ages from 0.001 to 100,000, parameters from 0.001 to 1,000, a and s at 1."""
    kind = getattr(clv, name)
    checked = 0
    for row in CASES:
        if row["model"] != name:
            continue
        case, values = row["case"], {k: float(v) for k, v in row["values"].items()}
        model = kind.from_params(unit="Y", **{p: case[p] for p in kind._names})
        x, tx, T, t = (np.array([float(case[k])]) for k in ("x", "tx", "T", "t"))
        with np.errstate(all="raise", under="ignore"):
            if "pmf" in values:
                found = {"pmf": model._pmf(case["n"], t, x, T)[0]}
            elif "discounted" in values:
                found = {"discounted": model._integral(np.array([np.inf]), x, T, case["force"])[0]}
            else:
                alive = model._alive(x, tx, T)
                found = {
                    "loglik": model._pointwise(model._p, x, tx, T)[0],
                    "p_alive": alive[0],
                    "expected": (alive * model._count(t, x, T))[0],
                }
        for quantity, value in found.items():
            # A log-likelihood near 0 is the log of a probability near 1, known to 1e-12 and no better.
            near_one = 1e-11 if quantity == "loglik" else 1e-290
            assert value == approx(values[quantity], rel=1e-9, abs=near_one), (quantity, case)
        checked += 1
    assert checked >= 65


def test_of_two_peaks_the_higher_is_found():
    """The likelihood of these customers has two peaks, and the first start leads to the lower."""
    truth = MBGNBD.from_params(r=0.206, alpha=1.886, a=1.994, b=3.113, unit="W")
    customers = truth.simulate(np.full(221, 40.0), seed=36)
    lower = MBGNBD.from_params(r=0.12, alpha=1.89, a=2.18, b=6.21, unit="W").log_likelihood(customers).sum()
    assert MBGNBD().fit(customers, "W").loglik_ > lower + 1


def test_no_step_of_the_search_goes_up():
    """Whole steps of Newton's lead ever further away from here: −v³ for v."""
    found = minimise(
        lambda v: (float(np.hypot(1, v[0])), v / np.hypot(1, v), np.diag(np.hypot(1, v) ** -3)),
        np.array([3.0]),
    )
    assert found.converged
    assert abs(found.point[0]) < 1e-6
    assert found.steps < 10


def test_both_ways_to_2f1_agree():
    rng = np.random.default_rng(3)
    y = rng.uniform(0.01, 8.9, 300)
    R, b = rng.uniform(0.1, 60, 300), rng.uniform(0.1, 60, 300)
    from crmlab.clv.special import _beta_integral, _series

    summed = _series(R, 0.7, b, y)
    kept = ~np.isnan(summed)
    assert kept.mean() > 0.5
    assert summed[kept] == approx(_beta_integral(R, 0.7, b, y)[kept], rel=1e-10)


def test_2f1_of_plain_cases():
    y = np.array([0.0, 1e-9, 0.5, 3.0, 50.0, 1e6])
    assert hyp2f1_negative(1.0, 1.0, 1.0, y[1:]) == approx(np.log1p(y[1:]) / y[1:], rel=1e-11)
    assert hyp2f1_negative(2.0, 1.0, 1.0, y) == approx(1 / (1 + y), rel=1e-11)


def test_differences_of_log_gamma():
    assert log_rising(1e5, 1e-3) == approx(float(1e-3 * special.digamma(1e5) + 0.5e-6 * special.zeta(2, 1e5)))
    assert log_rising(0.3, 4.0) == approx(np.log(0.3 * 1.3 * 2.3 * 3.3), rel=1e-14)
    assert log_beta(2.5, 3.5) == approx(float(special.betaln(2.5, 3.5)), rel=1e-13)
    # Exactly 1/(z (z+1) ... ): the product of five factors near 1e8.
    assert log_beta(5.0, 1e8) == approx(np.log(24.0) - np.log(1e8 + np.arange(5)).sum(), rel=1e-14)


def test_pareto_dert_is_the_closed_form():
    model = clv.ParetoNBD.from_params(r=0.55, alpha=10.58, s=0.61, beta=11.67, unit="W")
    x, T, force = np.array([0.0, 3.0, 40.0]), np.array([39.0, 30.0, 2.0]), 0.0027
    A, B, s = 10.58 + T, 11.67 + T, 0.61
    closed = (0.55 + x) / A * B**s * force ** (s - 1) * special.hyperu(s, s, force * B)
    assert model._integral(np.full(3, np.inf), x, T, force) == approx(closed, rel=1e-9)
