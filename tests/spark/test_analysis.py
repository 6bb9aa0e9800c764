"""An analysis in Spark says of customers what it says in DuckDB, and says that there was no audit."""

import html
import re
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

import crmlab as crm
from crmlab.analysis import analyse, forecast, pictures
from crmlab.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast, "DRAWS", 20)
        patch.setattr(pictures, "_DPI", 20)
        yield


def test_an_analysis_of_a_file(spark, tmp_path, monkeypatch):
    from crmlab.cli import app

    monkeypatch.chdir(tmp_path)
    orders = crm.datasets.cdnow(sample=True).select("customer_id", "date", "amount")
    orders.rename({"Customer ID": "customer_id", "Paid": "amount"}).to_csv("orders.csv")
    expected = analyse(orders, currency="USD")
    expected.save("duckdb")
    words = ["analyse", "orders.csv", "--engine", "spark", "--master", "local[2]", "--currency", "USD"]
    result = CliRunner().invoke(app, [*words, "--out", "spark"])
    assert result.exit_code == 0, result.output
    both = [pd.read_parquet(Path(engine, "customers.parquet")) for engine in ("spark", "duckdb")]
    assert_frame_equal(*both, rtol=1e-9)
    page = html.unescape(Path("spark/report.html").read_text(encoding="utf-8"))
    said = " ".join(result.stdout.split())
    for sentence in expected.answer[:4]:
        assert sentence in page
        assert sentence in said
    for sentence in (
        "the rows keep the contract, but the full audit was not run.",
        "several currencies, ids that differ only by capitals or blanks,",
        "crmlab audit PART",
        "Lessons were not run",
    ):
        assert sentence in page
        assert sentence in said
    for link in re.findall(r'href="([^#].*?)"', page):
        assert Path("spark", link).is_file()
    assert {path.name for path in Path("spark").iterdir()} == {
        ".crmlab-analysis.json",
        "customers.csv",
        "customers.parquet",
        "customers.xlsx",
        "report.html",
    }


def test_what_there_is_none_of_in_spark_is_refused(spark, tmp_path):
    rows = pd.DataFrame(
        {"customer_id": ["a", "b"], "date": ["2024-01-05", "2024-01-06"], "amount": [3.0, 4.0]}
    )
    rows.to_parquet(tmp_path / "orders.parquet")
    table = spark.read_parquet(str(tmp_path / "orders.parquet"))
    with pytest.raises(InputError, match="Decisions of the audit need the embedded engine"):
        analyse(table, choices={"returns": "net"})
    with pytest.raises(InputError, match="Pseudonyms need the embedded engine"):
        analyse(table, key=tmp_path / "key")
