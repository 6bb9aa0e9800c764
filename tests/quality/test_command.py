"""``crmlab audit``: what it prints, what it writes, and what it refuses in one paragraph."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from crmlab.cli import app
from tests.quality import defects

CSV = "Kunde;Tag;Summe;Ware\nAnn;03/04/2024;1,50;P1\nBo;05/04/2024;-2,50;P1\n;06/04/2024;x;P1\n"

NAMES = ["--customer", "Kunde", "--date", "Tag", "--amount", "Summe", "--column", "product=Ware"]


def run(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_an_audit_from_end_to_end(tmp_path):
    made = defects.planted(4)
    path = defects.write(made, tmp_path / "export.csv")
    options = ["--today", defects.TODAY, "--out", tmp_path / "out", "--choose", "returns=set aside"]
    done = run(path, *options, "--sensitivity")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    content = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    ledger = content["ledger"]
    assert f"Of {ledger['rows_read']:,} rows, {ledger['rows_used']:,} are used" in said
    assert ledger["rows_read"] == len(made.rows)
    assert content["choices"]["returns"] == "set aside"
    assert content["matters_most"] in said
    assert len(pd.read_csv(tmp_path / "out" / "set-aside.csv")) == ledger["rows_set_aside"]
    assert "What each decision changes" in (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")


def test_every_option_of_reading_is_passed_on(file):
    done = run(
        file, *NAMES, "--dates", "day first", "--decimal", ",", "--delimiter", ";", "--encoding", "utf-8"
    )
    assert done.exit_code == 0, done.output
    assert "Of 3 rows, 1 are used and 2 are set aside." in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv"], "There is no file nowhere.csv"),
        (["FILE", *NAMES], "decides the order of day, month and year"),
        (["FILE", "--dates", "day first", "--choose", "retruns=net"], "Did you mean 'returns'?"),
        (["FILE", "--dates", "day first", "--choose", "returns"], "'--choose returns' says nothing"),
        (["FILE", "--column", "=x"], "'--column =x' says nothing"),
        (["FILE", "--amount", "Sume"], "Did you mean 'Summe'?"),
        (["FILE", "--dates", "day first", "--today", "soon"], "today is 'soon', which is no date"),
        (["FILE", "--sheet", "2"], "The option 'sheet' does not apply"),
    ],
)
def test_a_wrong_request_gets_one_paragraph(file, arguments, said):
    done = run(*(file if item == "FILE" else item for item in arguments))
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert len(done.stderr.strip().splitlines()) == 1
    assert not done.stdout
