"""Building a term: what everybody gets, what only the instructor has, and a manifest of it all."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crmlab.course import catalog, plan, runner, site
from crmlab.course.editions import instructor, leaks, pages, reader
from crmlab.course.files import joined, read_json, write
from crmlab.course.lock import only_one
from crmlab.course.normalise import dumps
from crmlab.course.terms import install, manifest, workers, workspaces
from crmlab.course.terms.folder import PRIVATE, PUBLIC, WORK, Folder
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import CrmlabError, short, unknown
from crmlab.spreadsheets import csv_text

LANGUAGES = ("en",)
Tell = Callable[[str], None]


def build(term: OpenTerm, out: Path, jobs: int, tell: Tell, language: str = "en") -> dict[str, Any]:
    """Build a term into a folder; return its manifest.

    ``public`` gets what everybody may see: workspaces, the site, slides, pages to print, and what to install.
    ``private`` gets keys, pseudonyms, the instructor's lessons and the manifest. What has not changed since
    the last build is used again, and an interrupted build goes on where it was. No file that a build did not
    make is overwritten or removed.

    Parameters
    ----------
    term : OpenTerm
        See `crmlab.course.terms.term.load`.
    out : Path
        The folder.
    jobs : int
        Processes at a time.
    tell : callable
        Is given a sentence on each step.
    language : {"en"}
        Language of the lessons.

    Raises
    ------
    InputError
        Another language, a build that is running in the folder, or a file there that is in the way.
    CrmlabError
        A lesson fails on a case or on a student's data, or would give away a solution.
    """
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    with only_one(out):
        return _build(term, out, jobs, tell)


def _build(term: OpenTerm, out: Path, jobs: int, tell: Tell) -> dict[str, Any]:
    folder, work = Folder(out), out / WORK
    for name, content in install.files().items():
        folder.put(f"{PUBLIC}/install/{name}", content)
    runs = _runs(term, work / "runs")
    _execute(runs, jobs, work / "runs", tell)
    _editions(term, runs, folder, tell)
    _site(term, runs, folder, tell)
    _pseudonyms(term, folder)
    failed = _students(term, folder, jobs, tell)
    made = manifest.make(term, runs, folder)
    folder.put(manifest.FILE, json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    folder.finish()
    for place in folder.aside:
        tell(f"{place} is your version of a file that was made again.")
    if failed:
        raise CrmlabError(
            f"{len(failed)} of {len(term.students)} workspaces were not made. The first: {failed[0]} All "
            "else is in place; build again when that is mended."
        )
    return made


def _runs(term: OpenTerm, out: Path) -> list[plan.Run]:
    paths = {name: str(term.lessons[name].path) if name in term.private else name for name in term.lessons}
    return [
        run
        for case, lessons in term.shown.items()
        for run in plan.runs([paths[name] for name in lessons], [case], {}, out)
    ]


def _execute(runs: list[plan.Run], jobs: int, out: Path, tell: Tell) -> None:
    todo = plan.pending(runs)
    tell(f"Lessons: {len(todo)} to run, {len(runs) - len(todo)} unchanged.")
    failures = []
    for run, outcome in runner.execute(todo, jobs, out):
        if outcome is None:
            continue
        tell(f"  {run.lesson.name} on {run.case}, {outcome.seconds:.0f} s")
        if outcome.error and not outcome.is_unsuited:
            failures.append(f"{run.lesson.name} on {run.case}: {outcome.reason}")
    if failures:
        raise CrmlabError(f"The term was not built, for {len(failures)} lessons failed. {failures[0]}")
    runner.collect(runs, out)


def _editions(term: OpenTerm, runs: list[plan.Run], folder: Folder, tell: Tell) -> None:
    """Write the instructor's notebooks, the slides and the pages to print."""
    tell("Editions: instructor, slides, print.")
    for name, content in pages.assets().items():
        folder.put(f"{PUBLIC}/{pages.ASSETS}/{name}", content)
    assets = f"../../{pages.ASSETS}"
    for run in _usable(runs):
        executed, name = read_json(run.output), run.lesson.name
        folder.put(f"{PRIVATE}/instructor/{run.case}/{name}.ipynb", dumps(instructor(executed, run.lesson)))
        if name in term.private:
            continue
        shown, title = reader(executed, run.lesson), run.lesson.title
        _refuse_leaks(shown, run.lesson)
        case = run.business.case.title if run.business else ""
        said = f"{term.plan.course} · {term.plan.term} · {case}"
        folder.put(f"{PUBLIC}/slides/{run.case}/{name}.html", pages.slides(shown, title, said, assets))
        folder.put(f"{PUBLIC}/print/{run.case}/{name}.html", pages.printed(shown, title, said, assets))


def _site(term: OpenTerm, runs: list[plan.Run], folder: Folder, tell: Tell) -> None:
    """Build the site from what readers may see."""
    work = folder.root / WORK
    source, keep = work / "site", set()
    for run in _usable(runs):
        if run.lesson.name not in term.private:
            keep.add(source / run.case / run.output.name)
            write(source / run.case / run.output.name, dumps(reader(read_json(run.output), run.lesson)))
            write(source / run.case / "case.yaml", (work / "runs" / run.case / "case.yaml").read_bytes())
    for path in source.glob("*/*.ipynb"):
        if path not in keep:
            path.unlink()
    write(source / site.COURSE, json.dumps(_course(term), ensure_ascii=False, indent=1))
    tell("Site.")
    site.build(source)
    for path in sorted((source / "site").rglob("*")):
        place = path.relative_to(source / "site").as_posix()
        if path.is_file() and not place.startswith("."):
            folder.put(f"{PUBLIC}/site/{place}", path.read_bytes())
    folder.put(f"{PUBLIC}/index.html", pages.template("front.html.j2").render(title=term.plan.course))


def _course(term: OpenTerm) -> dict[str, Any]:
    """Return what the pages say of the course."""
    shown = {name: task for name, task in term.tasks.items() if name not in term.private}
    return {
        "title": term.plan.course,
        "term": term.plan.term,
        "start": str(term.plan.start),
        "end": str(term.plan.end),
        "due": {name: str(task.due or term.plan.end) for name, task in shown.items()},
        "others": {
            term.lessons[name].title: str(task.due or term.plan.end)
            for name, task in term.tasks.items()
            if name in term.private
        },
        "repository": term.plan.repository,
    }


def _refuse_leaks(shown: dict[str, Any], lesson: catalog.Lesson) -> None:
    """Raise where readers would see a solution; that cells have outputs is right for them."""
    closed = [{**cell, "outputs": []} for cell in shown["cells"]]
    if found := leaks({"cells": closed, "metadata": shown["metadata"]}, lesson.notebook):
        raise CrmlabError(f"The pages would give away a solution of {lesson.name}: {found[0]}.")


def _usable(runs: list[plan.Run]) -> Iterator[plan.Run]:
    """Yield the runs that gave a lesson to show; others are not for their case."""
    for run in runs:
        if run.output.is_file() and any(joined(cell["source"]) for cell in read_json(run.output)["cells"]):
            yield run


def _pseudonyms(term: OpenTerm, folder: Folder) -> None:
    head = ["student_id", "pseudonym", "name", "email", "section", "login", "lms_id"]
    rows = [
        [who.id, term.pseudonyms[who.id], who.name, who.email, who.section, who.login, who.lms_id]
        for who in term.people
    ]
    folder.put(f"{PRIVATE}/pseudonyms.csv", csv_text([head, *rows]))


def _students(term: OpenTerm, folder: Folder, jobs: int, tell: Tell) -> list[str]:
    """Write the workspace and the key of each student; return, in a sentence each, what failed."""
    common, todo = manifest.common_digest(term), {}
    for who, name in term.pseudonyms.items():
        seeds = [str(term.seed(who, lesson)) for lesson in term.lessons]
        stamp = hashlib.sha256(" ".join([common, name, *seeds]).encode()).hexdigest()
        noted = read_json(_note(folder, name))
        if noted.get("stamp") == stamp and all(
            folder.is_whole(place, noted.get(place)) for place in _places(name)
        ):
            for place in _places(name):
                folder.keep(place)
        else:
            todo[who] = stamp
    tell(f"Workspaces: {len(todo)} to make, {len(term.students) - len(todo)} unchanged.")
    failed, begin = [], time.monotonic()
    for number, (who, found) in enumerate(workers.each(term, _pack, list(todo), jobs), start=1):
        name = term.pseudonyms[who]
        if isinstance(found, str):
            failed.append(f"{short(who)}: {found}")
        else:
            for place, content in zip(_places(name), found, strict=True):
                folder.put(place, content)
            digests = {place: folder.now[place] for place in _places(name)}
            write(_note(folder, name), json.dumps({"stamp": todo[who]} | digests))
        if number % max(1, len(todo) // 20) == 0 or number == len(todo):
            left = (time.monotonic() - begin) / number * (len(todo) - number)
            tell(
                f"  {number} of {len(todo)}" + (f", about {left / 60:.0f} minutes left" if left > 90 else "")
            )
    return failed


def _pack(term: OpenTerm, who: str) -> tuple[bytes, bytes] | str:
    """Return a student's workspace and key, or why there are none: that stops nobody else's."""
    try:
        return workspaces.pack(term, who)
    except CrmlabError as error:
        return str(error)


def _places(pseudonym: str) -> list[str]:
    return [f"{PUBLIC}/workspaces/{pseudonym}.zip", f"{PRIVATE}/keys/{pseudonym}.json"]


def _note(folder: Folder, pseudonym: str) -> Path:
    return folder.root / WORK / "students" / f"{pseudonym}.json"
