"""Alarms against scikit-learn's counts, and the best alarm against every other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError, InputError
from crmlab.lifecycle import alarms, expected_maximum_profit, retention_campaign

approx = pytest.approx
COSTS = {"value": 100, "offer": 8, "contact": 1}


@st.composite
def scored(draw) -> tuple[pd.Series, pd.Series]:
    rows = draw(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=60))
    score, left = (pd.Series(each) for each in zip(*rows, strict=True))
    left.iloc[0], left.iloc[1] = True, False
    return score.astype(float), left


@given(scored())
def test_counts_are_scikit_learns(made):
    from sklearn.metrics import roc_curve

    score, left = made
    false, recall, cuts = roc_curve(left, score, drop_intermediate=False)
    found = alarms(score, left)
    assert found.index.tolist() == cuts[1:].tolist()
    assert found["recall"].to_numpy() == approx(recall[1:])
    assert found["false_alarms"].to_numpy() == approx(false[1:])
    assert found["lift"].iloc[-1] == approx(1)


@given(scored())
def test_the_expected_best_is_the_mean_of_the_bests(made):
    """A grid of how many accept, each with the alarm that then earns most."""
    from scipy import stats

    score, left = made
    table, base = alarms(score, left), float(left.mean())
    recall, false = (np.append(0, table[name]) for name in ("recall", "false_alarms"))
    takes = stats.beta.ppf((np.arange(4000) + 0.5) / 4000, 6, 14)[:, None]
    won = (takes * (COSTS["value"] - COSTS["offer"]) - COSTS["contact"]) * base * recall
    lost = (COSTS["offer"] + COSTS["contact"]) * (1 - base) * false
    best = (won - lost).max(axis=1).mean()
    found = expected_maximum_profit(score, left, **COSTS)
    assert found["profit"] == approx(best, rel=1e-3, abs=1e-3)
    assert 0 <= found["share"] <= 1 + 1e-12


def test_what_cannot_be_is_refused():
    score, left = pd.Series([0.1, 0.2]), pd.Series([True, False])
    with pytest.raises(DataError, match="Nobody stayed"):
        alarms(score, pd.Series([True, True]))
    with pytest.raises(DataError, match="1 of 2 customers have no score"):
        alarms(pd.Series([0.1, None]), left)
    with pytest.raises(InputError, match="offer is 200"):
        expected_maximum_profit(score, left, value=100, offer=200, contact=1)
    with pytest.raises(InputError, match="two parameters of a beta"):
        expected_maximum_profit(score, left, **COSTS, accepts=(1,))
    with pytest.raises(InputError, match="120% of those called"):
        retention_campaign(10, share=0.1, base=0.4, lift=3, accepts=0.3, **COSTS)
