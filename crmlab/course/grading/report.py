"""What an instructor and each student get from grading."""

from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

from crmlab.course.editions.pages import template
from crmlab.course.files import write
from crmlab.course.grading import exports
from crmlab.course.grading.grade import Grades, LessonGrade
from crmlab.course.grading.marks import Mark
from crmlab.course.grading.rules import Rules
from crmlab.language import ntr, tr
from crmlab.spreadsheets import csv_text
from crmlab.words import capital

_BINS = 8


def save(grades: Grades, rules: Rules, out: Path) -> list[Path]:
    """Write the gradebook, the exports, the texts to be read, the class report and each student's feedback.

    ``gradebook.csv`` has a row an exercise. ``texts.csv`` has the explanations: filled in, it is a table of
    ``overrides.csv``. Feedback goes by pseudonym, as do all names of files.
    """
    files = exports.files(grades, rules) | {
        "gradebook.csv": _gradebook(grades),
        "texts.csv": _texts(grades),
        "problems.csv": csv_text([["submission", "problem"], *grades.problems]),
        "report.html": _report(grades, rules),
    }
    by_student: dict[str, list[LessonGrade]] = {}
    for lesson in grades.lessons:
        by_student.setdefault(lesson.student, []).append(lesson)
    for who, lessons in by_student.items():
        if who in grades.refused or any(lesson.place or lesson.points for lesson in lessons):
            files[f"feedback/{grades.built.pseudonyms[who]}.md"] = _feedback(grades, lessons)
    _keep_by_hand(out / "texts.csv", files["texts.csv"])
    for name, content in files.items():
        write(out / name, content)
    return [out / name for name in files]


def _gradebook(grades: Grades) -> str:
    head = ["student_id", "pseudonym", "lesson", "exercise", "kind", "points", "of", "attempts", "answer"]
    rows: list[list[Any]] = [
        [*head, "words", "misconception", "policy_money", "handed_in", "time_from", "submission"]
    ]
    for lesson in grades.lessons:
        when = f"{lesson.handed_in:%Y-%m-%d %H:%M}" if lesson.handed_in else ""
        for mark in lesson.marks:
            money = "" if mark.money is None else round(mark.money, 2)
            points = "" if mark.points is None else mark.points
            who = [mark.student, grades.built.pseudonyms[mark.student], mark.lesson, mark.exercise, mark.kind]
            what = [points, mark.of, mark.attempts or "", mark.given, mark.words, mark.misconception, money]
            rows.append([*who, *what, when, lesson.time_from, lesson.place])
    return csv_text(rows)


def _texts(grades: Grades) -> str:
    rows: list[list[Any]] = [["student_id", "lesson", "exercise", "points", "reason", "words", "text"]]
    for mark in grades.marks:
        if mark.text:
            points = "" if mark.points is None else mark.points
            count = len(mark.text.split())
            rows.append([mark.student, mark.lesson, mark.exercise, points, "", count, mark.text])
    return csv_text(rows)


def _keep_by_hand(path: Path, new: str) -> None:
    """Keep a table of texts that somebody has filled in under another name, before it is written anew."""
    if path.is_file() and path.read_bytes() != new.encode():
        number = 1
        while (kept := path.with_name(f"texts.mine{number}.csv")).exists():
            number += 1
        path.rename(kept)


def _report(grades: Grades, rules: Rules) -> str:
    there = {lesson.student for lesson in grades.lessons if lesson.place}
    shares = {
        who: exports.percent([lesson for lesson in grades.lessons if lesson.student == who], rules)
        for who in there
    }
    behind = sorted((share, who) for who, share in shares.items() if share is not None and share < 50)
    return template("report.html.j2").render(
        built=grades.built,
        students=len(grades.built.people),
        handed_in=len(there),
        absent=[who for who in grades.built.people if who not in there],
        behind=behind,
        percents=_bins([share for share in shares.values() if share is not None]),
        lessons=_lessons(grades),
        problems=grades.problems,
        alike=grades.alike,
        borrowed=grades.borrowed,
    )


def _lessons(grades: Grades) -> list[dict[str, Any]]:
    """Return, by lesson, how each exercise went, which misconceptions came up, and what policies bring."""
    found = []
    for name, title in grades.built.titles.items():
        handed = [lesson for lesson in grades.lessons if lesson.lesson == name and lesson.place]
        mine = [mark for lesson in handed for mark in lesson.marks]
        exercises = [
            _exercise(exercise, [mark for mark in mine if mark.exercise == exercise])
            for exercise in dict.fromkeys(mark.exercise for mark in mine)
        ]
        late = sum(lesson.days_late > 0 for lesson in handed)
        found.append({"title": title, "handed": len(handed), "late": late, "exercises": exercises})
    return found


def _exercise(name: str, marks: list[Mark]) -> dict[str, Any]:
    shares = [mark.share for mark in marks if mark.share is not None]
    money = [mark.money for mark in marks if mark.money is not None]
    return {
        "name": name,
        "answers": sum(bool(mark.given) for mark in marks),
        "right": sum(mark.share == 1 for mark in marks),
        "mean": f"{mean(shares):.0%}" if shares else "",
        "misconceptions": Counter(mark.misconception for mark in marks if mark.misconception).most_common(),
        "bins": _bins(money),
        "money": {"low": min(money), "high": max(money), "mean": mean(money)} if money else {},
    }


def _bins(values: list[float]) -> list[dict[str, Any]]:
    """Return a histogram: from, to, how many, and the share of the fullest bin."""
    if not values:
        return []
    low, high = min(values), max(values)
    step = (high - low) / _BINS or 1.0
    counts = Counter(min(int((value - low) / step), _BINS - 1) for value in values)
    fullest = max(counts.values())
    return [
        {
            "low": low + i * step,
            "high": low + (i + 1) * step,
            "count": counts[i],
            "share": counts[i] / fullest,
        }
        for i in range(_BINS if high > low else 1)
    ]


def _feedback(grades: Grades, lessons: list[LessonGrade]) -> str:
    built = grades.built
    name = built.pseudonyms[lessons[0].student]
    title = tr("Feedback for {name}", name=name)
    lines = [f"# {title}", "", f"{built.course}, {built.term}", ""]
    for lesson in lessons:
        lines += [f"## {built.titles[lesson.lesson]}", "", _sum(lesson), ""]
        for mark in lesson.marks if lesson.place else ():
            if mark.points is None:
                points = tr("not counted")
            else:
                points = tr("{points:g} of {all:g}", points=mark.points, all=mark.of)
            own = mark.given.replace("`", " ")
            answer = " " + tr("Your answer: `{answer}`.", answer=own) if own else ""
            words = " ".join(mark.words.split()).rstrip(".") or tr("not right")
            lines.append(f"- **{mark.exercise}**: {points}; {words}.{answer}")
        lines.append("")
    for place, problem in grades.refused.get(lessons[0].student, ()):
        said = {"place": place.replace("`", " "), "problem": problem}
        lines.append("- " + tr("`{place}` was not graded: {problem}.", **said))
    return "\n".join(lines)


def _sum(lesson: LessonGrade) -> str:
    if lesson.dropped:
        return tr("It does not count: {why}.", why=lesson.dropped)
    said = [tr("{points:g} of {all:g} points.", points=lesson.points, all=lesson.of)]
    if lesson.remark:
        said.append(f"{capital(lesson.remark).rstrip('.')}.")
    if lesson.days_late:
        said.append(
            ntr(
                "It came {n} day late, and keeps {share:.0%} of its points.",
                "It came {n} days late, and keeps {share:.0%} of its points.",
                lesson.days_late,
                share=lesson.kept,
            )
        )
    return " ".join(said)
