"""Pictures of a file's quality: titles and tables say what the rows say."""

import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError
from crmlab.plots import alt_text, quality, table


def test_the_busiest_day_is_set_apart():
    days = pd.Series(pd.to_datetime(["2024-01-05"] * 6 + ["2024-01-07"] * 2 + ["2024-01-08"]))
    ax = quality.calendar(days)
    assert ax.get_title(loc="left") == "The busiest day has 3.0 times the rows of the next"
    assert table(ax)["rows"].tolist() == [6, 2, 1]
    assert "5 January 2024" in alt_text(ax)
    assert quality.calendar(days.iloc[:3]).get_title(loc="left") == "All rows are of one day"
    with pytest.raises(DataError, match="No row has a date"):
        quality.calendar(pd.Series([pd.NaT]))


def test_the_ledger_adds_up():
    orders = pd.DataFrame(
        {"customer_id": ["Ann", "Ann", None], "amount": [20.0, -20.0, 5.0],
         "date": ["2024-01-05", "2024-01-09", "2024-01-09"]}
    )  # fmt: skip
    found = crm.quality.audit(orders)
    ax = quality.ledger(found.reasons(), found.ledger)
    assert ax.get_title(loc="left") == "3 rows read = 0 used + 3 set aside"
    assert table(ax)["rows"].sum() == 3


@pytest.fixture
def harms():
    columns = ["revenue", "moved", "expected"]
    return pd.DataFrame([[0.08, 0.002, 0.0], [0.0, 0.04, -0.02]], index=["slips", "guests"], columns=columns)


def test_harms_name_the_worst(harms):
    ax = quality.harms(harms)
    assert ax.get_title(loc="left") == "Worst for revenue: slips; for the forecast: guests"
    assert table(ax).loc["guests", "expected"] == -0.02
    assert "slips: revenue +8.0%" in alt_text(ax)
    one = quality.harms(harms.loc[["guests"]])
    assert one.get_title(loc="left") == "Worst for revenue and for the forecast: guests"


def test_the_largest_are_held_against_the_truth():
    totals = pd.DataFrame({"file": [900.0, 500.0, 20.0], "true": [9.0, 500.0, 20.0]}, index=["a", "b", "c"])
    ax = quality.largest(totals, limit=100, currency="EUR", most=2)
    assert ax.get_title(loc="left") == "The rule drops the biggest real customer, b: 500.00 EUR"
    assert table(ax).index.tolist() == ["a", "b"]
    spared = quality.largest(totals, limit=600, currency="EUR")
    assert spared.get_title(loc="left") == "The rule spares the biggest real customer, b"


def test_firm_answers_are_counted():
    answers = pd.DataFrame(
        {"revenue": [100.0, 101.0, None], "customers": [10.0, 12.0, 10.0]}, index=["ours", "other", "third"]
    )
    ax = quality.firmness(answers, tolerated=0.03, ours="ours")
    assert ax.get_title(loc="left") == "1 of 2 answers stays within 3% under every reading"
    truth = pd.Series({"revenue": 99.0, "customers": 11.0})
    drawn = table(quality.firmness(answers, tolerated=0.5, ours="ours", truth=truth))
    assert drawn["truth"].round(2).tolist() == [-0.01, 0.1]
    assert drawn["highest"].round(2).tolist() == [0.01, 0.2]
