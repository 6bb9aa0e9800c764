"""The lessons there are, and the parameters each of them takes."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crmlab import resources
from crmlab.errors import InputError, unknown
from crmlab.language import tr

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
    words ``ISO date``, with no date allowed where it says "empty". What it does not say is not checked.
    """

    name: str
    default: Any
    comment: str

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The range that the comment allows."""
        found = _RANGE.search(self.comment)
        return (float(found["low"]), float(found["high"])) if found else None

    @property
    def choices(self) -> list[str]:
        """The choices that the comment allows."""
        found = _CHOICE.search(self.comment)
        return [item.strip() for item in found["choices"].split(",")] if found else []

    def check(self, value: Any, where: str) -> Any:
        """Return the value in the parameter's type, or raise InputError with what is allowed."""
        value = self._typed(value, where)
        if bounds := self.bounds:
            low, high = bounds
            if not low <= value <= high:
                self._refuse(value, where, f"from {low:g} to {high:g}")
        if self.choices and str(value) not in self.choices:
            self._refuse(value, where, "one of " + ", ".join(self.choices))
        if self.comment.endswith("ISO date") and (value or "empty" not in self.comment):
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
class Key:
    """The cell of a lesson that makes an exercise with its answer.

    Attributes
    ----------
    variable : str
        What the lesson calls the exercise.
    code : str
        Source of the cell.
    shows : bool
        Whether the cell ends in showing the exercise, such as the options of a choice.
    """

    variable: str
    code: str
    shows: bool


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
                return {item.name: item for item in read_parameters("".join(cell["source"]))}
        return {}

    @property
    def needs(self) -> dict[str, Any]:
        """What the notebook's metadata say that it needs: ``tables``, ``theories`` and ``customers``."""
        said, kinds = about(self.notebook), {"tables": list, "theories": list, "customers": int}
        return {name: said[name] for name, kind in kinds.items() if isinstance(said.get(name), kind)}

    @property
    def theories(self) -> list[str]:
        """The theories that must be valid for a business, as the audit judges them."""
        return self.needs.get("theories", [])

    @property
    def tables(self) -> list[str]:
        """The tables that a case must have."""
        return self.needs.get("tables", [])

    @property
    def customers(self) -> int:
        """How many customers a student's business needs at least; 0 where any number does."""
        return self.needs.get("customers", 0)

    @cached_property
    def keys(self) -> dict[str, Key]:
        """What the cells tagged ``key`` make, by the names of the exercises."""
        found = {}
        for cell in self.notebook["cells"]:
            if "key" in cell["metadata"].get("tags", []):
                code = "".join(cell["source"])
                body = ast.parse(code).body
                last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
                for variable, name in _exercises(body):
                    found[name] = Key(variable, code, isinstance(last, ast.Name) and last.id == variable)
        return found

    @property
    def _comments(self) -> dict[str, str]:
        return {name: item.comment for name, item in self.parameters.items()}

    def check(self, values: dict[str, Any], where: str) -> dict[str, Any]:
        """Return the values in their parameters' types, or raise InputError for the first wrong one."""
        for name in values:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters, where=where)
        return {name: self.parameters[name].check(value, where) for name, value in values.items()}


def about(notebook: Any) -> dict[str, Any]:
    """Return what a notebook says of itself as a lesson, or as a run of one; nothing for any other file."""
    about = notebook.get("metadata", {}).get("crmlab", {}) if isinstance(notebook, dict) else {}
    return about if isinstance(about, dict) else {}


def _exercises(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield the exercises that a key's cell makes: variables, and names in the lesson."""
    for node in body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=variable)],
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="lesson")), args=[ast.Constant(value=str(name)), *_]
                ),
            ):
                yield variable, name


def read_parameters(source: str) -> list[Parameter]:
    """Read assignments of literals with the comment on the line where each ends."""
    return [Parameter(name, ast.literal_eval(value), comment) for name, value, comment in _assigned(source)]


def _assigned(source: str) -> Iterator[tuple[str, ast.expr, str]]:
    lines = source.encode().splitlines()  # the parser counts columns in bytes
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        tail = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
        yield node.targets[0].id, node.value, tail.decode().partition("#")[2].strip()


def review(namespace: Mapping[str, Any], case: str, recommended: Mapping[str, Mapping[str, Any]]) -> str:
    """Check the parameters that an open notebook has set; return which values its case recommends instead.

    Parameters
    ----------
    namespace : mapping
        The notebook's variables. In Jupyter they hold, as ``In``, the cells that were run; elsewhere there is
        nothing to check.
    case : str
        Name of the case.
    recommended : mapping
        The case's own values by lesson and parameter.

    Returns
    -------
    str
        A sentence, or nothing where the case recommends nothing else.

    Raises
    ------
    InputError
        A value is out of the range that stands in the comment of its line.
    """
    cells = [found for source in namespace.get("In", ()) if (found := _setting(source))]
    commented = [found for found in cells if any(found.values())]
    if not commented:
        return ""
    comments = commented[-1]
    own = next((item for item in lessons().values() if item._comments == comments), None)
    for name, comment in comments.items():
        default = own.parameters[name].default if own else namespace.get(name)
        Parameter(name, default, comment).check(namespace.get(name), "the parameters cell")
    was_run = cells[-1] is not comments  # by the command line, which sets the case's values itself
    if own is None or was_run:
        return ""
    other = [
        f"{name} = {value!r}"
        for name, value in recommended.get(own.name, {}).items()
        if namespace.get(name) == own.parameters[name].default != value
    ]
    if not other:
        return ""
    return tr(
        "**The case {case} has values of its own for this lesson: {values}.** The parameters cell "
        "still holds those of the lesson. Set them there and run the notebook again, or go on with yours.",
        case=case,
        values="; ".join(other),
    )


def _setting(source: str) -> dict[str, str]:
    """Return the comments of a cell that sets a case and its parameters, by name; nothing of any other."""
    try:
        found = {name: comment for name, _, comment in _assigned(source)}
    except SyntaxError:
        return {}
    return found if next(iter(found), "") == "case" else {}


_FOLLOWS = {"19_moves": "11_stages"}
"""Lessons that are read after another one, whatever their numbers."""


def lessons() -> dict[str, Lesson]:
    """Return all lessons by name, in the order of the course.

    Examples
    --------
    >>> lessons()["22_tiers"].part
    '2_pyramid'
    """
    paths = resources.notebooks().glob("[!.]*/[!.]*.ipynb")
    return {path.stem: Lesson(path) for path in sorted(paths, key=lambda path: _place(path.stem))}


def _place(name: str) -> tuple[str, str]:
    """Return what lessons are sorted by: the numbers in their names begin with those of their parts."""
    return _FOLLOWS.get(name, name), name


def lesson(name: str) -> Lesson:
    """Return one lesson, or raise InputError with the nearest name."""
    known = lessons()
    if name not in known:
        raise unknown("lesson", name, known)
    return known[name]
