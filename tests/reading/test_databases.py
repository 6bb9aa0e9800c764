"""Database files of somebody else: their tables are read, and nothing that is written in them is run."""

import sqlite3

import duckdb
import hypothesis.strategies as st
import ibis
import pytest
from hypothesis import given

from crmlab import read
from crmlab.errors import CrmlabError
from crmlab.reading import cells, databases

PLAIN = "'a' customer_id, '2024-01-13' date, 1 amount"
CELL = (
    st.sampled_from([None, "", 2**53 + 1, 2**64, 1.0, 1.5, 1e300]) | st.integers() | st.text() | st.binary()
)
PARTS = st.lists(
    st.lists(CELL, max_size=3) | st.lists(st.integers(-9, 9), max_size=3), min_size=1, max_size=4
)


@given(PARTS)
def test_cells_that_come_in_parts_are_those_that_come_at_once(parts):
    whole = cells.table({"x": [cell for part in parts for cell in part]})
    assert cells.reader(lambda: iter([{"x": part} for part in parts])).read_all() == whole


def test_a_large_table_keeps_its_order(tmp_path, monkeypatch):
    monkeypatch.setattr(databases, "_BATCH", 7)
    ids = [str(number) for number in range(50)]
    with duckdb.connect(str(tmp_path / "o.duckdb")) as database:
        database.execute("create table o(customer_id text, date text, amount int)")
        database.executemany("insert into o values (?, '2024-01-13', 1)", [[one] for one in ids])
    with sqlite3.connect(tmp_path / "o.db") as other:
        other.execute("create table o(customer_id text, date text, amount int)")
        other.executemany("insert into o values (?, '2024-01-13', 1)", [[one] for one in ids])
    other.close()
    for name in ("o.duckdb", "o.db"):
        assert read(tmp_path / name).to_pyarrow()["customer_id"].to_pylist() == ids


@pytest.mark.parametrize("name", ["o.duckdb", "o.db"])
def test_a_table_is_read_beside_a_view_that_is_not(tmp_path, name):
    connect = duckdb.connect if name == "o.duckdb" else sqlite3.connect
    database = connect(str(tmp_path / name))
    database.execute(f"create table o as select {PLAIN}")
    database.execute("create view v as select * from o")
    database.commit()
    database.close()
    assert read(tmp_path / name, table="o").count().to_pyarrow().as_py() == 1
    with pytest.raises(CrmlabError, match=r"'v' is a view, not a table.* save the rows"):
        read(tmp_path / name, table="v")


def test_what_a_file_hides_from_the_check_reaches_nothing(tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_text("secret")
    with duckdb.connect(str(tmp_path / "o.duckdb")) as database:
        database.execute(f"create view o as select {PLAIN}, content from read_text('{tmp_path}/secret.txt')")
    monkeypatch.setattr(databases, "_check", lambda *_: None)
    with pytest.raises(CrmlabError, match="disabled by configuration"):
        read(tmp_path / "o.duckdb")


def test_no_extension_comes_from_the_web(tmp_path):
    (tmp_path / "o.csv").write_text("customer_id,date,amount\na,2024-01-13,1\n")
    read(tmp_path / "o.csv")
    said = "select value from duckdb_settings() where name = 'autoinstall_known_extensions'"
    assert ibis.get_backend().raw_sql(said).fetchall() == [("false",)]
