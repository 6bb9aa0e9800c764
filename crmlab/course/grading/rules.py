"""The rules of grading, which a person keeps in a spreadsheet: points, dates, lateness, exceptions.

Each stands in a table of its own in one folder, a CSV or a workbook (``due.xlsx``). Each may be missing:

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

Other columns are passed over. Of a lesson's date and a student's own, the later one holds. A date means the
end of that day, in the local time of the machine that grades.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from crmlab.course import sheets
from crmlab.course.terms import roster
from crmlab.errors import InputError, short, unknown
from crmlab.language import tr

T = TypeVar("T")
EVERYBODY = "*"
_READ = (".csv", *sheets.WORKBOOKS)
_YEARS = range(2000, 2200)
COLUMNS = {
    "points.csv": ("lesson", "exercise", "points"),
    "weights.csv": ("lesson", "weight"),
    "due.csv": ("lesson", "due"),
    "extensions.csv": ("student_id", "lesson", "due"),
    "late.csv": ("days", "share"),
    "dropped.csv": ("student_id", "lesson"),
    "overrides.csv": ("student_id", "lesson", "points"),
    "times.csv": ("student_id", "lesson", "handed_in"),
}
"""The columns that each table must have."""
_STEMS = [name.removesuffix(".csv") for name in COLUMNS]


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
        dates = [self.due_of.get((lesson,)), self.extended.get((student, lesson))]
        return max((moment for moment in dates if moment), default=None)

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
    names = {name: set(exercises) for name, exercises in lessons.items()}
    table = _Tables(_files(folder), names, {roster.same(who): who for who in students})
    base = {(name,): datetime.combine(day, time.max) for name, day in due.items()}
    reasons = table.read(
        "dropped.csv", ("student_id", "lesson"), "reason", lambda text: text or tr("dropped")
    )
    return Rules(
        points_of=table.read("points.csv", ("lesson", "exercise"), "points", _number),
        weight_of=table.read("weights.csv", ("lesson",), "weight", _number),
        due_of=base | table.read("due.csv", ("lesson",), "due", _moment),
        extended=table.read("extensions.csv", ("student_id", "lesson"), "due", _moment),
        late=table.late(),
        dropped_for=reasons,
        overrides=table.overrides(),
        times=table.read("times.csv", ("student_id", "lesson"), "handed_in", _moment),
    )


def _files(folder: Path | None) -> dict[str, Path]:
    """Return the tables of a folder by the names of the rules; one that would be missed is an error."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise InputError(f"There is no folder of rules {folder}. Check the path and the working folder.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or not path.is_file():
            continue  # what spreadsheets and systems leave beside a table
        stem, ending = path.stem.casefold(), path.suffix.lower()
        if stem in _STEMS and ending in _READ:
            if other := found.get(f"{stem}.csv"):
                raise InputError(f"{folder} has both {other.name} and {path.name}. Keep one of them.")
            found[f"{stem}.csv"] = path
        elif stem.startswith("texts") and ending in _READ:
            raise InputError(f"{path} counts only as overrides{ending}. Rename it once it has points.")
        elif ending in (".csv", ".tsv") or get_close_matches(stem.split(".")[0], _STEMS, cutoff=0.75):
            raise unknown("table of rules", path.name, COLUMNS, where=str(folder))
    return found


@dataclass(frozen=True)
class _Tables:
    """The tables of a folder, and the names that may stand in them."""

    files: Mapping[str, Path]
    lessons: Mapping[str, set[str]]
    students: Mapping[str, str]
    """Ids by what they share with those that nobody can tell from them: spreadsheets make 7 of 007."""

    def read(
        self, name: str, keys: tuple[str, ...], value: str, convert: Callable[[str], T]
    ) -> dict[tuple[str, ...], T]:
        """Return the values of a column by those of the columns of keys. Keys that are missing are empty."""
        found: dict[tuple[str, ...], T] = {}
        for row, where in self._rows(name):
            if name == "overrides.csv" and not row["points"]:
                continue  # a text that nobody has graded yet
            key = tuple(self._known(part, row, where) for part in keys)
            if key in found:
                twice = ", ".join(filter(None, key))
                raise InputError(f"{where}: {twice} stands there twice. Keep one line of it.")
            found[key] = self._converted(row, value, where, convert)
        return found

    def late(self) -> list[tuple[int, float]]:
        """Return days late, and the share kept up to them, by days."""
        shares = self.read("late.csv", ("days",), "share", _share)
        late = sorted((int(days), share) for (days,), share in shares.items())
        for (before, more), (after, less) in pairwise(late):
            if less > more:
                raise InputError(
                    f"{self.files['late.csv'].name}: 'share' is {more:g} up to {before} days late, and "
                    f"{less:g} up to {after}. It is what is kept, not what is lost, and cannot grow."
                )
        return late

    def overrides(self) -> dict[tuple[str, ...], tuple[float, str]]:
        """Return points given by hand, with their reason."""
        keys = ("student_id", "lesson", "exercise")
        points = self.read("overrides.csv", keys, "points", _number)
        reasons = self.read("overrides.csv", keys, "reason", str)
        return {key: (points[key], reasons[key]) for key in points}

    def _rows(self, name: str) -> Iterator[tuple[sheets.Row, str]]:
        """Yield the rows of a table, each with its place."""
        if path := self.files.get(name):
            columns, rows = sheets.read(path)
            sheets.need(path, columns, COLUMNS[name])
            for row in rows:
                yield row, f"{path.name}, line {row.line}"

    def _converted(self, row: sheets.Row, column: str, where: str, convert: Callable[[str], T]) -> T:
        text = row[sheets.plain(column)]
        try:
            return convert(text)
        except ValueError as error:
            raise InputError(f"{where}: '{column}' is '{short(text)}'. {error}") from error

    def _known(self, part: str, row: sheets.Row, where: str) -> str:
        """Return the name that stands in a column of keys, as the course has it."""
        text = row[sheets.plain(part)]
        if part == "days":
            return self._converted(row, part, where, _days)
        if part == "student_id":
            if text == EVERYBODY and where.startswith("dropped"):
                return text
            if who := self.students.get(roster.same(text)):
                return who
            raise unknown("student", text, self.students.values(), where=where)
        if part == "exercise":
            if text and text not in (known := self.lessons[row["lesson"]]):
                raise unknown("exercise", text, sorted(known), where=where)
        elif text not in self.lessons:
            raise unknown("lesson", text, self.lessons, where=where)
        return text


def _number(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(?:[.,]\d+)?|[.,]\d+", text, re.ASCII):
        raise ValueError("Write a number from 0, such as 2 or 0.5.")
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", text):
        raise ValueError(
            "It could be a thousand and more, or less. Write it with a point, such as 1.5, or without."
        )
    return float(text.replace(",", "."))


def _share(text: str) -> float:
    number = _number(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
    if number > 1:
        raise ValueError("Write the share that is kept, from 0 to 1, such as 0.8 or 80%.")
    return number


def _days(text: str) -> str:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise ValueError("Write a whole number from 0.")
    return str(int(text))


def _moment(text: str) -> datetime:
    """Return the time that a text means: as ISO has it, or as a spreadsheet shows a day in one way only."""
    day, _, clock = text.strip().partition(" ")
    if found := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", day):  # Germany and its neighbours
        day = "-".join((found[3], found[2].zfill(2), found[1].zfill(2)))
    elif found := re.fullmatch(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})", day):  # China, Japan
        day = "-".join((found[1], found[2].zfill(2), found[3].zfill(2)))
    elif "/" in day:
        raise ValueError("Which part is the month cannot be told. Write the day as YYYY-MM-DD.")
    clock = clock.strip()
    clock = f"0{clock}" if clock[1:2] == ":" else clock
    try:
        moment = datetime.fromisoformat(f"{day} {clock}".strip())
        if moment.tzinfo is not None and moment.year in _YEARS:
            moment = moment.astimezone().replace(tzinfo=None)
    except ValueError:
        raise ValueError("Write a day as YYYY-MM-DD, or a time as YYYY-MM-DD HH:MM.") from None
    if moment.year not in _YEARS:
        raise ValueError(f"Write a year from {_YEARS[0]} to {_YEARS[-1]}.")
    return moment if clock or len(day) > len("2027-03-01") else datetime.combine(moment, time.max)
