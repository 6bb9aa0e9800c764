"""From a file to the report: every sum agrees, and every tiny shop gets honest sentences."""

import html
import re
from importlib import import_module
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.analysis import analyse
from crmlab.analysis import table as customers_table
from crmlab.course import cases
from crmlab.errors import DataError, InputError
from tests.quality import defects


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_engine_says_of_each_customer_what_the_theory_says(done):
    analysis, out = done
    orders = crm.datasets.cdnow(sample=True)
    base = crm.summarise(orders, unit="W")
    model, spend = crm.clv.MBGNBD().fit(base), crm.clv.GammaGamma().fit(base)
    assert model.loglik_ > crm.clv.BGNBD().fit(base).loglik_  # why it was chosen
    value = crm.clv.lifetime_value(model, spend, base, "52W", discount_rate=0.10, margin=0.30)
    profit = 0.3 * base.frame["total"]
    expected = base.frame.assign(
        profit=profit,
        stage=crm.lifecycle.stages(orders, "1998-06-30").astype(str),
        tier=crm.pyramid.tiers(profit).astype(str),
        segment=crm.segments.rfm.names(base).astype(str),
        **crm.segments.rfm.scores(base)[["R", "F", "M"]],
        p_alive=model.p_alive(base),
        expected_purchases=model.expected_purchases(base, "52W"),
        expected_spend=spend.expected_spend(base),
        clv=value["residual_value"],
    )
    called = expected["tier"].isin(["platinum", "gold"]) & (expected["stage"] == "decline")
    expected = expected.assign(call_list=called).astype({"first": "datetime64[ms]", "last": "datetime64[ms]"})
    written = pd.read_parquet(out / "customers.parquet").set_index("customer_id")
    assert set(written.columns) == set(expected.columns)
    assert_frame_equal(written, expected[written.columns], check_dtype=False, rtol=1e-9)
    low, high = analysis.sections["clv"].facts["interval"]
    assert low < analysis.customers["clv"].sum() < high


def test_of_many_customers_some_are_drawn_and_sums_are_of_all(cdnow, done, monkeypatch, tmp_path):
    everybody, _ = done
    monkeypatch.setattr(customers_table, "MOST", 1000)
    part = analyse(cdnow, {"amount": "Paid"}, currency="USD")
    assert 600 < len(part.customers) < 1000
    assert part.customers.index.isin(everybody.customers.index).all()
    assert part.answer[0] == everybody.answer[0]
    assert part.answer[2:] == everybody.answer[2:]
    for name in ("lifecycle", "rfm", "clv"):
        assert part.sections[name].tables == everybody.sections[name].tables
    part.save(tmp_path / "out")
    assert len(pd.read_parquet(tmp_path / "out" / "customers.parquet")) == 2357
    assert not (tmp_path / "out" / "customers.csv").exists()
    page = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "Counts and sums are of all 2,357 customers;" in page
    assert (
        f"the shares of the best fifth, correlations and some pictures rest on {len(part.customers)}" in page
    )


def test_the_forecast_is_held_against_what_came(done):
    analysis, _ = done
    tested = analysis.sections["clv"].facts["test"]
    split = crm.summarise(
        crm.datasets.cdnow(sample=True), unit="W", calibration="1997-12-30", end="1998-06-30"
    )
    assert analysis.base.calibration == pd.Timestamp("1997-12-30")
    assert tested.came == split.frame["holdout_frequency"].sum()
    expected = crm.clv.MBGNBD().fit(split).expected_purchases(split, 26.0).sum()
    assert tested.expected == pytest.approx(expected)
    assert tested.track.iloc[-1].tolist() == pytest.approx([tested.came, tested.expected])


def test_all_files_tell_the_same(done):
    analysis, out = done
    revenue = round(crm.datasets.cdnow(sample=True)["amount"].sum().to_pyarrow().as_py(), 2)
    parquet = pd.read_parquet(out / "customers.parquet")
    csv = pd.read_csv(out / "customers.csv", dtype={"customer_id": str})
    sheet = openpyxl.load_workbook(out / "customers.xlsx").active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    xlsx = pd.DataFrame(cells[1:], columns=cells[0])
    for table in (analysis.customers.reset_index(), parquet, csv, xlsx):
        assert table["total"].sum() == pytest.approx(revenue)
        assert table["customer_id"].iloc[0] == "00004"  # text, with its zeros
        assert table["tier"].value_counts()["platinum"] == 117
        assert table["clv"].sum() == pytest.approx(analysis.customers["clv"].sum(), rel=1e-4)
    kept = pd.read_parquet(out / "transactions.parquet")
    assert kept["amount"].sum() == pytest.approx(revenue)
    report = (out / "report.html").read_text(encoding="utf-8")
    assert f"{revenue:,.0f} USD" in report
    assert "2,357" in report


def test_the_case_runs_on_the_audited_orders(done):
    _, out = done
    case = cases.load(str(out / "case.yaml"))
    assert case.title == "Discs more"
    assert case.transactions().count().to_pyarrow().as_py() == 6919
    assert str(case.calibration) == "1997-12-30"
    assert "margin" not in case.lessons.get("22_tiers", {})  # it is the lesson's own


def test_the_report_holds_all_it_shows(done):
    analysis, out = done
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Discs &amp; more" in page
    assert words(" ".join(analysis.answer)) in words(html.unescape(re.sub(r"</?p>", " ", page)))
    pictures = re.findall(r'<img src="(.*?)" alt="(.*?)">', page)
    assert len(pictures) == 10
    assert all(source.startswith("data:image/png;base64,") and len(alt) > 40 for source, alt in pictures)
    for link in re.findall(r'href="(.*?)"', page):
        assert f'id="{link[1:]}"' in page if link.startswith("#") else (out / link).is_file()
    assert not re.search(r"(src|href)=\"?(https?:)?//|<script|<link|@import|url\(", page)
    assert not re.search(r"\b(nan|None|NaT|inf)\b", re.sub(r"data:[^\"]*", "", page))


def test_a_file_with_every_defect_is_accounted_for(tmp_path, monkeypatch):
    one_decision = {"returns": "returns"}  # tests of the audit look at the others
    monkeypatch.setattr(import_module("crmlab.quality.sensitivity"), "_OF_FINDING", one_decision)
    planted = defects.planted(seed=3)
    columns = {"customer_id": "Client", "date": "Day", "amount": "Paid", "order_id": "Order"}
    columns |= {"product": "SKU", "quantity": "Units", "cost": "Cost"}
    analysis = analyse(planted.rows, columns, out=tmp_path / "out", choices={"duplicates": "set aside"})
    ledger = analysis.audit.ledger
    assert ledger.rows_set_aside >= defects.COPIES + len(defects.ROWS["missing_ids"])
    assert analysis.customers["total"].sum() == pytest.approx(ledger.money_used)
    aside = pd.read_csv(tmp_path / "out" / "set-aside.csv")
    assert len(aside) == ledger.rows_set_aside
    assert aside["money"].sum() == pytest.approx(ledger.money_set_aside)
    assert analysis.base.cost_known
    assert "from the cost of goods" in analysis.base.margin_words
    for section in analysis.sections.values():
        assert section.valid, section.text


TINY = {
    "ten": ({"customers": 10}, "10 customers are a handful"),
    "one": ({"customers": 1, "rate": 20.0}, "That one customer carries the business alone."),
    "one order": ({"customers": 1, "rate": 0.0}, "Your one customer brought"),
    "one-time buyers": ({"customers": 110, "rate": 0.0}, "cannot be told"),
    "no money": ({"customers": 110, "amount": 0.0}, "no customer has paid anything"),
    "one day": ({"customers": 110, "days": 1}, "on 1 January 2024"),
    "all alike": ({"customers": 60, "rate": 0.0, "amount": 5.0}, "No small group carries it"),
    "loss": ({"customers": 110, "amount": 10.0, "cost": 12.0}, "as it stands, the base loses money"),
}


@pytest.mark.parametrize("name", TINY)
def test_tiny_shops_get_honest_sentences(name, shop, tmp_path):
    options, said = TINY[name]
    orders = shop(**options)
    analysis = analyse(orders, currency="元")
    assert said in " ".join(analysis.answer)
    assert len(analysis.answer) == 5
    assert all(sentence.endswith(".") and "nan" not in sentence for sentence in analysis.answer)
    assert analysis.customers["total"].sum() == pytest.approx(orders["amount"].sum())
    for section in analysis.sections.values():
        assert section.valid or len(section.text[0]) > 20
    analysis.save(tmp_path / "out")
    assert cases.load(str(tmp_path / "out" / "case.yaml")).currency == "元"


WRONG = {
    "margin": ({"margin": 1.5}, "margin is 1.5"),
    "discount_rate": ({"discount_rate": -0.1}, "discount_rate is -0.1"),
    "horizon": ({"horizon": "52"}, "horizon"),
    "no time": ({"horizon": "0W"}, "horizon is '0W'"),
    "currency": ({"currency": "a\nb"}, "currency"),
    "calibration": ({"calibration": "2031-01-01"}, "must lie between the first order"),
    "choice": ({"choices": {"retruns": "net"}}, "Did you mean 'returns'?"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_refused_with_its_name(name, shop):
    options, said = WRONG[name]
    with pytest.raises(InputError, match=re.escape(said)):
        analyse(shop(30), **options)


def test_a_file_without_a_usable_row_is_refused(shop):
    with pytest.raises(DataError, match="No row of the table can be used, of 3"):
        analyse(shop(1, rate=0.0).iloc[[0, 0, 0]].assign(customer_id=""))


def test_the_command_line_refuses_in_one_paragraph(call, cdnow):
    for words_, said in (
        (["nowhere.csv"], "There is no file nowhere.csv"),
        ([cdnow, "--pseudonymise"], "need both --pseudonymise and --key"),
        ([cdnow, "--choose", "returns"], "Write NAME=VALUE, such as --choose"),
        ([cdnow, "--customer", "Client"], "There is no column 'Client'"),
        ([cdnow, "--column", "amount="], 'Name the one that plays the part with --amount "your column".'),
        ([cdnow, "--amount", "Paid", "--today", "soon"], "today is 'soon', which is no date"),
        ([cdnow, "--engine", "sprak"], "Did you mean 'spark'?"),
        ([cdnow, "--master", "yarn"], "--master is Spark's"),
        ([cdnow, "--engine", "spark", "--sheet", "1"], "--sheet is for the embedded engine"),
        ([cdnow, "--engine", "spark", "--choose", "returns=net"], "need the embedded engine"),
        ([cdnow, "--memory", "lots"], "such as 4GB or 500MB"),
    ):
        result = call(*words_, "--no-lessons")
        assert result.exit_code == 2
        assert said in words(result.stderr)
        assert "Traceback" not in result.output
        assert not Path("analysis").exists()
