"""``crmlab audit``: what it prints, what it writes, and what it refuses in one paragraph."""

import errno
import json
import re
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from crmlab.cli import app
from crmlab.quality import files
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


def test_a_full_disk_leaves_the_files_of_the_audit_before(file, tmp_path, monkeypatch):
    assert run(file, *NAMES, "--dates", "day first", "--out", tmp_path / "out").exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_csv", full)
    done = run(
        file, *NAMES, "--dates", "day first", "--choose", "returns=set aside", "--out", tmp_path / "out"
    )
    assert done.exit_code == 2
    assert "No space left" in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert len(before) == 3


def test_rows_with_lists_and_maps_are_written_as_text(tmp_path):
    rows = pa.table(
        {
            "customer_id": ["Ann", None],
            "date": ["2024-01-05", "2024-01-06"],
            "amount": [1.0, 2.0],
            "items": [[{"sku": "A1", "n": [1, 2]}], [{"sku": "=B2", "n": []}]],
            "tags": pa.array([[("gift", 1)], [("vip", 0)]], pa.map_(pa.string(), pa.int64())),
            "clock": pa.array([1, 2], pa.time64("us")),
            "raw": [b"\x00\xff", b"x"],
        }
    )
    pq.write_table(rows, tmp_path / "nested.parquet")
    done = run(tmp_path / "nested.parquet", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    aside = pd.read_csv(tmp_path / "out" / "set-aside.csv")
    assert aside.loc[0, "row"] == 2
    assert "=B2" in aside.loc[0, "items"]
    assert "vip" in aside.loc[0, "tags"]


def command(folder, *given):
    """Run an audit as a command of its own, for a limit holds for the rest of a session."""
    start = [sys.executable, "-c", "from crmlab.__main__ import main; main()", "audit", "o.csv"]
    return subprocess.run([*start, *given], cwd=folder, capture_output=True, text=True)


def test_within_a_limit_of_memory_rows_keep_their_numbers(tmp_path):
    bad = [7, 150_000, 299_999]
    with (tmp_path / "o.csv").open("w") as file:
        file.write("customer_id,date,amount\n")
        for row in range(1, 300_001):
            file.write(f"{'' if row in bad else row % 5_000},2024-01-{row % 28 + 1:02d},{row}.5\n")
    done = command(tmp_path, "--memory", "300MB", "--out", "audited")
    assert done.returncode == 0, done.stderr
    aside = pd.read_csv(tmp_path / "audited" / "set-aside.csv")
    assert aside["row"][aside["reason"] == "no customer"].tolist() == bad


@pytest.mark.parametrize(("memory", "said"), [("4 gigs", "limit is '4 gigs'"), ("1KB", "DuckDB gave up")])
def test_too_little_memory_ends_in_a_sentence(tmp_path, memory, said):
    (tmp_path / "o.csv").write_text("customer_id,date,amount\na,2024-01-13,1\n")
    done = command(tmp_path, "--memory", memory)
    assert done.returncode == 2
    assert re.search(said, done.stderr)
    assert "Traceback" not in done.stderr
