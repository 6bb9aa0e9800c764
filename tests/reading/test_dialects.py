"""Any orders, written in any dialect, are read back equal."""

import csv
import datetime as dt
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab import read
from crmlab.errors import DataError

ENCODINGS = {
    "utf-8": "Zoë 王 Łuk",
    "utf-8-sig": "Zoë 王 Łuk",
    "utf-16": "Zoë 王 Łuk",
    "cp1252": "Zoë Gómez",
    "gb18030": "王伟 李娜",
}
DATES = [
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %b %Y",
    "%B %d, %Y",
    "%Y年%m月%d日",
]
MONEY = ["{}", "{} €", "€{}", "$ {}", "USD {}", "{} kr"]
NUMBERS = [(".", ","), (".", ""), (",", "."), (",", ""), (",", " "), (".", " "), (".", "'")]

ids = st.text("ab0,;|\t\"'\n -", min_size=1, max_size=6)
rows = st.lists(
    st.tuples(ids, st.dates(dt.date(1990, 1, 1), dt.date(2025, 12, 31)), st.integers(0, 10**9)),
    max_size=8,
)


dialects = st.fixed_dictionaries(
    {
        "encoding": st.sampled_from([*ENCODINGS]),
        "delimiter": st.sampled_from(",;\t|"),
        "form": st.sampled_from(MONEY),
        "marks": st.sampled_from(NUMBERS),
        "end": st.sampled_from(["\n", "\r\n"]),
    }
)
some = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


def money(cents, form, decimal, group, decimals=2):
    whole = f"{cents // 100:,}".replace(",", group)
    return form.format(f"{whole}{decimal}{cents % 100:02}" if decimals else whole)


def write(path, orders, dates, encoding, delimiter, form, marks, end, decimals=2):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["Client no.", "Order date", "Amount"])
        for name, day, cents in orders:
            writer.writerow([name, day.strftime(dates), money(cents, form, *marks, decimals)])


def contents(table):
    records = table.to_pyarrow().to_pylist()
    return [(row["customer_id"], row["date"], round(row["amount"] * 100)) for row in records]


@settings(max_examples=25, **some)
@given(rows, st.sampled_from(DATES), dialects)
def test_any_dialect_is_read_back(tmp_path, orders, dates, dialect):
    if dialect["encoding"] == "cp1252" and "年" in dates:
        dates = "%Y-%m-%d"
    # A first row decides what others leave open; ids that are blank are no ids.
    orders = [("x" + name, day, cents) for name, day, cents in orders]
    orders.insert(0, (ENCODINGS[dialect["encoding"]], dt.date(2024, 1, 31), 123_456))
    write(tmp_path / "orders.csv", orders, dates, **dialect)
    assert contents(read(tmp_path / "orders.csv")) == orders


@settings(max_examples=25, **some)
@given(
    rows.filter(bool),
    st.sampled_from([*DATES[:4], "%d/%m/%y", "%m/%d/%y", "%y-%m-%d"]),
    dialects,
    st.sampled_from([0, 2]),
)
def test_what_no_value_decides_is_refused_not_guessed(tmp_path, orders, dates, dialect, decimals):
    dialect["encoding"] = "utf-8"
    orders = [("x" + name, day, cents // 100 * 100 if not decimals else cents) for name, day, cents in orders]
    write(tmp_path / "orders.csv", orders, dates, **dialect, decimals=decimals)
    try:
        found, refusal = contents(read(tmp_path / "orders.csv")), ""
    except DataError as error:
        found, refusal = orders, str(error)
    assert found == orders
    assert not refusal or re.search("dates=|decimal=", refusal), refusal
