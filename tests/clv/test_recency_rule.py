"""The recency rule's days are chosen by the past alone."""

import pandas as pd
import pytest

import crmlab as crm
from crmlab.clv import silence_by_money, silence_by_past, silence_earned, silence_errors


def orders(**days: list[int]) -> pd.DataFrame:
    """Return one order of 10 on each of the days after New Year, by customer."""
    rows = [
        (name, pd.Timestamp("2024-01-01") + pd.Timedelta(days=n), 10.0) for name in days for n in days[name]
    ]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


# The day of the forecast is the 50th. Ann was silent for 10 days and comes, Ben for 20 and does not, Cem for
# 30 and does; Dan had not come back by then.
KNOWN = orders(Ann=[0, 40, 60], Ben=[0, 30], Cem=[0, 20, 99], Dan=[0, 70])
END = "2024-04-10"  # the 100th day


def test_errors_counted_by_hand() -> None:
    wrong = 3 * silence_errors(KNOWN, END)
    assert wrong.index.tolist() == list(range(1, 51))
    assert wrong.loc[[9, 10, 19, 20, 29, 30, 50]].round(9).tolist() == [2, 1, 1, 2, 2, 1, 1]


def test_of_equal_days_the_longest() -> None:
    assert silence_by_past(KNOWN, END) == 50


@pytest.mark.slow
def test_nothing_after_the_end_has_a_say() -> None:
    later = pd.concat([KNOWN, orders(Ben=[120, 130], Eva=[101, 110])])
    assert silence_by_past(later, END) == silence_by_past(KNOWN, END)
    pd.testing.assert_series_equal(silence_errors(later, END), silence_errors(KNOWN, END))


def test_the_errors_agree_with_a_plain_count() -> None:
    transactions = crm.datasets.cdnow(sample=True)
    seen = crm.summarise(transactions, calibration="1997-05-17", end="1997-09-30").frame
    seen = seen[seen["frequency"] > 0]
    wrong = silence_errors(transactions, "1997-09-30")
    for days in (1, 31, 90, 136):
        plain = ((seen["since_last"] <= days) != (seen["holdout_frequency"] > 0)).mean()
        assert wrong[days] == pytest.approx(plain)


@pytest.mark.parametrize("table", [orders(Ann=[0, 80]), orders(Ann=[100])])
def test_a_past_in_which_nobody_came_back(table: pd.DataFrame) -> None:
    with pytest.raises(crm.errors.DataError, match="0 customers had come back"):
        silence_by_past(table, END)


def test_a_share_out_of_its_range() -> None:
    with pytest.raises(crm.errors.InputError, match="held_back is 1"):
        silence_by_past(KNOWN, END, held_back=1)


@pytest.mark.slow
def test_money_counted_by_hand() -> None:
    prices = {"gain": 6.0, "voucher": 5.0, "letter": 1.0}
    earned = silence_earned(KNOWN, END, **prices)  # Ben is worth 5, Ann and Cem cost 6 each
    assert earned.loc[[9, 10, 19, 20, 29, 30]].tolist() == [-7, -1, -1, -6, -6, 0]
    assert silence_by_money(KNOWN, END, **prices) == 100, (
        "no letter pays, so nobody is silent for long enough"
    )
    assert silence_by_money(KNOWN, END, **{**prices, "gain": 9.0}) == 19
