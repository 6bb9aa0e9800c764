"""Grades as learning management systems import them, and as one table a person reads."""

from collections.abc import Sequence
from typing import Any

from crmlab.course.grading.grade import Built, Grades, LessonGrade
from crmlab.course.grading.rules import Rules
from crmlab.spreadsheets import csv_text

Table = list[list[Any]]


def files(grades: Grades, rules: Rules) -> dict[str, str]:
    """Return the tables by the names of their files: ``summary.csv``, ``canvas.csv`` and ``moodle.csv``.

    Each has a row a student. Canvas finds students by its own ids, which the roster must have been exported
    with; Moodle by e-mail or ID number, and takes each feedback column beside its grade.
    """
    by_student: dict[str, dict[str, LessonGrade]] = {who: {} for who in grades.built.people}
    for lesson in grades.lessons:
        by_student[lesson.student][lesson.lesson] = lesson
    lessons = list(grades.built.titles)
    return {
        "summary.csv": csv_text(_summary(grades.built, by_student, lessons, rules)),
        "canvas.csv": csv_text(_canvas(grades.built, by_student, lessons)),
        "moodle.csv": csv_text(_moodle(grades.built, by_student, lessons)),
    }


def percent(lessons: Sequence[LessonGrade], rules: Rules) -> float | None:
    """Return a student's share of all points, each lesson by its weight, in percent; None of nothing."""
    counted = [
        (lesson, rules.weight(lesson.lesson)) for lesson in lessons if lesson.of and not lesson.dropped
    ]
    total = sum(weight for _, weight in counted)
    if not total:
        return None
    return round(100 * sum(weight * lesson.points / lesson.of for lesson, weight in counted) / total, 2)


def _summary(
    built: Built, by_student: dict[str, dict[str, LessonGrade]], lessons: list[str], rules: Rules
) -> Table:
    head = ["student_id", "pseudonym", "name", "email", "section"]
    for lesson in lessons:
        head += [f"{lesson}: points", f"{lesson}: of", f"{lesson}: days late"]
    rows: Table = [[*head, "percent"]]
    for who, person in built.people.items():
        row: list[Any] = [who, built.pseudonyms[who], person.name, person.email, person.section]
        for lesson in lessons:
            graded = by_student[who].get(lesson)
            row += [_points(graded), graded.of if graded else "", graded.days_late or "" if graded else ""]
        total = percent(list(by_student[who].values()), rules)
        rows.append([*row, "" if total is None else total])
    return rows


def _canvas(built: Built, by_student: dict[str, dict[str, LessonGrade]], lessons: list[str]) -> Table:
    """Return the columns that Canvas needs to know a student, the points possible, and a column a lesson."""
    most = {
        name: max((of[name].of for of in by_student.values() if name in of), default=0.0) for name in lessons
    }
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows: Table = [[*head, *lessons], ["    Points Possible", "", "", "", "", *most.values()]]
    for who, person in built.people.items():
        about = [person.name or who, person.lms_id, who, person.login, person.section]
        rows.append([*about, *(_points(by_student[who].get(name)) for name in lessons)])
    return rows


def _moodle(built: Built, by_student: dict[str, dict[str, LessonGrade]], lessons: list[str]) -> Table:
    """Return what Moodle maps to a user, and for each lesson its grade with the feedback beside it."""
    columns = [column for name in lessons for column in (name, f"{name} (feedback)")]
    rows: Table = [["Email address", "ID number", *columns]]
    for who, person in built.people.items():
        row: list[Any] = [person.email, who]
        for name in lessons:
            graded = by_student[who].get(name)
            row += [_points(graded), _feedback(graded)]
        rows.append(row)
    return rows


def _points(graded: LessonGrade | None) -> Any:
    """Return points; nothing where there is nothing to grade: an import must overwrite nothing by zero."""
    if graded is None or graded.dropped or not (graded.place or graded.points):
        return ""
    return round(graded.points, 2)


def _feedback(graded: LessonGrade | None) -> str:
    if graded is None or not graded.place:
        return graded.remark if graded else ""
    return "; ".join(f"{mark.exercise}: {mark.words.rstrip('.')}" for mark in graded.marks)
