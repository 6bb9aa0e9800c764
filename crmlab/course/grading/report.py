"""What an instructor and each student get from grading."""

import csv
import io
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

from crmlab.course.grading.grade import Grades, Mark
from crmlab.course.normalise import write
from crmlab.course.terms.term import OpenTerm

_TEMPLATE = Path(__file__).parent / "report.html.j2"


def save(grades: Grades, term: OpenTerm, out: Path) -> list[Path]:
    """Write the gradebook, the summary, the class report, and a feedback file a student; return them.

    ``gradebook.csv`` has a row an exercise, ``summary.csv`` a row a student with the points by lesson.
    Feedback goes by pseudonym, as do all names of files.
    """
    marks: dict[str, dict[str, list[Mark]]] = {}
    for mark in grades.marks:
        marks.setdefault(mark.student, {}).setdefault(mark.lesson, []).append(mark)
    files = {
        "gradebook.csv": _gradebook(grades, term),
        "summary.csv": _summary(marks, term),
        "problems.csv": _csv([["submission", "problem"], *grades.problems]),
        "report.html": _report(grades, term),
    }
    for who, lessons in marks.items():
        files[f"feedback/{term.pseudonyms[who]}.md"] = _feedback(lessons, term, term.pseudonyms[who])
    for name, content in files.items():
        write(out / name, content)
    return [out / name for name in files]


def _gradebook(grades: Grades, term: OpenTerm) -> str:
    head = ["student_id", "pseudonym", "lesson", "exercise", "points", "of", "attempts", "answer"]
    rows: list[list[Any]] = [[*head, "misconception", "policy_profit", "submission"]]
    for mark in grades.marks:
        profit = "" if mark.profit is None else round(mark.profit, 2)
        place = grades.handed_in.get((mark.student, mark.lesson), "")
        who = [mark.student, term.pseudonyms[mark.student], mark.lesson, mark.exercise]
        what = [mark.points, 1, mark.attempts or "", mark.given, mark.misconception, profit, place]
        rows.append([*who, *what])
    return _csv(rows)


def _summary(marks: dict[str, dict[str, list[Mark]]], term: OpenTerm) -> str:
    lessons = list(term.lessons)
    rows: list[list[Any]] = [["student_id", "pseudonym", *lessons, "total"]]
    for who in term.students:
        points = {name: sum(mark.points for mark in found) for name, found in marks.get(who, {}).items()}
        cells = [round(points[name], 2) if name in points else "" for name in lessons]
        rows.append([who, term.pseudonyms[who], *cells, round(sum(points.values()), 2)])
    return _csv(rows)


def _csv(rows: list[Any]) -> str:
    """Return rows as CSV that a spreadsheet takes as text and numbers, never as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([[_inert(cell) for cell in row] for row in rows])
    return buffer.getvalue()


def _inert(cell: Any) -> Any:
    risky = isinstance(cell, str) and cell[:1] in set("=+-@\t\r") and not _is_number(cell)
    return f"'{cell}" if risky else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _report(grades: Grades, term: OpenTerm) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=True, undefined=StrictUndefined
    )
    students = {who for who, _ in grades.handed_in}
    return environment.get_template(_TEMPLATE.name).render(
        term=term.plan,
        students=len(term.students),
        handed_in=len(students),
        absent=[who for who in term.students if who not in students],
        lessons=_lessons(grades.marks, term),
        problems=grades.problems,
        alike=grades.alike,
        borrowed=grades.borrowed,
    )


def _lessons(marks: list[Mark], term: OpenTerm) -> list[dict[str, Any]]:
    """Return, by lesson, how each exercise went, which misconceptions came up, and what policies earned."""
    found = []
    for name, lesson in term.lessons.items():
        mine = [mark for mark in marks if mark.lesson == name]
        exercises = []
        for exercise in dict.fromkeys(mark.exercise for mark in mine):
            of_it = [mark for mark in mine if mark.exercise == exercise]
            known = Counter(mark.misconception for mark in of_it if mark.misconception)
            profits = [mark.profit for mark in of_it if mark.profit is not None]
            exercises.append(
                {
                    "name": exercise,
                    "answers": sum(bool(mark.given) for mark in of_it),
                    "right": sum(mark.points == 1 for mark in of_it),
                    "misconceptions": known.most_common(),
                    "profits": _bins(profits),
                    "profit": _range(profits),
                }
            )
        found.append({"name": name, "title": lesson.title, "exercises": exercises})
    return found


def _range(profits: list[float]) -> str:
    if not profits:
        return ""
    return f"from {min(profits):,.0f} to {max(profits):,.0f}, on average {mean(profits):,.0f}"


def _bins(values: list[float], most: int = 8) -> list[dict[str, Any]]:
    """Return a histogram: from, to, how many, and the share of the fullest bin."""
    if not values:
        return []
    low, high = min(values), max(values)
    step = (high - low) / most or 1.0
    counts = Counter(min(int((value - low) / step), most - 1) for value in values)
    fullest = max(counts.values())
    return [
        {
            "low": low + i * step,
            "high": low + (i + 1) * step,
            "count": counts[i],
            "share": counts[i] / fullest,
        }
        for i in range(most if high > low else 1)
    ]


def _feedback(lessons: dict[str, list[Mark]], term: OpenTerm, pseudonym: str) -> str:
    lines = [f"# Feedback for {pseudonym}", "", f"{term.plan.course}, {term.plan.term}", ""]
    for name, marks in lessons.items():
        points = sum(mark.points for mark in marks)
        lines += [f"## {term.lessons[name].title}", "", f"{points:g} of {len(marks)} points.", ""]
        for mark in marks:
            profit = "" if mark.profit is None else f" Your policy earns {mark.profit:,.2f}."
            answer = f" Your answer: `{mark.given.replace('`', ' ')}`." if mark.given else ""
            words = mark.words.rstrip(".") or "not right"
            lines.append(f"- **{mark.exercise}**: {mark.points:g} of 1; {words}.{answer}{profit}")
        lines.append("")
    return "\n".join(lines)
