"""The audit speaks the reader's language: no word of it bypasses the catalogue, but data and names."""

import html
import re

import pseudo
import pytest

from crmlab import quality
from crmlab.quality import report
from crmlab.quality.choices import CHOICES
from crmlab.quality.verdicts import CAVEATS, VERDICTS, _said
from tests.quality import defects

OPTIONS = [*CHOICES, *(option for choice in CHOICES.values() for option in choice.options)]
ERROR = "No customer bought again: every frequency is"  # errors are for programmers, and in English
NAMED = "|".join(sorted(OPTIONS, key=len, reverse=True))
CELLS = ["Client", "Day", "Paid", "Order", "SKU", "Units", "Cost", "Note", "Status", "row", "file"]
PLACES = ["customer_id", "date", "amount", "order_id", "product", "quantity", "cost", "YYYY-MM-DD"]
NAMES = [*PLACES, *CELLS, "year first", "utf", "BG/NBD", "r", "a", "b", "α", "{'cost': None}"]


def bare(audit, sensitivity=None):
    """Return the words of a page, without its tags and styles."""
    page = audit.to_html(sensitivity)
    page = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    page = page[: page.rindex("<tbody>")] + page[page.rindex("</tbody>") :]
    page = re.sub(rf"(?<=>)(?:{NAMED})(?=</(?:b|td|th)>)", " ", page)
    return without_options(html.unescape(re.sub(r"<[^>]*>", " ", page)))


def of_data(made):
    """Return the words that stand in a file."""
    cells = {
        str(cell).strip() for column in ("Client", "Paid", "SKU", "Status", "Day") for cell in made[column]
    }
    return [
        *sorted(cell for cell in cells if re.search("[A-Za-z]", cell)),
        "planted.csv",
        "TILL",
        ERROR,
        *NAMES,
    ]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    made = defects.planted(3)
    return made.rows, defects.write(made, tmp_path_factory.mktemp("said") / "planted.csv")


def without_options(text):
    """Return a text without the names of decisions and options where they stand as such, and without ids."""
    named = (
        rf"\b(?:{NAMED}|currency)=(?:{NAMED}|\$)|'(?:{NAMED})'|(?:{NAMED}) = (?:{NAMED}|\$)|õn (?:{NAMED})\b"
    )
    return re.sub(r"\b\w*\d\w*\b", " ", re.sub(named, " ", text))


def test_the_page_and_the_summary_speak_the_readers_language(planted):
    rows, path = planted
    with pseudo.spoken():
        audit = quality.audit(path, today=defects.TODAY)
        changed = audit.sensitivity()
        page = bare(audit, changed)
        summary, listing = without_options(repr(audit)), without_options(report.listing(changed))
    data = of_data(rows)
    assert {finding.name for finding in audit.findings} >= {*defects.ROWS, "returns", "duplicates", "ids"}
    assert pseudo.bypassing(page, data) == []
    assert pseudo.bypassing(summary, data) == []
    assert pseudo.bypassing(listing, [*data, *OPTIONS]) == []


OTHER = {
    "short": lambda: defects.short(3),
    "truncated": lambda: defects.truncated(3),
    "clean": lambda: defects.clean(3),
    "three": lambda: defects.clean(3, 3),
    "one": lambda: defects.clean(3).iloc[:1],
    "partly": lambda: _partly(),
}


def _partly():
    rows = defects.clean(3)
    states = ["Partially refunded", "gone", "Paid"]
    return rows.assign(Status=[states[place % 3] for place in range(len(rows))])


@pytest.mark.parametrize("kind", OTHER)
def test_other_files_are_spoken_of_in_the_readers_language(kind):
    rows = OTHER[kind]()
    with pseudo.spoken():
        audit = quality.audit(rows, today=defects.TODAY)
        said = bare(audit)
    assert pseudo.bypassing(said, [*of_data(rows), "the table"]) == []


def test_plain_data_are_the_same_in_all_languages(planted):
    _, path = planted
    told = quality.audit(path, today=defects.TODAY).to_dict()
    with pseudo.spoken():
        said = quality.audit(path, today=defects.TODAY).to_dict()
    words = ("notes",)  # how the file was read, for people
    assert {key: said[key] for key in said if key not in words} == {
        key: told[key] for key in told if key not in words
    }


def test_theories_are_refused_and_warned_of_in_the_readers_language():
    with pseudo.spoken():
        said = [_said(need, value) for need in VERDICTS for value in (1, 7)]
    assert [pseudo.bypassing(text) for text in said] == [[]] * len(said)
    assert {text for _, _, text in CAVEATS.values()} <= set(pseudo.catalogue())
