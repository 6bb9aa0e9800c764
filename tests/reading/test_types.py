"""Columns of every type that Parquet, Arrow and DuckDB know end in rows; times keep their day."""

import datetime as dt
import decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmlab import quality, read
from crmlab.errors import DataError

NIGHT = dt.datetime(2024, 1, 13, 23, 30)
KINDS = {
    "a list of records": pa.array([[{"sku": "x"}], []]),
    "a map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
    "a record": pa.array([{"a": {"b": 1}}, None]),
    "bytes": pa.array([b"\xff", None]),
    "bytes of one length": pa.array([b"\xffa", None], pa.binary(2)),
    "a length of time": pa.array([dt.timedelta(1), None]),
    "nothing": pa.nulls(2),
    "a list of nothing": pa.array([[None], []]),
    "a wide decimal": pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 2)),
    "half a number": pa.array([1.5, None], pa.float16()),
    "a UUID": pa.array([b"0" * 16, None], pa.uuid()),
    "a category": pa.array(["x", None]).dictionary_encode(),
    "an instant to the nanosecond": pa.array([1, None], pa.timestamp("ns", "UTC")),
    "a union": pa.UnionArray.from_sparse(
        pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]
    ),
}
IN_DUCKDB = ["union_value(k := 1)", "'101'::BIT", "'10:00:00+02'::TIMETZ", "INTERVAL 3 DAYS", "1::HUGEINT"]
IN_DUCKDB += [
    "[1, 2]::INT[2]",
    "[]",
    "uuid()",
    "'x'::ENUM('x')",
    "1::BIGNUM",
    "1::VARIANT",
    "'10:00'::TIME_NS",
]
IN_DUCKDB += ["'POINT(1 2)'::GEOMETRY", "['POINT(1 2)'::GEOMETRY]", "'2024-01-13 10:00+00'::TIMESTAMPTZ_NS"]


def audited(source):
    """Return the rows used and the rows set aside, brought to Python."""
    found = quality.audit(source)
    assert repr(found)
    assert found.to_html()
    return len(found.transactions.to_pyarrow()), len(found.set_aside.to_pyarrow())


def test_columns_of_any_type_stand_beside_orders(tmp_path):
    orders = pa.table({"customer_id": ["a", None], "date": ["2024-01-13"] * 2, "amount": [1.0, 2.0], **KINDS})
    assert audited(orders) == (1, 1)
    pq.write_table(orders.drop("a union"), tmp_path / "o.parquet")  # which Parquet does not hold
    assert audited(tmp_path / "o.parquet") == (1, 1)


def test_values_of_any_type_of_duckdb_stand_beside_orders(tmp_path):
    values = ", ".join(f"{value} as more{number}" for number, value in enumerate(IN_DUCKDB))
    with duckdb.connect(str(tmp_path / "o.duckdb")) as database:
        database.execute(
            "create table o as select unnest(['a', null]) customer_id, '2024-01-13' as date, 1.0 amount, "
            + values
        )
    assert audited(tmp_path / "o.duckdb") == (1, 1)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "+05:30"])
def test_a_time_of_any_unit_keeps_its_day(tmp_path, unit, zone):
    date = pa.array([NIGHT], pa.timestamp("us", zone)).cast(pa.timestamp(unit, zone))
    orders = pa.table({"customer_id": ["a"], "date": date, "amount": [1.0]})
    pq.write_table(orders, tmp_path / "o.parquet")
    for source in (orders, orders.to_pandas(), tmp_path / "o.parquet"):
        if zone is not None:
            with pytest.raises(DataError, match=r"times in the zone .* timezone="):
                read(source)
        day = read(source, timezone="Europe/Berlin").to_pyarrow()["date"][0].as_py()
        assert day == dt.date(2024, 1, 13 if zone is None else 14)


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_days_are_days(tmp_path, kind):
    orders = pa.table({"customer_id": ["a"], "date": pa.array([NIGHT.date()], kind), "amount": [1.0]})
    pq.write_table(orders, tmp_path / "o.parquet")
    for source in (orders, tmp_path / "o.parquet"):
        assert read(source).to_pyarrow()["date"][0].as_py() == NIGHT.date()
