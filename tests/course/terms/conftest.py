"""A term that is small enough to be built in a test: one lesson of the course, and a private one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

TERM = """
course: Customers & <value>, a course
term: 2027-spring
start: 2027-02-15
end: 2027-06-30
lessons: {00_start: {due: 2027-03-01}, exam.ipynb: {due: 2027-06-20}}
cases: [fernhill]
customers: 300
roster: roster.csv
key: {file: seed.key}
repository: https://github.com/owner/name
"""
SETUP = """from crmlab.course import Lesson

lesson = Lesson(case)
table = lesson.case.transactions().to_pandas()
spent = table.groupby("customer_id")["amount"].sum()
mean = float(spent.mean())
by_year = table.groupby(table["date"].dt.year)["amount"].sum()"""
KEYS = {
    "mean": """mean_spent = lesson.exercise(
    "mean spent", answer=mean, tolerance=0.002,
    misconceptions={"you took the median": float(spent.median())},
    hint="Divide by the customers.",
)""",
    "years": """years = lesson.exercise("by year", answer=by_year, tolerance=0.002)""",
    "why": """why = lesson.choice(
    "why", answer="They stay.", options={"They stay.": "Look again.", "They go.": "Do they?"},
)
why""",
    "whom": """whom = lesson.policy(
    "whom", spent - mean, most=5, against={"rule": spent.nlargest(3).index},
)""",
    "words": """words = lesson.explain("words", rubric=["says why"])""",
}


def lesson_of(code: Callable, prose: Callable) -> dict:
    """Return a private lesson with an exercise of most kinds."""
    cells = [
        prose("# The exam\n\nWhat did they spend?", "question"),
        code('case = "fernhill"  # a case', "parameters", "parameters"),
        code(SETUP, "setup"),
    ]
    for name, source in KEYS.items():
        variable = source.partition(" ")[0]
        cells.append(code(source, f"{name}-key", "key"))
        cells.append(code(f"{variable}.check(...)", f"{name}-answer"))
        cells.append(code(f"solved_{variable} = {variable}", f"{name}-solution", "solution"))
    cells.append(code('lesson.record("mean spent", mean)\nlesson.results()', "results"))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="session")
def make_term(code, prose) -> Callable[..., Path]:
    """Return a function that writes a small term to a folder; texts of its file can be replaced."""

    def make(place: Path, changes: dict[str, str] | None = None) -> Path:
        place.mkdir(parents=True, exist_ok=True)
        text = TERM
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        (place / "term.yaml").write_text(text, encoding="utf-8")
        (place / "exam.ipynb").write_text(json.dumps(lesson_of(code, prose)), encoding="utf-8")
        (place / "roster.csv").write_text("student_id\ns01\ns02\ns03\n", encoding="utf-8")
        (place / "seed.key").write_text("0123456789abcdef0123456789abcdef")
        return place / "term.yaml"

    return make
