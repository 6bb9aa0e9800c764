"""Charts by simulation, and their refusals."""

import numpy as np
import pandas as pd
import pytest

from crmlab import decisions
from crmlab.errors import DataError, InputError

approx = pytest.approx


def lengths(shift: float, alarms) -> np.ndarray:
    """Return the run lengths of many charts, each on its own stream of normal figures."""
    rng, charts = np.random.default_rng(6), 4000
    state, length, quiet = np.zeros((2, charts)), np.zeros(charts), np.ones(charts, dtype=bool)
    while quiet.any():
        length[quiet] += 1
        state, alarm = alarms(state, rng.normal(shift, 1, charts))
        quiet &= ~alarm
    return length


def cusum(state, z):
    state = np.maximum(0, state + np.array([z, -z]) - 0.5)
    return state, (state > 4).any(axis=0)


def ewma(state, z):
    state = 0.8 * state + 0.2 * z
    return state, np.abs(state[0]) > 2.5 * np.sqrt(0.2 / 1.8)


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_run_lengths_are_those_of_simulated_charts(shift):
    for alarms, expected in (
        (cusum, decisions.cusum_run_length(shift)),
        (ewma, decisions.ewma_run_length(shift, weight=0.2, limit=2.5)),
    ):
        seen = lengths(shift, alarms)
        assert seen.mean() == approx(expected, abs=4 * seen.std() / np.sqrt(len(seen)))


def test_a_weight_of_one_is_a_shewhart_chart_and_sides_are_alike():
    for shift in (0.0, 0.7, -0.7):
        one = decisions.ewma_run_length(shift, weight=1.0, limit=3.0)
        assert one == approx(decisions.shewhart_run_length(shift), rel=1e-6)
    assert decisions.cusum_run_length(1.3) == approx(decisions.cusum_run_length(-1.3))


def test_a_stream_by_hand():
    made = decisions.watched(pd.Series([10.0, 14.0, 4.0], list("abc")), mean=10, sd=2, weight=0.5)
    assert made["z"].tolist() == [0, 2, -3]
    assert made["ewma"].tolist() == [0, 1, -1]
    assert made["up"].tolist() == [0, 1.5, 0]
    assert made["down"].tolist() == [0, 0, 2.5]
    with pytest.raises(DataError, match="1 of 2 figures are missing"):
        decisions.watched(pd.Series([1.0, None]), mean=0, sd=1)


def test_peeking_costs_more_than_one_look_and_less_than_independent_ones():
    found = [decisions.peeking(looks) for looks in (1, 2, 5, 20, 200)]
    assert found[0] == approx(0.05, abs=1e-9)
    assert found == sorted(found)
    assert all(one < 1 - 0.95**looks for one, looks in zip(found[1:], (2, 5, 20, 200), strict=True))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: decisions.shewhart_run_length(limit=0), "limit is 0"),
        (lambda: decisions.ewma_run_length(weight=1.5), "weight is 1.5"),
        (lambda: decisions.sample_size(0.1, 0.1), "No test tells equal shares apart"),
        (lambda: decisions.sample_size(10, 12), "a share between 0 and 1"),
        (lambda: decisions.drift([0.5, 0.5], [1.0]), "Give one share a class"),
        (lambda: decisions.drift([0.5, 0.5], [1.0, 0.0]), "A class is empty"),
        (lambda: decisions.peeking(0), "looks is 0"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()
