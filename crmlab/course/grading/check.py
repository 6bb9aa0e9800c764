"""A student's own look at a lesson: which answers are right, open or missing, as the notebook says."""

import re
from dataclasses import dataclass
from pathlib import Path

from crmlab.course import workspace
from crmlab.course.files import joined, read_json
from crmlab.course.grading.submissions import notebook
from crmlab.errors import InputError
from crmlab.language import mark, tr

_ASKED = re.compile(r"lesson\.ask\(\s*[\"'][^\"']+[\"'],\s*(?:\"([^\"]+)\"|'([^']+)')")
_WHY = mark("the reply in the notebook says why")
_WORDS = {
    mark("right"): "",
    mark("recorded"): mark("handed in as it is; nobody says yet whether it is right"),
    mark("unreadable"): mark("the answer cannot be read as what was asked for"),
    mark("not yet"): _WHY,
}


@dataclass(frozen=True)
class Checked:
    """One exercise: its name, what is known of the answer, and the words for it."""

    exercise: str
    state: str
    words: str


def check(path: Path) -> list[Checked]:
    """Check the answers that a notebook keeps in its outputs, without executing it.

    Parameters
    ----------
    path : Path
        A notebook of the student's edition, saved after a run.

    Raises
    ------
    InputError
        The notebook cannot be read, or it asks nothing.
    """
    if not path.is_file():
        raise InputError(f"There is no notebook {path}. Check the path and the working folder.")
    saved = notebook(path.read_bytes(), path.name)
    if saved.problem:
        raise InputError(f"{path.name} cannot be checked: {saved.problem}.")
    source = "\n".join(
        joined(cell["source"]) for cell in read_json(path)["cells"] if cell["cell_type"] == "code"
    )
    asked = dict.fromkeys(double or single for double, single in _ASKED.findall(source))
    if not asked:
        raise InputError(
            f"{path.name} asks for no answers. Check a lesson in the workspace where it was handed out."
        )
    last = {record["exercise"]: record for record in saved.records}
    return [_checked(name, last.get(name)) for name in asked]


def _checked(name: str, record: dict[str, object] | None) -> Checked:
    if record is None:
        return Checked(name, mark("missing"), tr("no answer yet, or not run and saved"))
    state = str(record.get("state", "recorded"))
    said = _WORDS.get(state, _WHY)
    return Checked(name, state, tr(said) if said else "")


def find(lesson: str, folder: Path) -> Path:
    """Return the notebook of a lesson, by its name in the workspace that a folder lies in, or by its path.

    Raises
    ------
    InputError
        There is none in the workspace or below the folder.
    """
    if lesson.endswith(".ipynb"):
        return Path(lesson)
    root = workspace.find(folder)
    if root and lesson in (own := workspace.lessons(root)):
        return own[lesson].path
    for path in sorted(folder.rglob(f"{lesson}.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            return path
    raise InputError(
        f"There is no notebook {lesson}.ipynb in {folder} or below. Go to your workspace, or give its path."
    )
