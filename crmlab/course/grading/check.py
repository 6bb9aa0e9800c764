"""A student's own look at a lesson: which answers are right, open or missing, by the sealed keys."""

from dataclasses import dataclass
from pathlib import Path

from crmlab.course import sealing, workspace
from crmlab.course.grading.submissions import notebook
from crmlab.errors import InputError


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
        A notebook of the student's edition, saved after a run, in its workspace.

    Raises
    ------
    InputError
        The notebook cannot be read, or it does not lie in a workspace with sealed keys.
    """
    if not path.is_file():
        raise InputError(f"There is no notebook {path}. Check the path and the working folder.")
    saved = notebook(path.read_bytes(), path.name)
    if saved.problem:
        raise InputError(f"{path.name} cannot be checked: {saved.problem}.")
    found = sealing.find(path.parent)
    if found is None:
        raise InputError(
            f"There is no file {sealing.FILE} in {path.parent.resolve()} or above it, so answers cannot be "
            "checked. Check a lesson in the workspace where it was handed out."
        )
    lesson = saved.lesson or path.stem
    if lesson not in found.lessons:
        raise InputError(f"The workspace has no keys for the lesson {lesson}: {', '.join(found.lessons)}.")
    last = {record["exercise"]: record for record in saved.records}
    return [_checked(name, sealed, last.get(name)) for name, sealed in found.lessons[lesson].items()]


def _checked(name: str, sealed: object, record: dict[str, object] | None) -> Checked:
    if record is None:
        return Checked(name, "missing", "no answer yet, or not run and saved")
    exercise = sealing.unseal(sealed)  # type: ignore[arg-type]
    judged = exercise.judge(record.get("given"))
    if judged.pending:
        return Checked(name, "handed in", "scored when it is graded")
    if judged.right:
        return Checked(name, "right", "")
    return Checked(name, "not yet", judged.words or (exercise.hints[0] if exercise.hints else ""))


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
