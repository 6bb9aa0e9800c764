"""A built term as grading sees it, without a lesson that must be run: keys, pseudonyms and a manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmlab.course.exercises import ANSWER_MIME, to_key
from crmlab.course.exercises.number import Number
from crmlab.course.exercises.plot import Plot
from crmlab.course.exercises.policy import Policy
from crmlab.course.exercises.table import Table
from crmlab.course.exercises.words import Choice, Explanation
from crmlab.spreadsheets import csv_text

STUDENTS = {"s01": "aaaa-aaaa-aaaa", "s02": "bbbb-bbbb-bbbb", "=1+1": "cccc-cccc-cccc"}
LESSONS = ("22_tiers", "31_rfm")


def exercises(student: int) -> dict[str, Any]:
    """Return exercises whose answers are a student's own."""
    shift = 1 + student / 7
    slip = {"you took the median": 99.123 * shift}
    table = {"gold": 412.37 * shift, "lead": -51.94 * shift}
    worth = {"ann": 5.0 * shift, "bob": -1.0, "cid": 3.0}
    return {
        "share": Number("share", 0.88158 * shift, 0.002, misconceptions=slip),
        "by tier": Table("by tier", table),
        "drawn": Plot("drawn", {"1": 12.345 * shift, "2": 67.891 * shift}),
        "why": Choice("why", {"They stay.": "Look again.", "They go.": "Do they?"}, "They stay."),
        "whom": Policy("whom", 2, worth, {"rule": 3.0, "random": 1.0, "oracle": 8.0, "nobody": 0.0}),
        "your decision": Explanation("your decision", ["says what to do"]),
    }


@pytest.fixture
def built(tmp_path) -> Path:
    """The folder of a built term with three students and two lessons."""
    folder = tmp_path / "term"
    (folder / "private" / "keys").mkdir(parents=True)
    for number, name in enumerate(STUDENTS.values()):
        made = {key: to_key(exercise) for key, exercise in exercises(number).items()}
        content = {
            "workspace": name,
            "term": "2027",
            "lessons": {lesson: {"exercises": made} for lesson in LESSONS},
        }
        (folder / "private" / "keys" / f"{name}.json").write_text(json.dumps(content))
    rows = [["student_id", "pseudonym", "name", "email"]]
    rows += [
        [who, name, f"Ü {who}", f"{number}@example.org"]
        for number, (who, name) in enumerate(STUDENTS.items())
    ]
    (folder / "private" / "pseudonyms.csv").write_text(csv_text(rows), encoding="utf-8", newline="")
    empty: dict[str, Any] = {
        name: {} for name in ("cases", "runs", "students", "answers", "files", "versions")
    }
    lessons = {name: {"title": f"Lesson {name}", "digest": ""} for name in LESSONS}
    about = {
        "term": "2027",
        "course": "Customers",
        "code": "",
        "lessons": lessons,
        "due": {"22_tiers": "2027-03-01"},
    }
    (folder / "private" / "manifest.json").write_text(json.dumps(empty | about))
    return folder


@pytest.fixture
def submit(tmp_path) -> Callable[..., Path]:
    """Return a function that puts a notebook with answers among the submissions."""

    def make(
        place: str, workspace: str, answers: dict[str, Any], lesson: str = "22_tiers", **about: Any
    ) -> Path:
        outputs = [
            {"data": {ANSWER_MIME: {"exercise": name, "given": given, "workspace": workspace}}}
            for name, given in answers.items()
        ]
        metadata = {"crmlab": {"lesson": lesson, "workspace": workspace, "term": "2027", **about}}
        cell = {"cell_type": "code", "source": "", "outputs": outputs, "metadata": {}}
        path = tmp_path / "inbox" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [cell], "metadata": metadata}), encoding="utf-8")
        return path

    return make
