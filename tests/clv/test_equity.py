"""Plain formulas of equity against their sums, and the best budgets against their neighbours."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import clv
from crmlab.errors import DataError, FitError, InputError

approx = pytest.approx
share = st.floats(0.05, 0.95)


@given(r=share, i=st.floats(0.01, 0.5), g=st.floats(-0.2, 0.04))
def test_the_multiple_is_its_sum_and_elasticities_its_slopes(r, i, g):
    t = np.arange(1, 4000)
    plain = ((r * (1 + g) / (1 + i)) ** t).sum() / (1 + g)
    assert clv.margin_multiple(r, discount_rate=i, growth=g) == approx(plain, rel=1e-6)
    up = np.log(clv.margin_multiple(r * 1.0001, discount_rate=i) / clv.margin_multiple(r, discount_rate=i))
    assert clv.value_elasticities(r, discount_rate=i)["retention"] == approx(up / np.log(1.0001), rel=1e-2)


@given(now=st.floats(0.1, 0.3), kept=st.floats(0.3, 0.6), cost=st.floats(1, 20), margin=st.floats(30, 300))
def test_no_other_budget_is_better(now, kept, cost, margin):
    terms = {"margin": margin, "discount_rate": 0.1}
    try:
        best = clv.equity_test(**terms, acquired=(now, cost, 0.4), retained=(kept, cost, 0.7))
    except FitError:
        return

    def equity(spent, spent_on_keeping):
        won = 0.4 * -np.expm1(-best["k_acquisition"] * spent)
        stays = 0.7 * -np.expm1(-best["k_retention"] * spent_on_keeping)
        later = (margin - spent_on_keeping / stays) * (stays / 1.1) / (1 - stays / 1.1)
        return won * (margin + later) - spent

    assert clv.prospect_equity(
        5, 7, acquired=(now, cost, 0.4), retained=(kept, cost, 0.7), **terms
    ) == approx(equity(5, 7), rel=1e-6)
    at = best["acquisition_spending"], best["retention_spending"]
    if at[1] > 0:
        assert equity(*at) == approx(best["equity"], rel=1e-6)
        for a, b in ((1.05, 1), (0.95, 1), (1, 1.05), (1, 0.95)):
            assert equity(at[0] * a, at[1] * b) <= best["equity"] + 1e-6 * abs(best["equity"])


@given(share, st.floats(0.0, 0.3))
def test_a_uplift_and_its_share_undo_each_other(r, d):
    part = clv.acquisition_share_for(0.85, r, points=0.03, discount_rate=d + 0.05)
    if 0 <= part < 1:
        again = clv.retention_uplift(r, points=0.03, discount_rate=d + 0.05, acquisition_share=part)
        assert again == approx(0.85)


def square(rows):
    return pd.DataFrame(rows, list("ab"), list("ab"), dtype=float)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: clv.margin_multiple(90, discount_rate=0.1), "a share of customers a year"),
        (lambda: clv.margin_multiple(1.0, discount_rate=0.1, growth=0.2), "the sum has no end"),
        (lambda: clv.retention_uplift(0.98, discount_rate=0.1), "cannot rise by 0.05"),
        (lambda: clv.equity_test(margin=5, discount_rate=0.1, acquired=(0.5, 1, 0.4), retained=(0.5, 1, 0.7)),
         "below its ceiling"),
        (lambda: clv.equity_test(margin=5, discount_rate=0.1, acquired=(0.5, 1), retained=(0.5, 1, 0.7)),
         "a share, the spending"),
        (lambda: clv.switching_value(pd.DataFrame([[1.0]], ["a"], ["a"]), "b", purchases=1, years=1,
                                     contribution=1, discount_rate=0.1), "no brand 'b'"),
        (lambda: clv.judged_weights(square([[1, -2], [None, 1]])), "a against b must be a number above 0"),
        (lambda: clv.judged_weights(square([[1, 2], [2, 1]])), "one over the other"),
        (lambda: clv.judged_weights(pd.DataFrame([[1.0]], ["a"], ["a"])), "number of indicators is 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(InputError, match=said) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_prospect_who_costs_too_much():
    with pytest.raises(FitError, match="no spending on them pays"):
        clv.equity_test(margin=1, discount_rate=0.1, acquired=(0.01, 50, 0.4), retained=(0.1, 10, 0.7))


@given(st.lists(st.floats(0.5, 20), min_size=3, max_size=6))
def test_consistent_judgements_give_their_weights_back(weights):
    names = [f"i{number}" for number in range(len(weights))]
    true = np.array(weights) / sum(weights)
    found = clv.judged_weights(pd.DataFrame(true[:, None] / true[None, :], names, names))
    assert found["weight"].to_numpy() == approx(true)
    assert found.attrs["consistency_ratio"] == approx(0, abs=1e-9)


def test_entropy_rewards_what_differs_noise_included():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"alike": rng.normal(100, 1, 500), "noise": rng.lognormal(0, 2, 500)})
    assert clv.entropy_weights(frame)["noise"] > 0.99
    assert clv.entropy_weights(frame.iloc[::-1]).to_numpy() == approx(clv.entropy_weights(frame).to_numpy())
    with pytest.raises(DataError, match=r"same.* is 0 for everybody"):
        clv.entropy_weights(frame.assign(same=0.0))
    with pytest.raises(DataError, match="numbers of at least 0"):
        clv.entropy_weights(frame.assign(debt=-1.0))
    with pytest.raises(DataError, match="the same for all"):
        clv.entropy_weights(pd.DataFrame({"a": [1.0, 1.0], "b": [2.0, 2.0]}))
