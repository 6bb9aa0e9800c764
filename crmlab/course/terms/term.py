"""A term: the course, its lessons and dates, its students, and the key of their seeds; checked before use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from crmlab.course import cases, catalog, documents, plan
from crmlab.course.terms import individual, roster
from crmlab.errors import InputError, short, some, unknown

LEAST_KEY = 16
"""Bytes that a key must have at least: one that can be guessed protects no answer."""
MAKE_KEY = "Make one with: python -c 'import secrets; print(secrets.token_hex(32))' > seed.key"

LEAST_SIGNS = 8
"""Different signs that a key has at least; 64 random hexadecimal digits have all sixteen."""
_TAKES = {
    "course": "a text; put a number in quotes",
    "term": "letters, digits, - and _, such as 2027-spring; put a number in quotes",
    "lessons": "a list of lessons, or lessons with keys, such as 22_tiers: {due: 2027-03-15}",
    "cases": "a list of cases, such as [fernhill, cdnow]",
    "customers": "a whole number from 200 to 20000",
    "roster": "the name of a CSV file",
    "key": "{file: seed.key} or {env: NAME}",
    "replies": "on or off, without quotes",
    "repository": "the address of a public repository on GitHub, such as https://github.com/OWNER/NAME",
}


class KeySource(cases._Strict):
    """Where the key lies: in a file beside the term file, or in a variable of the environment."""

    file: str | None = None
    env: str | None = None


class Task(cases._Strict):
    """One lesson of a term."""

    case: str | None = None
    due: date | None = None


class Term(cases._Strict):
    """What an instructor writes down for a term.

    Which lessons does the course take, on which cases, for whom, and by when?
    """

    course: str
    term: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    start: date
    end: date
    lessons: Annotated[dict[str, Task], Field(min_length=1)]
    cases: Annotated[list[str], Field(default_factory=list)]
    customers: Annotated[int, Field(ge=200, le=20_000)] = 1500
    roster: str
    key: KeySource
    replies: bool = True
    repository: Annotated[str, Field(pattern=r"^(https://github\.com/[\w.-]+/[\w.-]+)?$")] = ""


@dataclass(frozen=True, eq=False)
class OpenTerm:
    """A term whose parts were all found and checked.

    Attributes
    ----------
    plan : Term
        What the term file says.
    folder : Path
        Where it lies.
    lessons : dict of str to Lesson
        The lessons by name, in the order of the file.
    tasks : dict of str to Task
        What the term file says of each lesson.
    private : frozenset of str
        Names of lessons from the instructor's own folder: no page shows them, and their keys are in private
        files alone.
    templates : dict of str to Case
        The case that each lesson's individual data resemble.
    shown : dict of str to list of str
        The lessons that are shown on each case, by the case's name or path.
    people : tuple of Student
        Who takes the course, in the order of the roster.
    key : bytes
        The key of seeds and pseudonyms.
    """

    plan: Term
    folder: Path
    lessons: dict[str, catalog.Lesson]
    tasks: dict[str, Task]
    private: frozenset[str]
    templates: dict[str, cases.Case]
    shown: dict[str, list[str]]
    people: tuple[roster.Student, ...]
    key: bytes

    @cached_property
    def students(self) -> tuple[str, ...]:
        """Ids, in the order of the roster."""
        return tuple(student.id for student in self.people)

    @cached_property
    def pseudonyms(self) -> dict[str, str]:
        """Pseudonym by student."""
        return {who: individual.pseudonym(self.key, self.plan.term, who) for who in self.students}

    def draw(self, student: str, lesson: str, again: int = 0) -> individual.Individual:
        """Draw the data of a student for a lesson; the same each time, and others for each time ``again``."""
        return individual.draw(
            self.templates[lesson], lesson, self.seed(student, lesson) + again, self.customers(lesson)
        )

    def seed(self, student: str, lesson: str) -> int:
        """Return the seed of a student's data for a lesson."""
        return individual.seed(self.key, self.plan.term, student, lesson)

    def customers(self, lesson: str) -> int:
        """Return how many customers a student's business has in a lesson: the term's, or what it needs."""
        return max(self.plan.customers, self.lessons[lesson].customers)

    def replies(self, lesson: str) -> bool:
        """Return whether answers to a lesson are replied to in the notebook."""
        return self.plan.replies and lesson not in self.private


def load(path: Path) -> OpenTerm:
    """Open a term file and check all it names, before anything is written.

    Raises
    ------
    InputError
        The file is no readable term; a lesson or case does not exist; a date lies outside the term; the
        roster is missing, in another encoding, empty, or names a student twice; the key is missing or short.
    """
    term = _validated(_content(path), path.name)
    lessons = {name: _lesson(name, path) for name in term.lessons}
    by_name = {lesson.name: lesson for lesson in lessons.values()}
    tasks = {lesson.name: term.lessons[name] for name, lesson in lessons.items()}
    if len(tasks) < len(lessons):
        raise InputError(f"{path.name}: two of the lessons have one name, so one would overwrite the other.")
    _check_dates(term, tasks, path.name)
    opened = {name: cases.load(_case_name(name, path.parent)) for name in term.cases}
    chosen = {name: _template(lesson, tasks[name], opened, path.name) for name, lesson in by_name.items()}
    templates = {name: opened.get(case) or cases.load(case) for name, case in chosen.items()}
    made = OpenTerm(
        plan=term,
        folder=path.parent,
        lessons=by_name,
        tasks=tasks,
        private=frozenset(lesson.name for name, lesson in lessons.items() if name.endswith(".ipynb")),
        templates=templates,
        shown=_shown(by_name, opened, chosen, path),
        people=roster.read(path.parent / term.roster),
        key=_key(term.key, path),
    )
    # Each case once, for the lesson that needs most customers of it.
    for name in {templates[name].name: name for name in sorted(templates, key=made.customers)}.values():
        individual.check_customers(made.customers(name), templates[name])
    return made


def _content(path: Path) -> dict[str, Any]:
    content = documents.content(path)
    if not isinstance(content, dict):
        raise InputError(f"{path.name} is no term: it holds no keys. The README shows a complete one.")
    if isinstance(names := content.get("lessons"), list):  # names alone: no case, no date of their own
        if others := [item for item in names if not isinstance(item, str)]:
            raise InputError(
                f"{path.name}: 'lessons' holds {short(str(others[0]))}. 'lessons' takes {_TAKES['lessons']}."
            )
        content["lessons"] = {name: {} for name in names}
        if len(content["lessons"]) < len(names):
            raise InputError(f"{path.name} names a lesson twice: {some(names, most=20)}.")
    if isinstance(tasks := content.get("lessons"), dict):
        content["lessons"] = {name: task or {} for name, task in tasks.items()}
    return content


def _validated(content: dict[str, Any], where: str) -> Term:
    try:
        return Term(**content)
    except ValidationError as error:
        raise InputError(" ".join(_sentence(item, where) for item in error.errors()[:3])) from error
    except TypeError as error:
        raise InputError(f"{where} has a key that is no text: {error}.") from error


def _sentence(item: Any, where: str) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"key": KeySource, "lessons": Task}
        model = models.get(str(item["loc"][0]), Term)
        return str(unknown("key", item["loc"][-1], model.model_fields, where=where))
    if item["type"] == "missing":
        return f"{where} lacks the key '{key}'."
    given = "empty" if item["input"] is None else short(str(item["input"]))
    if item["type"].startswith("date"):
        return f"{where}: '{key}' is {given}, which is no date. Write it as YYYY-MM-DD."
    root = str(item["loc"][0])
    return f"{where}: '{key}' is {given}. '{root}' takes {_TAKES[root]}."


def _lesson(name: str, path: Path) -> catalog.Lesson:
    if name.endswith(".ipynb"):
        lesson = plan.find_lessons([str(path.parent / name)])[0]
        if lesson.name in catalog.lessons():
            raise InputError(
                f"{path.name}: the course has a lesson {lesson.name} already. Name yours otherwise."
            )
        return lesson
    known = catalog.lessons()
    if name not in known:
        raise unknown("lesson", name, known, where=path.name)
    return known[name]


def _check_dates(term: Term, tasks: dict[str, Task], where: str) -> None:
    if not term.start < term.end:
        raise InputError(f"{where}: the term ends on {term.end}, not after its start on {term.start}.")
    for name, task in tasks.items():
        if task.due and not term.start <= task.due <= term.end:
            raise InputError(
                f"{where}: the lesson {name} is due on {task.due}, outside the term, "
                f"{term.start} to {term.end}."
            )


def _template(lesson: catalog.Lesson, task: Task, opened: Mapping[str, cases.Case], where: str) -> str:
    """Return the case that students' data resemble in a lesson.

    It is the one that the term file names; or the first simulated one of the term that suits the lesson, or
    the first; or, where none does, the bundled case that the lesson is written on.
    """
    if task.case:
        if task.case not in opened:
            raise unknown("case", task.case, opened, where=f"{where}, lesson {lesson.name}")
        if lacking := sorted({*lesson.tables} - {*opened[task.case].tables}):
            raise InputError(
                f"{where}: the lesson {lesson.name} needs the tables {some(lacking)}, which the case "
                f"'{task.case}' lacks. Name another case, or none: then it takes one that has them."
            )
        return task.case
    suited = [name for name, case in opened.items() if case.suits(lesson)]
    simulated = [name for name in suited if isinstance(opened[name].data, cases.Simulated)]
    own = str(lesson.parameters["case"].default)
    if not suited and own not in cases.bundled():
        raise InputError(
            f"{where}: none of the cases suits the lesson {lesson.name}, which needs the tables "
            f"{some(sorted(lesson.tables))}. Add one that has them to 'cases'."
        )
    return [*simulated, *suited, own][0]


def _shown(
    lessons: Mapping[str, catalog.Lesson],
    opened: Mapping[str, cases.Case],
    chosen: Mapping[str, str],
    path: Path,
) -> dict[str, list[str]]:
    """Return the lessons of each case: those that it suits, and those whose students' data resemble it."""
    on = {
        name: [
            each
            for each, lesson in lessons.items()
            if chosen[each] == name or (name in opened and opened[name].suits(lesson))
        ]
        for name in {**opened, **dict.fromkeys(chosen.values())}
    }
    if idle := [name for name, its in on.items() if not its]:
        meant = ", ".join(f"{case} ({each})" for each, case in chosen.items())
        raise InputError(
            f"{path.name}: none of the lessons runs on {some(idle)}. Take it out of 'cases': the lessons run "
            f"on {meant}."
        )
    return {_case_name(name, path.parent): its for name, its in on.items()}


def _case_name(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith((".yaml", ".yml")) else name


def _key(source: KeySource, path: Path) -> bytes:
    if (source.file is None) == (source.env is None):
        raise InputError(
            f"{path.name}: 'key' needs either 'file', a file with the key, or 'env', a variable with it."
        )
    if source.env is not None:
        key = os.environ.get(source.env, "").strip().encode()
        place = f"the variable {source.env}"
    else:
        try:
            key = (path.parent / str(source.file)).read_bytes().strip()
        except OSError as error:
            raise InputError(
                f"The key's file, {path.parent / str(source.file)}, fails: {error.strerror}. {MAKE_KEY}"
            ) from error
        place = f"the file {source.file}"
    if len(key) >= LEAST_KEY and len(set(key)) < LEAST_SIGNS:
        raise InputError(f"The key in {place} can be guessed: it is not random. {MAKE_KEY}")
    if len(key) < LEAST_KEY:
        raise InputError(
            f"The key in {place} has {len(key)} bytes; it needs at least {LEAST_KEY}, at random. {MAKE_KEY}"
        )
    return key
