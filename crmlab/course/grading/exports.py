"""Grades as learning management systems import them, and as one table that a person reads."""

import html
from collections.abc import Sequence
from typing import Any

from crmlab.course.grading.grade import Built, Grades, LessonGrade
from crmlab.course.grading.rules import Rules
from crmlab.language import tr
from crmlab.spreadsheets import csv_text

Table = list[list[Any]]
_EXCUSED = "EX"
"""What Canvas takes for a lesson that does not count."""


def files(grades: Grades, rules: Rules) -> dict[str, str]:
    """Return ``summary.csv``, ``canvas.csv`` and ``moodle.csv`` by their names, each with a row a student.

    A cell is empty where nothing was handed in and nobody gave points. In the percentage that counts as zero,
    but no import must say zero of a lesson that may still come. Canvas finds students by its own ids and
    Moodle by e-mail or ID number, as the roster has them.
    """
    made = _Exports(grades.built, grades.lessons, rules)
    tables = {"summary.csv": made.summary(), "canvas.csv": made.canvas(), "moodle.csv": made.moodle()}
    return {name: csv_text(table) for name, table in tables.items()}


def percent(lessons: Sequence[LessonGrade], rules: Rules) -> float | None:
    """Return a student's share of all points, each lesson by its weight, in percent; None of nothing."""
    total, of = _total(lessons, rules)
    return round(100 * total / of, 2) if of else None


def _total(lessons: Sequence[LessonGrade], rules: Rules) -> tuple[float, float]:
    """Return the sum of the lessons' weights, each times the share of its points, and of the weights."""
    counted = [(one, rules.weight(one.lesson)) for one in lessons if one.of and not one.dropped]
    return sum(weight * one.points / one.of for one, weight in counted), sum(weight for _, weight in counted)


class _Exports:
    """The grades of a class, by student and lesson."""

    def __init__(self, class_: Built, lessons: Sequence[LessonGrade], rules: Rules) -> None:
        self.people, self.pseudonyms, self.lessons = class_.people, class_.pseudonyms, list(class_.titles)
        self.rules = rules
        self.graded: dict[str, dict[str, LessonGrade]] = {who: {} for who in class_.people}
        for lesson in lessons:
            self.graded[lesson.student][lesson.lesson] = lesson
        self.most = {name: max(map(_most, self._all(name)), default=0.0) for name in self.lessons}

    def summary(self) -> Table:
        """Return what a person reads, with the maxima in the last row."""
        head = ["student_id", "pseudonym", "name", "email", "section"]
        maxima: list[Any] = ["", "", tr("Points possible"), "", ""]
        for name in self.lessons:
            head += [f"{name}: points", f"{name}: of", f"{name}: days late"]
            maxima += [self.most[name], self.most[name], ""]
        weights = sum(self.rules.weight(name) for name in self.lessons if self.most[name])
        rows: Table = [[*head, "total", "total: of", "percent"]]
        for who, person in self.people.items():
            row: list[Any] = [who, self.pseudonyms[who], person.name, person.email, person.section]
            for name in self.lessons:
                one = self.graded[who].get(name)
                of = one.of if one and not one.dropped else ""
                row += [self._points(who, name), of, one.days_late or "" if one else ""]
            mine = list(self.graded[who].values())
            total, most = _total(mine, self.rules)
            share = percent(mine, self.rules)
            rows.append([*row, round(total, 4), most, "" if share is None else share])
        return [*rows, [*maxima, weights, weights, 100.0]]

    def canvas(self) -> Table:
        """Return the columns by which Canvas knows a student, in its order, and one a lesson.

        Points possible are empty where they are not known: Canvas would make them zero.
        """
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        possible = [self.most[name] or "" for name in self.lessons]
        rows: Table = [[*head, *self.lessons], ["    Points Possible", "", "", "", "", *possible]]
        for who, person in self.people.items():
            sis_id = "" if who in (person.lms_id, person.login, person.email) else who
            about = [person.name or who, person.lms_id, sis_id, person.login, person.section]
            rows.append([*about, *(self._points(who, name, _EXCUSED) for name in self.lessons)])
        return rows

    def moodle(self) -> Table:
        """Return what Moodle maps to a user, and for each lesson its grade with the feedback beside it.

        A column to map by is left out where one student has nothing there: Moodle would give the grades of
        such a row to the student of the row above.
        """
        people = self.people.values()
        by = {
            "Email address": [one.email for one in people],
            "ID number": ["" if one.id == one.email else one.id for one in people],
        }
        by = {name: cells for name, cells in by.items() if all(cells)} or {"ID number": list(self.people)}
        columns = [column for name in self.lessons for column in (name, f"{name} (feedback)")]
        rows: Table = [[*by, *columns]]
        for who, about in zip(self.people, zip(*by.values(), strict=True), strict=True):
            pairs = [
                (self._points(who, name), _feedback(self.graded[who].get(name))) for name in self.lessons
            ]
            rows.append([*about, *(cell for pair in pairs for cell in pair)])
        return rows

    def _all(self, lesson: str) -> list[LessonGrade]:
        return [graded[lesson] for graded in self.graded.values() if lesson in graded]

    def _points(self, who: str, lesson: str, dropped: str = "") -> Any:
        """Return a student's points for a lesson; nothing where there is nothing to grade."""
        one = self.graded[who].get(lesson)
        if one and one.dropped:
            return dropped
        by_hand = [self.rules.override(who, lesson, name) for name in ("", *_names(one))]
        return round(one.points, 2) if one and (one.place or any(by_hand)) else ""


def _names(one: LessonGrade | None) -> list[str]:
    return [mark.exercise for mark in one.marks] if one else []


def _most(one: LessonGrade) -> float:
    """Return the most points of a lesson, also where it is dropped; of what nobody has read yet, none."""
    return round(sum(mark.of for mark in one.marks if mark.points is not None), 4) or one.of


def _feedback(one: LessonGrade | None) -> str:
    """Return what a student is told of a lesson in one cell, as HTML, for Moodle shows it so."""
    if one is None:
        return ""
    marks = one.marks if one.place else ()
    said = [f"{mark.exercise}: {mark.words.rstrip('.')}" for mark in marks if mark.words]
    return html.escape("; ".join([*said, *filter(None, [one.remark.rstrip(".")])]), quote=False)
