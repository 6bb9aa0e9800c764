"""The manifest of a built term: what it was made from, and the hash of every file."""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import crmlab
from crmlab import resources
from crmlab.course import catalog, plan
from crmlab.course.files import joined, read_json
from crmlab.course.terms.folder import PRIVATE, Folder
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import InputError
from crmlab.language import current, ntr, tr
from crmlab.words import some

FILE = f"{PRIVATE}/manifest.json"
_MAKERS = (
    "keys.py",
    "handout.py",
    "terms/individual.py",
    "terms/workspaces.py",
    "editions/notebooks.py",
    "editions/leak_test.py",
)
"""Files of the course's code that make workspaces and keys, beside those that every lesson runs with."""


def make(term: OpenTerm, runs: list[plan.Run], folder: Folder) -> dict[str, Any]:
    """Return the manifest of a built folder.

    Seeds stand in it as fingerprints: two builds can be compared, and no seed be read from it.
    """
    return {
        "course": term.plan.course,
        "term": term.plan.term,
        "versions": {"crmlab": crmlab.__version__, "python": platform.python_version()},
        "code": code(),
        "language": current(),
        "lessons": {name: about(lesson) for name, lesson in term.lessons.items()},
        "due": {name: str(task.due or term.plan.end) for name, task in term.tasks.items()},
        "cases": {name: _case(term, name) for name in term.lessons},
        "runs": {f"{run.lesson.name} on {run.case}": _run(run) for run in runs},
        "students": {name: _seeds(term, who) for who, name in term.pseudonyms.items()},
        "answers": {name: _answers(folder.root, name) for name in term.pseudonyms.values()},
        "files": dict(sorted(folder.now.items())),
    }


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a built term.

    Raises
    ------
    InputError
        The folder was not built by ``crmlab build``, or its build was interrupted.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        tables = ("lessons", "cases", "runs", "students", "answers", "files", "versions")
        return {**content, **{name: dict(content[name]) for name in tables}}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is no term that was built: it has no manifest, {FILE}, that can be read. Give the "
            "folder that crmlab build has finished."
        ) from error


def differences(folder: Path, term: OpenTerm | None = None) -> list[str]:
    """Return, a sentence each, what is not today what it was when a term was built.

    Parameters
    ----------
    folder : Path
        The built term.
    term : OpenTerm, optional
        The term as its file says today. Without it, only the package and its lessons are compared.
    """
    built = read(folder)
    return list(_differences(built, term))


def _differences(built: Mapping[str, Any], term: OpenTerm | None) -> Iterator[str]:
    if built["versions"].get("crmlab") != crmlab.__version__ or built["code"] != code():
        yield tr("The installed crmlab is not the one that the term was built with.")
    lessons = dict(term.lessons) if term else catalog.lessons()
    for name, was in built["lessons"].items():
        if name in lessons and about(lessons[name])["digest"] != was["digest"]:
            yield tr("The lesson {name} was changed since it was handed out.", name=name)
    if term is None:
        return
    if dropped := sorted(set(built["lessons"]) - set(term.lessons)):
        yield tr("The term file no longer names {names}.", names=some(dropped))
    if new := sorted(set(term.lessons) - set(built["lessons"])):
        yield tr("The term file names {names}, which nobody was handed.", names=some(new))
    for name in term.lessons:
        if name in built["cases"] and built["cases"][name] != _case(term, name):
            yield tr("The case of {name}, or how many customers each student gets, was changed.", name=name)
    seeds = {name: _seeds(term, who) for who, name in term.pseudonyms.items()}
    if joined_late := sorted(set(seeds) - set(built["students"])):
        yield ntr(
            "{n} of the roster has no workspace: {names}.",
            "{n} of the roster have no workspace: {names}.",
            len(joined_late),
            names=some(joined_late),
        )
    if any(
        built["students"].get(name, {}).get(lesson, seed) != seed
        for name, own in seeds.items()
        for lesson, seed in own.items()
    ):
        yield tr("The key of the seeds is another.")


def common_digest(term: OpenTerm) -> str:
    """Return the SHA-256 of all that the workspaces of a term depend on beside their seeds.

    What only pages say, such as the course's title and when a lesson is due, is no part of it.
    """
    parts: list[Any] = [code(), crmlab.__version__, current(), term.plan.term]
    parts += [(about(lesson), _case(term, name)) for name, lesson in term.lessons.items()]
    parts += [[term.replies(name) for name in term.lessons]]
    return _sha256(parts)


def code() -> str:
    """Return the SHA-256 of the code, libraries and data that make workspaces and their keys."""
    course = Path(__file__).parent.parent
    digest = hashlib.sha256(plan.surroundings().encode())
    for name in _MAKERS:
        digest.update(f"{name} {resources.sha256(course / name)}".encode())
    return digest.hexdigest()


def about(lesson: catalog.Lesson) -> dict[str, Any]:
    """Return the title of a lesson and the SHA-256 of what its author wrote, without outputs."""
    written = [
        [cell["cell_type"], joined(cell["source"]), cell["metadata"].get("tags", []), cell.get("attachments")]
        for cell in lesson.notebook["cells"]
    ]
    return {"title": lesson.title, "digest": _sha256(written)}


def _case(term: OpenTerm, lesson: str) -> str:
    """Return the SHA-256 of what decides the data of a lesson's students, beside their seeds."""
    case = term.templates[lesson]
    own = case.lessons.get(lesson, {})
    return _sha256([case.model_dump(mode="json", exclude={"lessons"}), own, term.customers(lesson)])


def _run(run: plan.Run) -> dict[str, Any]:
    """Return what a run was made from, part by part, and the numbers that it gave."""
    assert run.business
    defaults = {name: item.default for name, item in run.lesson.parameters.items()}
    return {
        "case": run.case,
        "lesson": run.lesson.name,
        "data": run.business.data,
        "parameters": defaults | run.parameters,
        "results": read_json(run.out / run.case / "results.json").get(run.lesson.name, {}),
    }


def _seeds(term: OpenTerm, student: str) -> dict[str, str]:
    """Return the first signs of the SHA-256 of a student's seeds, by lesson."""
    seeds = {lesson: term.seed(student, lesson) for lesson in term.lessons}
    return {lesson: hashlib.sha256(str(seed).encode()).hexdigest()[:16] for lesson, seed in seeds.items()}


def _answers(root: Path, pseudonym: str) -> dict[str, str]:
    """Return the first signs of the SHA-256 of a student's answers, by lesson."""
    key = read_json(root / PRIVATE / "keys" / f"{pseudonym}.json")
    return {name: _sha256(made["exercises"])[:16] for name, made in key.get("lessons", {}).items()}


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
