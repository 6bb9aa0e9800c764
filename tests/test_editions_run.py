"""A student's edition runs from top to bottom on a student's own data; its sealed keys know the solutions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from crmlab.course import cases, keys, sealing
from crmlab.course.catalog import Lesson, lessons
from crmlab.course.editions import leaks, student
from crmlab.course.exercises import ANSWER_MIME, Exercise
from crmlab.course.normalise import joined
from crmlab.course.terms import individual

CUSTOMERS, SEED, WORKSPACE = 400, 5, "k3v9-2mqd-7xwa"

# The package lifetimes, which 42_bgnbd compares with, sets it.
pytestmark = pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option:DeprecationWarning")


def with_solutions(notebook: dict[str, Any], lesson: Lesson) -> dict[str, Any]:
    """Return a student's notebook in which a cell with the solution follows each cell for an answer."""
    solved = {cell["id"]: joined(cell["source"]) for cell in lesson.notebook["cells"]}
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        if cell["id"].endswith("-answer") and "check(...)" in cell["source"]:
            name = cell["id"].removesuffix("answer") + "solution"
            cells.append({**cell, "id": name, "source": solved[name]})
    return notebook | {"cells": cells}


def replies(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what is recorded of each answer given, and the words of the reply."""
    for cell in notebook["cells"]:
        if cell["id"].endswith("-solution"):
            for output in cell["outputs"]:
                if record := output.get("data", {}).get(ANSWER_MIME):
                    yield record, output["data"]["text/plain"]


@pytest.fixture(params=lessons().values(), ids=lessons().keys())
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return request.param


@pytest.fixture
def opened(lesson: Lesson, tmp_path: Path) -> dict[str, Exercise]:
    """A student's workspace, and the exercises as the instructor has them, who knows the truth."""
    mine = individual.draw(cases.load("fernhill"), lesson.name, SEED, customers=CUSTOMERS)
    case = str(mine.write(tmp_path / "student", lesson.name))
    sealed = sealing.seal_all(lesson, case, salt="s01")
    sealing.write(tmp_path / "student" / sealing.FILE, WORKSPACE, {lesson.name: sealed})
    notebook = student(lesson, {**mine.parameters, "case": individual.CASE_FILE}, {"workspace": WORKSPACE})
    assert leaks(notebook, lesson.notebook) == []
    solved = nbformat.from_dict(with_solutions(notebook, lesson))
    nbformat.write(solved, tmp_path / "student" / "lesson.ipynb")
    return keys.compute(lesson, str(mine.write(tmp_path / "instructor", lesson.name, truth=True)))


def test_it_runs_and_the_solutions_are_right(opened: dict[str, Exercise], tmp_path: Path) -> None:
    notebook = nbformat.read(tmp_path / "student" / "lesson.ipynb", as_version=4)
    place = {"metadata": {"path": str(tmp_path / "student")}}
    NotebookClient(notebook, resources=place, timeout=120).execute()  # raises where a cell fails
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data"}
    answered = {record["exercise"]: (record["given"], said) for record, said in replies(notebook)}
    assert set(answered) == set(opened)
    for name, (given, said) in answered.items():
        scored = opened[name].kind.word == "policy"
        assert said.startswith(f"**{name}**: {'valid, ' if scored else 'right.'}"), said
        assert opened[name].judge(given).right, opened[name].judge(given)
