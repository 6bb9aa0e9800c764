"""A term file: what is wrong with it is said in one paragraph, before anything is written."""

import pytest

from crmlab.course.terms import term
from crmlab.errors import InputError

TERM = """
course: Customer relationship management
term: 2027-spring
start: 2027-02-15
end: 2027-06-30
lessons: [22_tiers, 31_rfm]
cases: [cdnow, fernhill]
roster: roster.csv
key: {file: seed.key}
"""
ROSTER = "name,student_id\nAnn,s01\nBen,s02\n\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "term.yaml").write_text(TERM)
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "seed.key").write_text("0123456789abcdef\n")
    return tmp_path


def test_a_term_opens(folder):
    opened = term.load(folder / "term.yaml")
    assert opened.students == ("s01", "s02")
    assert list(opened.lessons) == ["22_tiers", "31_rfm"]
    assert opened.templates["22_tiers"].name == "fernhill"  # the first that is simulated
    assert len(set(opened.pseudonyms.values())) == 2
    mine, again, other = (opened.draw(who, "22_tiers") for who in ("s01", "s01", "s02"))
    assert mine.orders.equals(again.orders)
    assert not mine.orders.equals(other.orders)


@pytest.mark.parametrize("header", ["student_id", "﻿student_id", "学号", "id;name", "name\tstudent"])
def test_rosters_as_people_keep_them(folder, header):
    row = {"id;name": "s1;Ann", "name\tstudent": "Ann\ts1"}.get(header, "s1")
    (folder / "roster.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert term.load(folder / "term.yaml").students == ("s1",)


WRONG = {
    "unknown lesson": ("22_tiers", "22_teirs", "Did you mean '22_tiers'"),
    "lesson twice": ("31_rfm", "22_tiers", "a lesson twice"),
    "unknown case": ("fernhill]", "fernhil]", "Did you mean 'fernhill'"),
    "unknown key": ("course:", "curse:", "There is no key 'curse'"),
    "missing key": ("start: 2027-02-15\n", "", "lacks the key 'start'"),
    "no date": ("2027-02-15", "soon", "which is no date"),
    "no such day": ("2027-02-15", "2027-02-30", "which is no date"),
    "ends before it starts": ("2027-06-30", "2027-01-30", "not after its start"),
    "due out of term": ("[22_tiers, 31_rfm]", "{22_tiers: {due: 2027-09-01}}", "outside the term"),
    "case that is not listed": (
        "[22_tiers, 31_rfm]",
        "{22_tiers: {case: other}}",
        "There is no case 'other'",
    ),
    "term with a slash": ("2027-spring", "../spring", "'term' is"),
    "two kinds of key": ("{file: seed.key}", "{file: seed.key, env: KEY}", "either 'file'"),
    "no key": ("{file: seed.key}", "{env: CRMLAB_NO_SUCH_KEY}", "has 0 bytes"),
    "no file of the key": ("seed.key", "other.key", "No such file"),
    "no roster": ("roster.csv", "nobody.csv", "There is no roster"),
    "too many customers": ("cases: [cdnow, fernhill]", "cases: [cdnow]\ncustomers: 20000", "too few"),
    "no YAML": ("lessons: [22_tiers", "lessons: [[22_tiers", "no readable YAML at line"),
}


@pytest.mark.parametrize(("old", "new", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_terms(folder, old, new, words):
    assert old in TERM
    (folder / "term.yaml").write_text(TERM.replace(old, new))
    with pytest.raises(InputError, match=words) as problem:
        term.load(folder / "term.yaml")
    assert "\n" not in str(problem.value)
    assert len(list(folder.iterdir())) == 3


ROSTERS = {
    "twice": (b"student_id\ns01\ns02\ns01\n", "names the student 's01' twice"),
    "twice but for case": (b"student_id\ns01\nS01\n", "'s01' and 'S01'"),
    "an empty id": (b"student_id,name\n,Ann\n", "no student id in line 2"),
    "nobody": (b"student_id\n", "names no student"),
    "nothing": (b"", "no column 'student_id'"),
    "no ids": (b"name\nAnn\n", "no column 'student_id'"),
    "Latin-1": ("student_id,name\ns1,Andr\u00e9\n".encode("latin-1"), "not written in UTF-8"),
    "GB18030": ("学号,姓名\n1,王\n".encode("gb18030"), "not written in UTF-8"),
    "UTF-16": ("student_id\ns1\n".encode("utf-16-le"), "no text in UTF-8"),
}


@pytest.mark.parametrize(("content", "words"), ROSTERS.values(), ids=ROSTERS.keys())
def test_wrong_rosters(folder, content, words):
    (folder / "roster.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        term.load(folder / "term.yaml")


def test_a_key_that_can_be_guessed(folder):
    (folder / "seed.key").write_text("secret")
    with pytest.raises(InputError, match="has 6 bytes; it needs at least 16"):
        term.load(folder / "term.yaml")
