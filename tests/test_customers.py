"""Transactions become customers: the literature's numbers, and identities that hold for any orders."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.customers import DAYS, day, duration
from crmlab.errors import DataError, InputError

TIMES = ["recency", "T", "since_last"]
START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-31")
few = settings(max_examples=15)


@st.composite
def orders(draw):
    """Few customers and days, so that days repeat; amounts in quarters, so that sums are exact."""
    customers = st.sampled_from(["ann", "ben", "cy", "dee"])
    row = st.tuples(customers, st.integers(0, 80), st.integers(0, 400))
    rows = draw(st.lists(row, min_size=1, max_size=30))
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "quarters"])
    dates = START + pd.to_timedelta(frame["day"], unit="D")
    return pd.DataFrame({"customer_id": frame["customer_id"], "date": dates, "amount": frame["quarters"] / 4})


# -- correctness


@pytest.fixture(scope="module")
def sample():
    return crm.datasets.cdnow(sample=True)


@pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option:DeprecationWarning")
def test_customers_are_those_of_lifetimes(sample):
    from lifetimes.utils import summary_data_from_transaction_data

    reference = summary_data_from_transaction_data(
        sample.to_pandas(),
        "customer_id",
        "date",
        monetary_value_col="amount",
        observation_period_end="1997-09-30",
        freq="D",
        freq_multiplier=7,
    )
    ours = crm.summarise(sample, end="1997-09-30", unit="W").frame
    assert len(ours) == 2357
    assert list(ours.index) == list(reference.index)
    for column in ("frequency", "recency", "T"):
        assert (ours[column] == reference[column]).all(), column
    assert_allclose(ours["monetary_value"].fillna(0), reference["monetary_value"], rtol=1e-12)
    assert (ours["monetary_value"].isna() == (ours["frequency"] == 0)).all()


def test_published_facts_of_the_sample(sample):
    """Fader, Hardie and Lee (2005), with their worked example, and Fader and Hardie's note 025 (2013)."""
    customers = crm.summarise(sample, calibration="1997-09-30", end="1998-06-30", unit="W")
    frame = customers.frame
    assert (frame["frequency"] > 0).sum() == 946
    assert frame["holdout_frequency"].sum() == 1882
    assert set(frame["holdout_T"]) == {39.0}
    assert frame.loc["00004", ["frequency", "recency", "T"]].astype(float).round(2).tolist() == [
        2,
        30.43,
        38.86,
    ]
    assert repr(customers) == "Customers(2,357 customers up to 1997-09-30, holdout to 1998-06-30, unit W)"


def test_a_case_worked_by_hand():
    """Two orders on one day are one purchase; the holdout begins on the day after the calibration."""
    rows = [
        ("ann", "2024-01-01", 10, 4),
        ("ann", "2024-01-01", 5, 1),
        ("ann", "2024-01-08", 20, 9),
        ("ann", "2024-01-22", 1, 1),
        ("ann", "2024-01-29", 7, 2),
        ("ben", "2024-01-15", 0, 3),
        ("ben", "2024-01-23", 8, 2),
        ("cy", "2024-01-23", 50, 9),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount", "cost"])
    frame = crm.summarise(table, calibration="2024-01-22", end="2024-01-28", unit="W").frame
    columns = ["frequency", *TIMES, "orders", "total", "first_amount", "monetary_value", "profit"]
    columns += ["holdout_frequency", "holdout_amount", "holdout_T"]
    expected = [
        [2, 3, 3, 0, 3, 36, 15, 10.5, 21, 0, 0, 6 / 7],
        [0, 0, 1, 1, 1, 0, 0, np.nan, -3, 1, 8, 6 / 7],
    ]
    assert list(frame.index) == ["ann", "ben"]  # cy came after the calibration
    assert_allclose(frame[columns].to_numpy(dtype=float), expected)
    assert frame["first"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-15")]
    assert frame["last"].tolist() == [pd.Timestamp("2024-01-22"), pd.Timestamp("2024-01-15")]


# -- consistency


@few
@given(orders(), st.randoms(use_true_random=False))
def test_neither_order_nor_splitting_of_rows_matters(table, random):
    before = table.copy()
    whole = crm.summarise(table, end=END)
    halves = table.assign(amount=table["amount"] / 2)
    rows = random.sample(range(2 * len(table)), 2 * len(table))
    split = pd.concat([halves, halves], ignore_index=True).iloc[rows]
    assert_frame_equal(crm.summarise(split, end=END).frame, whole.frame)
    assert_frame_equal(table, before)


def test_a_table_that_was_not_read_is_read(sample):
    """Times of the day in an Ibis table would count one day's orders as several purchases."""
    orders = sample.to_pandas()
    hours = pd.to_timedelta(np.arange(len(orders)) % 24, unit="h")
    timed = ibis.memtable(orders.assign(date=orders["date"] + hours))
    assert_frame_equal(crm.summarise(timed).frame, crm.summarise(sample).frame)


@few
@given(orders(), st.sampled_from(sorted(DAYS)))
def test_the_unit_only_scales(table, unit):
    days, scaled = (crm.summarise(table, end=END, unit=u).frame for u in ("D", unit))
    assert_allclose(scaled[TIMES] * DAYS[unit], days[TIMES], rtol=1e-12)
    assert_frame_equal(scaled.drop(columns=TIMES), days.drop(columns=TIMES))


@few
@given(orders(), st.integers(0, 80))
def test_the_columns_add_up(table, split):
    """Within a customer, over the customers, and over calibration and holdout."""
    first, calibration = table["date"].min(), START + pd.Timedelta(days=split)
    frame = crm.summarise(table, end=END).frame
    assert frame["total"].sum() == table["amount"].sum()
    assert frame["orders"].sum() == len(table.drop_duplicates(["customer_id", "date"]))
    assert (frame["T"] == frame["recency"] + frame["since_last"]).all()
    assert (frame["orders"] == frame["frequency"] + 1).all()
    repeats = (frame["monetary_value"] * frame["frequency"]).fillna(0)
    assert_allclose(repeats + frame["first_amount"], frame["total"])
    if calibration < first:
        with pytest.raises(DataError, match="No purchase falls on or before"):
            crm.summarise(table, calibration=calibration, end=END)
        return
    parts = crm.summarise(table, calibration=calibration, end=END).frame
    known = frame.loc[parts.index]
    assert (parts["orders"] + parts["holdout_frequency"] == known["orders"]).all()
    assert (parts["total"] + parts["holdout_amount"] == known["total"]).all()
    assert (parts["T"] + parts["holdout_T"] == known["T"]).all()
    observed = crm.summarise(table[table["date"] <= calibration], end=calibration).frame
    assert_frame_equal(parts[observed.columns], observed)


@few
@given(orders())
def test_patterns_count_every_customer_once(table):
    customers = crm.summarise(table, end=END, unit="W")
    patterns = customers.patterns()
    keys = ["frequency", "recency", "T"]
    assert patterns["customers"].sum() == len(customers)
    assert not patterns.duplicated(keys).any()
    counted = customers.frame.groupby(keys).size().reset_index(name="customers")
    assert_frame_equal(patterns, counted, check_dtype=False)


# -- input checks


@pytest.mark.parametrize("value", ["", "NaT", "2024-02-30", "30/06/1997", 19970930, None, pd.NaT])
def test_what_is_no_day_is_refused(value):
    with pytest.raises(InputError, match=r"^end is .*YYYY-MM-DD"):
        day(value, "end")


@pytest.mark.parametrize(
    "value",
    [
        "1997-09-30",
        dt.date(1997, 9, 30),
        dt.datetime(1997, 9, 30, 23, 59),
        np.datetime64("1997-09-30T12"),
        pd.Timestamp("1997-09-30 23:00", tz="Asia/Shanghai"),
    ],
)
def test_a_day_is_a_calendar_day(value):
    assert day(value) == pd.Timestamp("1997-09-30")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"unit": "week"}, InputError, "no time unit 'week'. Known: D, W, M, Y"),
        ({"end": "September"}, InputError, "end is 'September'"),
        ({"end": "1996-12-31"}, DataError, "on or before 1996-12-31: the first is on 1997-01-01"),
        ({"calibration": "1998-06-30"}, InputError, "calibration ends on 1998-06-30 .* on 1998-06-30"),
        ({"calibration": "1996-12-31"}, DataError, "on or before 1996-12-31"),
    ],
)
def test_impossible_requests_are_named(sample, options, error, said):
    with pytest.raises(error, match=said):
        crm.summarise(sample, **options)


def test_only_transactions_are_summarised(sample):
    with pytest.raises(DataError, match="no column 'amount'"):
        crm.summarise(sample.drop("amount"))
    with pytest.raises(InputError, match="cannot be read from dict"):
        crm.summarise({})


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("90D", 90),
        ("12M", 365.25),
        ("12 months", 365.25),
        ("1 year", 365.25),
        (" 2 Weeks ", 14),
        (3, 21),
        ("1.5w", 10.5),
        (".5W", 3.5),
        ("1e1D", 10),
    ],
)
def test_a_length_of_time_is_said_in_many_ways(written, days):
    assert duration(written, "W") * 7 == pytest.approx(days)


NO_LENGTHS = ["soon", "12", "12 fortnights", "-3W", "W", None, float("inf"), [1, 2], True]
ANSWERS = "12 months|must be a number, or a duration|finite and not negative|no time unit 'fortnights'"


@pytest.mark.parametrize("written", NO_LENGTHS)
def test_what_is_no_length_of_time_is_answered_with_one(written):
    with pytest.raises(InputError, match=ANSWERS):
        duration(written, "W")


def test_customers_show_themselves_compare_and_hand_over_their_rows():
    orders = crm.datasets.cdnow(sample=True)
    one, same = (crm.summarise(orders, end="1997-09-30", unit="W") for _ in range(2))
    assert one == same
    assert one != crm.summarise(orders, end="1997-09-30", unit="D")
    assert one != crm.summarise(orders, end="1997-10-31", unit="W")
    assert one != "2,357 customers"
    page = one._repr_html_()
    assert "2,357 customers up to 1997-09-30" in page
    assert page.count("<tr>") == 1 + 5  # the second head has a style
    taken = pd.DataFrame.from_arrow(one)
    assert taken["customer_id"].tolist() == one.frame.index.tolist()
    copy = one.to_pandas()
    copy["orders"] = 0
    assert one.frame["orders"].min() == 1
