"""Grades as Canvas and Moodle import them: who is who, what is left empty, and nothing that computes."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.course.grading import exports
from crmlab.course.grading.grade import Built, Grades, LessonGrade
from crmlab.course.grading.marks import Mark
from crmlab.course.grading.rules import Rules
from crmlab.course.terms import roster
from crmlab.course.terms.roster import Student

TITLES = {"22_tiers": "Tiers", "31_rfm": "RFM"}
ANNA = Student("s01", "Müller, Anna", "anna@example.org", "A", "anna", "101")
WEI = Student("007", "王伟", "wei@example.org", "B")
PEOPLE = (ANNA, WEI)


def grades(lessons, people=PEOPLE):
    names = {one.id: f"name-{number}" for number, one in enumerate(people)}
    due = {lesson: date(2027, 3, 1) for lesson in TITLES}
    built = Built(Path(), "2027", "CRM", TITLES, {one.id: one for one in people}, names, due)
    return Grades(built, lessons)


def lesson(who, points, name="22_tiers", place="a.ipynb", dropped="", remark="", unread=0, of=4.0):
    marks = [Mark(who, name, "share", "number", 1.0, points, of, words="right <3.")]
    marks += [Mark(who, name, "why", "explanation", None, None, 0.0)] * unread
    own = 0.0 if dropped else of
    return LessonGrade(who, name, tuple(marks), points, own, place=place, dropped=dropped, remark=remark)


def tables(made, rules=None):
    files = exports.files(made, rules or Rules())
    assert all(text.startswith("\ufeff") for text in files.values())
    return {name: list(csv.reader(io.StringIO(text[1:], newline=""))) for name, text in files.items()}


def test_canvas_has_its_own_columns_in_its_order():
    canvas = tables(grades([lesson("s01", 3.0), lesson("007", 4.0, unread=1)]))["canvas.csv"]
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *TITLES]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "4.0", ""]
    assert canvas[2] == ["Müller, Anna", "101", "s01", "anna", "A", "3.0", ""]
    assert canvas[3] == ["王伟", "", "007", "", "B", "4.0", ""]


@pytest.mark.parametrize("about", [{"login": "x"}, {"lms_id": "x"}, {"email": "x"}])
def test_an_id_that_is_no_school_s_is_none_in_canvas(about):
    assert tables(grades([], [Student("x", **about)]))["canvas.csv"][2][2] == ""


def test_what_does_not_count_is_excused_and_what_may_come_is_empty():
    made = tables(
        grades([lesson("s01", 3.0, dropped="ill"), lesson("007", 0.0, place=""), lesson("007", 2, "31_rfm")])
    )
    assert [row[5:] for row in made["canvas.csv"][1:]] == [["4.0", "4.0"], ["EX", ""], ["", "2"]]
    assert made["moodle.csv"][1][2:] == ["", "", "", ""] or made["moodle.csv"][1][2] == ""
    [head, anna, wei, _] = made["summary.csv"]
    assert dict(zip(head, anna, strict=True))["percent"] == ""
    assert dict(zip(head, wei, strict=True))["percent"] == "25.0"


def test_zero_points_by_hand_are_zero_and_not_empty():
    rules = Rules(
        overrides={("s01", "22_tiers", ""): (0.0, "somebody else's"), ("007", "22_tiers", "share"): (1, "")}
    )
    made = tables(grades([lesson("s01", 0.0, place=""), lesson("007", 1.0, place="")]), rules)
    assert [row[5] for row in made["canvas.csv"][2:]] == ["0.0", "1.0"]


def test_summary_has_maxima_and_a_weighted_total():
    rules = Rules(weight_of={("31_rfm",): 3.0})
    made = tables(grades([lesson("s01", 2.0), lesson("s01", 4.0, "31_rfm"), lesson("007", 4.0)]), rules)
    head, anna, wei, most = (
        dict(zip(made["summary.csv"][0], row, strict=True)) for row in made["summary.csv"]
    )
    assert (most["22_tiers: points"], most["31_rfm: of"], most["total"]) == ("4.0", "4.0", "4.0")
    assert (anna["total"], anna["total: of"], anna["percent"]) == ("3.5", "4.0", "87.5")
    assert (wei["name"], wei["email"], wei["pseudonym"]) == (WEI.name, WEI.email, "name-1")
    assert len(head) == len(made["summary.csv"][3])


def test_moodle_has_the_feedback_beside_the_grade():
    [head, anna, _] = tables(grades([lesson("s01", 3.0, remark="1 day late.")]))["moodle.csv"]
    assert head == [
        "Email address",
        "ID number",
        "22_tiers",
        "22_tiers (feedback)",
        "31_rfm",
        "31_rfm (feedback)",
    ]
    assert anna[:4] == [ANNA.email, "s01", "3.0", "share: right &lt;3; 1 day late"]


@pytest.mark.parametrize(
    ("people", "by"),
    [
        ((ANNA, Student("x")), ["ID number"]),
        ((Student("a@b.org", email="a@b.org"), ANNA), ["Email address"]),
        ((Student("a@b.org", email="a@b.org"), Student("x")), ["ID number"]),
    ],
)
def test_moodle_maps_by_no_column_that_is_empty_for_somebody(people, by):
    rows = tables(grades([], people))["moodle.csv"]
    assert rows[0][: -2 * len(TITLES)] == by
    assert all(row[0] for row in rows)


WORDS = st.one_of(st.text(max_size=8), st.sampled_from(["=1+1", "@x", "-a", "\t=1", "+1", "'", '"', "\r\n"]))


@given(
    st.lists(
        st.builds(Student, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one.id,
    )
)
def test_whatever_a_roster_says_each_table_is_whole_and_computes_nothing(people):
    made = grades([lesson(one.id, 1.0, remark=one.name) for one in people], people)
    for name, rows in tables(made).items():
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows) == len(people) + (1 if name == "moodle.csv" else 2)
        assert not any(
            cell.lstrip(" '\"")[:1] in tuple("=@") and cell[0] != "'" for row in rows for cell in row
        )


def test_canvas_s_file_is_a_roster_again(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(
        exports.files(grades([lesson("s01", 3.0)]), Rules())["canvas.csv"], encoding="utf-8", newline=""
    )
    assert roster.read(path) == tuple(
        Student(one.id, one.name, "", one.section, one.login, one.lms_id) for one in PEOPLE
    )
