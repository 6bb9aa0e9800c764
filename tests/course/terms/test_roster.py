"""Rosters as Canvas, Moodle and spreadsheets export them; ids that are nobody's are refused."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.course.terms import roster
from crmlab.course.terms.roster import Student
from crmlab.errors import InputError

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,22_tiers
    Points Possible,,,,,5
"Müller, Anna",101,s01,anna,Monday,
"Student, Test",999,,,Monday,
"王, 伟",102,0071,wei,Tuesday,
"""
MOODLE = "First name;Surname;ID number;Email address;Groups\nAnna;Müller;s01;anna@example.org;A\n"
GERMAN = "Vorname\tNachname\tID-Nummer\tE-Mail-Adresse\nAnna\tMüller\ts01\tanna@example.org\n"


def read(tmp_path, content, name="roster.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return roster.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_canvas(tmp_path, encoding):
    assert read(tmp_path, CANVAS.encode(encoding)) == (
        Student("s01", "Müller, Anna", "", "Monday", "anna", "101"),
        Student("0071", "王, 伟", "", "Tuesday", "wei", "102"),
    )


@pytest.mark.parametrize(("content", "section"), [(MOODLE, "A"), (GERMAN, "")])
def test_moodle(tmp_path, content, section):
    assert read(tmp_path, content) == (Student("s01", "Anna Müller", "anna@example.org", section),)


@pytest.mark.parametrize(
    "header", ["student_id", "Student ID", "STUDENT_ID", "学号", "id;name", "name\tstudent"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spreadsheets(tmp_path, header, end):
    row = {"id;name": "s1;Ann", "name\tstudent": "Ann\ts1"}.get(header, "s1")
    assert [student.id for student in read(tmp_path, f"{header}{end}{row}{end}{end}")] == ["s1"]


def test_chinese_windows_and_workbooks(tmp_path):
    from openpyxl import Workbook

    assert read(tmp_path, "学号,姓名\n1,王伟\n".encode("gb18030")) == (Student("1", "王伟"),)
    book = Workbook()
    for row in (["Student ID", "Name"], [20270001, "Zoë"], ["007", "Li"]):
        book.active.append(row)
    book.save(tmp_path / "roster.xlsx")
    assert roster.read(tmp_path / "roster.xlsx") == (Student("20270001", "Zoë"), Student("007", "Li"))


WRONG = {
    "twice": ("student_id\ns01\ns02\ns01\n", "names the student 's01' twice"),
    "twice but for case": ("student_id\ns01\nS01\n", "'s01' and 'S01'"),
    "twice but for zeros": ("student_id\n007\n7\n", "'007' and '7'"),
    "twice but for accents": (
        f"student_id\nm{chr(0xFC)}ller\n{unicodedata.normalize('NFD', 'müller')}\n", "twice"
    ),
    "changed by a spreadsheet": ("student_id\n1.23E+15\n", "a spreadsheet has changed: 1.23E"),
    "made decimal": ("student_id\n2.0\n3.0\n", "a spreadsheet has changed"),
    "an empty id": ("student_id,name\n,Ann\nx,Li\n", "no student id in line 2"),
    "nobody": ("student_id\n", "no column of ids|names no student"),
    "nothing": ("", "is empty"),
    "no ids": ("name\nAnn\n", "no column of ids"),
    "Latin-1": ("student_id,name\ns1,André\n".encode("latin-1"), "is not written in UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_rosters(tmp_path, content, words):
    with pytest.raises(InputError, match=words) as problem:
        read(tmp_path, content)
    assert "\n" not in str(problem.value)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([".csv", ".xlsx"]))
def test_whatever_a_file_holds_is_a_roster_or_a_sentence(tmp_path_factory, content, ending):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(b"student_id\n" * (ending == ".csv") + content)
    with suppress(InputError):
        assert all(student.id for student in roster.read(path))
