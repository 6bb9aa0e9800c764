"""Hostile names stay text: in pages, in spreadsheets, in paths, in the case; and pseudonyms hide every id."""

import gzip
import html
import os
import re
import stat
import zipfile
from pathlib import Path

import ibis
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from crmlab.analysis import analyse, export, pseudonyms
from crmlab.analysis.audited import orders as opened
from crmlab.errors import InputError

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A0",
    "../../x",
    "+1",
    "-5",
    "@sum",
    "\tx",
    "x" * 40_000,
]
HOSTILE += [
    "😀",
    "客户",
    "a\nb",
    "$a$",
    "{{ 7*7 }}",
    "%s",
    "0007",
    "1E5",
    "12345678901234567890",
    "'",
    '"><b>',
]


@pytest.fixture(scope="module")
def hostile(shop, tmp_path_factory):
    """The saved analysis of a shop whose names mean ill."""
    folder = tmp_path_factory.mktemp("hostile")
    orders = shop(len(HOSTILE), names=HOSTILE, rate=6.0)
    orders["=note"] = "=1+1"
    orders["<img src=x>"] = "../../y"
    orders.loc[0, "date"] = pd.NaT  # so that a row is set aside
    analysis = analyse(orders, out=folder / "out", name="../../<script>$\\frac$</script>", currency="$x$")
    return analysis, folder


def test_nothing_leaves_the_folder(hostile):
    _, folder = hostile
    assert [path.name for path in folder.iterdir()] == ["out"]
    assert (
        yaml.safe_load((folder / "out" / "case.yaml").read_text(encoding="utf-8"))["name"]
        == "script-frac-script"
    )


def test_pages_show_names_as_text(hostile):
    _, folder = hostile
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for tag in ("<script", "<img src=x", '"><b>'):
            assert tag not in text
    assert "&lt;script&gt;" in (folder / "out" / "report.html").read_text(encoding="utf-8")


def test_spreadsheets_take_nothing_for_a_formula(hostile):
    _, folder = hostile
    sheet = openpyxl.load_workbook(folder / "out" / "customers.xlsx").active
    ids = [cell for (cell,) in sheet.iter_rows(max_col=1, min_row=2)]
    assert {cell.data_type for cell in ids} == {"s"}
    shown = {cell.value for cell in ids}
    assert {"'=cmd|'/c calc'!A0", "+1", "-5", "'@sum", "'\tx", "../../x", "0007", "1E5", "a\nb"} <= shown
    assert "12345678901234567890" in shown
    for name in ("customers.csv", "set-aside.csv"):
        table = pd.read_csv(folder / "out" / name, dtype=str, keep_default_na=False)
        cells = [*table.columns, *(cell for column in table for cell in table[column])]
        begun = [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
        assert {*begun} <= {"+1"}  # a number, which computes nothing
    assert "'=note" in table.columns
    assert set(table["'=note"]) == {"'=1+1"}


def test_the_parquet_file_has_ids_as_they_are(hostile):
    ids = pd.read_parquet(hostile[1] / "out" / "customers.parquet")["customer_id"]
    assert set(ids) == set(HOSTILE)


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        ([123456789012345680.0, 7.0], ["123456789012345680", "7"]),
        ([-3], ["-3"]),
        ([7.5], ["7.5"]),
    ],
)
def test_numbers_as_ids_are_text_without_exponents(ids, texts):
    rows = ibis.memtable(pd.DataFrame({"customer_id": ids}))
    assert export._with_text_ids(rows).to_pandas()["customer_id"].tolist() == texts


def test_beyond_a_sheet_there_is_no_workbook(hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_ROWS", 5)
    (note,) = export.write_customers(hostile[0].standing, tmp_path)
    assert "A sheet holds 5 customers" in note
    assert not (tmp_path / "customers.xlsx").exists()


def plain(path: Path) -> bytes:
    """Return a file's bytes, unpacked where they are packed."""
    raw = path.read_bytes()
    if path.suffix == ".parquet":
        return raw + pq.read_table(path).to_pandas().to_csv().encode()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return raw + b"".join(book.read(name) for name in book.namelist())
    return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw


def test_pseudonyms_hide_every_id(call, shop, tmp_path):
    names = [f"Ann Other {number}" for number in range(1000, 1025)]
    orders = shop(25, names=names, rate=4.0)
    orders["Name"] = orders["customer_id"].str.upper()
    orders["order_id"] = [
        f"C77{number}" if number % 9 == 0 else f"88{number}" for number in range(10_000, 10_000 + len(orders))
    ]
    orders["amount"] = orders["amount"].where(orders.index % 9 != 0, -orders["amount"])
    orders.loc[5, "customer_id"] = orders.loc[5, "customer_id"].upper() + " "
    orders.loc[orders.index[-3:], "customer_id"] = ["", "guest", "test"]
    orders.to_csv("orders.csv", index=False)
    result = call("orders.csv", "--no-lessons", "--pseudonymise", "--key", "secret.key")
    assert result.exit_code == 0, result.output
    page = html.unescape(Path("analysis/report.html").read_text(encoding="utf-8"))
    sentences = re.search(r'aria-label="The answer">(.*?)</div>', page, re.DOTALL)[1].split("</p>")[:5]
    said = [sentence.strip().removeprefix("<p>") for sentence in sentences]
    assert " ".join(said) in " ".join(result.stdout.split())  # the terminal says what the report says
    assert stat.S_IMODE(os.stat("secret.key").st_mode) == 0o600
    secrets = [b"ann other", b"guest house", Path("secret.key").read_bytes().strip(), b"8810001", b"c7710008"]
    for path in Path("analysis").rglob("*"):
        if path.is_file():
            content = (plain(path) + result.stdout.encode()).lower()
            assert not [secret for secret in secrets if secret in content], path
    customers = set(pd.read_csv("analysis/customers.csv")["customer_id"])
    key = bytes.fromhex(Path("secret.key").read_text(encoding="ascii"))
    open_, again, other = (opened("orders.csv", None, None, one).audit for one in (None, key, bytes(32)))
    assert set(again.transactions["customer_id"].to_pandas()) == customers
    assert customers.isdisjoint(other.transactions["customer_id"].to_pandas())
    assert again.ledger == open_.ledger  # what the audit finds about ids, it finds about pseudonyms
    assert [found.rows for found in again.findings] == [found.rows for found in open_.findings]


def test_a_key_must_not_lie_among_the_results_nor_be_a_wrong_file(tmp_path, shop):
    with pytest.raises(InputError, match="Keep it somewhere else"):
        analyse(shop(30), key=tmp_path / "out" / "key", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "key").write_text("password", encoding="utf-8")
    with pytest.raises(InputError, match="holds no key"):
        pseudonyms.key_of(tmp_path / "key", None)
