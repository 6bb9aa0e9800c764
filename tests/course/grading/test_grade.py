"""Grades: what an answer is worth, whatever is handed in; one bad submission stops nobody else."""

import csv
import io
import os
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from classroom import LESSONS, STUDENTS, exercises
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from crmlab.cli import app
from crmlab.course.exercises import from_key, to_key
from crmlab.course.grading import copies, exports, report, rules
from crmlab.course.grading import grade as grading
from crmlab.course.grading.submissions import Submission, notebook, read

FIRST, SECOND, THIRD = STUDENTS.values()
LONG = "Write to those who stay, for a test in autumn would tell us whether letters work at all."


def quiet(_):
    """Tell nobody."""


def graded(built, inbox, folder=None):
    opened = grading.read_build(built)
    names = {lesson: [*exercises(0)] for lesson in LESSONS}
    return grading.grade(opened, read(inbox), rules.read(folder, names, [*opened.people], opened.due), quiet)


def marks_of(grades, who, lesson="22_tiers"):
    return {mark.exercise: mark for mark in grades.marks if (mark.student, mark.lesson) == (who, lesson)}


def answers(number=0):
    own = exercises(number)
    return {name: own[name].dump(own[name].answer) for name in ("share", "by tier", "why", "whom")} | {
        "drawn": {"series": [own["drawn"].answer], "labels": ["title", "x", "y"]},
        "your decision": LONG,
    }


def test_right_answers_earn_all_and_a_text_waits_for_a_person(built, submit, tmp_path):
    submit("one.ipynb", FIRST, answers())
    marks = marks_of(graded(built, tmp_path / "inbox"), "s01")
    assert {name: mark.points for name, mark in marks.items()} == {
        **dict.fromkeys(answers(), 1.0), "your decision": None
    }  # fmt: skip
    assert marks["your decision"].of == 0
    assert marks["your decision"].text == LONG


WRONG = [
    "about half", None, [[1]], {"unreadable": "'42%'"}, {"too_long": 9}, "9" * 500, 10**400, -0.88158, -1.13,
    {"gold": {"a": [None] * 50}}, True, 1e308, float("inf"), "=HYPERLINK(1)", [],
]  # fmt: skip


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: str(answer)[:20])
def test_no_answer_stops_the_class(built, submit, tmp_path, answer):
    submit("bad.ipynb", FIRST, dict.fromkeys(answers(), answer))
    submit("good.ipynb", SECOND, answers(1))
    grades = graded(built, tmp_path / "inbox")
    assert sum(mark.points or 0 for mark in marks_of(grades, "s02").values()) == 5
    assert marks_of(grades, "s01")["share"].points == 0
    text = "".join(str(mark) for mark in marks_of(grades, "s01").values())
    assert "unreadable" not in text
    assert report.save(grades, rules.Rules(), tmp_path / "grades")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = {name: to_key(exercise) for name, exercise in exercises(0).items()}


@settings(max_examples=150)
@given(st.sampled_from([*KEYS]), JSON)
def test_whatever_a_record_holds_is_an_answer_and_no_more(name, given_):
    exercise = from_key(name, KEYS[name])
    judged = exercise.grade(given_)
    assert judged.share is None or 0 <= judged.share <= 1
    copies.prints(exercise.word, given_)
    grading._readable(given_)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".ipynb", ".zip", ".json", ".txt", ".pdf", ""]))
def test_whatever_a_file_holds_is_a_submission_or_a_problem(content, ending):
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / f"a{ending}").write_bytes(content)
        assert all(item.problem for item in read(Path(place)))


@pytest.mark.parametrize(
    "name",
    [
        "22.html",
        "22.pdf",
        "22.ipynb.rar",
        "a.7z",
        "a.tar.gz",
        "a.tgz",
        "notes.docx",
        "code.py",
        "photo.jpg",
        "nothing",
    ],
)
def test_files_of_other_kinds_are_told(built, submit, tmp_path, name):
    submit("folder/good.ipynb", FIRST, answers())
    for place in ("", "folder/"):
        (tmp_path / "inbox" / f"{place}{name}").write_bytes(b"x" * 10)
    with zipfile.ZipFile(tmp_path / "inbox" / "packed.zip", "w") as archive:
        archive.writestr(f"in/{name}", b"x")
    problems = [place for place, _ in graded(built, tmp_path / "inbox").problems]
    assert problems == sorted([name, f"folder/{name}", f"packed.zip/in/{name}"])


@pytest.mark.parametrize("name", ["22_tiers.ipynb.txt", "22_tiers.json", "22_tiers"])
def test_a_notebook_under_another_name_is_graded_and_that_is_told(built, submit, tmp_path, name):
    submit(name, FIRST, answers())
    grades = graded(built, tmp_path / "inbox")
    assert marks_of(grades, "s01")["share"].points == 1
    assert grades.problems == [(name, "it was read as a notebook, which its name does not say")]


def test_what_lies_beside_a_notebook_is_no_submission(built, submit, tmp_path):
    path = submit("work/22_tiers/22_tiers.ipynb", FIRST, answers())
    for name in ("case.yaml", "orders.csv", "README.md", "workspace.json", ".DS_Store", "22_tiers.new.ipynb"):
        (path.parent / name).write_text("x")
    (path.parent / ".ipynb_checkpoints").mkdir()
    (path.parent / ".ipynb_checkpoints" / "x.ipynb").write_text("x")
    assert graded(built, tmp_path / "inbox").problems == []


@pytest.mark.slow
def test_hostile_and_misplaced_submissions_are_named(built, submit, tmp_path):
    inbox = tmp_path / "inbox"
    submit("s02/of-another.ipynb", FIRST, answers())
    submit("stranger.ipynb", "xxxx-xxxx-xxxx", answers())
    submit("nobody.ipynb", "", answers())
    submit("never-run.ipynb", FIRST, {})
    submit("old.ipynb", FIRST, answers(), term="2020")
    submit("other.ipynb", FIRST, answers(), lesson="99_none")
    (inbox / "empty.ipynb").write_bytes(b"")
    (inbox / "deep.ipynb").write_text("[" * 100_000)
    (inbox / "merged.ipynb").write_text("{\n<<<<<<< mine\n=======\n>>>>>>> theirs\n}")
    (inbox / "no.zip").write_bytes(b"PK")
    (inbox / "link.ipynb").symlink_to(inbox / "old.ipynb")
    with zipfile.ZipFile(inbox / "climbing.zip", "w") as archive:
        archive.writestr("../../outside.ipynb", "{}")
    with zipfile.ZipFile(inbox / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b"0" * 250_000_000)
    problems = dict(graded(built, inbox).problems)
    expected = {
        "s02/of-another.ipynb": "in the folder of", "stranger.ipynb": "no student of this term",
        "nobody.ipynb": "whose it is", "never-run.ipynb": "holds no answer", "old.ipynb": "the term 2020",
        "other.ipynb": "no lesson of this term", "empty.ipynb": "is empty", "deep.ipynb": "no notebook",
        "merged.ipynb": "were merged", "no.zip": "no zip that can be opened", "link.ipynb": "a link",
        "climbing.zip/../../outside.ipynb": "climbs out", "bomb.zip": "not opened",
    }  # fmt: skip
    for place, words in expected.items():
        assert words in problems.pop(place), place
    assert set(problems) <= {"climbing.zip"}
    assert not (tmp_path.parent / "outside.ipynb").exists()


def test_of_several_the_last_counts_and_lateness_is_kept_to_the_rules(built, submit, tmp_path):
    worst = {"share": 7.0, "why": "b"}
    for name, content, when in (
        ("a.ipynb", answers(), "2027-03-01 12:00"),
        ("b.ipynb", worst, "2027-03-03 12:00"),
    ):
        path = submit(name, FIRST, content)
        stamp = datetime.fromisoformat(when).timestamp()
        os.utime(path, (stamp, stamp))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "late.csv").write_text("days,share\n1,0.9\n3,50%\n")
    (tmp_path / "rules" / "points.csv").write_text("lesson;exercise;points\n22_tiers;share;4\n")
    grades = graded(built, tmp_path / "inbox", tmp_path / "rules")
    [one] = [item for item in grades.lessons if (item.student, item.lesson) == ("s01", "22_tiers")]
    assert (one.place, one.days_late, one.kept, one.points, one.of) == ("b.ipynb", 2, 0.5, 0.0, 8.0)
    (tmp_path / "rules" / "times.csv").write_text(
        "student_id,lesson,handed_in\ns01,22_tiers,2027-03-02 08:00\n"
    )
    (tmp_path / "rules" / "overrides.csv").write_text(
        "student_id,lesson,exercise,points,reason\ns01,22_tiers,your decision,0.75,clear\n"
        "'=1+1,22_tiers,,3,by hand\ns02,22_tiers,share,,not yet read\n"
    )
    grades = graded(built, tmp_path / "inbox", tmp_path / "rules")
    by_hand = {item.student: item for item in grades.lessons if item.lesson == "22_tiers"}
    assert (by_hand["s01"].days_late, by_hand["s01"].points, by_hand["s01"].of) == (1, 0.75, 9.0)
    assert by_hand["=1+1"].points == 3


def test_copies_are_listed_and_misunderstandings_are_not(built, submit, tmp_path):
    slip = exercises(0)["share"].misconceptions["you took the median"]
    submit("a.ipynb", FIRST, {"share": 12.3456, "your decision": LONG})
    submit("b.ipynb", SECOND, {"share": 12.3456, "your decision": LONG.upper()})
    submit("c.ipynb", THIRD, answers(1) | {"your decision": "I would wait."})
    submit("d.ipynb", FIRST, {"share": slip, "why": "b"}, lesson="31_rfm")
    submit(
        "g.ipynb", SECOND, {"share": 0.5123, "why": "b"}, lesson="31_rfm"
    )  # one short number may be chance
    submit("h.ipynb", THIRD, {"share": 0.5123, "why": "b"}, lesson="31_rfm")
    grades = graded(built, tmp_path / "inbox")
    assert grades.alike == [("s01", "s02", ["22_tiers: share", "22_tiers: your decision"])]
    [(who, other, names)] = grades.borrowed
    assert (who, other) == ("=1+1", "s02")
    assert names == ["22_tiers: by tier", "22_tiers: drawn", "22_tiers: share"]


def test_a_class_that_errs_by_itself_is_not_accused():
    def mark(number, exercise, given_):
        found = tuple(copies.prints("number", given_))
        who = f"s{number:03d}"
        return grading.Mark(
            who, "22_tiers", exercise, "number", 0.0, 0.0, 1.0, given=str(given_), prints=found
        )

    rng = np.random.default_rng(1)
    marks = [mark(n, name, float(rng.uniform(0.2, 0.9))) for n in range(300) for name in ("a", "b")]
    assert copies.alike(marks) == []
    assert copies.alike([mark(n, "a", 0.73123456) for n in range(80)]) == []
    assert len(copies.alike([mark(n, "a", 0.73123456) for n in range(3)])) == 3


def test_names_and_answers_that_cannot_be_written_stop_nobody(built, submit, tmp_path):
    submit(
        "one.ipynb",
        FIRST,
        {"share": "half of a sign \udcff", "your decision": "\x1b[31mred \ud800 words here"},
    )
    inbox = tmp_path / "inbox"
    (Path(os.fsdecode(os.fsencode(inbox) + b"/\xff\x1b.pdf"))).write_bytes(b"x")
    (built / "private" / "keys" / f"{SECOND}.json").write_text("{")
    out = CliRunner().invoke(
        app, ["grade", str(inbox), "--build", str(built), "--out", str(tmp_path / "grades")]
    )
    assert out.exit_code == 0, out.output
    assert "\x1b" not in out.output
    problems = (tmp_path / "grades" / "problems.csv").read_text(encoding="utf-8")
    assert "s02,the key to the workspace is missing" in problems


def test_who_was_refused_is_told_and_what_was_filled_in_is_kept(built, submit, tmp_path):
    inbox, out = tmp_path / "inbox", tmp_path / "grades"
    submit("s01/old.ipynb", FIRST, answers(), term="2020")
    submit("two.ipynb", SECOND, answers(1))
    report.save(graded(built, inbox), rules.Rules(), out)
    assert "belongs to the term 2020" in (out / "feedback" / f"{FIRST}.md").read_text(encoding="utf-8")
    filled = (out / "texts.csv").read_text(encoding="utf-8").replace("your decision,,", "your decision,0.5,")
    (out / "texts.csv").write_text(filled, encoding="utf-8", newline="")
    report.save(graded(built, inbox), rules.Rules(), out)
    assert (out / "texts.mine1.csv").read_text(encoding="utf-8") == filled
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "overrides.csv").write_text(filled, encoding="utf-8")
    marks = marks_of(graded(built, inbox, tmp_path / "rules"), "s02")
    assert (marks["your decision"].points, marks["your decision"].of) == (0.5, 1.0)


def test_files_copied_at_once_have_no_last_one(built, submit, tmp_path):
    for number, (name, content) in enumerate({"a.ipynb": answers(), "b.ipynb": {"share": 7.0}}.items()):
        path = submit(name, FIRST, content)
        os.utime(path, (1_800_000_000 + number / 100,) * 2)
    grades = graded(built, tmp_path / "inbox")
    assert sum(mark.points or 0 for mark in marks_of(grades, "s01").values()) == 5


def test_policies_earn_by_degrees_and_never_more_than_all(built):
    policy = exercises(0)["whom"]
    assert policy.grade(["ann", "cid"]).share == 1
    assert policy.grade(["cid"]).share == 1, "as much as the rule is right"
    assert policy.grade(["bob", "cid"]).share == 0.5
    assert policy.grade([]).share == policy.grade(["bob"]).share == 0


def test_all_tables_open_in_a_spreadsheet_without_a_formula(built, submit, tmp_path):
    submit("one.ipynb", THIRD, {"share": 0.9, "why": "=1+1", "your decision": "=HYPERLINK(1) is what I say"})
    (tmp_path / "inbox" / "=cmd.pdf").write_bytes(b"x")
    out = tmp_path / "grades"
    done = CliRunner().invoke(
        app, ["grade", str(tmp_path / "inbox"), "--build", str(built), "--out", str(out)]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 of 3 students graded" in done.output
    tables = {path.name: path.read_text(encoding="utf-8") for path in out.glob("*.csv")}
    assert set(tables) == {
        "gradebook.csv", "summary.csv", "canvas.csv", "moodle.csv", "texts.csv", "problems.csv"
    }  # fmt: skip
    for name, text in tables.items():
        assert text.startswith("\ufeff"), name
        cells = [cell for row in csv.reader(io.StringIO(text[1:])) for cell in row]
        assert not [
            cell
            for cell in cells
            if cell.strip()[:1] in set("=+@") or (cell[:1] == "-" and not cell[1:2].isdigit())
        ]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in page
    assert "<script" not in page
    [feedback] = (out / "feedback").iterdir()
    assert feedback.name == f"{THIRD}.md"
    assert "{'" not in feedback.read_text(encoding="utf-8")


def test_exports_know_students_points_and_maxima(built, submit, tmp_path):
    submit("one.ipynb", FIRST, answers())
    grades = graded(built, tmp_path / "inbox")
    files = exports.files(grades, rules.Rules())
    canvas = list(csv.reader(io.StringIO(files["canvas.csv"][1:])))
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *LESSONS]
    assert canvas[1][0].strip() == "Points Possible"
    assert canvas[1][5:] == ["5.0", "5.0"]
    assert canvas[2][0] == "Ü s01"
    assert canvas[2][5:] == ["5.0", ""]
    moodle = list(csv.DictReader(io.StringIO(files["moodle.csv"][1:])))
    assert moodle[0]["Email address"] == "0@example.org"
    assert "share: right" in moodle[0]["22_tiers (feedback)"]
    summary = list(csv.DictReader(io.StringIO(files["summary.csv"][1:])))
    assert [row["percent"] for row in summary] == ["50.0", "0.0", "0.0", "100.0"]
    heavy = exports.files(grades, rules.Rules(weight_of={("22_tiers",): 3.0}))["summary.csv"]
    assert next(csv.DictReader(io.StringIO(heavy[1:])))["percent"] == "75.0"


def test_bytes_of_a_zip_are_counted_as_they_come(tmp_path, monkeypatch):
    from crmlab.course.grading import submissions

    monkeypatch.setattr(submissions, "MOST_UNPACKED", 1000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.ipynb", b" " * 400)
    [found] = read(tmp_path / "a.zip")
    assert found.problem.startswith("it unpacks to 3 files")


@settings(max_examples=150)
@given(st.integers(0, 400), st.integers(1, 9), st.binary(min_size=1, max_size=9))
def test_a_damaged_zip_stops_nobody(place, size, new):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.ipynb", "{}")
        archive.writestr("b.zip", b"PK\x05\x06" + bytes(18))
    content = buffer.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.zip").write_bytes(content[:place] + new + content[place + size :])
        assert all(item.problem for item in read(Path(folder)))


def test_zips_in_zips_share_what_may_be_unpacked(tmp_path, monkeypatch):
    from crmlab.course.grading import submissions

    monkeypatch.setattr(submissions, "MOST_UNPACKED", 3000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as outer:
        for name in ("b", "c"):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as inner:
                inner.writestr("x.ipynb", b" " * 1800)
            outer.writestr(f"{name}.zip", buffer.getvalue())
    problems = [item.problem for item in read(tmp_path / "a.zip")]
    assert "too many bytes" in problems[-1]


def test_a_submission_says_what_it_is():
    assert notebook(b"[1, 2]", "x") == Submission("x", problem="it is no notebook: it has no cells")
