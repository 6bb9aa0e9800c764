"""What the engine computes where the rows are is what the functions on pandas objects say."""

import gc
import os
import subprocess
import sys

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab import engines, ranks
from crmlab.clv import BGNBD, GammaGamma, ParetoNBD
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError
from crmlab.ranks import places, steady

END = pd.Timestamp("1997-09-30")
few = settings(max_examples=12)


@pytest.fixture(scope="module")
def orders():
    return crm.datasets.cdnow(sample=True)


@pytest.fixture(scope="module")
def customers(orders):
    return crm.summarise(orders.filter(orders["amount"] > 0), end=END, unit="W")


@pytest.fixture(scope="module")
def models(customers):
    return BGNBD().fit(customers), GammaGamma().fit(customers)


def base(**columns):
    """Customers that are nothing but the columns given."""
    rows = pd.DataFrame(columns)
    rows.insert(0, "customer_id", np.arange(len(rows)))
    return Customers(ibis.memtable(rows), "W", END)


def same(ours, theirs):
    """Labels by customer are equal, whatever holds them."""
    assert_series_equal(ours.astype(str), theirs.astype(str), check_names=False)


# -- equal to the functions on pandas objects


def test_the_table_is_what_the_functions_say(customers, models):
    model, spend = models
    options = {"discount_rate": 0.10, "margin": 0.30}
    table = crm.decisions.customer_table(customers, model, spend, horizon=52, **options)
    frame = Customers(table, "W", END).frame
    assert_frame_equal(frame[customers.frame.columns], customers.frame)
    assert (frame["p_alive"] == model.p_alive(customers)).all()
    assert (frame["expected_purchases"] == model.expected_purchases(customers, 52)).all()
    value = crm.clv.lifetime_value(model, spend, customers, horizon=52, **options)
    assert_frame_equal(frame[value.columns], value, check_exact=True)
    same(frame["tier"], crm.pyramid.tiers(value["lifetime_value"]))
    scores = crm.segments.rfm.scores(customers).drop(columns="again")
    assert_frame_equal(frame[["R", "F", "M", "code"]], scores, check_dtype=False)
    same(frame["segment"], crm.segments.rfm.names(customers))
    bought = crm.datasets.cdnow(sample=True)
    same(frame["stage"], crm.lifecycle.stages(bought.filter(bought["amount"] > 0), at=END))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulated_base_agrees_with_other_options(seed):
    shop = crm.simulate.business(customers=2000, seed=seed)
    at = shop.transactions["date"].quantile(0.8).normalize()
    customers = crm.summarise(shop.transactions, end=at, unit="M")
    model, spend = ParetoNBD().fit(customers), GammaGamma().fit(customers)
    valued = crm.clv.with_lifetime_value(model, spend, customers, discount_rate=0.15, margin=1.0)
    value = crm.clv.lifetime_value(model, spend, customers, discount_rate=0.15, margin=1.0)
    assert_frame_equal(valued.frame[value.columns], value, check_exact=True)
    for scheme in ("two", "revenue", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}):
        tiers = crm.pyramid.with_tiers(valued, value="residual_value", scheme=scheme).frame["tier"]
        same(tiers, crm.pyramid.tiers(value["residual_value"], scheme))
    for bins, scheme in ((2, "eight"), (3, "named"), (9, "named")):
        scored = crm.segments.rfm.with_names(customers, bins=bins, scheme=scheme).frame
        same(scored["code"], crm.segments.rfm.scores(customers, bins=bins)["code"])
        same(scored["segment"], crm.segments.rfm.names(customers, scheme=scheme, bins=bins))
    staged = crm.lifecycle.with_stages(customers, stable_orders=3, patience=1.5).frame["stage"]
    same(staged, crm.lifecycle.stages(shop.transactions, at, stable_orders=3, patience=1.5))


# Ties, ties but for the last bits, halves, losses, and values far apart.
numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1 + 0.2, 0.3, -5.0, 0.5, 1.5, 2.5, 1e-9, 7e11, 123456.7890125]),
    st.integers(-40, 40).map(float),
    st.floats(-1e9, 1e9, allow_nan=False, width=32),
)


@few
@example(values=[0.0, -1.0, 1.0], scheme="cpm")  # no profit is no better than a loss
@given(values=st.lists(numbers, min_size=1, max_size=60), scheme=st.sampled_from(["two", "cpm", "revenue"]))
def test_tiers_share_every_tie(values, scheme):
    ours = crm.pyramid.with_tiers(base(value=values), value="value", scheme=scheme).frame["tier"]
    same(ours, crm.pyramid.tiers(pd.Series(values, index=ours.index, name="value"), scheme))


@few
@given(st.lists(st.tuples(numbers.map(abs), st.integers(1, 9), numbers), min_size=1, max_size=60))
def test_scores_share_every_tie(rows):
    since_last, orders, total = zip(*rows, strict=True)
    customers = base(since_last=since_last, orders=orders, total=total)
    ours = crm.segments.rfm.with_names(customers, bins=4).frame
    scores = crm.segments.rfm.scores(customers, bins=4).drop(columns="again")
    assert_frame_equal(ours[["R", "F", "M", "code"]], scores, check_dtype=False)
    same(ours["segment"], crm.segments.rfm.names(customers, bins=4))


@few
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 90)), min_size=1, max_size=25))
def test_stages_of_any_orders(rows):
    days = [END - pd.Timedelta(days=day) for _, day in rows]
    orders = pd.DataFrame({"customer_id": [who for who, _ in rows], "date": days, "amount": 1.0})
    same(
        crm.lifecycle.with_stages(crm.summarise(orders, end=END, unit="Y")).frame["stage"],
        crm.lifecycle.stages(orders, at=END),
    )


@few
@given(st.lists(numbers, min_size=1, max_size=40))
def test_keys_are_the_values_rounded_as_pandas_does(values):
    values = pd.Series(values, name="value")
    rows, largest = ibis.memtable(values.to_frame()), float(values.abs().max())
    ours = rows.select(key=ranks.keys(rows["value"], largest)).to_pandas()["key"]
    unit = 10.0 ** places(largest)
    assert_series_equal(ours / unit, steady(values), check_names=False, check_exact=True)


@few
@given(
    st.lists(st.one_of(st.integers(0, 20), st.integers(-(10**12), 10**12)), min_size=1, max_size=200),
    st.integers(2, 40),
)
def test_codes_begin_where_a_sort_says(keys, codes):
    """Also for more codes, and keys further apart, than one division finds."""
    table = ibis.memtable(pd.DataFrame({"key": keys}))
    code = lambda share: np.ceil(share * codes).astype(np.int64)  # noqa: E731
    share = (pd.Series(keys).rank() - 0.5) / len(keys)
    expected = pd.Series(keys).groupby(code(share)).min()
    assert ranks.begins(table, "key", code) == expected.to_dict()


# -- lazy, and kept


def test_questions_of_the_engine_leave_the_rows_there(orders, models):
    customers = crm.summarise(orders.filter(orders["amount"] > 0), end=END, unit="W")
    table = crm.decisions.customer_table(customers, *models, horizon=52, discount_rate=0.1, margin=0.3)
    assert len(customers) == table.count().to_pyarrow().as_py() == 2349
    assert "2,349 customers" in repr(customers)
    assert "frame" not in customers.__dict__


def test_a_fit_on_spend_patterns_is_the_fit_on_customers(customers, models):
    fitted = GammaGamma().fit(customers.spend_patterns())
    pd.testing.assert_series_equal(fitted.params_, models[1].params_, rtol=1e-9)
    assert fitted.n_customers_ == models[1].n_customers_


def test_kept_customers_are_dropped_with_the_last_that_refers_to_them(customers):
    def kept():
        rows = ibis.get_backend().raw_sql("SELECT count(*) FROM duckdb_tables() WHERE temporary")
        return rows.fetchall()[0][0]

    before = kept()
    labelled = crm.pyramid.with_tiers(customers.kept(), value="total")
    gc.collect()
    assert kept() == before + 1
    assert len(labelled.frame) == len(customers)
    del labelled
    gc.collect()
    assert kept() == before


def test_memory_is_limited_and_what_does_not_fit_is_written(tmp_path):
    """In a process of its own: the limit holds for the session."""
    code = f"""
import ibis, crmlab as crm
crm.engines.limit_memory("120 MB", threads=2, folder={str(tmp_path)!r})
backend = ibis.get_backend()
backend.raw_sql("CREATE TEMP TABLE kept AS SELECT hash(range) id, random() u FROM range(8000000)")
[(size,)] = backend.raw_sql("select current_setting('memory_limit')").fetchall()
[(written,)] = backend.raw_sql("select sum(size) from duckdb_temporary_files()").fetchall()
counted = backend.raw_sql("SELECT count(*) FROM (SELECT id, sum(u) FROM kept GROUP BY id)").fetchall()
print(size, written > 0, counted)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split() == ["114.4", "MiB", "True", "[(8000000,)]"]


# -- input checks


@pytest.mark.parametrize("limit", ["much", "4", "0GB", "GB", "-4GB"])
def test_a_limit_is_an_amount_of_memory(limit):
    with pytest.raises(InputError, match="such as 4GB or 500MB"):
        engines.limit_memory(limit)


def test_impossible_requests_are_named(customers, models):
    model, spend = models
    with pytest.raises(InputError, match=r"no column 'totl' in the customers' table. Did you mean 'total'"):
        crm.pyramid.with_tiers(customers, value="totl")
    with pytest.raises(InputError, match="Did you mean 'cpm'"):
        crm.pyramid.with_tiers(customers, value="total", scheme="cpn")
    with pytest.raises(InputError, match="measures time in W, these customers in D"):
        crm.clv.with_predictions(model, Customers(customers.table, "D", END), 10)
    with pytest.raises(InputError, match="margin is 2"):
        crm.clv.with_lifetime_value(model, spend, customers, 52, discount_rate=0.1, margin=2)
    with pytest.raises(InputError, match="must be BuyTillYouDie"):
        crm.clv.with_predictions(spend, customers, 10)
    with pytest.raises(InputError, match="bins is 1"):
        crm.segments.rfm.with_names(customers, bins=1)
    with pytest.raises(InputError, match="stable_orders is 2"):
        crm.lifecycle.with_stages(customers, stable_orders=2)
    with pytest.raises(InputError, match="There is no file"):
        engines.open_orders("no/such.csv")
    with pytest.raises(InputError, match="threads is 0"):
        engines.limit_memory("1GB", threads=0)


def test_no_customer_falls_out_unseen(customers, models):
    with pytest.raises(DataError, match=r"1 of 3 customers have no finite number in 'value'.*example 1"):
        crm.pyramid.with_tiers(base(value=[1.0, np.inf, 2.0]), value="value")
    with pytest.raises(DataError, match="There are no customers"):
        crm.pyramid.with_tiers(base(value=np.array([], dtype=float)), value="value")
    free = customers.table.mutate(monetary_value=ibis.literal(0.0))
    with pytest.raises(DataError, match=r"946 of 2,349 .*monetary_value must be over 0|monetary_value must"):
        crm.clv.with_lifetime_value(*models, Customers(free, "W", END), 52, discount_rate=0.1, margin=0.3)


def test_missing_java_is_explained(monkeypatch):
    pytest.importorskip("pyspark", reason="PySpark is not installed, so its absence is what is explained")
    monkeypatch.setitem(os.environ, "JAVA_HOME", "/nowhere")
    with pytest.raises(InputError, match=r"JAVA_HOME points to /nowhere.*Install Java 17 or 21"):
        engines.spark()


def test_missing_pyspark_is_explained(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install 'pyspark"):
        engines.open_orders("orders.parquet", engine="spark")


def test_of_an_even_number_of_rhythms_the_usual_one_is_in_the_middle():
    days = {"a": ["2024-01-01", "2024-01-11"], "b": ["2024-01-01", "2024-01-21"], "c": ["2024-01-01"]}
    rows = [(who, day, 1.0) for who, dates in days.items() for day in dates]
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    # The usual gap is 15 days, so a customer of one purchase is in decline after more than 45, not 60.
    for end, stage in (("2024-02-15", "exploration"), ("2024-02-16", "decline")):
        customers = crm.summarise(orders, end=end)
        assert crm.lifecycle.with_stages(customers).frame.loc["c", "stage"] == stage
        assert crm.lifecycle.stages(orders, at=end).loc["c"] == stage
