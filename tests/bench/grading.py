"""How long does it take to grade a class? Run: python tests/bench/grading.py [STUDENTS] [LESSON]."""

import json
import sys
import tempfile
import time
from pathlib import Path

from crmlab.course import catalog
from crmlab.course.editions.notebooks import exercises
from crmlab.course.exercises.base import ANSWER_MIME
from crmlab.course.grading import grade, report
from crmlab.course.grading.submissions import read
from crmlab.course.terms import term

TERM = """
course: A large course
term: bench
start: 2027-02-15
end: 2027-06-30
lessons: [{lesson}]
cases: [fernhill]
customers: 1500
roster: roster.csv
key: {{file: seed.key}}
"""


def submissions(opened: term.OpenTerm, lesson: str, folder: Path) -> None:
    """Write one notebook a student, with an answer to every exercise."""
    source = catalog.lesson(lesson).notebook
    keys = [cell for cell in source["cells"] if "key" in cell["metadata"].get("tags", [])]
    names = [name for cell in keys for name in exercises(cell).values()]
    for number, pseudonym in enumerate(opened.pseudonyms.values()):
        records = [
            {"exercise": name, "kind": "number", "given": 0.1 + number, "attempt": 1, "workspace": pseudonym}
            for name in names
        ]
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": {ANSWER_MIME: record}}
            for record in records
        ]
        cell = {"cell_type": "code", "id": "answers", "metadata": {}, "source": "", "outputs": outputs}
        about = {"lesson": lesson, "workspace": pseudonym, "term": "bench"}
        notebook = {"cells": [*source["cells"], cell], "metadata": {"crmlab": about}}
        (folder / f"{number:04d}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def main(students: int = 300, lesson: str = "22_tiers") -> None:
    """Grade a class and print the seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "term.yaml").write_text(TERM.format(lesson=lesson), encoding="utf-8")
        ids = "\n".join(f"s{number:04d}" for number in range(students))
        (folder / "roster.csv").write_text(f"student_id\n{ids}\n", encoding="utf-8")
        (folder / "seed.key").write_text("0123456789abcdef", encoding="utf-8")
        opened = term.load(folder / "term.yaml")
        (folder / "inbox").mkdir()
        submissions(opened, lesson, folder / "inbox")
        begin = time.perf_counter()
        grades = grade.grade(opened, read(folder / "inbox"), 4, print)
        report.save(grades, opened, folder / "grades")
        took = time.perf_counter() - begin
        print(f"{students} submissions of {lesson}: {took:.1f} s, {len(grades.marks):,} marks")


if __name__ == "__main__":
    main(*[int(item) if item.isdigit() else item for item in sys.argv[1:]])
