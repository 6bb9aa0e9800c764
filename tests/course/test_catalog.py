"""The catalogue finds the lessons, and reads and checks the parameters of each."""

import json
import re

import pytest

from crmlab import resources
from crmlab.course.catalog import Lesson, lesson, lessons
from crmlab.errors import InputError

CELL = """\
case = "cdnow"  # a bundled case, or the path of your own case file
# A line of its own is no parameter.
margin = 0.30  # gross margin, share of revenue [0, 1]
rate = -1e-3  # growth a year, share [-1, 1e3]
draws = 200  # bootstrap draws, number [50, 2000]
unit = "W"  # time unit {D, W, M}
layer = "铂金层"  # name of the layer: a # in a comment {铂金层, 黄金层}
at = "1997-09-30"  # last day observed, ISO date
shares = {  # comment of the first line
    "care": 0.02,
}  # tier to its share of customers
whole = True  # all customers, or the sample
"""


@pytest.fixture
def made(tmp_path):
    """Return a lesson with the parameters above."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": ["# Not a title"]},
        {"cell_type": "markdown", "metadata": {}, "source": ["A line\n", "# Tiers: who earns?\n", "# Other"]},
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": CELL.splitlines(keepends=True)},
    ]
    path = tmp_path / "2_pyramid" / "22_made.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return Lesson(path)


def test_a_lesson_tells_its_name_place_title_and_parameters(made):
    assert (made.name, made.part, made.title) == ("22_made", "2_pyramid", "Tiers: who earns?")
    found = {name: (item.default, item.comment) for name, item in made.parameters.items()}
    names = ["case", "margin", "rate", "draws", "unit", "layer", "at", "shares", "whole"]
    assert list(found) == names
    assert found["rate"] == (-0.001, "growth a year, share [-1, 1e3]")
    assert found["layer"] == ("铂金层", "name of the layer: a # in a comment {铂金层, 黄金层}")
    assert found["shares"] == ({"care": 0.02}, "tier to its share of customers")


def test_good_values_come_back_in_their_type(made):
    given = {"margin": 1, "rate": 1000, "draws": 50, "unit": "M", "layer": "黄金层", "at": "2024-02-29"}
    given |= {"shares": {"all": 1.0}, "whole": False}
    checked = made.check(given, where="here")
    assert checked == given
    assert [type(checked[name]) for name in ("margin", "draws", "whole")] == [float, int, bool]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("magrin", 0.3, "no parameter 'magrin' in here. Did you mean 'margin'?"),
        ("margin", 30, "'margin' is 30.0, but must be from 0 to 1. It means: gross margin"),
        ("margin", "0.3", "'margin' is '0.3', but must be a number"),
        ("margin", True, "'margin' is True, but must be a number"),
        ("margin", float("nan"), "'margin' is nan, but must be from 0 to 1"),
        ("rate", 1001, "'rate' is 1001.0, but must be from -1 to 1000"),
        ("draws", 49, "'draws' is 49, but must be from 50 to 2000"),
        ("draws", 200.0, "'draws' is 200.0, but must be a whole number"),
        ("draws", True, "'draws' is True, but must be a whole number"),
        ("unit", "Y", "'unit' is 'Y', but must be one of D, W, M"),
        ("layer", "铁", "must be one of 铂金层, 黄金层"),
        ("at", "1997-09-31", "here: parameter 'at' is '1997-09-31', which is no date"),
        ("shares", [0.02], "must be a table of names and values"),
        ("whole", 1, "must be true or false"),
        ("case", None, "'case' is None, but must be text"),
    ],
)
def test_wrong_values_are_named(made, name, value, said):
    with pytest.raises(InputError, match=re.escape(said)):
        made.check({name: value}, where="here")


def test_the_course_is_found_in_its_order(tmp_path, monkeypatch):
    for name in ("2_pyramid/22_tiers", "0_start/00_start", ".ipynb_checkpoints/x-checkpoint", "loose"):
        path = tmp_path / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    monkeypatch.setattr(resources, "notebooks", lambda: tmp_path)
    assert list(lessons()) == ["00_start", "22_tiers"]
    assert lesson("22_tiers").part == "2_pyramid"
    with pytest.raises(InputError, match=r"no lesson '22_teirs'\. Did you mean '22_tiers'\?"):
        lesson("22_teirs")


@pytest.mark.parametrize(
    "about", [None, [], "RFM", {"theories": None, "tables": "orders", "customers": "many"}]
)
def test_odd_metadata_need_nothing(about, tmp_path):
    path = tmp_path / "own.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {"crmlab": about}}))
    assert Lesson(path).needs == {}
    assert (Lesson(path).theories, Lesson(path).customers) == ([], 0)
