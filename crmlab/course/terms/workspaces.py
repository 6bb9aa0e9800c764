"""A student's workspace: lessons to be worked, data of their own, and sealed keys, as one zip."""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from crmlab.course import keys, sealing, workspace
from crmlab.course.editions import leaks, student
from crmlab.course.exercises.base import Exercise
from crmlab.course.normalise import dumps, write
from crmlab.course.terms.individual import CASE_FILE
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import CrmlabError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip keeps times; the same content must give the same bytes
_README = """# {course}

Your workspace for the term {term}. It is yours alone: the data in it differ from everybody else's, and so
do the answers.

## Work

1. Install crmlab once, in the version that your instructor names ({version}): `pip install 'crmlab[course]'`.
2. Open this folder: `jupyter lab`. Work a notebook from top to bottom, and put your answers in place of the
   `...`. Each answer is replied to at once; ask as often as you like.
3. Run all cells once more (*Run > Restart Kernel and Run All Cells*) and save.

`crmlab check {first}` tells which of a lesson's answers are right, open or missing.

If you are given a renewed zip, do not unpack it over your work. `crmlab start THIS_FOLDER --from NEW.zip`
renews the data and the lessons, keeps what you changed, and says so.

## Hand in

Hand in the notebooks (`.ipynb`) as they are, with their outputs: your answers are read from these. Leave the
files beside them as they are.

| lesson | due |
|---|---|
{due}

Your workspace goes by the name `{pseudonym}`; your own name stands nowhere in it.
"""


def build(term: OpenTerm, who: str, folder: Path) -> dict[str, dict[str, Exercise]]:
    """Write a student's workspace to an empty folder; return the open exercises by lesson and name.

    Raises
    ------
    CrmlabError
        A lesson cannot run on the student's data, or something of a solution would be handed out.
    """
    pseudonym = term.pseudonyms[who]
    sealed, opened = {}, {}
    for name, lesson in term.lessons.items():
        mine = term.draw(who, name)
        case = mine.write(folder / name, name)
        opened[name] = keys.compute(lesson, str(case))
        salt = term.salt(who, name).hex()
        sealed[name] = sealing.seal_all(lesson, str(case), salt=salt, exercises=opened[name])
        about = {"term": term.plan.term, "workspace": pseudonym}
        notebook = student(lesson, {**mine.parameters, "case": CASE_FILE}, about)
        if found := leaks(notebook, lesson.notebook):
            raise CrmlabError(
                f"The students' edition of {name} would give away a solution: {found[0]}. Tag that cell "
                "'key', 'solution' or 'instructor'."
            )
        write(folder / name / f"{name}.ipynb", dumps(notebook))
    sealing.write(folder / sealing.FILE, pseudonym, sealed)
    write(folder / "README.md", _readme(term, pseudonym))
    return opened


def pack(term: OpenTerm, who: str) -> tuple[bytes, dict[str, Any]]:
    """Return a student's workspace as a zip, and the key that only the instructor sees."""
    root = f"{term.plan.term}-{term.pseudonyms[who]}"
    with tempfile.TemporaryDirectory(prefix="crmlab-") as place:
        folder = Path(place)
        opened = build(term, who, folder)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
    files[workspace.MANIFEST] = workspace.manifest(files)
    key = {
        lesson: {name: _answer(exercise) for name, exercise in sorted(made.items())}
        for lesson, made in opened.items()
    }
    return zipped({f"{root}/{name}": content for name, content in files.items()}), key


def _answer(exercise: Exercise) -> Any:
    """Return the right answer as JSON; a policy has none but the best, which its score tells."""
    return None if exercise.answer is None else exercise.kind.dump(exercise.answer)


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as a zip: the same bytes for the same files.

    Examples
    --------
    >>> zipped({"a": b"1", "b": b"2"}) == zipped({"b": b"2", "a": b"1"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def dumped(key: dict[str, Any]) -> str:
    """Return an instructor's key as the text of its file."""
    return json.dumps(key, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _readme(term: OpenTerm, pseudonym: str) -> str:
    import crmlab

    due = [f"| {name} | {task.due or 'end of term'} |" for name, task in term.plan.lessons.items()]
    return _README.format(
        course=term.plan.course,
        term=term.plan.term,
        version=crmlab.__version__,
        first=next(iter(term.lessons)),
        due="\n".join(due),
        pseudonym=pseudonym,
    )
