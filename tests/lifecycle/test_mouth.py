"""Word of mouth: simulated chains die out and grow as the generating function says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError, InputError
from crmlab.lifecycle import (
    chain_size,
    delight_price,
    delight_prices,
    ended_by,
    extinction,
    mixed_offspring,
    offspring,
    poisson_offspring,
    simulated_chains,
)

approx = pytest.approx


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6))
def test_extinction_is_a_root_and_the_smallest(weights):
    chance = pd.Series(np.array(weights) / sum(weights))
    root = extinction(chance)
    generating = float(chance.to_numpy() @ root ** chance.index.to_numpy())
    assert generating == approx(root, abs=1e-9)
    assert (root == 1) == (float(chance.index @ chance) <= 1 + 1e-12)
    below = np.linspace(0, root, 50)[:-1]
    assert (np.power.outer(below, chance.index.to_numpy()) @ chance.to_numpy() >= below - 1e-12).all()


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.5, 0.9, 1.1, 2.0])
def test_simulated_chains_agree(mean):
    made = simulated_chains(poisson_offspring(mean), chains=20_000, seed=4, most=2_000)
    share = made["ended"].mean()
    root = extinction(poisson_offspring(mean))
    assert share == approx(root, abs=4 * np.sqrt(root * (1 - root) / len(made)) + 1e-3)
    if mean < 1:
        size = made["customers"]
        assert size.mean() == approx(chain_size(mean), abs=4 * size.std() / np.sqrt(len(size)))
    if mean <= 1.1:
        assert made["customers"].median() <= 3, "most chains end at once, even where the mean explodes"


def test_a_hair_above_one():
    assert extinction(poisson_offspring(1.0)) == 1
    assert extinction(poisson_offspring(1.01)) == approx(0.98026, abs=1e-4)
    assert extinction(pd.Series([0.0, 1.0])) == 0
    assert extinction(pd.Series([1.0])) == 1


def test_offspring_of_a_table():
    found = offspring(pd.Series([None, "a", "a", "b"], index=list("abcd")))
    assert found.to_dict() == {0: 0.5, 1: 0.25, 2: 0.25}
    assert offspring(pd.Series([None, None], index=list("ab"))).to_dict() == {0: 1.0}
    with pytest.raises(DataError, match="such as 'z'"):
        offspring(pd.Series([None, "z"], index=list("ab")))


@pytest.mark.parametrize(
    ("chances", "said"),
    [
        (pd.Series([0.5, 0.4]), "sum to 0.9"),
        (pd.Series([0.5, 0.5], index=[0, 1.5]), "whole numbers"),
        (pd.Series([0.5, 0.5], index=["none", "one"]), "whole numbers"),
    ],
)
def test_chances_that_are_none(chances, said):
    with pytest.raises(InputError, match=said):
        extinction(chances)


@given(st.floats(0.05, 5), st.floats(0, 8))
def test_unequal_tellers_keep_the_mean_and_die_out_more_often(mean, spread):
    mixed, equal = mixed_offspring(mean, spread), poisson_offspring(mean)
    number = mixed.index.to_numpy()
    assert number @ mixed == approx(mean, rel=1e-5)
    assert number**2 @ mixed - mean**2 == approx(mean + spread * mean**2, rel=1e-3)
    assert extinction(mixed) >= extinction(equal) - 1e-9


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6))
def test_generations_rise_to_extinction(weights):
    chance = pd.Series(np.array(weights) / sum(weights))
    ended = ended_by(chance, 400)
    assert ended.iloc[0] == approx(chance[0])
    assert (ended.diff().dropna() >= -1e-12).all()
    assert ended.iloc[-1] <= extinction(chance) + 1e-9


def test_generations_are_those_of_simulated_chains():
    made = simulated_chains(poisson_offspring(0.8), chains=40_000, seed=2)
    for generation, share in ended_by(poisson_offspring(0.8), 5).items():
        assert (made["generations"] < generation).mean() == approx(share, abs=0.01)


def test_the_price_of_delight():
    assert delight_price(0.2, 6, 10, caused=0.5) == approx(20)
    assert delight_price(0.2, 0.5, 10) == delight_price(0, 6, 10) == float("inf")
    table = delight_prices(0.2, 2, 10, caused=0.8)
    assert table.loc["times as many", "half"] == float("inf")
    assert table.loc["share caused by the word", "double"] == approx(10 / 0.2)
    with pytest.raises(InputError, match="caused"):
        delight_price(0.2, 6, 10, caused=1.5)
