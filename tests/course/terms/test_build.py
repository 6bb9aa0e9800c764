"""A term from end to end: built twice alike, changed, compared, handed in and graded."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from crmlab.cli import app
from crmlab.course import catalog
from crmlab.course.editions import leaks
from crmlab.course.exercises.base import ANSWER_MIME
from crmlab.course.grading import grade as grading
from crmlab.course.grading.submissions import read
from crmlab.course.terms import build as building
from crmlab.course.terms import diff, manifest, term
from crmlab.errors import InputError

TERM = """
course: Customers, a course
term: 2027-spring
start: 2027-02-15
end: 2027-06-30
lessons: {22_tiers: {due: 2027-03-01}}
cases: [fernhill]
customers: 300
roster: roster.csv
key: {file: seed.key}
"""
LESSON = "22_tiers"
STUDENTS = ["s01", "s02", "s03"]


def quiet(_):
    """Tell nobody."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a term and two builds of it."""
    place = tmp_path_factory.mktemp("term")
    (place / "term.yaml").write_text(TERM)
    (place / "roster.csv").write_text("student_id\n" + "\n".join(STUDENTS) + "\n")
    (place / "seed.key").write_text("0123456789abcdef")
    opened = term.load(place / "term.yaml")
    for name in ("one", "two"):
        building.build(opened, place / name, 2, quiet)
    return place


@pytest.fixture(scope="module")
def opened(folder):
    return term.load(folder / "term.yaml")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(folder).parts
    }


def test_two_builds_are_the_same_to_the_byte(folder):
    one, two = contents(folder / "one"), contents(folder / "two")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    listed = json.loads(one[manifest.FILE])["files"]
    assert listed == {
        name: hashlib.sha256(content).hexdigest() for name, content in one.items() if name != manifest.FILE
    }


def test_a_build_makes_nothing_twice(folder, opened):
    told = []
    before = {path: path.stat().st_mtime_ns for path in (folder / "one" / "students").iterdir()}
    building.build(opened, folder / "one", 2, told.append)
    assert "Lessons: 0 to run, 1 unchanged." in told
    assert "Workspaces: 0 to make, 3 unchanged." in told
    assert before == {path: path.stat().st_mtime_ns for path in (folder / "one" / "students").iterdir()}


def test_what_is_missing_is_made_again_and_what_is_foreign_goes(folder, opened):
    name = opened.pseudonyms["s02"]
    whole = (folder / "two" / "students" / f"{name}.zip").read_bytes()
    (folder / "two" / "students" / f"{name}.zip").write_bytes(whole[:100])  # an interrupted copy
    (folder / "two" / "students" / "left-long-ago.zip").write_bytes(b"")
    told = []
    building.build(opened, folder / "two", 2, told.append)
    assert "Workspaces: 1 to make, 2 unchanged." in told
    assert contents(folder / "two") == contents(folder / "one")


def test_no_name_no_key_and_no_solution_is_handed_out(folder, opened):
    lesson = catalog.lesson(LESSON)
    for who, name in opened.pseudonyms.items():
        archive = zipfile.ZipFile(folder / "one" / "students" / f"{name}.zip")
        key = json.loads((folder / "one" / "instructor" / "keys" / f"{name}.json").read_text())
        everything = b"\n".join(archive.read(entry) for entry in archive.namelist())
        assert not any(student.encode() in everything for student in STUDENTS), who
        assert opened.key not in everything
        assert b"alive_until" not in everything
        for answer in key[LESSON].values():  # a policy has none
            numbers = answer.values() if isinstance(answer, dict) else [answer]
            for number in numbers:
                assert not number or f"{number:.6g}".encode() not in everything
        notebook = json.loads(archive.read(f"2027-spring-{name}/{LESSON}/{LESSON}.ipynb"))
        assert leaks(notebook, lesson.notebook) == []


def test_answers_differ_from_student_to_student(folder, opened):
    keys = [
        json.loads((folder / "one" / "instructor" / "keys" / f"{name}.json").read_text())[LESSON]
        for name in opened.pseudonyms.values()
    ]
    assert len({json.dumps(key) for key in keys}) == len(keys)


def test_pages_and_slides_show_no_solution(folder):
    for page in (folder / "one").rglob("*"):
        inside = page.suffix in {".html", ".js", ".ipynb", ".txt"}
        if inside and not {"instructor", ".work"} & {*page.parts}:
            text = page.read_text(encoding="utf-8")
            assert not re.search(r"lesson\.(exercise|choice|plot|policy)\(|misconceptions=", text), page


def test_a_change_is_named_with_its_cause(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("two"))
    case = tmp_path / "copy" / "shop.yaml"
    text = (
        Path("data/cases/fernhill.yaml").read_text(encoding="utf-8").replace("name: fernhill", "name: shop")
    )
    case.write_text(text.replace("customers: 6000", "customers: 600"), encoding="utf-8")
    plan = tmp_path / "copy" / "term.yaml"
    plan.write_text(TERM.replace("[fernhill]", "[shop.yaml]"))
    building.build(term.load(plan), tmp_path / "before", 2, quiet)
    case.write_text(
        case.read_text(encoding="utf-8").replace("account_cost: 4.0", "account_cost: 9.0"), encoding="utf-8"
    )
    building.build(term.load(plan), tmp_path / "after", 2, quiet)
    found = diff.compare(diff.read(tmp_path / "before"), diff.read(tmp_path / "after"))
    moved = {item.result: item for item in found.moved}
    assert not found.lessons
    assert moved["profit"].causes == ("parameters (account_cost)",)
    assert moved["profit"].after < moved["profit"].before
    assert moved["profit"].by.startswith("-")
    assert "revenue" not in moved
    same = diff.compare(diff.read(tmp_path / "before"), diff.read(tmp_path / "before"))
    assert not same
    said = CliRunner().invoke(app, ["diff", str(tmp_path / "before"), str(tmp_path / "after")]).output
    assert "account_cost" in said


def test_a_folder_of_something_else_is_left_alone(tmp_path, opened):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="holds something that is no term"):
        building.build(opened, tmp_path, 1, quiet)
    with pytest.raises(InputError, match="There is no language 'zh'"):
        building.build(opened, tmp_path / "new", 1, quiet, "zh")
    with pytest.raises(InputError, match="no manifest of a term"):
        diff.read(tmp_path)


@pytest.fixture(scope="module")
def worked(folder, opened, tmp_path_factory):
    """The notebook of s01, with one right answer and one known misconception, run as Jupyter runs it."""
    place = tmp_path_factory.mktemp("worked")
    name = opened.pseudonyms["s01"]
    with zipfile.ZipFile(folder / "one" / "students" / f"{name}.zip") as archive:
        archive.extractall(place)
    path = place / f"2027-spring-{name}" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    exercises = grading.key_of(opened, "s01", LESSON)
    answers = {
        "top_tenth": exercises["top tenth"].answer,
        "by_tier": next(iter(exercises["tiers without mailings"].misconceptions.values())),
    }
    for cell in notebook.cells:
        for variable, answer in answers.items():
            cell.source = cell.source.replace(f"{variable}.check(...)", f"{variable}.check({answer!r})")
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}, timeout=120).execute()
    nbformat.write(notebook, path)
    return path


def test_a_student_is_answered_at_once_and_can_check_the_lesson(worked):
    text = worked.read_text(encoding="utf-8")
    assert "**top tenth**: right." in text
    assert "**tiers without mailings**: not yet. It seems that" in text
    assert "**the carpet**: no answer yet." in text
    said = CliRunner().invoke(app, ["check", str(worked)])
    assert said.exit_code == 0, said.output
    assert "1 of 3 right." in said.output
    assert "missing" in said.output


def submit(place, worked, name, change=None):
    """Put a changed copy of the worked notebook among the submissions."""
    notebook = json.loads(worked.read_text(encoding="utf-8"))
    if change:
        change(notebook)
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(json.dumps(notebook), encoding="utf-8")


def of(pseudonym, given=None):
    """Return a change that makes a notebook somebody's own, and its first answer another."""

    def change(notebook):
        notebook["metadata"]["crmlab"]["workspace"] = pseudonym
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                if record := output.get("data", {}).get(ANSWER_MIME):
                    record["workspace"] = pseudonym
                    if given is not None:
                        record["given"] = given

    return change


def forged(notebook):
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if record := output.get("data", {}).get(ANSWER_MIME):
                record |= {"given": {"a": [None] * 50}, "right": True, "points": 100, "attempt": "many"}


def climbing(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.ipynb", "{}")
        archive.writestr("/etc/absolute.ipynb", "{}")


def bomb(path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b"0" * 250_000_000)
    path.write_bytes(inner.getvalue())


def test_grading(worked, opened, tmp_path):
    inbox, (first, second, third) = tmp_path / "inbox", opened.pseudonyms.values()
    submit(inbox, worked, "fine.ipynb")
    submit(inbox, worked, "copied/second.ipynb", of(second))
    submit(inbox, worked, "wrong-1.ipynb", of(third, 0.123456))
    submit(inbox, worked, "s02/of-another.ipynb")
    submit(inbox, worked, "stranger.ipynb", of("xxxx-xxxx-xxxx"))
    submit(inbox, worked, "nobody.ipynb", of(""))
    submit(inbox, worked, "never-run.ipynb", lambda nb: [cell.update(outputs=[]) for cell in nb["cells"]])
    submit(inbox, worked, "old.ipynb", lambda nb: nb["metadata"]["crmlab"].update(term="2020-autumn"))
    submit(inbox, worked, "other.ipynb", lambda nb: nb["metadata"]["crmlab"].update(lesson="99_none"))
    submit(inbox, worked, "forged.ipynb", forged)
    (inbox / "empty.ipynb").write_bytes(b"")
    (inbox / "text.ipynb").write_text("I did it, honest.")
    (inbox / "deep.ipynb").write_text("[" * 100_000)
    (inbox / "list.ipynb").write_text("[1, 2]")
    (inbox / "merged.ipynb").write_text("{\n<<<<<<< mine\n=======\n>>>>>>> theirs\n}")
    (inbox / "huge.ipynb").write_bytes(b" " * 31_000_000)
    (inbox / "no.zip").write_bytes(b"PK")
    (inbox / "link.ipynb").symlink_to(worked)
    climbing(inbox / "climbing.zip")
    bomb(inbox / "bomb.zip")
    with zipfile.ZipFile(inbox / "packed.zip", "w") as archive:
        archive.write(worked, f"hand-in/{worked.name}")

    grades = grading.grade(opened, read(inbox), 2, quiet)
    problems = {}
    for place, problem in grades.problems:
        problems.setdefault(place, []).append(problem)
    expected = {
        "s02/of-another.ipynb": "in the folder of s02",
        "stranger.ipynb": "no student of this term",
        "nobody.ipynb": "whose it is",
        "never-run.ipynb": "holds no answer",
        "old.ipynb": "the term 2020-autumn",
        "other.ipynb": "no lesson of this term",
        "empty.ipynb": "is empty",
        "text.ipynb": "no notebook that can be read",
        "deep.ipynb": "no notebook that can be read",
        "list.ipynb": "has no cells",
        "merged.ipynb": "were merged",
        "huge.ipynb": "31,000,000 bytes",
        "no.zip": "no zip that can be opened",
        "link.ipynb": "a link",
        "climbing.zip/../../outside.ipynb": "climbs out",
        "climbing.zip//etc/absolute.ipynb": "climbs out",
        "climbing.zip": "no notebook in it",
        "bomb.zip": "not opened",
    }
    for place, words in expected.items():
        assert words in " ".join(problems.get(place, [])), (place, problems.get(place))
    assert not (tmp_path.parent / "outside.ipynb").exists()

    marks = {(mark.student, mark.exercise): mark for mark in grades.marks}
    assert len(marks) == 9
    assert marks["s01", "top tenth"].points == 1
    assert marks["s01", "tiers without mailings"].points == 0
    assert marks["s01", "tiers without mailings"].misconception.startswith("It seems that")
    assert marks["s01", "the carpet"].words == "no answer"
    assert marks["s02", "top tenth"].points == 0, "another student's answer is wrong here"
    assert all(mark.points == 0 for mark in grades.marks if mark.student == "s03")

    out = CliRunner().invoke(
        app,
        ["grade", str(inbox), "--term", str(opened.folder / "term.yaml"), "--out", str(tmp_path / "grades")],
    )
    assert out.exit_code == 0, out.output
    text = (tmp_path / "grades" / "gradebook.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 9
    assert {row["student_id"] for row in rows} == set(STUDENTS)
    assert not any(row["answer"].startswith(("=", "@")) for row in rows)
    names = [path.name for path in (tmp_path / "grades" / "feedback").iterdir()]
    assert sorted(names) == sorted(f"{name}.md" for name in (first, second, third))
    report = (tmp_path / "grades" / "report.html").read_text(encoding="utf-8")
    assert "3 of 3 students" in report
    assert "climbs out" in report


def test_wrong_numbers_of_two_are_listed():
    def mark(who, exercise, given, points=0.0):
        return grading.Mark(who, LESSON, exercise, points, given, "", is_number=True)

    marks = [mark("a", "x", "0.51234"), mark("b", "x", "0.51234"), mark("c", "x", "0.5")]
    marks += [
        mark("d", "x", "0.5"),
        mark("a", "y", "12.345"),
        mark("b", "y", "12.345"),
        mark("c", "y", "7", 1),
    ]
    assert grading.alike(marks) == [(LESSON, "a", "b", ["x", "y"])]
