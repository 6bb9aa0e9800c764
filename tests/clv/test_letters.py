"""Letters and futures: worked by hand, and held against the model's own formulas."""

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import (
    BGNBD,
    MBGNBD,
    alive_by_day,
    futures,
    letter_cut,
    letter_sensitivity,
    letter_worth,
    posterior,
)
from crmlab.errors import InputError

PRICES = {"gain": 9.0, "voucher": 6.0, "letter": 3.0}
SMALL = BGNBD.from_params(r=1, alpha=10, a=1, b=3, unit="W")
ANN = pd.DataFrame({"frequency": [1], "recency": [10.0], "T": [20.0]}, index=["Ann"])


def test_at_the_cut_a_letter_is_worth_nothing():
    cut = letter_cut(**PRICES)
    assert letter_worth(pd.Series([cut]), **PRICES)[0] == pytest.approx(0)


@pytest.mark.parametrize("gain", [0.0, 2.0, 3.0])
def test_a_gain_up_to_the_cost_pays_for_nobody(gain):
    assert letter_cut(**{**PRICES, "gain": gain}) == 0


def test_free_letters_for_nothing_have_a_cut():
    assert letter_cut(gain=0.0, voucher=0.0, letter=0.0) == 0


def test_who_is_still_here_is_worth_the_same_as_true_and_as_one():
    here = pd.Series([True, False])
    assert letter_worth(here, **PRICES).tolist() == [-9, 6]
    assert letter_worth(here, **PRICES).equals(letter_worth(here.astype(float), **PRICES))


def test_a_dearer_letter_never_earns_more():
    table = letter_sensitivity(pd.Series(np.linspace(0, 1, 11)), **PRICES)
    assert table.loc["letter"].is_monotonic_decreasing
    assert table.loc["gain"].is_monotonic_increasing
    assert np.ptp(table["as given"]) == 0


def test_a_negative_price_is_refused():
    with pytest.raises(InputError, match="voucher is -1"):
        letter_cut(gain=9.0, voucher=-1.0, letter=3.0)


def test_a_path_ends_where_p_alive_does():
    bought = ["2024-01-01", "2024-03-11"]  # ten weeks apart, then ten weeks of silence
    path = alive_by_day(SMALL, bought, "2024-05-20")
    assert path.iloc[-1] == pytest.approx(4 / 7)
    assert path.loc[:"2024-03-10"].eq(1).all()
    assert path.loc["2024-03-11"] == pytest.approx(3 / 4)


def test_the_posterior_of_a_customer_who_is_surely_here():
    here = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [20.0]})
    rates, coins = posterior(SMALL, here, 40_000)
    assert rates.mean(axis=1)[0] == pytest.approx(1 / 30, rel=0.03)
    assert coins.mean(axis=1)[0] == pytest.approx(1 / 4, rel=0.03)


def test_futures_have_the_mean_of_the_formula_and_the_chance_of_none():
    many = pd.concat([ANN] * 2000, ignore_index=True)
    played = futures(SMALL, many, [13, 26], 40)
    assert played.mean().to_numpy() == pytest.approx(
        [2000 * SMALL.expected_purchases(ANN, t)["Ann"] for t in (13, 26)], rel=0.03
    )
    alone = futures(SMALL, ANN, [26], 4000)[26]
    assert (alone == 0).mean() == pytest.approx(SMALL.pmf(ANN, 0, horizon=26)["Ann"], abs=0.03)


def test_the_story_of_another_model_is_refused():
    other = MBGNBD.from_params(r=1, alpha=10, a=1, b=3, unit="W")
    with pytest.raises(InputError, match="Give a BGNBD"):
        futures(other, ANN, [13])
