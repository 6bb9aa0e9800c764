"""Rosters as Canvas, Moodle and spreadsheets export them; ids that are nobody's are refused."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crmlab.course.terms import roster
from crmlab.course.terms.roster import Student
from crmlab.errors import InputError
from crmlab.spreadsheets import csv_text

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,22_tiers
    Points Possible,,,,,5
,,,,,Manual Posting
"Müller, Anna",101,s01,anna,Monday,
"Student, Test",999,,,Monday,
"王, 伟",102,0071,wei,Tuesday,
"""
MOODLE = "First name;Surname;ID number;Email address;Groups\nAnna;Müller;s01;anna@example.org;A\n"
GERMAN = "Vorname\tNachname\tID-Nummer\tE-Mail-Adresse\nAnna\tMüller\ts01\tanna@example.org\n"
CHINESE = "姓名,学号,电子邮件地址\n王伟,0071,wei@example.org\n"
ANNA = Student("s01", "Anna Müller", "anna@example.org")


def read(tmp_path, content, name="roster.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return roster.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_canvas(tmp_path, encoding):
    assert read(tmp_path, CANVAS.encode(encoding)) == (
        Student("s01", "Müller, Anna", "", "Monday", "anna", "101"),
        Student("0071", "王, 伟", "", "Tuesday", "wei", "102"),
    )


@pytest.mark.parametrize("header", ["SIS User ID,SIS Login ID", "SIS Login ID"])
def test_canvas_of_a_school_without_ids_of_its_own(tmp_path, header):
    more = "," * header.count(",")
    content = f'Student,ID,{header},Section\n Points Possible,,{more},\n"Li, A",101,{more}anna,M\n'
    assert read(tmp_path, content) == (Student("anna", "Li, A", "", "M", "anna", "101"),)


@pytest.mark.parametrize(("content", "section"), [(MOODLE, "A"), (GERMAN, ""), (GERMAN.encode("cp1252"), "")])
def test_moodle(tmp_path, content, section):
    assert read(tmp_path, content) == (Student(ANNA.id, ANNA.name, ANNA.email, section),)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese(tmp_path, encoding):
    assert read(tmp_path, CHINESE.encode(encoding)) == (Student("0071", "王伟", "wei@example.org"),)


def test_where_moodle_has_no_id_numbers_the_address_is_the_id(tmp_path):
    found = read(tmp_path, MOODLE.replace("s01", ""))
    assert found == (Student(ANNA.email, ANNA.name, ANNA.email, "A"),)


@pytest.mark.parametrize(
    "header", ["student_id", "Student ID", "STUDENT_ID", "Matrikelnummer", "学号", "id;name", "name\tstudent"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spreadsheets(tmp_path, header, end):
    row = {"id;name": "s1;Ann", "name\tstudent": "Ann\ts1"}.get(header, "s1")
    assert [student.id for student in read(tmp_path, f"{header}{end}{row}{end}{end}")] == ["s1"]


def test_of_several_columns_of_ids_the_school_s_is_taken(tmp_path):
    content = "id,student,student_id,ID number\n1,Ann,20,s1\n"
    assert read(tmp_path, content)[0] == Student("s1", "Ann")
    assert read(tmp_path, content.replace("ID number", "note"))[0].id == "20"


def test_workbooks(tmp_path):
    book = Workbook()
    for row in (["Student ID", "Name"], [20270001, "Zoë"], ["007", "Li"]):
        book.active.append(row)
    book.save(tmp_path / "roster.xlsx")
    assert roster.read(tmp_path / "roster.xlsx") == (Student("20270001", "Zoë"), Student("007", "Li"))
    with pytest.raises(InputError, match=r"ending, such as \.xlsx"):
        read(tmp_path, (tmp_path / "roster.xlsx").read_bytes())


def test_without_the_library_for_workbooks(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    with pytest.raises(InputError, match="python -m pip install python-calamine"):
        read(tmp_path, b"", "roster.xlsx")


WRONG = {
    "twice": ("student_id\ns01\ns02\ns01\n", "names the student 's01' twice"),
    "twice but for case": ("student_id\ns01\nS01\n", "'s01' and 'S01'"),
    "twice but for zeros": ("student_id\n007\n7\n", "'007' and '7'"),
    "twice but for accents": (
        f"student_id\nm{chr(0xFC)}ller\n{unicodedata.normalize('NFD', 'müller')}\n", "twice"
    ),
    "changed by a spreadsheet": ("student_id\n1.23E+15\n", "a spreadsheet has changed: 1.23E"),
    "made decimal": ("student_id\n2.0\n3.0\n", "a spreadsheet has changed"),
    "a sign nobody sees": ("student_id\ns1\ns1\u200b\n", "nobody can see.* line 3"),
    "an empty id": ("student_id,name\n,Ann\nx,Li\n", "no student id in line 2"),
    "a line further down": ('student_id,name\nx,"a\nb"\n,Li\n', "no student id in line 4"),
    "nobody": ("student_id\n", "names no student"),
    "nothing": ("", "is empty"),
    "no ids": ("name\nAnn\n", "no column of ids"),
    "letters of two languages": ("student_id,name\ns1,Łukasz Ząbek\n".encode("cp1250"), "'CSV UTF-8'"),
    "a comma without quotes": ("name,student_id\nMüller, Anna,s1\n", "line 2 has more cells.*quotes"),
    "a quote without end": ('student_id,name\ns1,"Ann\ns2,Li\n', "from line 2.*quote"),
    "a column twice": ("student_id,Student ID\n1,2\n", "several columns named student id"),
    "packed": (b"\x1f\x8b\x08\0", "is no text"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_rosters(tmp_path, content, words):
    with pytest.raises(InputError, match=words) as problem:
        read(tmp_path, content)
    assert "\n" not in str(problem.value)


def test_a_roster_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(InputError, match=r"no file|cannot be read"):
            roster.read(path)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([".csv", ".xlsx", ".xls", ".gz"]), st.booleans())
def test_whatever_a_file_holds_is_a_roster_or_a_sentence(tmp_path_factory, content, ending, has_head):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(b"student_id\n" * has_head + content)
    try:
        students, said = roster.read(path), ""
    except InputError as error:
        students, said = (), str(error)
    assert "\n" not in said
    assert bool(students) != bool(said)
    assert all(student.id for student in students)


LETTERS = st.characters(categories=["L", "N", "P", "S", "Zs", "M"])


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.text(LETTERS, max_size=6), st.text(LETTERS, max_size=8)), min_size=1, max_size=4),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_ids_and_names_survive_a_spreadsheet(tmp_path_factory, people, encoding):
    people = [(f"{number}x{who}y".replace("\xa0", " "), name) for number, (who, name) in enumerate(people)]
    text = csv_text([["student_id", "name"], *people]).removeprefix("\ufeff")
    path = tmp_path_factory.getbasetemp() / "there.csv"
    path.write_bytes(text.encode(encoding))
    if all(who.isprintable() for who, _ in people):
        found = [(student.id, student.name) for student in roster.read(path)]
        assert found == [(who, name.strip()) for who, name in people]


@pytest.mark.parametrize(
    "who", ["=1+1", "-a", "@x", "+49 1", "'tis", "007", "Müller, Anna", 'the "best"', "00-1"]
)
def test_an_id_that_a_spreadsheet_would_compute_comes_back(tmp_path, who):
    assert read(tmp_path, csv_text([["name", "student_id"], [who, who]])) == (Student(who, who),)
