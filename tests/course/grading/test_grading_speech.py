"""All that grading says to students and instructors is in the catalogue, but for names and answers."""

import csv
import re
import zipfile

import pseudo
import pytest
from classroom import LESSONS, STUDENTS, exercises

from crmlab.course.grading import check, report, rules
from crmlab.course.grading import grade as grading
from crmlab.course.grading.submissions import read
from crmlab.language import tr

FIRST, SECOND, THIRD = STUDENTS.values()
NAMES = [
    *STUDENTS, *STUDENTS.values(), *LESSONS, *exercises(0), "Customers", "Lesson 22_tiers", "Lesson 31_rfm",
    "share", "you took the median", "Look again.", "Do they?", "gold", "lead", "ann", "bob", "cid",
    "dora", "says what to do", "It was not so.", "zinc", "series",
    "labels", "title", "ti", "true", "BadZipFile",
]  # fmt: skip


def answers(number):
    own = exercises(number)
    return {
        "share": 99.123 * (1 + number / 7),
        "by tier": own["by tier"].answer | {"gold": 7.1234567},
        "why": "b",
        "whom": ["ann", "dora"][: 1 + number],
        "drawn": {"series": [own["drawn"].answer], "labels": ["title"]},
        "your decision": "zinc zinc zinc zinc zinc zinc zinc zinc zinc",
    }


@pytest.fixture
def inbox(submit, tmp_path):
    """Submissions of all that can be wrong with one."""
    for number, name in enumerate((FIRST, SECOND)):
        submit(f"{number}.ipynb", name, answers(number))
        submit(f"again{number}.ipynb", name, answers(number), "31_rfm")
    submit(
        "2.ipynb",
        FIRST,
        {"share": {"unreadable": "zinc"}, "zinc": 1, "by tier": None, "why": {"too_long": 9}},
    )
    submit("3.ipynb", FIRST, answers(0), term="zinc")
    submit("4.ipynb", FIRST, answers(0), lesson="zinc")
    submit("5.ipynb", "zinc", answers(0))
    submit(f"{SECOND}/6.ipynb", FIRST, answers(0))
    submit("7.ipynb", "", answers(0))
    submit("8.ipynb", FIRST, {})
    folder = tmp_path / "inbox"
    files = {"9.docx": b"z", "10.rar": b"z", "11.ipynb": b"", "12.ipynb": b"{", "13.ipynb": b"{}", "14": b"z",
             "15.zip": b"z", "16.ipynb": b"<<<<<<< >>>>>>> "}  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "17.txt").write_bytes((folder / "1.ipynb").read_bytes())
    with zipfile.ZipFile(folder / "18.zip", "w") as archive:
        archive.writestr("../19.ipynb", "z")
    with zipfile.ZipFile(folder / "20.zip", "w") as archive:
        archive.writestr("README.md", "z")
    return folder


def test_reports_and_feedback_speak_the_readers_language(built, inbox, tmp_path):
    (tmp_path / "rules").mkdir()
    tables = {
        "dropped.csv": "student_id,lesson,reason\ns02,31_rfm,\n",
        "overrides.csv": "student_id,lesson,exercise,points,reason\ns01,22_tiers,why,1,\n",
        "late.csv": "days,share\n9999,0.5\n",
    }
    for name, text in tables.items():
        (tmp_path / "rules" / name).write_text(text)
    names = {lesson: [*exercises(0)] for lesson in LESSONS}
    with pseudo.spoken():
        opened = grading.read_build(built)
        kept = rules.read(tmp_path / "rules", names, [*opened.people], opened.due)
        grades = grading.grade(opened, read(inbox), kept, lambda _: None)
        out = tmp_path / "out"
        report.save(grades, kept, out)
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", (out / "report.html").read_text(), flags=re.DOTALL)
    told = [page.replace("&#39;", "'"), *(path.read_text() for path in (out / "feedback").iterdir())]
    told += [problem for _, problem in grades.problems]
    told += [text for mark in grades.marks for text in (mark.words, mark.misconception)]
    told += [text for one in grades.lessons for text in (one.remark, one.dropped, one.time_from)]
    files = [path.name for path in inbox.rglob("*")]
    data = sorted({*NAMES, *files, *("18.zip/../19.ipynb", ".zip", ".ipynb", ".docx")}, key=len)
    assert len(grades.problems) > 15
    assert {text: found for text in told if (found := pseudo.bypassing(text, data))} == {}


def test_records_and_columns_stay_as_they_are(built, inbox, tmp_path):
    with pseudo.spoken():
        opened = grading.read_build(built)
        grades = grading.grade(opened, read(inbox), rules.Rules(), lambda _: None)
        report.save(grades, rules.Rules(), tmp_path / "out")
    with (tmp_path / "out" / "gradebook.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} == {"number", "table", "plot", "choice", "policy", "explanation"}
    assert "misconception" in rows[0]


def test_a_look_at_ones_own_lesson_speaks_the_readers_language():
    states = ["right", "recorded", "unreadable", "not yet"]
    with pseudo.spoken():
        found = [check._checked("share", {"state": state}) for state in states]
        found.append(check._checked("share", None))
        assert [pseudo.bypassing(tr(item.state)) for item in found] == [[]] * 5
    assert [item.state for item in found] == [*states, "missing"]
    assert [pseudo.bypassing(item.words) for item in found] == [[]] * 5
