"""Ways through a Markov chain: by simulation, by their own equations, and by nudging the moves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crmlab import lifecycle
from crmlab.errors import InputError
from crmlab.pyramid import ladder_moves

approx = pytest.approx
NUDGE = 1e-6


@st.composite
def chains(draw) -> pd.DataFrame:
    size = draw(st.integers(2, 6))
    weights = draw(hnp.arrays(float, (size, size), elements=st.floats(0.01, 1.0)))
    names = [f"s{number}" for number in range(size)]
    return pd.DataFrame(weights / weights.sum(axis=1, keepdims=True), names, names)


def nudged(moves: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    pushed = moves.copy()
    pushed.loc[start, start] -= NUDGE
    pushed.loc[start, end] += NUDGE
    return pushed


@given(chains())
def test_first_passages_solve_their_equations(moves):
    found = lifecycle.first_passage(moves)
    for to in moves:
        others = moves.drop(columns=to) @ found[to].drop(to)
        assert (1 + others.drop(to)).to_numpy() == approx(found[to].drop(to).to_numpy(), rel=1e-8)
        assert found.loc[to, to] == 0


@given(chains())
def test_steady_shares_stay_and_return_times_are_their_inverse(moves):
    share = lifecycle.steady_shares(moves)
    assert (share @ moves).to_numpy() == approx(share.to_numpy(), abs=1e-10)
    assert share.sum() == approx(1)
    back = 1 + (moves * lifecycle.first_passage(moves).T).sum(axis=1)
    assert back.to_numpy() == approx(1 / share.to_numpy(), rel=1e-7)  # Kac


@given(chains())
def test_a_push_is_what_a_nudge_of_the_moves_does(moves):
    first, last = moves.index[0], moves.index[-1]
    reward = pd.Series(np.arange(len(moves), dtype=float) ** 2, moves.index)
    pushed = nudged(moves, first, last)
    change = (lifecycle.steady_shares(pushed) - lifecycle.steady_shares(moves))[last] / NUDGE
    assert lifecycle.push_on_share(moves, of=last).loc[first, last] == approx(change, rel=1e-3, abs=1e-4)
    before, after = (lifecycle.chain_value(each, reward, step_rate=0.1) for each in (moves, pushed))
    gain = lifecycle.push_on_value(moves, reward, of=first, step_rate=0.1).loc[first, last]
    assert gain == approx((after - before)[first] / NUDGE, rel=1e-3, abs=1e-4)


def test_the_way_up_by_walking_it():
    moves = ladder_moves(0.2, 0.3, skips=0.25, rungs=4)
    rng = np.random.default_rng(5)
    step = moves.to_numpy().cumsum(axis=1)
    at, walked = np.zeros(20_000, dtype=int), np.zeros(20_000)
    while (going := at < 3).any():
        drawn = (rng.random(going.sum())[:, None] > step[at[going]]).sum(axis=1)
        at[going] = drawn
        walked[going] += 1
    expected = lifecycle.first_passage(moves).loc["1", "4"]
    assert walked.mean() == approx(expected, abs=4 * walked.std() / np.sqrt(len(walked)))


def test_chances_to_reach_sum_to_one_and_those_who_reach_neither_have_none():
    moves = ladder_moves(0.3, 0.2, rungs=5)
    up, down = (lifecycle.chance_to_reach(moves, *pair) for pair in (("5", "1"), ("1", "5")))
    assert (up + down).to_numpy() == approx(1)
    apart = pd.DataFrame(np.eye(3), list("abc"), list("abc"))
    assert lifecycle.chance_to_reach(apart, "a", "b").to_dict() == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_an_end_that_takes_all_is_steady_and_two_ends_are_not():
    names = ["in", "out"]
    assert lifecycle.steady_shares(pd.DataFrame([[0.5, 0.5], [0, 1]], names, names)).to_dict() == {
        "in": approx(0, abs=1e-12),
        "out": approx(1),
    }
    with pytest.raises(InputError, match="hangs on where the customer begins"):
        lifecycle.steady_shares(pd.DataFrame(np.eye(2), names, names))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda moves: lifecycle.first_passage(moves * 0.9), "sum to 0.9"),
        (lambda moves: lifecycle.chance_to_reach(moves, "5", "5"), "both '5'"),
        (lambda moves: lifecycle.push_on_share(moves, of="6"), "no state '6'"),
        (
            lambda moves: lifecycle.push_on_value(moves, pd.Series(1.0, moves.index), "1", step_rate=0),
            "above zero",
        ),
        (lambda _: ladder_moves(0.7, 0.6), "more than 1 together"),
        (lambda _: ladder_moves(0.7, 0.1, rungs=1), "rungs is 1"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(InputError, match=said) as error:
        call(ladder_moves(0.2, 0.1))
    assert "\n" not in str(error.value)
