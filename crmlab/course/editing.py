"""Editing a lesson as a script: written out, and taken back with the ids, tags and outputs of its cells."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crmlab.course import catalog
from crmlab.course.files import write
from crmlab.course.plan import Run
from crmlab.errors import InputError

_FORMAT = "py:percent"
_HEAD = re.compile(r"# Keep this line: it names the state of the notebook, ([0-9a-f]{64})")


@dataclass(frozen=True)
class Edited(catalog.Lesson):
    """A lesson as its script says it, while its file is still the stored one."""

    content: dict[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The notebook with the script's cells, and the outputs that were stored."""
        return self.content


def begin(lesson: catalog.Lesson, script: Path) -> None:
    """Write a lesson as a script to edit.

    Raises
    ------
    InputError
        A script is there already that says something else, or jupytext is not installed.
    """
    text = to_script(lesson)
    if script.exists() and _text(script) != text:
        raise InputError(
            f"{script} is there already and differs from the notebook: store it with crmlab edit "
            f"{lesson.name} --store, or move it away to begin anew."
        )
    write(script, text)


def to_script(lesson: catalog.Lesson) -> str:
    """Return a lesson as a script in the percent format, below a line that names its notebook's state."""
    jupytext = _jupytext()
    notebook = _node(lesson)
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    return f"{_head(lesson)}\n{jupytext.writes(notebook, fmt=_FORMAT)}"


def take_back(lesson: catalog.Lesson, script: Path) -> Edited:
    """Return a lesson as its script says it, with the ids and outputs of the cells that were there before.

    Raises
    ------
    InputError
        There is no script, it is none of this lesson's notebook as it is now, it changes nothing, or jupytext
        is not installed.
    """
    jupytext = _jupytext()
    from jupytext.combine import combine_inputs_with_outputs

    if not script.is_file():
        raise InputError(f"There is no script {script}: write it with crmlab edit {lesson.name}.")
    head, _, body = _text(script).partition("\n")
    anew = f"Move it away, run crmlab edit {lesson.name}, and bring your changes into the new script."
    if not _HEAD.fullmatch(head):
        raise InputError(
            f"The first line of {script} no longer names the notebook that it was made from. {anew}"
        )
    if head != _head(lesson):
        raise InputError(f"{lesson.path.name} was changed since {script} was made from it. {anew}")
    stored = _node(lesson)
    combined = combine_inputs_with_outputs(jupytext.reads(body, fmt=_FORMAT), stored, fmt=_FORMAT)
    combined.metadata = stored.metadata
    edited = Edited(lesson.path, combined)
    if _head(edited) == head:
        raise InputError(f"{script} changes nothing in {lesson.path.name}: edit it first.")
    return edited


def moved(lesson: catalog.Lesson, edited: Edited) -> dict[str, int]:
    """Return how many cells an edited lesson changed, added and dropped."""
    before, after = _cells(lesson), _cells(edited)
    return {
        "changed": sum(before[name] != after[name] for name in before.keys() & after),
        "new": len(after.keys() - before),
        "dropped": len(before.keys() - after),
    }


def _cells(lesson: catalog.Lesson) -> dict[str, Any]:
    return {cell["id"]: cell for cell in Run(lesson, None, {}, Path()).notebook["cells"]}


def _head(lesson: catalog.Lesson) -> str:
    """Return the first line of a script: outputs make no difference, all that decides them does."""
    return (
        f"# Keep this line: it names the state of the notebook, {Run(lesson, None, {}, Path()).fingerprint}"
    )


def _node(lesson: catalog.Lesson) -> Any:
    """Return a lesson as the notebook's own library holds it, with text joined."""
    import nbformat

    content = {"nbformat": 4, "nbformat_minor": 5} | lesson.notebook
    return nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call]


def _text(script: Path) -> str:
    try:
        return script.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{script} is no text in UTF-8: save it as UTF-8 in your editor.") from error


def _jupytext() -> Any:
    if find_spec("jupytext") is None:
        raise InputError(
            "Editing a lesson as a script needs jupytext, one of the tools of its authors. In a checkout, "
            "run pip install -r requirements-dev.lock."
        )
    import jupytext

    return jupytext
