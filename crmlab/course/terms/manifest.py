"""The manifest of a built term: what it was made from, and the hash of every file."""

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

import crmlab
from crmlab import resources
from crmlab.course import plan
from crmlab.course.normalise import read_json
from crmlab.course.terms import individual
from crmlab.course.terms.term import OpenTerm

FILE = "manifest.json"
_OWN = (".work", FILE)


def make(term: OpenTerm, runs: list[plan.Run], out: Path) -> dict[str, Any]:
    """Return the manifest of a built folder.

    Seeds stand in it as fingerprints: two builds can be compared, and no seed be read from it.
    """
    return {
        "course": term.plan.course,
        "term": term.plan.term,
        "versions": {"crmlab": crmlab.__version__, "python": platform.python_version()},
        "code": plan.surroundings(),
        "lessons": {name: _sha256(_source(lesson)) for name, lesson in term.lessons.items()},
        "runs": {f"{run.lesson.name} on {run.case}": _run(run) for run in runs},
        "students": {
            name: {lesson: seed_fingerprint(term, who, lesson) for lesson in term.lessons}
            for who, name in term.pseudonyms.items()
        },
        "files": {
            path.relative_to(out).as_posix(): resources.sha256(path)
            for path in sorted(out.rglob("*"))
            if path.is_file() and path.relative_to(out).parts[0] not in _OWN
        },
    }


def _run(run: plan.Run) -> dict[str, Any]:
    """Return what a run was made from, part by part, and the numbers that it gave."""
    assert run.business
    return {
        "case": run.case,
        "lesson": run.lesson.name,
        "data": run.business.data,
        "parameters": run.parameters,
        "results": read_json(run.out / run.case / "results.json").get(run.lesson.name, {}),
    }


def common_digest(term: OpenTerm) -> str:
    """Return the SHA-256 of all that the workspaces of a term depend on beside their seeds."""
    parts: list[Any] = [plan.surroundings(), crmlab.__version__, term.plan.model_dump(mode="json")]
    parts += [_source(lesson) for lesson in term.lessons.values()]
    parts += [(name, case.model_dump(mode="json")) for name, case in term.templates.items()]
    parts += [_package()]
    return _sha256(parts)


def _package() -> str:
    """Return the SHA-256 of the files that make workspaces and editions."""
    digest = hashlib.sha256()
    for folder in ("terms", "editions", "exercises"):
        for path in sorted((Path(__file__).parent.parent / folder).rglob("*.*")):
            if path.suffix != ".pyc":
                digest.update(f"{path.name} {resources.sha256(path)}".encode())
    return digest.hexdigest()


def seed_fingerprint(term: OpenTerm, student: str, lesson: str) -> str:
    """Return the first signs of a seed's SHA-256."""
    seed = individual.seed(term.key, term.plan.term, student, lesson)
    return hashlib.sha256(str(seed).encode()).hexdigest()[:16]


def _source(lesson: Any) -> list[Any]:
    """Return what the author of a lesson wrote, without outputs."""
    return [
        [cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])]
        for cell in lesson.notebook["cells"]
    ]


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
