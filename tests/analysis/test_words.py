"""The report speaks the reader's language: no word of it bypasses the catalogue, but data and names."""

import html
import re
from dataclasses import replace
from datetime import date

import pseudo
import pytest

from crmlab.analysis import analyse, report
from crmlab.analysis.audited import Checked
from crmlab.analysis.lessons import Done
from crmlab.analysis.sections import audit
from crmlab.quality.choices import CHOICES

FILES = [
    "audit.html", "audit.json", "set-aside.csv", "transactions.parquet", "case.yaml", "lessons/",
    "customers.parquet, .csv, .xlsx",
]  # fmt: skip
MODELS = ["BG/NBD", "MBG/NBD", "alpha", "r", "a", "b", "p", "q", "v"]
LESSONS = [
    Done("1", "one lesson", "run", "", "page.html", "one.ipynb"),
    Done("2", "another lesson", "failed", "", "", "two.ipynb"),
    Done("3", "a lesson of mine", "not run", ""),
]
TITLES = [lesson.title for lesson in LESSONS]
DATA = [
    "Fernhill",
    "EUR",
    "52W",
    "crmlab",
    "zeros",
    "'set aside'",
    *TITLES,
    *FILES,
    *MODELS,
]
DATA += [f"{name}={option}" for name, choice in CHOICES.items() for option in choice.options]


def bare(page: str) -> str:
    """Return what a page says: its words and what pictures say, without tags and styles."""
    alts = " ".join(re.findall(r'(?:alt|aria-label)="([^"]*)"', page))
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL) + alts)


SHOPS = {
    "many": {"customers": 150, "days": 500},
    "some": {"customers": 40, "days": 300},
    "goods": {"customers": 150, "days": 500, "cost": 5.0},
    "a loss": {"customers": 40, "cost": 500.0},
    "few": {"customers": 12},
    "once": {"customers": 60, "rate": 0.0},
    "short": {"customers": 60, "days": 10},
    "one": {"customers": 1},
    "no money": {"customers": 60, "amount": 0.0},
}


@pytest.mark.parametrize("kind", SHOPS)
def test_the_report_speaks_the_readers_language(kind, shop):
    amount = SHOPS[kind].get("amount")
    made = shop(**{key: value for key, value in SHOPS[kind].items() if key != "amount"})
    with pseudo.spoken():
        done = analyse(made if amount is None else made.assign(amount=amount), name="Fernhill")
        said = bare(report.page(done, LESSONS, done.notes))
    assert pseudo.bypassing(said, DATA) == []


def test_what_is_said_of_orders_without_an_audit_speaks_the_readers_language(small):
    checked = Checked(small.base.transactions, "Fernhill", date(2020, 1, 1))
    with pseudo.spoken():
        done = analyse(small.base.transactions, name="Fernhill")
        section = audit.section(done.base, done.standing, checked)
        other = replace(done, audit=None, sections=done.sections | {"audit": section}, swept=2)
        said = bare(report.page(other, [], other.notes))
    assert pseudo.bypassing(said, DATA) == []
