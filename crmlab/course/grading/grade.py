"""Grading: each answer against the key of the student who gave it, computed anew from their seed."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from crmlab.course import keys, runner
from crmlab.course.exercises.base import Claim, Exercise, Judgement
from crmlab.course.exercises.number import Number
from crmlab.course.grading.submissions import Submission
from crmlab.course.terms.term import OpenTerm
from crmlab.errors import short

Tell = Callable[[str], None]
Key = dict[str, tuple[Number, Claim]]
"""How the numbers that a lesson asks for are read, and what is right."""


@dataclass(frozen=True)
class Mark:
    """One exercise of one student.

    Attributes
    ----------
    points : float
        1 for a right answer; for a policy that is not right, how far it gets from chance to the best.
    given : str
        The answer, shortened; empty where there is none.
    misconception : str
        What the answer seems to come from, where that is known.
    profit : float or None
        What a policy really earns.
    """

    student: str
    lesson: str
    exercise: str
    points: float
    given: str
    words: str
    misconception: str = ""
    profit: float | None = None
    attempts: int = 0
    is_number: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether there is an answer, and it is not right."""
        return bool(self.given) and self.points < 1


Graded = tuple[tuple[str, str], list[Mark], str, list[str], Key]
"""Student and lesson, marks, place, doubts, and the key."""


@dataclass
class Grades:
    """What a class handed in, and what it is worth."""

    marks: list[Mark] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Place and problem of each submission that needs a look."""
    handed_in: dict[tuple[str, str], str] = field(default_factory=dict)
    """Place of what was graded, by student and lesson."""
    alike: list[tuple[str, str, str, list[str]]] = field(default_factory=list)
    """Lesson, two students, and the exercises in which both gave the same wrong number."""
    borrowed: list[tuple[str, str, str, list[str]]] = field(default_factory=list)
    """Lesson, a student, another, and the exercises answered by what is right for the other's data."""


def grade(term: OpenTerm, submissions: Iterator[Submission], jobs: int, tell: Tell) -> Grades:
    """Grade submissions. What is wrong with one of them stops no other.

    Parameters
    ----------
    term : OpenTerm
        The term that they belong to.
    submissions : iterable of Submission
        See `crmlab.course.grading.submissions.read`.
    jobs : int
        Processes at a time.
    tell : callable
        Is given a sentence on each step.
    """
    grades = Grades()
    students = {name: who for who, name in term.pseudonyms.items()}
    handed: dict[tuple[str, str], list[Submission]] = {}
    for item in submissions:
        if problem := item.problem or _misplaced(item, term, students):
            grades.problems.append((item.place, problem))
            continue
        owner = students[item.workspace or next(iter(item.workspaces))]
        handed.setdefault((owner, item.lesson), []).append(item)
    tell(f"{sum(map(len, handed.values())):,} submissions to grade, {len(grades.problems):,} to look at.")
    keys_by_lesson: dict[str, dict[str, Key]] = {}
    for (student, lesson), marks, place, doubts, key in _graded(term, handed, jobs, tell):
        grades.marks += marks
        grades.handed_in[student, lesson] = place
        grades.problems += [(place, doubt) for doubt in doubts]
        keys_by_lesson.setdefault(lesson, {})[student] = key
    grades.marks.sort(key=lambda mark: (term.students.index(mark.student), mark.lesson))
    grades.problems.sort()
    grades.alike = alike(grades.marks)
    grades.borrowed = borrowed(grades.marks, keys_by_lesson)
    return grades


def _misplaced(item: Submission, term: OpenTerm, students: dict[str, str]) -> str:
    """Return why a submission belongs to no student or lesson of the term; nothing if it does."""
    said = item.workspaces | ({item.workspace} if item.workspace else set())
    named = {part for part in re.split(r"[/\\]|\.ipynb|\.zip", item.place) if part}
    owners = named & term.students_and_pseudonyms.keys()
    if not item.records:
        return "it holds no answer: run all cells, save, and hand it in again"
    if not said:
        return "nothing in it says whose it is: its answers were given outside a workspace"
    if len(said) > 1:
        return f"its answers come from several workspaces: {', '.join(sorted(map(short, said)))}"
    if owners and len(said) == 1 and {term.students_and_pseudonyms[name] for name in owners} != said:
        return (
            f"it lies in the folder of {short(min(owners))}, but its answers are those of another workspace"
        )
    if not said <= students.keys():
        return f"no student of this term has the workspace {short(next(iter(said)))}"
    if item.term and item.term != term.plan.term:
        return f"it belongs to the term {short(item.term)}"
    if item.lesson not in term.lessons:
        return f"it belongs to no lesson of this term ({short(item.lesson) or 'it names none'})"
    return ""


def _graded(
    term: OpenTerm, handed: dict[tuple[str, str], list[Submission]], jobs: int, tell: Tell
) -> Iterator[Graded]:
    """Yield the marks of each student in each lesson; of several submissions the best one counts."""
    if not handed:
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(handed)), get_context("spawn"), initializer=_prepare, initargs=(term,)
    )
    try:
        tasks = [(*owner, items) for owner, items in handed.items()]
        size = max(1, len(tasks) // (8 * jobs))
        for number, found in enumerate(pool.map(_grade_one, tasks, chunksize=size), start=1):
            yield found
            if number % 50 == 0 or number == len(tasks):
                tell(f"  {number} of {len(tasks)}")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_TERM: OpenTerm | None = None


def _prepare(term: OpenTerm) -> None:
    global _TERM
    runner.prepare_worker()
    _TERM = term


def _grade_one(task: tuple[str, str, list[Submission]]) -> Graded:
    assert _TERM
    student, lesson, items = task
    doubts: list[str] = []
    try:
        key = key_of(_TERM, student, lesson)
    except Exception as error:  # one student's data must not stop the class
        return (student, lesson), [], items[0].place, [f"its key cannot be computed: {error}"], {}
    graded = [(marks_of(item, key, student, lesson), item) for item in items]
    best, item = max(graded, key=lambda pair: sum(mark.points for mark in pair[0]))
    if len(items) > 1:
        doubts.append(f"it is one of {len(items)} for the same lesson; the best one counts")
    names = {record["exercise"] for record in item.records}
    if foreign := sorted(names - key.keys()):
        doubts.append(
            f"it has answers to exercises that the lesson does not have: {short(', '.join(foreign))}"
        )
    open_ = {
        name: (exercise.kind, exercise.claims.right[0])
        for name, exercise in key.items()
        if isinstance(exercise.kind, Number)
    }
    return (student, lesson), best, item.place, doubts, open_


def key_of(term: OpenTerm, student: str, lesson: str) -> dict[str, Exercise]:
    """Return the exercises of a student's lesson with their answers, from the seed."""
    with tempfile.TemporaryDirectory(prefix="crmlab-") as folder:
        case = term.draw(student, lesson).write(Path(folder), lesson, truth=True)
        return keys.compute(term.lessons[lesson], str(case))


def marks_of(item: Submission, key: dict[str, Exercise], student: str, lesson: str) -> list[Mark]:
    """Return a mark for every exercise of a lesson; the last answer to each counts."""
    last = {record["exercise"]: record for record in item.records}
    tries = Counter(record["exercise"] for record in item.records)
    marks = []
    for name, exercise in key.items():
        record = last.get(name)
        if record is None:
            marks.append(Mark(student, lesson, name, 0.0, "", "no answer"))
            continue
        judged, readable = _judged(exercise, record)
        attempt = record.get("attempt")
        attempts = max(tries[name], attempt if type(attempt) is int and 0 < attempt < 10_000 else 0)
        marks.append(
            Mark(
                student,
                lesson,
                name,
                points=_points(judged),
                given=readable,
                words="right" if judged.right else judged.words,
                misconception=judged.words if judged.known and not judged.right else "",
                profit=judged.score,
                attempts=attempts,
                is_number=exercise.kind.word == "number",
            )
        )
    return marks


def _judged(exercise: Exercise, record: dict[str, Any]) -> tuple[Judgement, str]:
    given = record.get("given")
    try:
        readable = short(json.dumps(given, ensure_ascii=False), 80)
        return exercise.judge(given), readable
    except Exception:  # whatever a forged record holds, it is a wrong answer and no more
        return Judgement(False, "The answer cannot be read."), "unreadable"


def _points(judged: Judgement) -> float:
    if judged.right:
        return 1.0
    return round(min(max(judged.share, 0.0), 0.99), 2) if judged.share is not None else 0.0


def alike(marks: list[Mark]) -> list[tuple[str, str, str, list[str]]]:
    """Return pairs of students who gave the same wrong numbers to their different data.

    Only numbers of at least four digits count: anybody may err with 0.5.
    """
    shared: dict[tuple[str, str, str], list[str]] = {}
    by_answer: dict[tuple[str, str, str], list[str]] = {}
    for mark in marks:
        if mark.is_wrong and mark.is_number and len(mark.given.strip("-0.").replace(".", "")) >= 4:
            by_answer.setdefault((mark.lesson, mark.exercise, mark.given), []).append(mark.student)
    for (lesson, exercise, _), who in by_answer.items():
        for i, first in enumerate(who):
            for second in who[i + 1 :]:
                shared.setdefault((lesson, *sorted((first, second))), []).append(exercise)  # type: ignore[arg-type]
    return [(*pair, sorted(names)) for pair, names in sorted(shared.items())]


def borrowed(
    marks: list[Mark], keys_by_lesson: dict[str, dict[str, Key]]
) -> list[tuple[str, str, str, list[str]]]:
    """Return students whose wrong numbers are right for another student's data, in at least two exercises."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for mark in marks:
        if not (mark.is_wrong and mark.is_number):
            continue
        for other, key in keys_by_lesson.get(mark.lesson, {}).items():
            if other != mark.student and mark.exercise in key:
                kind, claim = key[mark.exercise]
                if kind.opens(claim, kind.load(json.loads(mark.given))):
                    found.setdefault((mark.lesson, mark.student, other), []).append(mark.exercise)
    return [(*pair, sorted(names)) for pair, names in sorted(found.items()) if len(names) >= 2]
