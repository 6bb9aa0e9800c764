"""The roster: who takes the course, as a spreadsheet, Canvas or Moodle exports it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlab.course import sheets
from crmlab.errors import InputError, short, some

# Names of columns as `sheets.plain` has them, the best first: a school's ids come before a system's, and both
# before what is an id only where there is no other.
_ID = (
    *(
        "sis user id",
        "id number",
        "id nummer",
        "学号",
        "student id",
        "student number",
        "matriculation number",
    ),
    *(
        "matrikelnummer",
        "学生编号",
        "编号",
        "sis login id",
        "id",
        "student",
        "username",
        "anmeldename",
        "用户名",
    ),
    *("email address", "email", "e mail", "e mail adresse", "电子邮件地址", "邮箱"),
)
_NAME = ("name", "student name", "full name", "姓名", "全名", "student", "vollständiger name")
_FIRST, _LAST = ("first name", "vorname", "名"), ("surname", "last name", "nachname", "姓", "姓氏")
_EMAIL = ("email address", "email", "e mail", "e mail adresse", "mail", "电子邮件", "邮箱", "电子邮件地址")
_SECTION = ("section", "group", "groups", "gruppe", "gruppen", "班级", "小组")
_LOGIN = ("sis login id", "login", "username", "anmeldename", "用户名")
_MANGLED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+\d+|\d+[.,]0+|\d{4}-\d\d-\d\d 00:00:00")


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

    A roster is a table with a header: a CSV, or a workbook. The id is what stands in the first of these
    columns that is there and not empty: Canvas' ``SIS User ID``, Moodle's ``ID number``, ``student_id`` or
    what a school calls it (``Student number``, ``Matrikelnummer``, ``学号``); where there is none of them,
    ``SIS Login ID``, ``id``, ``student``, the name of the user or the e-mail address.

    Raises
    ------
    InputError
        No such file, or none that can be read; no column of ids; no student; an id that is missing, that a
        spreadsheet has changed, that holds a sign nobody can see, or that two students share.
    """
    columns, rows = sheets.read(path)
    is_canvas = "sis user id" in columns or {"student", "id", "section"} <= set(columns)
    if is_canvas:
        rows = [row for row in rows if not _is_canvas_own(row)]
    known = [name for name in _ID if name in columns and not (is_canvas and name == "student")]
    place = next((name for name in known if any(row[name] for row in rows)), None)
    if place is None and (known or not rows):
        raise InputError(
            f"The roster {path.name} names no student. Give one line a student, below the header."
        )
    if place is None:
        raise InputError(
            f"The roster {path.name} has no column of ids, such as 'student_id', 'SIS User ID' or 'ID "
            f"number', but {some(columns, most=8)}. Name the column of the ids so."
        )
    students = tuple(_student(row, place, is_canvas) for row in rows)
    _check([student.id for student in students], [row.line for row in rows], f"The roster {path.name}")
    return students


def same(who: str) -> str:
    """Return what two ids share that nobody can tell apart: case, ways to write an accent, leading zeros.

    No two ids of a roster share it.

    Examples
    --------
    >>> same("007"), same("S01")
    ('7', 's01')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", who).casefold())
    return folded.lstrip("0") or "0" if folded.isdigit() else folded


def _is_canvas_own(row: sheets.Row) -> bool:
    """Whether a row of Canvas' export is no student: the points possible, or the student for tests."""
    name = row["student"]
    is_note = not (name or row["id"] or row["sis user id"] or row["sis login id"])  # how grades are posted
    return is_note or name.startswith("Points Possible") or name in ("Student, Test", "Test Student")


def _student(row: sheets.Row, place: str, is_canvas: bool) -> Student:
    def first(names: Sequence[str]) -> str:
        return next((row[name] for name in names if row[name] and not (name == place == "student")), "")

    return Student(
        id=row[place],
        name=first(_NAME) or " ".join(part for part in (first(_FIRST), first(_LAST)) if part),
        email=first(_EMAIL),
        section=first(_SECTION),
        login=first(_LOGIN),
        lms_id=row["id"] if is_canvas else "",
    )


def _check(ids: list[str], lines: list[int], where: str) -> None:
    if empty := [line for line, who in zip(lines, ids, strict=True) if not who]:
        raise InputError(f"{where} has no student id in line {some(empty)}. Fill it in or delete the line.")
    if mangled := [who for who in ids if _MANGLED.fullmatch(who)]:
        raise InputError(
            f"{where} has ids that a spreadsheet has changed: {some(mangled)}. Export it again, and make the "
            "column of ids text before you open it."
        )
    if unseen := [line for line, who in zip(lines, ids, strict=True) if not who.isprintable()]:
        raise InputError(
            f"{where} has an id with a sign that nobody can see, such as a line break, in line {some(unseen)}"
            ". Type the id anew."
        )
    seen: dict[str, str] = {}
    for who in ids:
        if other := seen.get(same(who)):
            twice = f"'{short(who)}'" if who == other else f"'{short(other)}' and '{short(who)}'"
            raise InputError(f"{where} names the student {twice} twice. Each id stands there once.")
        seen[same(who)] = who
