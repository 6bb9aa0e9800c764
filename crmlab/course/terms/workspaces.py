"""A student's workspace, lessons to be worked with data of their own, as one zip; and the key to it."""

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from crmlab.course import catalog, handout, keys, workspace
from crmlab.course.editions import leaks, student
from crmlab.course.exercises import Exercise, to_key
from crmlab.course.exercises.policy import Policy
from crmlab.course.files import write
from crmlab.course.normalise import dumps
from crmlab.course.terms.individual import CASE_FILE, Individual
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import CrmlabError, NotForThisCase
from crmlab.language import mark, tr

_DRAWS = 10  # of one student's business for a lesson, before something else must be wrong
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip keeps times; the same content must give the same bytes
_README = [
    mark("# Your workspace, {term}"),
    mark(
        "It is yours alone: the data in it differ from everybody else's, and so do the answers. It goes by "
        "the name\n`{pseudonym}`; your own name stands nowhere in it."
    ),
    mark("## Work"),
    mark(
        "1. Install crmlab once, as the folder `install` of the course's pages says: open "
        "`install/index.html` there.\n"
        "2. Open this folder: `jupyter lab`. Work a notebook from top to bottom, and put your answers in "
        "place of the\n   `...`. {replies}\n"
        "3. Run all cells once more (*Run > Restart Kernel and Run All Cells*) and save."
    ),
    mark(
        "`crmlab check {first}` tells what became of your answers to a lesson: which are right, recorded or "
        "missing."
    ),
    mark(
        "If you are given a renewed zip, do not unpack it over your work. `crmlab start THIS_FOLDER --from "
        "NEW.zip`\nrenews the data and the lessons, keeps what you changed, and says so."
    ),
    mark("## Hand in"),
    mark(
        "Hand in the notebooks (`.ipynb`) as they are, with their outputs: your answers are read from these. "
        "Leave the\nfiles beside them as they are. When each lesson is due, the course's pages say."
    ),
]
_REPLIES = mark("Each answer is replied to at once; ask as often as you like.")
_NO_REPLIES = mark("Your answers are recorded, and nobody says whether they are right; the last one counts.")


def build(term: OpenTerm, who: str, folder: Path) -> dict[str, Any]:
    """Write a student's workspace to an empty folder; return the key to it, by lesson.

    Raises
    ------
    CrmlabError
        A lesson cannot run on the student's data, or something of a solution would be handed out.
    """
    pseudonym = term.pseudonyms[who]
    made = {}
    for name, lesson in term.lessons.items():
        mine, case, exercises = _drawn(term, who, lesson, folder / name)
        about = {"term": term.plan.term, "workspace": pseudonym}
        recorded = {} if term.replies(name) else exercises
        notebook = student(lesson, {**mine.parameters, "case": CASE_FILE}, about, recorded)
        if found := leaks(notebook, lesson.notebook):
            raise CrmlabError(
                f"The students' edition of {name} would give away a solution: {found[0]}. Tag that cell "
                "'key', 'solution' or 'instructor'."
            )
        write(folder / name / f"{name}.ipynb", dumps(notebook))
        made[name] = {"made_from": _made_from(case), "exercises": _dumped(exercises)}
    write(folder / handout.FILE, handout.dumped(pseudonym, term.plan.term))
    write(folder / "README.md", _readme(term, pseudonym))
    return made


def _drawn(
    term: OpenTerm, who: str, lesson: catalog.Lesson, folder: Path
) -> tuple[Individual, Path, dict[str, Exercise]]:
    """Write a student's business; return it, its case file, and the lesson's exercises on it.

    By chance a business may have too few of something for the lesson. Then another one is drawn.
    """
    for again in range(_DRAWS):
        mine = term.draw(who, lesson.name, again)
        case = mine.write(folder, lesson.name)
        try:
            return mine, case, _with_worth(mine, lesson, keys.compute(lesson, str(case)))
        except NotForThisCase as error:
            reason = error
    raise CrmlabError(
        f"{lesson.name} cannot be worked on any of {_DRAWS} businesses like {mine.template.name} with "
        f"{term.customers(lesson.name):,} customers. Of the last: {reason} Give the term more 'customers', "
        "or the lesson another case."
    )


def _with_worth(
    mine: Individual, lesson: catalog.Lesson, exercises: dict[str, Exercise]
) -> dict[str, Exercise]:
    """Return the exercises; policies whose worth only the truth tells, as the truth has it.

    Students are not handed the truth, so their notebook records such an answer, and grading scores it.
    """
    if mine.truth is None or all(each.scored for each in exercises.values() if isinstance(each, Policy)):
        return exercises
    with tempfile.TemporaryDirectory(prefix="crmlab-") as place:
        known = keys.compute(lesson, str(mine.write(Path(place), lesson.name, truth=True)))
    return {
        name: known[name] if isinstance(each, Policy) and not each.scored else each
        for name, each in exercises.items()
    }


def pack(term: OpenTerm, who: str) -> tuple[bytes, bytes]:
    """Return a student's workspace as a zip, and its key, which only the instructor sees, as JSON."""
    root = f"{term.plan.term}-{term.pseudonyms[who]}"
    with tempfile.TemporaryDirectory(prefix="crmlab-") as place:
        folder = Path(place)
        lessons = build(term, who, folder)
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    files[workspace.MANIFEST] = workspace.manifest(files)
    key = {"workspace": term.pseudonyms[who], "term": term.plan.term, "lessons": lessons}
    text = json.dumps(key, ensure_ascii=False, indent=1) + "\n"
    return zipped({f"{root}/{name}": content for name, content in files.items()}), text.encode()


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


def _made_from(case: Path) -> str:
    """Return a fingerprint of a student's data: all files beside the case."""
    digest = hashlib.sha256()
    for path in sorted(case.parent.iterdir()):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _dumped(exercises: dict[str, Exercise]) -> dict[str, Any]:
    return {name: to_key(exercise) for name, exercise in exercises.items()}


def _readme(term: OpenTerm, pseudonym: str) -> str:
    replies = any(map(term.replies, term.lessons))
    said = {
        "term": term.plan.term,
        "first": next(iter(term.lessons)),
        "pseudonym": pseudonym,
        "replies": tr(_REPLIES if replies else _NO_REPLIES),
    }
    return "\n\n".join(tr(paragraph, **said) for paragraph in _README) + "\n"
