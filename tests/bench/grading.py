"""How long does it take to grade a class? Run: python tests/bench/grading.py [STUDENTS]."""

import json
import sys
import tempfile
import time
from pathlib import Path

from crmlab.course import catalog, keys
from crmlab.course.editions import student
from crmlab.course.exercises import ANSWER_MIME, to_key
from crmlab.course.grading import grade, report, rules
from crmlab.course.grading.submissions import read
from crmlab.spreadsheets import csv_text

LESSONS = ("00_start", "22_tiers", "44_model_race")


def class_of(students: int, folder: Path) -> None:
    """Write a built term and what its students handed in: each lesson with an answer to every exercise."""
    (folder / "private" / "keys").mkdir(parents=True)
    (folder / "inbox").mkdir()
    made = {name: keys.compute(catalog.lesson(name), "fernhill") for name in LESSONS}
    filed = {name: {"exercises": {one: to_key(each) for one, each in made[name].items()}} for name in LESSONS}
    blank = {name: student(catalog.lesson(name), {}, {"term": "bench"}) for name in LESSONS}
    people = [(f"s{number:04d}", f"name-{number:04d}") for number in range(students)]
    for number, (_, name) in enumerate(people):
        content = {"workspace": name, "term": "bench", "lessons": filed}
        (folder / "private" / "keys" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        for lesson in LESSONS:
            outputs = [
                {"data": {ANSWER_MIME: {"exercise": one, "given": 0.1234567 + number, "workspace": name}}}
                for one in made[lesson]
            ]
            cell = {"cell_type": "code", "metadata": {}, "source": "", "outputs": outputs}
            notebook = blank[lesson] | {"cells": [*blank[lesson]["cells"], cell]}
            (folder / "inbox" / f"{name}-{lesson}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "private" / "pseudonyms.csv").write_text(csv_text([["student_id", "pseudonym"], *people]))
    about = {key: {} for key in ("cases", "runs", "students", "answers", "files", "versions")}
    titles = {name: {"title": name, "digest": ""} for name in LESSONS}
    manifest = {
        **about,
        "term": "bench",
        "course": "A large course",
        "code": "",
        "lessons": titles,
        "due": {},
    }
    (folder / "private" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def main(students: int = 300) -> None:
    """Grade a class and print the seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        class_of(students, folder)
        begin = time.perf_counter()
        grades = grade.grade(grade.read_build(folder), read(folder / "inbox"), rules.Rules(), print)
        report.save(grades, rules.Rules(), folder / "grades")
        took = time.perf_counter() - begin
        print(f"{students} students, {len(LESSONS)} lessons: {took:.1f} s, {len(grades.marks):,} marks")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
