"""The tables of rules: what they say, and what is said of a table that is wrong."""

from datetime import date, datetime

import pytest

from crmlab.course.grading import rules
from crmlab.errors import InputError

LESSONS = {"22_tiers": ["share", "why"], "31_rfm": ["list"]}
DUE = {"22_tiers": date(2027, 3, 1)}


def read(tmp_path, **tables):
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return rules.read(tmp_path, LESSONS, ["s01", "=1", "007"], DUE)


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
    "name of the table": ({"override": "student_id\n"}, "Did you mean 'overrides.csv'"),
    "everybody": ({"times": "student_id,lesson,handed_in\n*,31_rfm,2027-01-01\n"}, "There is no student"),
}


@pytest.mark.parametrize(("tables", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_with_its_place(tmp_path, tables, words):
    with pytest.raises(InputError, match=words) as problem:
        read(tmp_path, **tables)
    assert "\n" not in str(problem.value)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no folder of rules"):
        rules.read(tmp_path / "none", LESSONS, [], {})
