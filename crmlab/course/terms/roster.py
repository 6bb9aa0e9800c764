"""The roster: who takes the course."""

import csv
from dataclasses import dataclass
from pathlib import Path

from crmlab.errors import InputError, some

STUDENT_COLUMNS = ("student_id", "student", "id", "学号")
"""Names under which a roster may keep the ids of students."""


@dataclass(frozen=True)
class Student:
    """Who takes the course."""

    id: str
    name: str = ""
    section: str = ""


def read(path: Path) -> tuple[Student, ...]:
    """Return the students of a roster, in its order.

    A roster is a CSV with a header; of its columns only the one with the ids is read.

    Raises
    ------
    InputError
        No such file, or none that can be read; another encoding than UTF-8; no column of ids; no student,
        or one named twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no roster {path}. Check the key 'roster' of the term file.") from error
    except OSError as error:
        raise InputError(f"The roster {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The roster {path.name} is not written in UTF-8: byte {error.start + 1} does not fit. Save it "
            "again as 'CSV UTF-8'."
        ) from error
    if "\0" in text:
        raise InputError(f"The roster {path.name} is no text in UTF-8. Save it again as 'CSV UTF-8'.")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(map(str.strip, row))]
    header = [name.strip() for name in rows[0]] if rows else []
    place = next((header.index(name) for name in STUDENT_COLUMNS if name in header), None)
    if place is None:
        raise InputError(
            f"The roster {path.name} has no column 'student_id', but {some(header, most=8) or 'no columns'}. "
            "Name the column of the ids so."
        )
    return _students(rows[1:], place, path.name)


def _students(rows: list[list[str]], place: int, where: str) -> tuple[Student, ...]:
    ids = [row[place].strip() if place < len(row) else "" for row in rows]
    empty = [number for number, who in enumerate(ids, start=2) if not who]
    if empty:
        raise InputError(
            f"The roster {where} has no student id in line {some(empty)}. Fill it in or delete the line."
        )
    if not ids:
        raise InputError(f"The roster {where} names no student. Give one line a student, below the header.")
    seen: dict[str, str] = {}
    for who in ids:
        if other := seen.get(who.casefold()):
            twice = f"'{who}'" if who == other else f"'{other}' and '{who}'"
            raise InputError(
                f"The roster {where} names the student {twice} twice. Each id stands there once."
            )
        seen[who.casefold()] = who
    return tuple(map(Student, ids))
