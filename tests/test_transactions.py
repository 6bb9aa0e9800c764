"""The one way in for data: every source gives the same table, and bad data are named, not guessed at."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from crmlab import read
from crmlab.errors import DataError, InputError
from crmlab.transactions import plan

HEADER = "customer_id,date,amount\n"


def orders(**columns):
    """Return two good orders, with columns replaced or added."""
    good = {"customer_id": ["0007", "b"], "date": ["2024-01-05", "2024-02-29"], "amount": [20.0, 0.0]}
    return pd.DataFrame(good | columns)


def contents(table):
    return table.order_by("customer_id").to_pyarrow().to_pylist()


@pytest.fixture
def csv(tmp_path):
    """Return a function that writes a CSV file."""

    def write(content, name="orders.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# -- the same orders from every source


@pytest.mark.slow
def test_every_source_gives_the_same_table(tmp_path, csv):
    frame = orders()
    frame.to_parquet(tmp_path / "orders.parquet")
    stamps = orders(date=pd.to_datetime(["2024-01-05 23:59", "2024-02-29 00:00"], format="%Y-%m-%d %H:%M"))
    expected = [
        {"customer_id": "0007", "date": dt.date(2024, 1, 5), "amount": 20.0},
        {"customer_id": "b", "date": dt.date(2024, 2, 29), "amount": 0.0},
    ]
    sources = [
        frame,
        stamps,
        orders(amount=["20", " 0.0 "], date=[" 2024-1-5T23:30:00+08:00", "2024-02-29 10:00"]),
        orders(date=[dt.date(2024, 1, 5), dt.date(2024, 2, 29)], amount=[20, 0]),
        ibis.memtable(stamps),
        csv(frame.to_csv(index=False)),
        str(csv(b"\xef\xbb\xbf" + frame.to_csv(index=False, sep=";").encode(), "semicolon and mark.CSV")),
        tmp_path / "orders.parquet",
        pl.from_pandas(frame),
        pl.from_pandas(stamps).lazy(),
        pa.Table.from_pandas(frame),
        pa.Table.from_pandas(frame).to_batches()[0],
        frame.astype({"customer_id": "category"}),
        frame.assign(date=[45296, 45351]),
    ]
    for source in sources:
        assert contents(read(source)) == expected, source


def test_a_csv_file_is_not_guessed_at(csv):
    rows = ["0012,2024-01-05,20,first"] * 30_000  # beyond what a reader would sample to guess types
    rows += ['C99,2024-01-06,5,"two\nlines, ""quoted"""']
    table = read(csv("customer_id,date,amount,note\n" + "\n".join(rows))).to_pandas()
    assert len(table) == 30_001
    assert set(table["customer_id"]) == {"0012", "C99"}
    assert 'two\nlines, "quoted"' in set(table["note"])


def test_columns_can_be_named_and_even_swapped():
    given = orders(who=["a", "b"], pages=[3, 4]).rename(columns={"date": "amount", "amount": "date"})
    before = given.copy()
    table = read(given, columns={"customer_id": "who", "date": "amount", "amount": "date"}).to_pandas()
    assert set(table.columns) == {"customer_id", "date", "amount", "pages"}
    assert list(table["customer_id"]) == ["a", "b"]
    assert list(table["amount"]) == [20.0, 0.0]
    assert table["date"].iloc[1] == pd.Timestamp("2024-02-29")
    assert_frame_equal(given, before)


def test_a_plan_shows_what_was_found_and_serves_an_audit(csv):
    path = csv("Kunde;client;Bestelldatum;Betrag\n1;a;13.01.2024;1.250,00 €\n2;;14.01.2024;-3,00 €\n")
    found = plan(path)
    assert repr(found).splitlines() == [
        "2 rows in orders.csv",
        "customer_id: 'client', a usual name of it",
        "date: 'Bestelldatum', a usual name of it",
        "amount: 'Betrag', a usual name of it",
        "semicolon-separated text in utf-8",
        "date: day first",
        "amount: decimal comma, €",
    ]
    assert found.rows.columns == ("Kunde", "client", "Bestelldatum", "Betrag")
    broken = {rule.advice.split(":")[0]: found.typed.filter(rule.broken) for rule in found.rules}
    assert {reason: rows.count().to_pyarrow().as_py() for reason, rows in broken.items()} == {
        "a total in place of a customer": 0,
        "no customer id": 1,
        "no readable date": 0,
        "a date before 1900 or after 2199": 0,
        "no readable amount": 0,
        "a negative amount, which is a return": 1,
    }


def test_amounts_follow_from_quantity_and_price():
    lines = orders(n=[3, 2], each=[0.1, 2.5]).drop(columns="amount")
    table = read(lines, columns={"quantity": "n", "price": "each"})
    assert table.columns == ("customer_id", "date", "amount", "quantity", "price")
    assert table.to_pandas()["amount"].tolist() == [0.3, 5.0]
    with pytest.raises(DataError, match=r"no readable quantity.* Column 'n', read as 'quantity', holds"):
        read(lines.assign(n=["3", "two"]), columns={"quantity": "n", "price": "each"})


def test_a_day_begins_where_you_say():
    stamps = pd.to_datetime(["2024-01-05 20:00", "2024-02-28 10:00"]).tz_localize("UTC")
    table = read(orders(date=stamps), timezone="Asia/Shanghai")
    assert [row["date"].day for row in contents(table)] == [6, 28]


# -- data that break the contract: the message names column, counts and values


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"customer_id": ["a", None]}, ["1 of 2 rows", "'customer_id'", "None"]),
        ({"customer_id": [1.0, np.nan]}, ["1 of 2 rows", "'customer_id'"]),
        ({"customer_id": ["a", "  "]}, ["1 of 2 rows", "'customer_id'", "'  '"]),
        ({"date": ["2024-02-30", "2024-02-29"]}, ["1 of 2 rows", "'date'", "'2024-02-30'", "YYYY-MM-DD"]),
        ({"date": ["03/04/2024", "04.03.2024"]}, ["'date'", "'03/04/2024' in row 1", "day first"]),
        ({"date": ["2024-01-051", "2024-02-29"]}, ["1 of 2 rows", "'2024-01-051'"]),
        ({"date": [pd.NaT, pd.Timestamp("2024-01-05")]}, ["1 of 2 rows", "'date'", "None"]),
        ({"date": [20240105, 20240230]}, ["1 of 2 rows", "'date'", "20240230 in row 2"]),
        ({"date": [True, False]}, ["'date'", "boolean", "YYYY-MM-DD"]),
        ({"date": ["2024-01-05", dt.date(2024, 2, 29)]}, ["mixes", "date"]),
        (
            {"date": pd.to_datetime(["2024-01-05", "2024-02-29"]).tz_localize("Asia/Shanghai")},
            ["'date'", "Asia/Shanghai", "tz_localize", "timezone="],
        ),
        ({"amount": ["20 apples", "1;5"]}, ["2 of 2 rows", "'20 apples' in row 1, '1;5' in row 2"]),
        ({"amount": [20.0, np.nan]}, ["1 of 2 rows", "'amount'", "None"]),
        ({"amount": [np.inf, -np.inf]}, ["2 of 2 rows", "'amount'", "inf in row 1, -inf in row 2"]),
        ({"amount": [20.0, -5.0]}, ["1 of 2 rows", "'amount'", "-5.0", "return"]),
        ({"amount": [20, "five"]}, ["mixes", "amount"]),
        ({"cost": ["12", "unknown"]}, ["1 of 2 rows", "'cost'", "'unknown'"]),
        ({"quantity": [1.0, np.nan]}, ["1 of 2 rows", "'quantity'"]),
    ],
)
def test_bad_values_are_named(columns, said):
    with pytest.raises(DataError) as caught:
        read(orders(**columns))
    for words in said:
        assert words in str(caught.value)


@pytest.mark.slow
def test_many_and_long_values_are_shortened():
    long = pd.concat([orders(amount="x" * 5_000)] * 3_000)
    with pytest.raises(DataError, match=r"6,000 of 6,000 rows .* and 1 more\.") as caught:
        read(long)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            orders().drop(columns=["date", "amount"]),
            "no column 'date', 'amount' in the table, only customer_id",
        ),
        (orders().iloc[:0], "no rows in the table"),
        (orders().set_axis(["customer_id", "date", "date"], axis=1), "more than one column 'date'"),
        (pd.DataFrame(), "only none"),
    ],
)
def test_a_table_of_the_wrong_shape_is_refused(table, said):
    with pytest.raises(DataError, match=said):
        read(table)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no column 'customer_id', 'date', 'amount' in orders.csv"),
        (HEADER, "no rows in orders.csv"),
        ("a,2024-01-05,20\nb,2024-02-29,0\n", "only a, 2024-01-05, 20"),
        (HEADER + "a,2024-01,20\n", "In orders.csv, 1 of 1 rows have no readable date"),
        (HEADER + "a,2024-01-05,twenty\n", "In orders.csv, 1 of 1 rows have no readable amount"),
        (
            HEADER + "a,2024-01-05,1\n" * 30_000 + "b,2024-01-05\n",
            "orders.csv cannot be read: .* Line: 30002",
        ),
    ],
)
def test_a_bad_file_is_named(csv, content, said):
    with pytest.raises(DataError, match=said) as caught:
        read(csv(content))
    assert len(str(caught.value)) < 700


def test_what_is_no_table_is_refused(tmp_path, csv):
    (tmp_path / "folder.csv").mkdir()
    asked = {
        tmp_path / "missing.csv": "There is no file .*missing.csv",
        tmp_path / "folder.csv": "The folder holds no file of orders",
        csv("x", "orders.docx"): r"orders\.docx is no \.csv or \.parquet file",
        csv("x", "orders"): "orders is no .csv",
    }
    for path, said in asked.items():
        with pytest.raises(InputError, match=said):
            read(path)
    with pytest.raises(DataError, match=r"bad\.parquet cannot be read"):
        read(csv("x", "bad.parquet"))
    with pytest.raises(InputError, match="cannot be read from list"):
        read([1, 2])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"customer": "customer_id"}, r"part of a transaction 'customer'\. Did you mean 'customer_id'\?"),
        ({"amount": "amonut"}, r"no column 'amonut' in the table\. Did you mean 'amount'\?"),
    ],
)
def test_a_wrong_mapping_is_named(columns, said):
    with pytest.raises(InputError, match=said):
        read(orders(), columns=columns)
