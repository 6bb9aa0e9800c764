"""The lessons there are, and the parameters each of them takes."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crmlab import resources
from crmlab.errors import InputError, unknown

_RANGE = re.compile(r"\[\s*(?P<low>[-+.\deE]+)\s*,\s*(?P<high>[-+.\deE]+)\s*\]\s*$")
_CHOICE = re.compile(r"\{(?P<choices>[^{}]+)\}\s*$")
_TYPES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    dict: "a table of names and values",
    list: "a list",
}


@dataclass(frozen=True)
class Parameter:
    """One line of a lesson's parameters cell: a literal, and a comment with its unit and range.

    The comment ends in the values allowed: ``[0, 1]`` for a range, ``{D, W, M}`` for a choice, or in the
    words ``ISO date``. What it does not say is not checked.
    """

    name: str
    default: Any
    comment: str

    def check(self, value: Any, where: str) -> Any:
        """Return the value in the parameter's type, or raise InputError with what is allowed."""
        value = self._typed(value, where)
        if bounds := _RANGE.search(self.comment):
            low, high = float(bounds["low"]), float(bounds["high"])
            if not low <= value <= high:
                self._refuse(value, where, f"from {low:g} to {high:g}")
        if choice := _CHOICE.search(self.comment):
            choices = [item.strip() for item in choice["choices"].split(",")]
            if str(value) not in choices:
                self._refuse(value, where, "one of " + ", ".join(choices))
        if self.comment.endswith("ISO date"):
            from crmlab.customers import day

            day(value, f"{where}: parameter '{self.name}'")
        return value

    def _typed(self, value: Any, where: str) -> Any:
        kind = type(self.default)
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            self._refuse(value, where, _TYPES.get(kind, kind.__name__))
        return value

    def _refuse(self, value: Any, where: str, allowed: str) -> None:
        raise InputError(
            f"{where}: parameter '{self.name}' is {value!r}, but must be {allowed}. It means: {self.comment}."
        )


@dataclass(frozen=True)
class Lesson:
    """A notebook with one question, found by the name of its file."""

    path: Path

    @property
    def name(self) -> str:
        """Name on the command line and in case files, such as ``22_tiers``."""
        return self.path.stem

    @property
    def part(self) -> str:
        """Folder of the lesson, such as ``2_pyramid``."""
        return self.path.parent.name

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The notebook as stored."""
        import json

        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    @cached_property
    def title(self) -> str:
        """First heading of the lesson."""
        for cell in self.notebook["cells"]:
            for line in "".join(cell["source"]).splitlines():
                if cell["cell_type"] == "markdown" and line.startswith("# "):
                    return line[2:].strip()
        return self.name

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What the cell tagged ``parameters`` sets, in its order."""
        for cell in self.notebook["cells"]:
            if "parameters" in cell["metadata"].get("tags", []):
                return {item.name: item for item in _read_parameters("".join(cell["source"]))}
        return {}

    def check(self, values: dict[str, Any], where: str) -> dict[str, Any]:
        """Return the values in their parameters' types, or raise InputError for the first wrong one."""
        for name in values:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters, where=where)
        return {name: self.parameters[name].check(value, where) for name, value in values.items()}


def _read_parameters(source: str) -> list[Parameter]:
    """Read assignments of literals with the comment on the line where each ends."""
    lines = source.encode().splitlines()  # the parser counts columns in bytes
    found = []
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        tail = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
        comment = tail.decode().partition("#")[2].strip()
        found.append(Parameter(node.targets[0].id, ast.literal_eval(node.value), comment))
    return found


def lessons() -> dict[str, Lesson]:
    """Return all lessons by name, in the order of the course.

    Examples
    --------
    >>> lessons()["22_tiers"].part
    '2_pyramid'
    """
    paths = sorted(resources.notebooks().glob("[!.]*/[!.]*.ipynb"))
    return {path.stem: Lesson(path) for path in paths}


def lesson(name: str) -> Lesson:
    """Return one lesson, or raise InputError with the nearest name."""
    known = lessons()
    if name not in known:
        raise unknown("lesson", name, known)
    return known[name]
