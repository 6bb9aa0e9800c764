"""Building a term: every edition of every lesson, a workspace for each student, and a manifest of it all."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from crmlab.course import catalog, plan, runner, site
from crmlab.course.editions import instructor, leaks, pages, reader
from crmlab.course.normalise import dumps, joined, read_json, write
from crmlab.course.terms import manifest, workspaces
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import CrmlabError, InputError, unknown

LANGUAGES = ("en",)
WORK = ".work"
"""Folder of what a build keeps for the next one; no part of the term."""
Tell = Callable[[str], None]


def build(term: OpenTerm, out: Path, jobs: int, tell: Tell, language: str = "en") -> dict[str, Any]:
    """Build a term into a folder; return its manifest.

    What has not changed since the last build in the folder is used again, and a build that was interrupted
    goes on where it was.

    Parameters
    ----------
    term : OpenTerm
        See `crmlab.course.terms.term.load`.
    out : Path
        The folder. It holds nothing else.
    jobs : int
        Processes at a time.
    tell : callable
        Is given a sentence on each step.
    language : {"en"}
        Language of the lessons.

    Raises
    ------
    InputError
        Another language, or a folder that holds something else.
    CrmlabError
        A lesson fails on a case, or would give away a solution.
    """
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    _check_folder(out)
    work = out / WORK
    runs = _runs(term, work / "runs")
    _execute(runs, jobs, work / "runs", tell)
    wanted = {*_editions(term, runs, out, tell), *_site(runs, out, work, tell)}
    wanted |= set(_students(term, out, work, jobs, tell))
    names = "student_id,pseudonym\n" + "".join(f"{who},{name}\n" for who, name in term.pseudonyms.items())
    wanted.add(_put(out, "instructor/pseudonyms.csv", names))
    _remove_others(out, wanted)
    made = manifest.make(term, runs, out)
    write(out / manifest.FILE, json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return made


def _check_folder(out: Path) -> None:
    """Refuse a folder that no build made: what is no part of the term would be removed from it."""
    if out.is_dir() and any(out.iterdir()) and not ((out / WORK).is_dir() or (out / manifest.FILE).is_file()):
        raise InputError(f"The folder {out} holds something that is no term. Choose a new one with --out.")


def _runs(term: OpenTerm, out: Path) -> list[plan.Run]:
    names = [
        str(term.folder / name) if name.endswith((".yaml", ".yml")) else name for name in term.plan.cases
    ]
    return plan.runs(list(term.lessons), names, {}, out)


def _execute(runs: list[plan.Run], jobs: int, out: Path, tell: Tell) -> None:
    todo = plan.pending(runs)
    tell(f"Lessons: {len(todo)} to run, {len(runs) - len(todo)} unchanged.")
    failures = []
    for run, outcome in runner.execute(todo, jobs, out):
        if outcome is None:
            continue
        tell(f"  {run.lesson.name} on {run.case}, {outcome.seconds:.0f} s")
        if outcome.error:
            failures.append(f"{run.lesson.name} on {run.case}: {outcome.message}")
    if failures:
        raise CrmlabError(f"The term was not built, for {len(failures)} lessons failed. {failures[0]}")
    runner.collect(runs, out)


def _editions(term: OpenTerm, runs: list[plan.Run], out: Path, tell: Tell) -> Iterator[str]:
    """Write the instructor's notebooks, the slides and the pages to print; yield what was written."""
    tell("Editions: instructor, slides, print.")
    pages.copy_assets(out / pages.ASSETS)
    yield pages.ASSETS
    assets = f"../../{pages.ASSETS}"
    for run in _usable(runs):
        executed, name = read_json(run.output), run.lesson.name
        shown, title = reader(executed, run.lesson), run.lesson.title
        subtitle = (
            f"{term.plan.course} · {term.plan.term} · {run.business.case.title if run.business else ''}"
        )
        yield _put(out, f"instructor/{run.case}/{name}.ipynb", dumps(instructor(executed, run.lesson)))
        yield _put(out, f"slides/{run.case}/{name}.html", pages.slides(shown, title, assets))
        yield _put(out, f"print/{run.case}/{name}.html", pages.printed(shown, title, subtitle, assets))


def _site(runs: list[plan.Run], out: Path, work: Path, tell: Tell) -> Iterator[str]:
    """Build the site from what readers may see."""
    source = work / "site"
    keep = set()
    for run in _usable(runs):
        shown = reader(read_json(run.output), run.lesson)
        _refuse_leaks(shown, run.lesson)
        keep.add(source / run.case / run.output.name)
        write(source / run.case / run.output.name, dumps(shown))
        write(source / run.case / "case.yaml", (work / "runs" / run.case / "case.yaml").read_bytes())
    for path in source.glob("*/*.ipynb"):
        if path not in keep:
            path.unlink()
    tell("Site.")
    if site.build(source) or not (out / "site").is_dir():
        shutil.rmtree(out / "site", ignore_errors=True)
        shutil.copytree(source / "site", out / "site", ignore=shutil.ignore_patterns(".*"))
    yield "site"


def _refuse_leaks(shown: dict[str, Any], lesson: catalog.Lesson) -> None:
    """Raise where readers would see a solution; that cells have outputs is right for them."""
    closed = [{**cell, "outputs": []} for cell in shown["cells"]]
    if found := leaks({"cells": closed, "metadata": shown["metadata"]}, lesson.notebook):
        raise CrmlabError(f"The site would give away a solution of {lesson.name}: {found[0]}.")


def _usable(runs: list[plan.Run]) -> Iterator[plan.Run]:
    """Yield the runs that gave a lesson to show; others are not for their case."""
    for run in runs:
        if run.output.is_file() and any(joined(cell["source"]) for cell in read_json(run.output)["cells"]):
            yield run


def _students(term: OpenTerm, out: Path, work: Path, jobs: int, tell: Tell) -> Generator[str]:
    """Write the workspace and the key of each student; yield what there is."""
    common = manifest.common_digest(term)
    todo = []
    for who, name in term.pseudonyms.items():
        stamp = hashlib.sha256(f"{common} {name} {term.salt(who, '').hex()}".encode()).hexdigest()
        paths = _places(name)
        kept = read_json(work / "students" / f"{name}.json")
        if not (kept.get("stamp") == stamp and all(_is(out / path, kept.get(path)) for path in paths)):
            todo.append((who, stamp))
        yield from paths
    tell(f"Workspaces: {len(todo)} to make, {len(term.students) - len(todo)} unchanged.")
    if not todo:
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(todo)), get_context("spawn"), initializer=_prepare, initargs=(term,)
    )
    try:
        waiting = {pool.submit(_pack, who): (who, stamp) for who, stamp in todo}
        for number, future in enumerate(as_completed(waiting), start=1):
            who, stamp = waiting[future]
            name = term.pseudonyms[who]
            contents = dict(zip(_places(name), future.result(), strict=True))
            kept = {"stamp": stamp} | {
                path: hashlib.sha256(content).hexdigest() for path, content in contents.items()
            }
            for path, content in contents.items():
                write(out / path, content)
            write(work / "students" / f"{name}.json", json.dumps(kept))
            if number % 25 == 0 or number == len(todo):
                tell(f"  {number} of {len(todo)}")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _places(pseudonym: str) -> list[str]:
    return [f"students/{pseudonym}.zip", f"instructor/keys/{pseudonym}.json"]


def _is(path: Path, digest: Any) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


_TERM: OpenTerm | None = None


def _prepare(term: OpenTerm) -> None:
    """Give a worker the term once; it ends with its parent, and computes on one thread."""
    global _TERM
    runner.prepare_worker()
    _TERM = term


def _pack(who: str) -> tuple[bytes, bytes]:
    assert _TERM
    archive, key = workspaces.pack(_TERM, who)
    return archive, workspaces.dumped(key).encode()


def _put(out: Path, place: str, content: str) -> str:
    write(out / place, content)
    return place


def _remove_others(out: Path, wanted: set[str]) -> None:
    """Remove what an earlier build made and this one does not: lessons dropped, students who left."""
    folders = tuple(f"{place}/" for place in wanted if (out / place).is_dir())
    for path in sorted(out.rglob("*"), reverse=True):
        place = path.relative_to(out).as_posix()
        if place.split("/")[0] in (WORK, manifest.FILE) or place.startswith(folders) or place in wanted:
            continue
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # not empty, so still in use
                path.rmdir()
        else:
            os.unlink(path)
