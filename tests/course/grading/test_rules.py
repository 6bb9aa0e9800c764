"""The tables of rules: what they say, and what is said of a table that is wrong."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crmlab.course.grading import rules
from crmlab.course.grading.rules import Rules
from crmlab.errors import InputError
from crmlab.spreadsheets import csv_text

LESSONS = {"22_tiers": ["share", "why"], "31_rfm": ["list"]}
DUE = {"22_tiers": date(2027, 3, 1)}
STUDENTS = ["s01", "=1", "007"]


def read(tmp_path, **tables):
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return rules.read(tmp_path, LESSONS, STUDENTS, DUE)


def test_without_tables_all_counts_once():
    plain = rules.read(None, LESSONS, ["s01"], DUE)
    assert plain.points("22_tiers", "share") == plain.weight("31_rfm") == 1
    assert plain.due("s01", "22_tiers") == datetime(2027, 3, 1, 23, 59, 59, 999999)
    assert plain.kept("s01", "22_tiers", datetime(2027, 3, 2, 0, 1)) == (1, 1.0)
    assert plain.kept("s01", "31_rfm", datetime(2030, 1, 1)) == (0, 1.0)


def test_each_table_is_read_as_a_spreadsheet_writes_it(tmp_path):
    found = read(
        tmp_path,
        points="Lesson;Exercise;Points\n22_tiers;share;2,5\n",
        weights="lesson\tweight\n31_rfm\t2\n".encode("utf-16"),
        due="lesson,due\n22_tiers,2027-03-05 12:00\n",
        extensions="student_id,lesson,due,reason\n007,22_tiers,2027-03-09,ill\n",
        late="days,share\n7,50%\n1,0.9\n",
        dropped="student_id,lesson,reason\n*,31_rfm,a strike\n",
        overrides="\ufeffstudent_id,lesson,exercise,points,reason,text\n'=1,22_tiers,why,0.5,good,long\ns01,22_tiers,,,,\n",
        times="student_id,lesson,handed_in\ns01,22_tiers,2027-03-06 12:30\n",
    )
    assert found.points("22_tiers", "share") == 2.5
    assert found.weight("31_rfm") == 2
    assert found.kept("s01", "22_tiers", found.handed_in("s01", "22_tiers")) == (2, 0.5)
    assert found.kept("s01", "22_tiers", datetime(2027, 3, 6, 11)) == (1, 0.9)
    assert found.kept("s01", "22_tiers", datetime(2027, 4, 6)) == (32, 0.0)
    assert found.kept("007", "22_tiers", datetime(2027, 3, 9, 23)) == (0, 1.0)
    assert found.dropped("s01", "31_rfm") == "a strike"
    assert found.override("=1", "22_tiers", "why") == (0.5, "good")
    assert found.override("s01", "22_tiers", "") is None


WRONG = {
    "student": ({"times": "student_id,lesson,handed_in\ns1,22_tiers,2027-03-06\n"}, "line 2.*mean 's01'"),
    "lesson": ({"weights": "lesson,weight\n22_teirs,1\n"}, "Did you mean '22_tiers'"),
    "exercise": ({"points": "lesson,exercise,points\n22_tiers,list,1\n"}, "There is no exercise 'list'"),
    "points": ({"points": "lesson,exercise,points\n22_tiers,why,many\n"}, "'points' is 'many'"),
    "less than nothing": ({"weights": "lesson,weight\n31_rfm,-1\n"}, "Write a number from 0"),
    "a day that is none": ({"due": "lesson,due\n22_tiers,2027-02-30\n"}, "Write a day as YYYY-MM-DD"),
    "share": ({"late": "days,share\n1,90\n"}, "from 0 to 1"),
    "days": ({"late": "days,share\nsoon,1\n"}, "Write a whole number"),
    "twice": ({"weights": "lesson,weight\n31_rfm,1\n31_rfm,2\n"}, "line 3: 31_rfm stands there twice"),
    "column": ({"weights": "lesson,wieght\n31_rfm,1\n"}, "There is no column 'weight'"),
    "a point or a thousand": ({"weights": 'lesson,weight\n31_rfm,"1,000"\n'}, "could be a thousand"),
    "no number": ({"weights": "lesson,weight\n31_rfm,1_0\n"}, "Write a number"),
    "a day in two ways": ({"due": "lesson,due\n22_tiers,3/1/2027\n"}, "Which part is the month"),
    "a year": ({"due": "lesson,due\n22_tiers,0207-03-01\n"}, "Write a year from 2000"),
    "what is lost": ({"late": "days,share\n1,0.1\n2,0.2\n"}, "what is kept, not what is lost"),
    "days twice": ({"late": "days,share\n1,1\n01,0.5\n"}, "line 3: 1 stands there twice"),
    "twice under two ids": ({"dropped": "student_id,lesson\n007,31_rfm\n7,31_rfm\n"}, "twice"),
    "of another lesson": ({"points": "lesson,exercise,points\n31_rfm,why,1\n"}, "no exercise 'why'"),
    "a text with commas": ({"dropped": "student_id,lesson,reason\ns01,31_rfm,ill, very\n"}, "quotes"),
    "nothing": ({"due": ""}, "due.csv is empty"),
    "texts": ({"texts": "student_id,lesson,exercise,points\n"}, "Rename it"),
    "name of the table": ({"override": "student_id\n"}, "Did you mean 'overrides.csv'"),
    "everybody": ({"times": "student_id,lesson,handed_in\n*,31_rfm,2027-01-01\n"}, "There is no student"),
}  # fmt: skip


@pytest.mark.parametrize(("tables", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_with_its_place(tmp_path, tables, words):
    with pytest.raises(InputError, match=words) as problem:
        read(tmp_path, **tables)
    assert "\n" not in str(problem.value)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no folder of rules"):
        rules.read(tmp_path / "none", LESSONS, [], {})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-09", datetime(2027, 3, 9, 23, 59, 59, 999999)),
        ("9.3.2027", datetime(2027, 3, 9, 23, 59, 59, 999999)),
        ("2027/3/9", datetime(2027, 3, 9, 23, 59, 59, 999999)),
        ("2027-03-09 09:30", datetime(2027, 3, 9, 9, 30)),
        ("2027-03-09T09:30", datetime(2027, 3, 9, 9, 30)),
        ("09.03.2027 9:30:00", datetime(2027, 3, 9, 9, 30)),
        ("2027-03-09 00:00", datetime(2027, 3, 9)),
    ],
)
def test_days_and_times_as_spreadsheets_show_them(tmp_path, text, moment):
    found = read(tmp_path, times=f"student_id,lesson,handed_in\ns01,31_rfm,{text}\n")
    assert found.handed_in("s01", "31_rfm") == moment


def test_a_student_is_found_however_a_spreadsheet_wrote_the_id(tmp_path):
    found = read(tmp_path, dropped="student_id,lesson,reason\n7,31_rfm,\nS01,22_tiers,ill\n")
    assert found.dropped("007", "31_rfm") == "dropped"
    assert found.dropped("s01", "22_tiers") == "ill"
    assert found.dropped("s01", "31_rfm") == ""


def test_an_extension_never_shortens(tmp_path):
    found = read(
        tmp_path,
        due="lesson,due\n22_tiers,2027-03-20\n",
        extensions="student_id,lesson,due\ns01,22_tiers,2027-03-09\ns01,31_rfm,2027-03-09\n",
    )
    assert found.due("s01", "22_tiers").date() == date(2027, 3, 20)
    assert found.due("s01", "31_rfm").date() == date(2027, 3, 9)
    assert found.due("007", "31_rfm") is None


def test_workbooks_and_what_lies_beside_the_tables(tmp_path):
    book = Workbook()
    for row in (["Lesson", "Due"], ["22_tiers", datetime(2027, 3, 5)], ["31_rfm", datetime(2027, 3, 5, 12)]):
        book.active.append(row)
    book.save(tmp_path / "Due.xlsx")
    for name in (".~lock.due.xlsx#", "~$due.xlsx", "README.txt", ".DS_Store"):
        (tmp_path / name).write_text("?")
    (tmp_path / "old").mkdir()
    found = rules.read(tmp_path, LESSONS, STUDENTS, {})
    assert found.due("s01", "22_tiers") == datetime(2027, 3, 5, 23, 59, 59, 999999)
    assert found.due("s01", "31_rfm") == datetime(2027, 3, 5, 12)
    with pytest.raises(InputError, match=r"both Due\.xlsx and due\.csv"):
        read(tmp_path, due="lesson,due\n")


@pytest.mark.parametrize(
    "name", ["extension.xlsx", "overrides.csv.txt", "Override.CSV", "due.tsv", "roster.csv"]
)
def test_a_table_that_would_be_missed_is_named(tmp_path, name):
    (tmp_path / name).write_text("student_id\n")
    with pytest.raises(InputError, match=f"no table of rules '{name}'"):
        rules.read(tmp_path, LESSONS, STUDENTS, DUE)


TABLES = ("points", "weights", "due", "extensions", "late", "dropped", "overrides", "times")
CELLS = st.one_of(
    st.sampled_from(["s01", "7", "*", "22_tiers", "why", "2027-03-01", "1.3.2027", "0.5", "50%", "1", ""]),
    st.text(max_size=6),
)


@settings(max_examples=300)
@given(
    st.sampled_from(TABLES), st.one_of(st.binary(max_size=60), st.lists(st.tuples(*[CELLS] * 4), max_size=3))
)
def test_whatever_a_table_holds_is_rules_or_a_sentence(tmp_path_factory, name, content):
    folder = tmp_path_factory.mktemp("rules")
    head = list(rules.COLUMNS[f"{name}.csv"])
    head += ["exercise"] * (name == "overrides")
    if isinstance(content, list):
        content = csv_text([head, *(row[: len(head)] for row in content)]).encode("utf-8", "surrogatepass")
    else:
        content = f"{','.join(head)}\n".encode() + content
    (folder / f"{name}.csv").write_bytes(content)
    try:
        found = rules.read(folder, LESSONS, STUDENTS, DUE)
        said = ""
    except InputError as error:
        found, said = Rules(), str(error)
    assert "\n" not in said
    assert not said or name in said
    for student in STUDENTS:
        for lesson, exercises in LESSONS.items():
            days, kept = found.kept(student, lesson, found.handed_in(student, lesson))
            assert days >= 0 <= kept <= 1
            assert found.weight(lesson) >= 0 <= found.points(lesson, exercises[0])


@given(st.dictionaries(st.integers(0, 30), st.floats(0, 1), max_size=5), st.integers(0, 40))
def test_the_later_the_less(tmp_path_factory, shares, days):
    shares = dict(
        zip(sorted(shares), sorted((round(one, 3) for one in shares.values()), reverse=True), strict=True)
    )
    lines = "".join(f"{day},{share}\n" for day, share in shares.items())
    found = read(tmp_path_factory.mktemp("late"), late=f"days,share\n{lines}")
    due = found.due("s01", "22_tiers")
    late, kept = found.kept("s01", "22_tiers", due.replace(hour=12) + timedelta(days))
    assert late == days
    if not days or not shares:
        assert kept == 1
    else:
        assert kept == max([share for day, share in shares.items() if days <= day], default=0)
