"""Grading: each answer against the key that was filed when the term was built. Nothing is executed."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from crmlab.course.exercises import from_key
from crmlab.course.files import read_json
from crmlab.course.grading import copies
from crmlab.course.grading.marks import Mark
from crmlab.course.grading.rules import Rules
from crmlab.course.grading.submissions import Submission
from crmlab.course.terms import manifest
from crmlab.course.terms.folder import PRIVATE
from crmlab.course.terms.roster import Student
from crmlab.errors import InputError, short
from crmlab.language import ENGLISH, mark, tr
from crmlab.spreadsheets import unguarded

_BEST = mark(
    "it is one of {count} for the same lesson; the best one counts, for their times are unknown or the same"
)
_LAST = mark("it is one of {count} for the same lesson; the last one counts")
_AT_ONCE = timedelta(seconds=2)
Tell = Callable[[str], None]
Keys = Mapping[str, Mapping[str, Any]]
"""The keys of a lesson, as they were filed, by exercise."""


@dataclass(frozen=True)
class LessonGrade:
    """One lesson of one student: points after lateness and overrides, of how many, and from which file."""

    student: str
    lesson: str
    marks: tuple[Mark, ...]
    points: float
    of: float
    handed_in: datetime | None = None
    time_from: str = ""
    days_late: int = 0
    kept: float = 1.0
    dropped: str = ""
    place: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Built:
    """A term as it was built: who works in which workspace, and where the keys are filed."""

    folder: Path
    term: str
    course: str
    titles: dict[str, str]
    people: dict[str, Student]
    pseudonyms: dict[str, str]
    due: dict[str, date]
    language: str = ENGLISH

    def keys(self, student: str) -> dict[str, Keys]:
        """Return the keys of a student by lesson."""
        try:
            filed = read_json(self.folder / PRIVATE / "keys" / f"{self.pseudonyms[student]}.json")
            return {name: dict(made["exercises"]) for name, made in filed["lessons"].items()}
        except (KeyError, TypeError, AttributeError, ValueError):
            return {}

    def exercises(self) -> dict[str, list[str]]:
        """Return the names of the exercises of each lesson, by the first key that can be read."""
        found = next(filter(None, map(self.keys, self.pseudonyms)), None)
        if found is None:
            raise InputError(
                f"{self.folder / PRIVATE / 'keys'} has no key that can be read. Build the term again."
            )
        return {lesson: list(keys) for lesson, keys in found.items()}


@dataclass
class Grades:
    """What a class handed in, and what it is worth."""

    built: Built
    lessons: list[LessonGrade] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Place and problem of each submission that needs a look."""
    refused: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The submissions that were not graded, by the students that they seem to be of."""
    alike: list[copies.Pair] = field(default_factory=list)
    borrowed: list[copies.Pair] = field(default_factory=list)

    @property
    def marks(self) -> list[Mark]:
        """All marks, by student and lesson."""
        return [mark for lesson in self.lessons for mark in lesson.marks]


def read_build(folder: Path) -> Built:
    """Return what a built term says of itself.

    Raises
    ------
    InputError
        The folder is no built term, or its keys are gone.
    """
    about = manifest.read(folder)
    path = folder / PRIVATE / "pseudonyms.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        people = {(who := unguarded(row["student_id"])): _student(who, row) for row in rows}
        pseudonyms = {unguarded(row["student_id"]): row["pseudonym"] for row in rows}
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}. Build the term again.") from error
    titles = {name: lesson["title"] for name, lesson in about["lessons"].items()}
    due = {name: date.fromisoformat(day) for name, day in about.get("due", {}).items()}
    return Built(
        folder,
        about["term"],
        about["course"],
        titles,
        people,
        pseudonyms,
        due,
        about.get("language", ENGLISH),
    )


def _student(who: str, row: Mapping[str, str]) -> Student:
    parts = ("name", "email", "section", "login", "lms_id")
    return Student(who, **{part: unguarded(row.get(part) or "") for part in parts})


def grade(built: Built, submissions: Iterator[Submission], rules: Rules, tell: Tell) -> Grades:
    """Grade submissions. What is wrong with one of them stops no other.

    Of several for the same lesson the last one counts; where their times are unknown or the same, the best.
    """
    grades = Grades(built)
    students = {name: who for who, name in built.pseudonyms.items()}
    handed: dict[tuple[str, str], list[Submission]] = {}
    for item in submissions:
        if problem := item.problem or _misplaced(item, built, students):
            grades.problems.append((item.place, problem))
            for who in _concerned(item, built, students):
                grades.refused.setdefault(who, []).append((item.place, problem))
            continue
        if item.note:
            grades.problems.append((item.place, item.note))
        owner = students[item.workspace or next(iter(item.workspaces))]
        handed.setdefault((owner, item.lesson), []).append(item)
    tell(f"{sum(map(len, handed.values())):,} submissions to grade, {len(grades.problems):,} to look at.")
    right: dict[tuple[str, str, str], list[str]] = {}
    for number, who in enumerate(built.pseudonyms, start=1):
        lessons = built.keys(who)
        if not lessons:
            lost = tr("the key to the workspace is missing or cannot be read: nothing is graded")
            grades.problems.append((who, lost))
        for lesson, keys in lessons.items():
            for name, key in keys.items():
                for found in copies.key_prints(key):
                    right.setdefault((lesson, name, found), []).append(who)
            items = handed.get((who, lesson), [])
            try:
                one = _lesson(who, lesson, keys, items, rules, grades)
            except Exception as error:  # whatever one submission holds, the others are graded
                failed = tr("it cannot be graded: {error}", error=type(error).__name__)
                grades.problems += [(item.place, failed) for item in items]
                one = _lesson(who, lesson, keys, [], rules, grades)
            grades.lessons.append(one)
        if number % 50 == 0 or number == len(built.pseudonyms):
            tell(f"  {number} of {len(built.pseudonyms)} students")
    grades.problems.sort()
    grades.alike = copies.alike(grades.marks)
    grades.borrowed = copies.borrowed(grades.marks, right)
    return grades


def _concerned(item: Submission, built: Built, students: Mapping[str, str]) -> set[str]:
    """Return the students that a refused submission seems to be of: by its workspace, or by its folder."""
    named = {*item.workspaces, item.workspace, *re.split(r"[/\\]|\.ipynb|\.zip", item.place)}
    return {students[name] for name in named & students.keys()} | (named & built.pseudonyms.keys())


def _misplaced(item: Submission, built: Built, students: Mapping[str, str]) -> str:
    """Return why a submission belongs to no student or lesson of the term; nothing if it does."""
    said = item.workspaces | ({item.workspace} if item.workspace else set())
    named = {part for part in re.split(r"[/\\]|\.ipynb|\.zip", item.place) if part}
    owners = {
        built.pseudonyms.get(name, name) for name in named if name in built.pseudonyms or name in students
    }
    if not item.records:
        return tr("it holds no answer: run all cells, save, and hand it in again")
    if not said:
        return tr("nothing in it says whose it is: its answers were given outside a workspace")
    if len(said) > 1:
        several = ", ".join(sorted(map(short, said)))
        return tr("its answers come from several workspaces: {workspaces}", workspaces=several)
    if owners and owners != said:
        return tr(
            "it lies in the folder of {owner}, but its answers are those of another workspace",
            owner=short(min(owners)),
        )
    if not said <= students.keys():
        return tr("no student of this term has the workspace {name}", name=short(next(iter(said))))
    if item.term and item.term != built.term:
        return tr("it belongs to the term {term}", term=short(item.term))
    if item.lesson not in built.titles:
        if not item.lesson:
            return tr("it belongs to no lesson of this term (it names none)")
        return tr("it belongs to no lesson of this term ({lesson})", lesson=short(item.lesson))
    return ""


def _lesson(
    who: str, lesson: str, keys: Keys, items: list[Submission], rules: Rules, grades: Grades
) -> LessonGrade:
    """Return what a student gets for a lesson, from the submission that counts."""
    graded = [(item, _marks(item, keys, who, lesson, rules)) for item in items]
    dropped, own = rules.dropped(who, lesson), rules.override(who, lesson, "")
    given = rules.handed_in(who, lesson)
    if not graded:
        marks = [_mark(None, name, key, who, lesson, rules) for name, key in keys.items()]
        points, of = _total(marks, rules, 1.0)
        points, remark = own or (points, tr("nothing was handed in"))
        return LessonGrade(
            who, lesson, tuple(marks), points, 0.0 if dropped else of, dropped=dropped, remark=remark
        )
    if not _is_known_which(graded):
        item, marks = max(graded, key=lambda pair: sum(mark.points or 0.0 for mark in pair[1]))
        which = _BEST
    else:
        item, marks = max(graded, key=lambda pair: pair[0].handed_in or datetime.min)
        which = _LAST
    if len(graded) > 1:
        grades.problems.append((item.place, tr(which, count=len(graded))))
    if foreign := sorted({str(record["exercise"]) for record in item.records} - set(keys)):
        unasked = tr(
            "it has answers to exercises that are not asked for: {names}", names=short(", ".join(foreign))
        )
        grades.problems.append((item.place, unasked))
    handed_in = given or item.handed_in
    late, kept = rules.kept(who, lesson, handed_in)
    points, of = _total(marks, rules, kept)
    points, remark = own or (points, "")
    return LessonGrade(
        student=who,
        lesson=lesson,
        marks=tuple(marks),
        points=points,
        of=0.0 if dropped else of,
        handed_in=handed_in,
        time_from="times.csv" if given else item.time_from,
        days_late=late,
        kept=kept,
        dropped=dropped,
        place=item.place,
        remark=remark,
    )


def _is_known_which(graded: list[tuple[Submission, list[Mark]]]) -> bool:
    """Whether times tell which submission is the last: files copied together have nearly the same."""
    times = sorted(item.handed_in for item, _ in graded if item.handed_in)
    known = len(times) == len(graded)
    return known and (len(times) < 2 or times[-1] - times[-2] > _AT_ONCE)


def _total(marks: list[Mark], rules: Rules, kept: float) -> tuple[float, float]:
    """Return points and their maximum; what a person gave is not cut for lateness."""
    points = 0.0
    for one in marks:
        given = rules.override(one.student, one.lesson, one.exercise)
        points += given[0] if given else (one.points or 0.0) * kept
    return round(points, 4), round(sum(mark.of for mark in marks), 4)


def _marks(item: Submission, keys: Keys, who: str, lesson: str, rules: Rules) -> list[Mark]:
    """Return a mark for every exercise of a lesson; the last answer to each counts."""
    last = {record["exercise"]: record for record in item.records}
    tries = Counter(record["exercise"] for record in item.records)
    return [_mark(last.get(name), name, key, who, lesson, rules, tries[name]) for name, key in keys.items()]


def _mark(
    record: Mapping[str, Any] | None,
    name: str,
    key: Mapping[str, Any],
    who: str,
    lesson: str,
    rules: Rules,
    tries: int = 0,
) -> Mark:
    exercise, most = from_key(name, key), rules.points(lesson, name)
    given = rules.override(who, lesson, name)
    if record is None:
        counts = exercise.scored or given
        points = given[0] if given else 0.0 if counts else None
        said = given[1] if given else tr("no answer")
        share = 0.0 if exercise.scored else None
        return Mark(who, lesson, name, exercise.word, share, points, most if counts else 0.0, words=said)
    stored = record.get("given")
    judged = exercise.grade(stored)
    points = None if judged.share is None else round(judged.share * most, 4)
    words = tr("right") if judged.right else judged.words
    if given:
        points, words = given[0], given[1] or tr("points given by hand")
    is_text = exercise.word == "explanation" and isinstance(stored, str)
    return Mark(
        student=who,
        lesson=lesson,
        exercise=name,
        kind=exercise.word,
        share=judged.share,
        points=points,
        of=0.0 if points is None else most,
        given=_readable(stored),
        words=words,
        misconception=judged.words if judged.known and not judged.right else "",
        money=judged.money,
        attempts=tries,
        text=str(stored) if is_text else "",
        prints=tuple(copies.prints(exercise.word, stored)),
    )


def _readable(stored: Any) -> str:
    """Return an answer as a person reads it, in one short line."""
    if isinstance(stored, Mapping) and "unreadable" in stored:
        return short(str(stored["unreadable"]), 80)
    if isinstance(stored, Mapping) and "too_long" in stored:
        return tr(
            "an answer of {size} characters", size=stored["too_long"]
        )  # as a record says, forged or not
    if isinstance(stored, str):
        return short(stored, 80)
    try:
        return short(json.dumps(stored, ensure_ascii=False), 80) if stored is not None else tr("nothing")
    except (ValueError, RecursionError):
        return tr("an answer that cannot be shown")
