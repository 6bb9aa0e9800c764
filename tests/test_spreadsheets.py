"""No cell that crmlab writes is computed by a spreadsheet, and what is written can be read again."""

import re

import hypothesis.strategies as st
import ibis
import pandas as pd
import pytest
from hypothesis import given, settings

import crmlab as crm
from crmlab.spreadsheets import csv_text, guarded, guarded_table

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"]
FORMULAS += ["  =1+1", '"=1+1', "'=1+1", "\u00a0=1", "\u3000＝1", "\ufeff=1", "\x00=1", "-", "-5-5", "+1,2=3"]
NUMBERS = ["-5", "-5.00", "+1e3", "-5,00", "-1.234,50", "+1,234.50", "-.5", " -5 "]
TEXTS = ["", "Ann", "a=1", "a-b", "5", "3=3", "'Ann", "Łukasz", "王"]
CELLS = st.text(st.sampled_from("=+-@＝＠ '\"\t\r\n5.,eaé王\x00\u00a0"), max_size=6) | st.text(max_size=6)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_gets_an_apostrophe(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("cell", [*NUMBERS, *TEXTS, -5, 5.5, None, True])
def test_all_else_stays_as_it_is(cell):
    assert guarded(cell) is cell


@given(CELLS)
def test_a_cell_begins_with_a_formula_only_as_a_number(text):
    written = guarded(text)
    is_number = re.fullmatch(r"\s*[+-]?[\d.,eE+-]+\s*", written)
    assert is_number or not re.match(r"\s*[=+\-@＝＋－＠]", written)


@given(CELLS, CELLS)
def test_texts_that_differ_stay_different(one, other):
    assert (guarded(one) == guarded(other)) == (one == other)


@settings(max_examples=30)
@given(st.lists(CELLS, min_size=1))
def test_the_engine_guards_as_python_does(texts):
    rows = guarded_table(ibis.memtable({"=note": texts})).to_pyarrow()
    assert rows.column_names == ["'=note"]
    assert rows.column(0).to_pylist() == [guarded(text) for text in texts]


def test_what_is_written_for_a_spreadsheet_is_read_again(tmp_path):
    rows = [["Łukasz", "2024-01-05", 12.5], ["王", "2024-02-05", 3.0], ["=1+1", "2024-03-05", 4.0]]
    path = tmp_path / "orders.csv"
    path.write_text(csv_text([["customer_id", "date", "amount"], *rows]), encoding="utf-8", newline="")
    found = crm.read(path).to_pandas()
    assert found["customer_id"].tolist() == ["Łukasz", "王", "'=1+1"]
    assert found["amount"].tolist() == [12.5, 3.0, 4.0]
    assert pd.read_csv(path, encoding="utf-8-sig").columns.tolist() == ["customer_id", "date", "amount"]
