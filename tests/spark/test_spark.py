"""Spark computes what DuckDB computes: one expression, two engines."""

import gc
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab import engines, ranks
from crmlab.clv import BGNBD, GammaGamma
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError
from crmlab.ranks import places, steady

EXACT = {"rtol": 1e-12, "atol": 1e-12}


@dataclass
class Shop:
    """Orders in both engines, and how to summarise them."""

    duckdb: Any
    spark: Any
    options: dict

    def summarise(self, **more):
        given = self.options | more
        return crm.summarise(self.duckdb, **given), crm.summarise(self.spark, **given)


@pytest.fixture(scope="module", params=["CDNOW", "simulated"])
def shop(request, spark, tmp_path_factory):
    if request.param == "CDNOW":
        orders = crm.datasets.cdnow(sample=True)
        orders = orders.filter(orders["amount"] > 0)
        options = {"calibration": "1997-09-30", "end": "1998-06-30", "unit": "W"}
    else:
        frame = crm.simulate.business(customers=1500, seed=3).transactions
        cost = (frame["amount"] * 0.37).round(2)
        orders = ibis.memtable(frame[["customer_id", "date", "amount"]].assign(cost=cost))
        end = frame["date"].max().normalize()
        options = {"calibration": end - pd.Timedelta(days=120), "end": end, "unit": "M"}
    path = tmp_path_factory.mktemp("orders") / "orders.parquet"
    crm.read(orders).to_parquet(str(path))
    return Shop(crm.read(path), crm.read(spark.read_parquet(str(path))), options)


def test_sessions_are_strict(spark):
    """Spark 4 refuses what older ones turned into missing values; the expressions must live with that."""
    assert spark._session.conf.get("spark.sql.ansi.enabled") == "true"
    assert spark._session.conf.get("spark.sql.session.timeZone") == "UTC"


@pytest.mark.parametrize("unit", ["W", "Y"])
def test_customers(shop, unit):
    for calibration in (shop.options["calibration"], None):
        ours, theirs = shop.summarise(unit=unit, calibration=calibration)
        assert len(ours) == len(theirs) > 1000
        assert repr(ours) == repr(theirs)
        assert_frame_equal(theirs.frame, ours.frame, **EXACT)


def test_patterns(shop):
    ours, theirs = shop.summarise()
    assert_frame_equal(theirs.patterns(), ours.patterns(), **EXACT)
    assert_frame_equal(theirs.spend_patterns(), ours.spend_patterns(), **EXACT)


def test_the_table_of_customers(shop, tmp_path):
    """Scores, value, tiers, RFM and stages; written by Spark, read by DuckDB."""
    ours, theirs = shop.summarise(calibration=None)
    model, spend = BGNBD().fit(theirs), GammaGamma().fit(theirs.spend_patterns())
    options = {"horizon": 12, "discount_rate": 0.10, "margin": 0.30}
    crm.decisions.customer_table(theirs, model, spend, **options).to_parquet(tmp_path / "customers.parquet")
    written = ibis.read_parquet(str(tmp_path / "customers.parquet" / "*.parquet"))
    expected = crm.decisions.customer_table(ours, model, spend, **options)
    assert written.columns == expected.columns
    frames = [Customers(table, ours.unit, ours.end).frame for table in (written, expected)]
    assert_frame_equal(*frames, check_dtype=False, **EXACT)


def test_other_options(shop):
    """With losses, and several labels at once."""
    both = []
    for customers in shop.summarise():
        table = customers.table.mutate(profit=customers.table["total"] - 50)
        kept = Customers(table, customers.unit, customers.end).kept()
        tiered = crm.pyramid.with_tiers(kept, value="profit")
        staged = crm.lifecycle.with_stages(tiered, stable_orders=3, patience=1.5)
        both.append(crm.segments.rfm.with_names(staged, bins=9, scheme="eight").frame)
    assert set(both[0]["tier"]) == {"platinum", "gold", "iron", "lead"}
    assert_frame_equal(*both, check_dtype=False, **EXACT)


def test_ties_halves_and_numbers_far_apart(spark, tmp_path):
    values = [0.0, -0.0, 0.1 + 0.2, 0.3, -5.0, 0.5, 1.5, 2.5, -2.5, 1e-9, 7e11, 123456.7890125, 1 / 3, 2e-7]
    values += [*np.random.default_rng(1).normal(0, 50, 200).round(1)]
    frame = pd.DataFrame({"customer_id": range(len(values)), "value": values})
    frame.to_parquet(tmp_path / "numbers.parquet")
    there = spark.read_parquet(str(tmp_path / "numbers.parquet"))
    for largest in (7e11, 123456.7890125, 2.5):
        some = there.filter(there["value"].abs() <= largest).order_by("customer_id")
        keys = some.select(key=ranks.keys(some["value"], largest)).to_pandas()["key"]
        values = frame["value"][frame["value"].abs() <= largest]
        assert (keys / 10.0 ** places(largest)).tolist() == steady(values).tolist()
    for scheme in ("two", "cpm", "revenue"):
        customers = Customers(there, "D", pd.Timestamp("2024-01-01"))
        ours = crm.pyramid.with_tiers(customers, value="value", scheme=scheme).frame["tier"]
        assert ours.tolist() == crm.pyramid.tiers(frame["value"], scheme).tolist()
    bad = there.mutate(value=(there["customer_id"] == 7).ifelse(float("nan"), there["value"]))
    with pytest.raises(DataError, match=r"1 of 214 customers have no finite number in 'value'"):
        crm.pyramid.with_tiers(Customers(bad, "D", pd.Timestamp("2024-01-01")), value="value")


def test_kept_customers_are_given_back(shop, spark):
    _, theirs = shop.summarise()
    kept = theirs.kept()
    name = kept.table.op().name
    assert len(kept) == len(theirs)
    assert name in spark._cached_dataframes
    del kept
    gc.collect()
    assert name not in spark._cached_dataframes


def test_text_files_are_read_by_spark(spark, tmp_path):
    rows = 'Customer ID;Order date;Amount;note\n007;2024-01-05;12.50;"a ""b"""\n007;2024-02-05;3;\n'
    rows += '8;2024-01-31;1e1;"x;y"\n'
    (tmp_path / "orders.csv").write_text(rows, encoding="utf-8")
    table = engines.open_orders(tmp_path / "orders.csv", engine="spark", master="local[2]", delimiter=";")
    orders = crm.read(table)
    assert orders.get_backend().name == "pyspark"
    assert sorted(orders.to_pandas()["note"].dropna()) == ['a "b"', "x;y"]
    expected = crm.summarise(crm.read(tmp_path / "orders.csv"), unit="W")
    assert_frame_equal(crm.summarise(orders, unit="W").frame, expected.frame)
    (tmp_path / "many").mkdir()
    for part in ("a", "b"):
        (tmp_path / "many" / f"{part}.csv").write_text(rows, encoding="utf-8")
    folder = engines.open_orders(tmp_path / "many", engine="spark", delimiter=";")
    assert folder.count().to_pyarrow().as_py() == 6


def test_orders_that_break_the_contract_are_named(spark, tmp_path):
    rows = "customer_id,date,amount\na,2024-01-05,12\nb,05.01.2024,3\nc,2024-01-31,-4\n"
    (tmp_path / "orders.csv").write_text(rows, encoding="utf-8")
    table = engines.open_orders(tmp_path / "orders.csv", engine="spark")
    with pytest.raises(DataError, match=r"1 of 3 rows have no readable date.*05\.01\.2024"):
        crm.read(table)
    with pytest.raises(DataError, match=r"1 of 2 rows have a negative amount.*-4"):
        crm.read(table.filter(table["customer_id"] != "b"))


def test_what_spark_cannot_open(spark, tmp_path):
    with pytest.raises(InputError, match=r"Spark cannot open .*missing\.parquet"):
        engines.open_orders(tmp_path / "missing.parquet", engine="spark")
    with pytest.raises(InputError, match=r"orders\.xlsx is neither"):
        engines.open_orders("orders.xlsx", engine="spark")
