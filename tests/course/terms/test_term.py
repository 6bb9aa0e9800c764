"""A term file: what is wrong with it is said in one paragraph, before anything is written."""

from pathlib import Path

import pytest

from crmlab.course import keys
from crmlab.course.terms import term, workspaces
from crmlab.errors import CrmlabError, InputError, NotForThisCase

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
    assert mine.tables["orders"].equals(again.tables["orders"])
    assert not mine.tables["orders"].equals(other.tables["orders"])


def test_a_lesson_runs_on_the_cases_that_suit_it_or_on_its_own(folder):
    path = folder / "term.yaml"
    path.write_text(TERM.replace("22_tiers, 31_rfm", "22_tiers, 12_two_lifecycles, 13_retention"))
    opened = term.load(path)
    assert {name: case.name for name, case in opened.templates.items()} == {
        "22_tiers": "fernhill",
        "12_two_lifecycles": "ampere",
        "13_retention": "halden",
    }
    assert opened.shown == {
        "cdnow": ["22_tiers"],
        "fernhill": ["22_tiers"],
        "ampere": ["12_two_lifecycles"],
        "halden": ["13_retention"],
    }
    path.write_text(TERM.replace("cases: [cdnow, fernhill]\n", ""))  # each lesson on its own case
    assert set(term.load(path).shown) == {"cdnow"}


@pytest.mark.parametrize("unsuited", [1, 99])
def test_a_business_that_does_not_suit_the_lesson_is_drawn_again(folder, monkeypatch, unsuited):
    opened, tried = term.load(folder / "term.yaml"), []

    def compute(lesson, case):
        tried.append(Path(case).with_name("orders.csv").read_bytes())
        if len(tried) <= unsuited:
            raise NotForThisCase("One cell has 2.")
        return {}

    monkeypatch.setattr(workspaces.keys, "compute", compute)
    if unsuited == 1:
        workspaces.build(opened, "s01", folder / "made")
        assert len(tried) == 3  # the first lesson twice, the other once
    else:
        with pytest.raises(CrmlabError, match=r"on any of 10 businesses .* 1,500 customers.* One cell has 2"):
            workspaces.build(opened, "s01", folder / "made")
    assert len(set(tried)) == len(tried)


def test_what_only_the_truth_tells_is_in_the_key_and_not_in_the_workspace(folder):
    path = folder / "term.yaml"
    path.write_text(TERM.replace("22_tiers, 31_rfm", "16_recovery").replace("cases: [cdnow, fernhill]", ""))
    opened = term.load(path)
    made = workspaces.build(opened, "s01", folder / "made")["16_recovery"]["exercises"]["the next offers"]
    assert made["worth"]
    assert set(made["against"]) == {"rule", "oracle", "random", "nobody"}
    assert opened.customers("16_recovery") >= 1200
    assert list((folder / "made").rglob("truth*")) == []
    assert not keys.compute(
        opened.lessons["16_recovery"], str(folder / "made" / "16_recovery" / "case.yaml")
    )["the next offers"].scored


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
    "case without a table": (
        "[22_tiers, 31_rfm]",
        "{14_exit_barriers: {case: cdnow}}",
        "needs the tables attributes, contracts, .*which the case 'cdnow' lacks",
    ),
    "case of no lesson": (
        "[22_tiers, 31_rfm]",
        "[13_retention]",
        "none of the lessons runs on cdnow, fernhill. .*on halden",
    ),
    "term with a slash": ("2027-spring", "../spring", "'term' is"),
    "two kinds of key": ("{file: seed.key}", "{file: seed.key, env: KEY}", "either 'file'"),
    "no key": ("{file: seed.key}", "{env: CRMLAB_NO_SUCH_KEY}", "has 0 bytes"),
    "no file of the key": ("seed.key", "other.key", "No such file"),
    "no roster": ("roster.csv", "nobody.csv", "There is no file .*nobody.csv"),
    "too many customers": ("cases: [cdnow, fernhill]", "cases: [cdnow]\ncustomers: 20000", "too few"),
    "replies": ("course:", "replies: sometimes\ncourse:", "'replies' takes on or off"),
    "repository": ("course:", "repository: ftp://x\ncourse:", "'repository' takes the address"),
    "private lesson": ("31_rfm", "exam.ipynb", "There is no notebook"),
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


def test_a_key_that_can_be_guessed(folder):
    (folder / "seed.key").write_text("secret")
    with pytest.raises(InputError, match="has 6 bytes; it needs at least 16"):
        term.load(folder / "term.yaml")
