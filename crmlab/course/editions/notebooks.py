"""The student's, the instructor's and the reader's notebook of a lesson."""

import ast
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from crmlab.course.catalog import Lesson
from crmlab.course.exercises import Exercise
from crmlab.course.files import joined
from crmlab.course.markdown import without_lesson_links
from crmlab.errors import InputError
from crmlab.language import mark, tr

Notebook = dict[str, Any]
Cell = dict[str, Any]

SECRET = ("key", "solution", "instructor")
"""Tags of cells that a student must not see."""
PICTURE = mark("Your picture should look like this one, which shows the course's own case:")


def student(
    lesson: Lesson,
    parameters: Mapping[str, Any],
    about: Mapping[str, Any],
    recorded: Mapping[str, Exercise] | None = None,
) -> Notebook:
    """Return a lesson to be worked: no solutions, no keys, no outputs.

    A key's cell asks for the exercise by its name instead, and where an exercise asks for a picture, the one
    to aim at follows the cell of the answer.

    Parameters
    ----------
    lesson : Lesson
        The lesson, as its author stored it.
    parameters : mapping
        Values that replace those of the parameters cell.
    about : mapping
        What the notebook says of itself, such as its workspace, to whoever collects it.
    recorded : mapping, optional
        Exercises by name whose answers are recorded and not replied to.

    Raises
    ------
    InputError
        A key's cell makes no exercise that can be found, or a parameter does not exist.
    """
    pictures = _pictures(lesson.notebook["cells"])
    cells: list[Cell] = []
    for cell in lesson.notebook["cells"]:
        tags = _tags(cell)
        if "key" in tags:
            cells.append(_code(cell, _asked(cell, lesson, recorded or {})))
        elif not tags & set(SECRET):
            source = joined(cell["source"])
            if cell["cell_type"] == "markdown":
                source = without_lesson_links(source)
            if "parameters" in tags:
                source = with_values(source, parameters)
            cells.append(_code(cell, source) if cell["cell_type"] == "code" else _plain(cell, source))
        if picture := pictures.get(str(cell.get("id", ""))):
            cells.append(picture)
    return _notebook(lesson, cells, {**about, "edition": "student"})


def instructor(executed: Notebook, lesson: Lesson) -> Notebook:
    """Return an executed lesson whole: outputs, keys, solutions, and the notes for whoever teaches it."""
    return _notebook(lesson, deepcopy(executed["cells"]), {"edition": "instructor"})


def reader(executed: Notebook, lesson: Lesson) -> Notebook:
    """Return an executed lesson to be read: outputs, and nothing that is secret."""
    cells = [deepcopy(cell) for cell in executed["cells"] if not _tags(cell) & set(SECRET)]
    made = executed["metadata"].get("crmlab", {})
    return _notebook(lesson, cells, {**made, "edition": "reader"})


def with_values(source: str, values: Mapping[str, Any]) -> str:
    r"""Return a parameters cell with other values; comments stay.

    Examples
    --------
    >>> with_values('case = "cdnow"  # a case\nmargin = 0.3  # share [0, 1]', {"margin": 0.5})
    'case = "cdnow"  # a case\nmargin = 0.5  # share [0, 1]'
    """
    nodes = {
        node.targets[0].id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for name in values:
        if name not in nodes:
            raise InputError(f"The cell of parameters sets no '{name}'. It sets {', '.join(nodes)}.")
    lines = source.encode().splitlines(keepends=True)  # the parser counts columns in bytes
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    text = source.encode()
    for name in sorted(values, key=lambda name: -nodes[name].lineno):
        node = nodes[name]
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        text = text[:begin] + _literal(values[name]).encode() + text[end:]
    return text.decode()


def _asked(cell: Cell, lesson: Lesson, recorded: Mapping[str, Exercise]) -> str:
    """Return the cell that stands for a key's: it asks for the same exercises, and shows what that shows."""
    made = {name: key for name, key in lesson.keys.items() if key.code == joined(cell["source"])}
    if not made:
        raise InputError(
            f"Lesson {lesson.name}: the cell '{cell.get('id', '?')}' is tagged 'key', but makes no exercise, "
            "such as name = lesson.exercise('its name', ...)."
        )
    lines = []
    for name, key in made.items():
        arguments = [_literal(lesson.name), _literal(name)]
        if name in recorded:
            arguments.append(f"kind={_literal(recorded[name].word)}")
            arguments += [f"{part}={value!r}" for part, value in recorded[name].asked().items()]
        lines.append(f"{key.variable} = lesson.ask({', '.join(arguments)})")
        if key.shows:
            lines.append(key.variable)
    return "\n".join(lines)


def _pictures(cells: list[Cell]) -> dict[str, Cell]:
    """Return, by the id of an answer's cell, a cell with the picture that its solution drew."""
    found: dict[str, Cell] = {}
    for cell in cells:
        if "solution" not in _tags(cell):
            continue
        drawn = [output["data"]["image/png"] for output in cell.get("outputs", []) if _has_picture(output)]
        if drawn:
            place = str(cell["id"]).removesuffix("solution")
            alt = tr("The picture to aim at")
            text = f"{tr(PICTURE)}\n\n![{alt}](attachment:picture.png)"
            made = {"cell_type": "markdown", "id": f"{place}picture", "metadata": {}, "source": text}
            attachments = {"picture.png": {"image/png": joined(drawn[-1]).strip()}}
            found[f"{place}answer"] = made | {"attachments": attachments}
    return found


def _has_picture(output: dict[str, Any]) -> bool:
    return "image/png" in output.get("data", {})


def _tags(cell: Cell) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def _code(cell: Cell, source: str) -> Cell:
    kept: Cell = {key: cell[key] for key in ("cell_type", "id") if key in cell}
    tags = sorted(_tags(cell) - set(SECRET))
    folded = {"jupyter": {"source_hidden": True}} if "hide-input" in tags else {}
    return {
        **kept,
        "metadata": {"tags": tags, **folded} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _plain(cell: Cell, source: str) -> Cell:
    kept: Cell = {key: cell[key] for key in ("cell_type", "id", "attachments") if key in cell}
    tags = sorted(_tags(cell))
    return {**kept, "metadata": {"tags": tags} if tags else {}, "source": source}


def _notebook(lesson: Lesson, cells: list[Cell], about: Mapping[str, Any]) -> Notebook:
    kept = {
        key: value
        for key, value in lesson.notebook["metadata"].items()
        if key in ("kernelspec", "language_info")
    }
    made = {"lesson": lesson.name, **about}
    return {"cells": cells, "metadata": {**kept, "crmlab": made}, "nbformat": 4, "nbformat_minor": 5}


def _literal(value: Any) -> str:
    """Return a value as code, with double quotes where they need no escape."""
    text = repr(value)
    return f'"{text[1:-1]}"' if text.startswith("'") and not set('"\\') & set(text) else text
