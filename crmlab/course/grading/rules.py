"""The rules of grading, which a person keeps in a spreadsheet: points, dates, lateness, exceptions.

Each stands in a CSV file of its own in one folder, and each may be missing:

==================  ========================================  =============================================
file                columns                                   what it says
==================  ========================================  =============================================
``points.csv``      lesson, exercise, points                  points of an exercise; one otherwise
``weights.csv``     lesson, weight                            weight of a lesson in the total; one otherwise
``due.csv``         lesson, due                               another date than the term file's
``extensions.csv``  student_id, lesson, due, reason           a later date for one student
``late.csv``        days, share                               the share of points kept up to so many days late
``dropped.csv``     student_id or ``*``, lesson, reason       a lesson that does not count
``overrides.csv``   student_id, lesson, exercise, points,     points given by hand; without an exercise, those
                    reason                                    of the whole lesson
``times.csv``       student_id, lesson, handed_in             when it was handed in
==================  ========================================  =============================================

A date means the end of that day, in the local time of the machine that grades.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from crmlab.course import sheets
from crmlab.errors import InputError, short, unknown

T = TypeVar("T")
EVERYBODY = "*"
_COLUMNS = {
    "points.csv": ("lesson", "exercise", "points"),
    "weights.csv": ("lesson", "weight"),
    "due.csv": ("lesson", "due"),
    "extensions.csv": ("student_id", "lesson", "due"),
    "late.csv": ("days", "share"),
    "dropped.csv": ("student_id", "lesson"),
    "overrides.csv": ("student_id", "lesson", "points"),
    "times.csv": ("student_id", "lesson", "handed_in"),
}


@dataclass(frozen=True)
class Rules:
    """What a term's tables of rules say; see the module."""

    points_of: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    weight_of: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    due_of: Mapping[tuple[str, ...], datetime] = field(default_factory=dict)
    extended: Mapping[tuple[str, ...], datetime] = field(default_factory=dict)
    late: Sequence[tuple[int, float]] = ()
    """Days late, and the share kept up to them, by days."""
    dropped_for: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    overrides: Mapping[tuple[str, ...], tuple[float, str]] = field(default_factory=dict)
    times: Mapping[tuple[str, ...], datetime] = field(default_factory=dict)

    def points(self, lesson: str, exercise: str) -> float:
        """Return what an exercise is worth."""
        return self.points_of.get((lesson, exercise), 1.0)

    def weight(self, lesson: str) -> float:
        """Return the weight of a lesson in the total."""
        return self.weight_of.get((lesson,), 1.0)

    def due(self, student: str, lesson: str) -> datetime | None:
        """Return until when a student may hand in a lesson."""
        return self.extended.get((student, lesson), self.due_of.get((lesson,)))

    def kept(self, student: str, lesson: str, handed_in: datetime | None) -> tuple[int, float]:
        """Return how many days late a lesson came, and the share of its points that is kept.

        Without rules for lateness all is kept; beyond the last of their days nothing is.
        """
        due = self.due(student, lesson)
        if due is None or handed_in is None or handed_in <= due:
            return 0, 1.0
        days = math.ceil((handed_in - due) / timedelta(days=1))
        if not self.late:
            return days, 1.0
        return days, next((share for most, share in self.late if days <= most), 0.0)

    def dropped(self, student: str, lesson: str) -> str:
        """Return why a lesson does not count for a student; nothing if it does."""
        return self.dropped_for.get((student, lesson)) or self.dropped_for.get((EVERYBODY, lesson), "")

    def override(self, student: str, lesson: str, exercise: str) -> tuple[float, str] | None:
        """Return points given by hand, with their reason; without an exercise, those of the whole lesson."""
        return self.overrides.get((student, lesson, exercise))

    def handed_in(self, student: str, lesson: str) -> datetime | None:
        """Return when a lesson was handed in, where a table says so."""
        return self.times.get((student, lesson))


def read(
    folder: Path | None,
    lessons: Mapping[str, Collection[str]],
    students: Collection[str],
    due: Mapping[str, date],
) -> Rules:
    """Return the rules in a folder; without one, those that hold without any table.

    Parameters
    ----------
    folder : Path or None
        Where the tables lie.
    lessons : mapping
        The exercises of each lesson.
    students : collection of str
        Ids of those who take the course.
    due : mapping
        When each lesson is due, where no table says otherwise.

    Raises
    ------
    InputError
        The folder, a column, a name or a value is wrong; the sentence names file and line.
    """
    if folder is not None and not folder.is_dir():
        raise InputError(f"There is no folder of rules {folder}. Check the path and the working folder.")
    for path in sorted(folder.glob("*.csv")) if folder else ():
        if path.name not in _COLUMNS:
            raise unknown("table of rules", path.name, _COLUMNS, where=str(folder))
    table = _Tables(folder, {name: set(exercises) for name, exercises in lessons.items()}, set(students))
    base = {(name,): datetime.combine(day, time.max) for name, day in due.items()}
    late = sorted(
        (int(days[0]), share) for days, share in table.read("late.csv", ("days",), "share", _share).items()
    )
    reasons = table.read("dropped.csv", ("student_id", "lesson"), "reason", lambda text: text or "dropped")
    return Rules(
        points_of=table.read("points.csv", ("lesson", "exercise"), "points", _number),
        weight_of=table.read("weights.csv", ("lesson",), "weight", _number),
        due_of=base | table.read("due.csv", ("lesson",), "due", _moment),
        extended=table.read("extensions.csv", ("student_id", "lesson"), "due", _moment),
        late=late,
        dropped_for=reasons,
        overrides=table.overrides(),
        times=table.read("times.csv", ("student_id", "lesson"), "handed_in", _moment),
    )


@dataclass(frozen=True)
class _Tables:
    """The tables of a folder, and the names that may stand in them."""

    folder: Path | None
    lessons: Mapping[str, set[str]]
    students: set[str]

    def rows(self, name: str) -> list[sheets.Row]:
        path = self.folder / name if self.folder else None
        if path is None or not path.is_file():
            return []
        columns, rows = sheets.read(path)
        sheets.need(path, columns, _COLUMNS[name])
        return rows

    def read(
        self, name: str, keys: tuple[str, ...], value: str, convert: Callable[[str], T]
    ) -> dict[tuple[str, ...], T]:
        found: dict[tuple[str, ...], T] = {}
        for row in self.rows(name):
            where = f"{name}, line {row.line}"
            key = tuple(self._known(part, row, where) for part in keys)
            if key in found:
                raise InputError(f"{where}: {', '.join(key)} stands there twice. Keep one line of it.")
            found[key] = self._converted(row, value, where, convert)
        return found

    def overrides(self) -> dict[tuple[str, ...], tuple[float, str]]:
        found: dict[tuple[str, ...], tuple[float, str]] = {}
        for row in self.rows("overrides.csv"):
            if not row["points"]:
                continue  # a text that nobody has read yet
            where = f"overrides.csv, line {row.line}"
            student, lesson = (self._known(part, row, where) for part in ("student_id", "lesson"))
            exercise = self._known("exercise", row, where) if row["exercise"] else ""
            if (student, lesson, exercise) in found:
                raise InputError(
                    f"{where}: {student}, {lesson}, {exercise} stands there twice. Keep one line."
                )
            found[student, lesson, exercise] = (self._converted(row, "points", where, _number), row["reason"])
        return found

    def _converted(self, row: sheets.Row, column: str, where: str, convert: Callable[[str], T]) -> T:
        text = row[sheets.plain(column)]
        try:
            return convert(text)
        except (ValueError, OverflowError) as error:
            raise InputError(f"{where}: '{column}' is '{short(text)}'. {error}") from error

    def _known(self, part: str, row: sheets.Row, where: str) -> str:
        text = row[sheets.plain(part)]
        if part == "days":
            try:
                if (days := int(text)) < 0:
                    raise ValueError
            except ValueError as error:
                raise InputError(
                    f"{where}: 'days' is '{short(text)}'. Write a whole number from 0."
                ) from error
            return str(days)
        if part == "student_id" and not (text == EVERYBODY and where.startswith("dropped.csv")):
            if text not in self.students:
                raise unknown("student", text, sorted(self.students), where=where)
        elif part == "lesson" and text not in self.lessons:
            raise unknown("lesson", text, self.lessons, where=where)
        elif part == "exercise" and text not in (known := self.lessons[row["lesson"]]):
            raise unknown("exercise", text, sorted(known), where=where)
        return text


def _number(text: str) -> float:
    message = "Write a number from 0, such as 2 or 0.5."
    try:
        number = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise ValueError(message) from None
    if not 0 <= number < 1e6:
        raise ValueError(message)
    return number


def _share(text: str) -> float:
    number = _number(text.rstrip("% ")) / (100 if text.rstrip().endswith("%") else 1)
    if number > 1:
        raise ValueError("Write the share that is kept, from 0 to 1, such as 0.8 or 80%.")
    return number


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("Write a day as YYYY-MM-DD, or a time as YYYY-MM-DD HH:MM.") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone().replace(tzinfo=None)
    return datetime.combine(moment.date(), time.max) if len(text) <= 10 else moment
