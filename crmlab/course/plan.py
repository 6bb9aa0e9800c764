"""Planning: which lesson runs on which case with which parameters, and which of these runs are up to date."""

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from crmlab import resources
from crmlab.course import cases, catalog, workspace
from crmlab.course.files import read_json
from crmlab.course.normalise import normalise
from crmlab.errors import InputError, unknown

# Files and folders of the package that no lesson can depend on: a change there makes no run stale.
OUTSIDE = {
    "__main__",
    "cli",
    "analysis",
    "course/_site",
    "course/editing",
    "course/editions",
    "course/grading",
    "course/house",
    "course/lock",
    "course/markdown",
    "course/reference",
    "course/security",
    "course/site",
    "course/terms",
    "course/workspace",
}
UNSUITED, FAILED = "not_for_this_case", "failed"
"""Keys under which an output says why the lesson is not for its case, or why it failed."""


@dataclass(frozen=True, eq=False)
class Business:
    """A case with its file, whether it is bundled, and digests of its data and of all that its runs share."""

    case: cases.Case
    file: Path
    is_bundled: bool
    data: str
    shared: str

    @property
    def digest(self) -> str:
        """SHA-256 of all that its runs share."""
        return hashlib.sha256(f"{self.shared}{self.data}".encode()).hexdigest()

    def seen_from(self, folder: Path) -> str:
        """Return how a notebook in a folder opens the case: by its name, or by a path that others can read.

        A path from the root would tell who ran the lesson, and where on that computer.
        """
        if self.is_bundled:
            return self.case.name
        try:
            return Path(os.path.relpath(self.file, folder)).as_posix()
        except ValueError:  # no path leads from one drive to another
            return self.file.name


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
    def opens(self) -> str:
        """What the case is opened by while the lesson runs, which it does in the lesson's own folder."""
        assert self.business
        return self.business.case.name if self.business.is_bundled else str(self.business.file)

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
        about = {"crmlab": self.lesson.needs} if self.lesson.needs else {}
        return normalise({"cells": cells, "metadata": about}, complete=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that the results depend on."""
        parts = [self.notebook, self.business.digest if self.business else "", self.parameters]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def is_current(self) -> bool:
        """Whether the output is there and made from exactly what there is now."""
        return bool(catalog.about(read_json(self.output)).get("fingerprint") == self.fingerprint)


def runs(lessons: list[str], names: list[str], given: dict[str, str], out: Path) -> list[Run]:
    """Return the runs of lessons on cases; where none is named, of all lessons or on all bundled cases.

    Where the reader does not name both, a lesson runs on the cases that have the tables which it needs. A
    lesson that was handed out with data of its own runs on these unless another case is named.

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
    shared = surroundings()
    beside = {} if names else {lesson: workspace.case_beside(lesson) for lesson in chosen}
    common = [lesson for lesson in chosen if not beside.get(lesson)]
    businesses = [(_business(name, shared), common) for name in names or cases.bundled() if common]
    _distinct("cases", [business.case.name for business, _ in businesses])
    _distinct("lessons", [lesson.name for lesson in chosen])
    businesses += [(_business(str(case), shared), [lesson]) for lesson, case in beside.items() if case]
    own = _typed(given, chosen)
    planned = []
    for business, on_it in businesses:
        for lesson in on_it:
            if not (lessons and names) and not business.case.suits(lesson):
                continue
            values = business.case.lessons.get(lesson.name, {})
            values = lesson.check(values, where=f"{business.file.name}, lesson {lesson.name}")
            seen = business.seen_from(out.resolve() / business.case.name)
            parameters = {"case": seen} | values | own[lesson.name]
            planned.append(Run(lesson, business, parameters, out.resolve()))
    if not planned:
        have = "; ".join(f"{each.case.name}: {', '.join(each.case.tables)}" for each, _ in businesses)
        raise InputError(
            f"No case has the tables that a lesson needs ({have}). 'crmlab list' shows which lesson needs "
            "which of them."
        )
    return planned


def course() -> dict[str, catalog.Lesson]:
    """Return the lessons by name: within a workspace those that are there, else those of the package.

    A workspace that was handed out has all that belong to it.
    """
    folder = workspace.find()
    if folder and workspace.pseudonym(folder):
        return workspace.lessons(folder)
    return catalog.lessons() | (workspace.lessons(folder) if folder else {})


def find_lessons(names: list[str]) -> list[catalog.Lesson]:
    """Return lessons by name or by the path of a notebook; all of the course where none is named."""
    known = course()
    return [_lesson(name, known) for name in names] if names else list(known.values())


def pending(runs: list[Run]) -> list[Run]:
    """Return the runs whose output is not up to date; where it is, what failed in between is forgotten."""
    current = {run for run in runs if run.is_current}
    for run in current:
        run.failed.unlink(missing_ok=True)
    return [run for run in runs if run not in current]


def check_data(runs: list[Run]) -> None:
    """Open the data files of the reader's own cases, so that a wrong one is found before any lesson runs."""
    for business in {run.business.file: run.business for run in runs if run.business}.values():
        if isinstance(business.case.data, cases.File):
            business.case.check_dates()


def _lesson(name: str, known: dict[str, catalog.Lesson]) -> catalog.Lesson:
    if not name.endswith(".ipynb"):
        return known[name] if name in known else catalog.lesson(name)
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
    about = case.model_dump_json(
        exclude={"lessons", "serves"}
    )  # a run has its own lesson's parameters beside it
    digest = hashlib.sha256(about.encode())
    if isinstance(case.data, cases.File):
        others = (*case.data.tables.values(), case.data.truth)
        beside = [file.parent / name for name in others if name]
        for data in [*case.data.files(file.parent), *(path for path in beside if path.is_file())]:
            digest.update(f"{data.name} {resources.sha256(data)}".encode())
    return Business(case, file, is_bundled, digest.hexdigest(), shared)


def surroundings() -> str:
    """Return the SHA-256 of the package, its data, the locked libraries and Python's version."""
    package, data = Path(__file__).parent.parent, resources.data()
    bundled = {path for path in data.rglob("*.*") if path.suffix not in (".md", ".pyc")}
    bundled -= {data / "glossary.yaml", *data.glob("cases/*")}  # a case is part of its own runs alone
    code = {path for path in package.rglob("*.py") if not is_outside(path.relative_to(package))}
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sorted({*code, *bundled, *resources.root().glob("requirements.lock")}):
        if path.is_file() and not path.name.startswith("."):
            digest.update(f"{path.parent.name}/{path.name} {resources.sha256(path)}".encode())
    return digest.hexdigest()


def is_outside(path: Path) -> bool:
    """Return whether no lesson can depend on a file of the package, given by its path in it."""
    places = [path.with_suffix(""), *path.parents]
    return any(place.as_posix() in OUTSIDE for place in places)


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
