"""A built term as grading sees it, without a lesson that must be run: keys, pseudonyms and a manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from classroom import LESSONS, STUDENTS, exercises

from crmlab.course.exercises import ANSWER_MIME, to_key
from crmlab.spreadsheets import csv_text


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
