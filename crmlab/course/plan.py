"""Planning: which lesson runs on which case with which parameters, and which of these runs are up to date."""

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from crmlab import resources
from crmlab.course import cases, catalog
from crmlab.course.normalise import normalise, read_json
from crmlab.errors import InputError, unknown

# What no lesson can depend on: a change there makes no run stale.
_OUTSIDE = {"__main__.py", "site.py", "conf.py", "workspace.py", "glossary.yaml"}


@dataclass(frozen=True, eq=False)
class Business:
    """A case with its file, the name that a lesson opens it by, and a digest of all that its runs share."""

    case: cases.Case
    file: Path
    opened_by: str
    digest: str


@dataclass(frozen=True, eq=False)
class Run:
    """A lesson to execute on a case with its parameters; without a case, as its author stores it."""

    lesson: catalog.Lesson
    business: Business | None
    parameters: dict[str, Any]
    out: Path

    @property
    def case(self) -> str:
        """Name of the case, which is the folder of its outputs."""
        return self.business.case.name if self.business else ""

    @property
    def output(self) -> Path:
        """Where the executed notebook is kept."""
        return self.out / self.case / self.lesson.path.name if self.case else self.lesson.path

    @property
    def failed(self) -> Path:
        """Where a notebook that failed is kept for reading."""
        return self.out / self.case / "failed" / self.lesson.path.name

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """What of the lesson decides its results: no outputs, and no parameters of an earlier run."""
        cells = []
        for number, cell in enumerate(self.lesson.notebook["cells"], start=1):
            if "injected-parameters" in cell["metadata"].get("tags", []):
                continue
            cells.append({"id": f"cell-{number}"} | cell)
            if cell["cell_type"] == "code":
                cells[-1] |= {"outputs": [], "execution_count": None}
        return normalise({"cells": cells, "metadata": {}}, complete=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that the results depend on."""
        parts = [self.notebook, self.business.digest if self.business else "", self.parameters]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def is_current(self) -> bool:
        """Whether the output is there and made from exactly what there is now."""
        return bool(origin(read_json(self.output)).get("fingerprint") == self.fingerprint)


def origin(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's output says it was made from; nothing for any other file."""
    made = notebook.get("metadata", {}).get("crmlab", {}) if isinstance(notebook, dict) else {}
    return made if isinstance(made, dict) else {}


def runs(lessons: list[str], names: list[str], given: dict[str, str], out: Path) -> list[Run]:
    """Return the runs of lessons on cases; where none is named, of all lessons or on all bundled cases.

    Parameters
    ----------
    lessons : list of str
        Names of lessons, or paths of notebooks of the reader's own.
    names : list of str
        Names of bundled cases, or paths of case files.
    given : dict of str to str
        Parameters as text. Each applies to the lessons that have it.
    out : Path
        Folder of the outputs.

    Raises
    ------
    InputError
        A lesson, case or parameter does not exist, a value is not allowed, or two outputs share a name.
    """
    chosen = find_lessons(lessons)
    shared = _surroundings()
    businesses = [_business(name, shared) for name in names or cases.bundled()]
    _distinct("cases", [business.case.name for business in businesses])
    _distinct("lessons", [lesson.name for lesson in chosen])
    own = _typed(given, chosen)
    planned = []
    for business in businesses:
        for lesson in chosen:
            values = business.case.lessons.get(lesson.name, {})
            values = lesson.check(values, where=f"{business.file.name}, lesson {lesson.name}")
            parameters = {"case": business.opened_by} | values | own[lesson.name]
            planned.append(Run(lesson, business, parameters, out.resolve()))
    return planned


def find_lessons(names: list[str]) -> list[catalog.Lesson]:
    """Return lessons by name or by the path of a notebook; all of the course where none is named."""
    return [_lesson(name) for name in names] if names else list(catalog.lessons().values())


def pending(runs: list[Run]) -> list[Run]:
    """Return the runs whose output is not up to date; where it is, what failed in between is forgotten."""
    current = {run for run in runs if run.is_current}
    for run in current:
        run.failed.unlink(missing_ok=True)
    return [run for run in runs if run not in current]


def check_data(runs: list[Run]) -> None:
    """Open the data files of the reader's own cases, so that a wrong one is found before any lesson runs."""
    for business in {run.case: run.business for run in runs if run.business}.values():
        if isinstance(business.case.data, cases.File):
            business.case.transactions()


def _lesson(name: str) -> catalog.Lesson:
    if not name.endswith(".ipynb"):
        return catalog.lesson(name)
    path = Path(name).resolve()
    if not path.is_file():
        raise InputError(f"There is no notebook {path}. Check the path and the working folder.")
    lesson = catalog.Lesson(path)
    try:
        parameters = lesson.parameters
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path.name} is no lesson that can be run: {error}. It must be a notebook whose cell tagged "
            "'parameters' sets literals only."
        ) from error
    if "case" not in parameters or not isinstance(parameters["case"].default, str):
        raise InputError(f"{path.name} takes no case: its 'parameters' cell sets no text named 'case'.")
    return lesson


def _business(name: str, shared: str) -> Business:
    case = cases.load(name)
    is_bundled = name in cases.bundled()
    file = cases.bundled()[name] if is_bundled else Path(name).resolve()
    if not is_bundled and case.name in {*cases.bundled(), "site", "failed"}:
        raise InputError(
            f"{file.name}: the name '{case.name}' is taken. Give the case another one: "
            "it names the folder of its results."
        )
    digest = hashlib.sha256(shared.encode() + file.read_bytes())
    if isinstance(case.data, cases.File):
        for data in case.data.files(file.parent):
            digest.update(f"{data.name} {resources.sha256(data)}".encode())
    return Business(case, file, name if is_bundled else str(file), digest.hexdigest())


def _surroundings() -> str:
    """Return the SHA-256 of the package, its data, the locked libraries and Python's version."""
    root, package, data = resources.root(), Path(__file__).parent.parent, resources.data()
    files = {*package.rglob("*.py"), *data.rglob("*.*"), *root.glob("requirements.lock")}
    files -= {*data.rglob("*.md"), *data.glob("cases/*"), *package.glob("cli/*")}
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sorted(files):
        if path.is_file() and path.name not in _OUTSIDE and not path.name.startswith("."):
            digest.update(f"{path.parent.name}/{path.name} {resources.sha256(path)}".encode())
    return digest.hexdigest()


def _distinct(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two of the {kind} are named '{name}', so one would overwrite the other.")


def _typed(given: dict[str, str], lessons: list[catalog.Lesson]) -> dict[str, dict[str, Any]]:
    """Return the given parameters that each lesson has, in the types it expects."""
    known = {name for lesson in lessons for name in lesson.parameters}
    for name in given:
        if name not in known:
            raise unknown("parameter", name, sorted(known - {"case"}), where="the chosen lessons")
        if name == "case":
            raise InputError("The case is chosen with --case, not with -p.")
    own = {}
    for lesson in lessons:
        values = {
            name: _value(name, text, lesson.parameters[name].default)
            for name, text in given.items()
            if name in lesson.parameters
        }
        own[lesson.name] = lesson.check(values, where=f"-p, lesson {lesson.name}")
    return own


def _value(name: str, text: str, default: Any) -> Any:
    """Read a value as YAML does, but let the parameter's default decide where YAML's types surprise."""
    try:
        value = yaml.load(text, Loader=cases.TextDates)
    except yaml.YAMLError as error:
        raise InputError(f"The value in '-p {name}={text}' cannot be read: put quotes around it.") from error
    if isinstance(default, str) and not isinstance(value, str):
        return text  # 1997-06-30, or 12, where text is expected
    if isinstance(default, float) and isinstance(value, str):
        try:
            return float(value)  # 1e-3, which is text in YAML
        except ValueError:
            return value
    return value
