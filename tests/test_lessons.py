"""Every stored lesson keeps to the spine and was executed from top to bottom."""

import ast
import base64
import re
import statistics
from itertools import pairwise
from typing import Any

import pytest

from crmlab.course.catalog import Lesson, lessons
from crmlab.course.lesson import RESULTS_MIME
from crmlab.quality.verdicts import THEORIES
from crmlab.tables import TABLES

LESSONS = lessons()
HEADINGS = [
    "## You will learn",
    "## Parameters",
    "## The data",
    "## The idea",
    "## Worked analysis",
    "## Where people go wrong",
    "## Exercises",
    "## The decision",
    "## Recap",
]
SHORT = {"00_start"}  # the welcome: fewer cells, words and pictures
HAS_PALETTE = 3  # what the 26th byte of a PNG says


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


@pytest.fixture(params=LESSONS.values(), ids=LESSONS.keys())
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return request.param


@pytest.fixture
def cells(lesson: Lesson) -> list[dict[str, Any]]:
    return lesson.notebook["cells"]


@pytest.fixture
def code(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def prose(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "markdown"]


def test_executed_top_to_bottom(code: list[dict[str, Any]]) -> None:
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data"}


def is_folded(cell: dict[str, Any]) -> bool:
    return bool({"hide-input", "key", "solution", "instructor"} & {*tags(cell)})


def test_measures(lesson: Lesson, cells: list[Any]) -> None:
    """What a student meets fits a session: cells that are not folded, words, lines of code, pictures."""
    seen = [cell for cell in cells if not is_folded(cell)]
    prose, code = ([cell for cell in seen if cell["cell_type"] == kind] for kind in ("markdown", "code"))
    code = [cell for cell in code if not {"parameters", "answer"} & {*tags(cell), cell["id"].split("-")[-1]}]
    words = sum(len(source(cell).split()) for cell in prose)
    lines = [len([line for line in source(cell).splitlines() if line.strip()]) for cell in code]
    shown = [cell for cell in cells if not {"key", "solution"} & {*tags(cell)}]
    drawn = [output for cell in shown for output in cell.get("outputs", [])]
    pictures = sum("image/png" in output.get("data", {}) for output in drawn)
    exercises = len(lesson.keys)
    minutes = words / 120 + sum(lines) / 6 + 2 * pictures + 5 * exercises
    stored = lesson.path.stat().st_size
    short = lesson.name in SHORT
    found = {
        "cells": (len(seen), 12 if short else 20, 40),
        "words": (words, 400 if short else 1000, 1600),
        "lines of visible code": (sum(lines), 10, 90),
        "lines of the longest visible cell": (max(lines), 1, 8),
        "median lines of a visible cell": (statistics.median(lines), 1, 4),
        "pictures": (pictures, 1 if short else 4, 7),
        "minutes": (minutes, 15, 60),
        "bytes stored": (stored, 0, 300_000),
    }
    wrong = [
        f"{name}: {number:,.0f}" for name, (number, low, high) in found.items() if not low <= number <= high
    ]
    assert not wrong, wrong


def test_code_for_sentences_is_folded(lesson: Lesson, code: list[Any]) -> None:
    for cell in code:
        text = source(cell)
        if re.search(r"\blesson\.(say|needs|never|record|results)\(", text):
            assert is_folded(cell), f"{cell['id']} composes a sentence, refuses a case or records: fold it"
        assert not is_folded(cell) or cell["metadata"]["jupyter"]["source_hidden"], cell["id"]


def test_a_sentence_has_four_numbers_at_most(lesson: Lesson, code: list[Any]) -> None:
    for cell in code:
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "lesson.say":
                numbers = sum(map(printed_numbers, ast.walk(node)))
                assert numbers <= 4, f"{cell['id']}: {numbers} numbers, which are a table"


def printed_numbers(node: ast.AST) -> int:
    """How many numbers a part of an f-string prints."""
    if isinstance(node, ast.FormattedValue) and node.format_spec:
        return 1
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return {"count": 1, "money": 1, "times": 1, "change": 2, "part": 2, "interval": 2}.get(
            node.func.attr, 0
        )
    return 0


def test_spine(prose: list[Any], code: list[Any]) -> None:
    found = [line for cell in prose for line in source(cell).splitlines() if line.startswith("## ")]
    assert found == HEADINGS
    text = "\n".join(source(cell) for cell in prose)
    assert source(prose[0]).startswith("# ")
    assert "**The question.**" in source(prose[0])
    assert re.search("[一-鿿]", text), "key terms carry their Chinese name"
    assert "Further reading" in text
    assert RESULTS_MIME in code[-1]["outputs"][-1]["data"], "the last output is the record of results"
    assert len(code[-1]["outputs"][-1]["data"][RESULTS_MIME]) >= 5


def test_needs_are_theories_that_the_audit_judges_and_tables_of_a_case(lesson: Lesson) -> None:
    assert lesson.theories
    assert set(lesson.theories) <= set(THEORIES)
    assert set(lesson.needs["tables"]) <= {"orders", *TABLES}


def test_cells_have_names(cells: list[Any]) -> None:
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in ids), ids


def test_parameters_are_commented_literals_that_are_used(lesson: Lesson, code: list[Any]) -> None:
    (cell,) = (cell for cell in code if "parameters" in tags(cell))
    assert next(iter(lesson.parameters)) == "case"
    rest = "\n".join(source(other) for other in code if other is not cell)
    used = {node.id for node in ast.walk(ast.parse(rest)) if isinstance(node, ast.Name)}
    for parameter in lesson.parameters.values():
        assert parameter.comment, f"{parameter.name} lacks its meaning, unit and range"
        assert parameter.name in used, f"{parameter.name} changes nothing"
        parameter.check(parameter.default, lesson.name)
    assert len(ast.parse(source(cell)).body) == len(lesson.parameters), "nothing is derived there"


def test_checked_facts(code: list[Any]) -> None:
    checked = [cell for cell in code if "nbval-check-output" in tags(cell)]
    assert len(checked) >= 5
    assert all(cell["outputs"] for cell in checked)


def test_pictures_have_words_and_are_small(lesson: Lesson, code: list[Any]) -> None:
    for cell in code:
        for output in cell["outputs"]:
            if png := output.get("data", {}).get("image/png"):
                assert len(output["metadata"]["image/png"]["alt"]) > 30, cell["id"]
                kind = base64.b64decode("".join(png)[:48])[25]
                assert kind == HAS_PALETTE, cell["id"]


def test_one_picture_stands_for_the_lesson(code: list[Any]) -> None:
    (cover,) = [cell for cell in code if "cover" in tags(cell)]
    assert any("image/png" in output.get("data", {}) for output in cover["outputs"])


def test_exercises(lesson: Lesson, cells: list[dict[str, Any]]) -> None:
    keys = {cell["id"].removesuffix("-key"): source(cell) for cell in cells if "key" in tags(cell)}
    kinds = [re.search(r"= lesson\.(\w+)\(", text)[1] for text in keys.values()]
    assert 3 <= len(keys) <= 5
    assert "predict" in kinds or kinds.count("explain") > 1, "one asks to predict or to explain"
    assert len({*kinds} - {"explain"}) >= 2, "questions of more than one kind"
    assert (kinds[-1], list(keys)[-1]) == ("explain", "exercise-decision"), "the last asks for a decision"
    by_id = {cell["id"]: cell for cell in cells}
    for name, kind in zip(keys, kinds, strict=True):
        assert "check(...)" in source(by_id[f"{name}-answer"])
        solution = by_id[f"{name}-solution"]
        assert "solution" in tags(solution)
        if kind == "explain":
            assert solution["cell_type"] == "markdown", "a model answer to compare with"
            continue
        assert ": right." in "".join(solution["outputs"][0]["data"]["text/plain"])
        shown = any("image/png" in output["data"] for output in solution["outputs"])
        assert shown == (kind == "plot"), "students see the picture to aim at"


def test_hints_are_words_and_no_code(lesson: Lesson) -> None:
    for name, key in lesson.keys.items():
        for node in ast.walk(ast.parse(key.code)):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                for hint in ast.walk(node.value):
                    if isinstance(hint, ast.Constant):
                        found = re.search(r"\w\(|[\[\]{}=<>]|\w\.\w|[*/+]", hint.value)
                        assert not found, f"{name}: {hint.value}"
                        quoted = re.findall("`([^`]*)`", hint.value)
                        assert all(word.isidentifier() for word in quoted), f"{name}: {hint.value}"


def test_a_decision_is_graded_by_whole_sentences(lesson: Lesson) -> None:
    code = lesson.keys["your decision"].code
    rubric = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)][1:]
    assert 3 <= len(rubric) <= 4
    assert all(re.fullmatch(r"It [a-z].{30,}\.", criterion) for criterion in rubric)


def test_instructors_get_notes(cells: list[Any]) -> None:
    (notes,) = (cell for cell in cells if "instructor" in tags(cell))
    assert (notes["id"], notes["cell_type"]) == ("instructor-notes", "markdown"), (
        "keys need no code of theirs"
    )
    assert 80 <= len(source(notes).split()) <= 150


def test_each_statement_says_one_thing(code: list[Any]) -> None:
    """Students read them: no `a, b = (f(x) for x in …)`, no `a = b = …`, and no two on one line."""
    squeezed = [
        f"{cell['id']}: {ast.unparse(node)}"
        for cell in code
        for node in ast.walk(ast.parse(source(cell)))
        if is_squeezed(node)
    ]
    assert not squeezed, "\n".join(squeezed)


def is_squeezed(node: ast.AST) -> bool:
    """Whether a node does two things in one statement, or puts two statements on one line."""
    if isinstance(node, ast.Assign):
        generated = (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
        unpacks = isinstance(node.targets[0], ast.Tuple | ast.List)
        maps = getattr(getattr(node.value, "func", None), "id", "") in {"list", "map", "tuple"}
        return len(node.targets) > 1 or (unpacks and (maps or isinstance(node.value, generated)))
    bodies = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    lines = [line for body in bodies if isinstance(body, list) for line in body]
    if any(first.end_lineno == second.lineno for first, second in pairwise(lines)):
        return True
    return isinstance(node, ast.stmt) and any(line.lineno == node.lineno for line in lines)


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("a, b = (f(x) for x in y)", True),
        ("[a, b] = [f(x) for x in y]", True),
        ("a, b = map(f, y)", True),
        ("a = b = 1", True),
        ("a = 1; b = 2", True),
        ("if a: b = 2", True),
        ("if a:\n    b = 2\nelse:\n    b = 3\nc = [f(x) for x in y]", False),
        ("a, b = f(x), g(x)\nlow, high = f(x)", False),
    ],
)
def test_what_is_squeezed_is_found(text: str, squeezed: bool) -> None:
    assert any(is_squeezed(node) for node in ast.walk(ast.parse(text))) == squeezed


def test_no_bad_habits(code: list[Any], prose: list[Any]) -> None:
    for cell in code:
        text = source(cell)
        assert not re.search(r"^\s*(def\b|class\b|print\(|import warnings)|simplefilter|;\s*$", text, re.M), (
            cell["id"]
        )
    assert not re.search(r"/(home|Users|tmp|root|work)/", "".join(source(cell) for cell in prose + code))
