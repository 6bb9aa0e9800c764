"""The roster: who takes the course, as a spreadsheet, Canvas or Moodle exports it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlab.course import sheets
from crmlab.errors import InputError, short, some

# Names of columns as `sheets.plain` has them, the best first: a school's ids come before a system's.
_ID = (
    *("student id", "sis user id", "id number", "student", "student number", "matriculation number"),
    *("matrikelnummer", "id nummer", "学号", "学生编号", "sis login id", "id"),
)
_NAME = ("name", "student name", "full name", "姓名", "student", "vollständiger name")
_FIRST, _LAST = ("first name", "vorname", "名"), ("surname", "last name", "nachname", "姓")
_EMAIL = ("email address", "email", "e mail", "e mail adresse", "mail", "电子邮件", "邮箱", "电子邮件地址")
_SECTION = ("section", "group", "groups", "gruppe", "gruppen", "班级", "小组")
_LOGIN = ("sis login id", "login", "username", "anmeldename", "用户名")
_MANGLED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+|\d+\.0+")


@dataclass(frozen=True)
class Student:
    """Who takes the course.

    Attributes
    ----------
    id : str
        The id that the school gives.
    name, email, section, login, lms_id : str
        What a learning management system needs to take grades back, where the roster has it.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    login: str = ""
    lms_id: str = ""


def read(path: Path) -> tuple[Student, ...]:
    """Return the students of a roster, in its order.

    A roster is a table with a header: a CSV, or a workbook. The id is that of the column ``student_id``, of
    Canvas' ``SIS User ID`` or of Moodle's ``ID number``, in this order.

    Raises
    ------
    InputError
        No such file, or none that can be read; no column of ids; no student; an id that is missing, that a
        spreadsheet has changed, or that two students share.
    """
    columns, rows = sheets.read(path)
    is_canvas = "sis user id" in columns
    known = [name for name in _ID if name in columns and not (is_canvas and name == "student")]
    place = next((name for name in known if any(row[name] for row in rows)), None)
    if place is None:
        raise InputError(
            f"The roster {path.name} has no column of ids, such as 'student_id', 'SIS User ID' or 'ID "
            f"number', but {some(columns, most=8)}. Name the column of the ids so."
        )
    if is_canvas:
        rows = [row for row in rows if not _is_canvas_own(row)]
    students = tuple(_student(row, place, columns, is_canvas) for row in rows)
    _check([student.id for student in students], [row.line for row in rows], path.name)
    return students


def _is_canvas_own(row: sheets.Row) -> bool:
    """Whether a row of Canvas' export is no student: the points possible, or the student for tests."""
    name = row["student"].strip()
    return name in ("Points Possible", "Student, Test", "Test Student") or name.startswith("Points Possible")


def _student(row: sheets.Row, place: str, columns: Sequence[str], is_canvas: bool) -> Student:
    def first(names: Sequence[str]) -> str:
        return next((row[name] for name in names if name in columns and name != place and row[name]), "")

    name = first(_NAME) or " ".join(part for part in (first(_FIRST), first(_LAST)) if part)
    return Student(
        id=row[place],
        name=name,
        email=first(_EMAIL),
        section=first(_SECTION),
        login=first(_LOGIN),
        lms_id=row["id"] if is_canvas else "",
    )


def _check(ids: list[str], lines: list[int], where: str) -> None:
    if not ids:
        raise InputError(f"The roster {where} names no student. Give one line a student, below the header.")
    if empty := [line for line, who in zip(lines, ids, strict=True) if not who]:
        raise InputError(
            f"The roster {where} has no student id in line {some(empty)}. Fill it in or delete the line."
        )
    if mangled := [who for who in ids if _MANGLED.fullmatch(who)]:
        raise InputError(
            f"The roster {where} has ids that a spreadsheet has changed: {some(mangled)}. Export it again, "
            "and format the column of ids as text before you open it."
        )
    seen: dict[str, str] = {}
    for who in ids:
        if other := seen.get(_same(who)):
            twice = f"'{short(who)}'" if who == other else f"'{short(other)}' and '{short(who)}'"
            raise InputError(
                f"The roster {where} names the student {twice} twice. Each id stands there once."
            )
        seen[_same(who)] = who


def _same(who: str) -> str:
    """Return what two ids share that nobody can tell apart: case, ways to write an accent, leading zeros."""
    folded = unicodedata.normalize("NFKC", who).casefold()
    return folded.lstrip("0") or "0" if folded.isdigit() else folded
