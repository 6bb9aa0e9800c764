"""The course's lessons, run on the case of an analysis and kept in its folder."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from crmlab.errors import CrmlabError, unknown
from crmlab.language import tr

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.course.plan import Run
    from crmlab.course.runner import Outcome

FOLDER = "lessons"
_NEEDED = ("papermill", "ipykernel", "nbformat", "psutil")
_NOT_VALID = "not valid here"
_ORDER = ["", "runs", "runs with a caveat", _NOT_VALID]


@dataclass(frozen=True)
class Done:
    """What became of a lesson.

    Attributes
    ----------
    name, title : str
    state : {"run", "failed", "not run"}
    why : str
        The reason, or a caveat.
    page, notebook : str
        Where they lie, seen from the folder of the analysis; empty where there is none.
    """

    name: str
    title: str
    state: str
    why: str
    page: str = ""
    notebook: str = ""


def run(folder: Path, judged: "pd.DataFrame", jobs: int, progress: Callable[[str], None]) -> list[Done]:
    """Run the lessons that are valid on the case in a folder; one that fails stops no other.

    Parameters
    ----------
    folder : Path
        Holds ``case.yaml``; gets ``lessons/``.
    judged : DataFrame
        By theory: the audit's ``verdict`` and ``why``. A lesson says which theories it needs.
    jobs : int
        How many lessons to run at a time.
    progress : callable
        Is told what happens.
    """
    from crmlab.course import plan

    course = plan.course()
    verdicts = {name: _worst(name, lesson.theories, judged) for name, lesson in course.items()}
    refused = [name for name in course if verdicts[name][0] == _NOT_VALID]
    absent = next((module for module in _NEEDED if find_spec(module) is None), None)
    why = ""
    if absent:
        why = tr("Running lessons needs {module}; see the README on how to install it.", module=absent)
    results: dict[str, Done] = {}
    if not absent:
        results = _execute(folder, [name for name in course if name not in refused], jobs, progress, verdicts)
    for name, lesson in course.items():
        reason = verdicts[name][1] if name in refused else why
        results.setdefault(name, Done(name, lesson.title, "not run", reason))
    return [results[name] for name in course]


def _worst(lesson: str, theories: Sequence[str], judged: "pd.DataFrame") -> tuple[str, str]:
    """Return the worst verdict on the theories of a lesson, with its reason; nothing where it needs none."""
    for theory in theories:
        if theory not in judged.index:
            raise unknown("theory", theory, judged.index, where=f"the metadata of the lesson {lesson}")
    found = [(str(row["verdict"]), str(row["why"])) for _, row in judged.loc[[*theories]].iterrows()]
    return max(found, key=lambda verdict: _ORDER.index(verdict[0]), default=("", ""))


def _execute(
    folder: Path,
    names: list[str],
    jobs: int,
    progress: Callable[[str], None],
    verdicts: Mapping[str, tuple[str, str]],
) -> dict[str, Done]:
    from crmlab.course import plan, runner

    if not names:
        return {}
    out = folder / FOLDER
    planned = plan.runs(names, [str(folder / "case.yaml")], {}, out)
    outcomes: dict[str, Outcome] = {}
    with closing(runner.execute(planned, jobs, out)) as events:
        for item, outcome in events:
            if outcome is None:
                progress(f"Lesson {item.lesson.name}")
            else:
                outcomes[item.lesson.name] = outcome
    runner.collect(planned, out)
    with_site = _site(out, progress)
    (out / planned[0].case / "case.yaml").unlink()  # a copy, which the pages were made with
    (out / "times.json").unlink(missing_ok=True)
    return {
        item.lesson.name: _done(item, outcomes[item.lesson.name], with_site, verdicts) for item in planned
    }


def _done(item: "Run", outcome: "Outcome", with_site: bool, verdicts: Mapping[str, tuple[str, str]]) -> Done:
    name, title, place = item.lesson.name, item.lesson.title, f"{FOLDER}/{item.case}"
    if outcome.is_unsuited:
        return Done(name, title, "not run", outcome.reason)
    if outcome.error:
        why = outcome.reason
        if outcome.cell:
            why = tr("In the cell '{cell}': {reason}", cell=outcome.cell, reason=why)
        return Done(name, title, "failed", why, "", f"{place}/failed/{name}.ipynb")
    verdict, why = verdicts[name]
    page = f"{FOLDER}/site/{item.case}/{name}.html" if with_site else ""
    return Done(name, title, "run", why if "caveat" in verdict else "", page, f"{place}/{name}.ipynb")


def _site(out: Path, progress: Callable[[str], None]) -> bool:
    """Build pages of the lessons for readers without Jupyter; return whether there are any."""
    if find_spec("myst_nb") is None or find_spec("sphinx_book_theme") is None:
        return False
    from crmlab.course import site

    progress("Pages of the lessons")
    try:
        return site.build(out)
    except CrmlabError:  # the notebooks are there all the same
        rmtree(out / ".site", ignore_errors=True)
        return False
