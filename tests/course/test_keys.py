"""Keys are what a lesson's cells compute, run whole and in order."""

import json
from typing import Any

import pytest

from crmlab.course import catalog, keys
from crmlab.errors import CrmlabError, InputError, NotForThisCase

LOAD = """from crmlab.course import Lesson
import pandas as pd
lesson = Lesson(case)
frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})"""


@pytest.fixture
def made(tmp_path):
    """Return a function that makes a lesson of some code, with one exercise, and of cells after it."""

    def make(code: str, answer: str, *after: tuple[str, str]) -> catalog.Lesson:
        key = f'asked = lesson.exercise("asked", answer={answer}, misconceptions={{"you forgot": 17.25}})'
        cells = [('case = "cdnow"  # a case\nscale = 1.0  # a factor [0, 9]', "parameters"), (LOAD, "load")]
        cells += [(code, "work"), (key, "key"), ("asked.check(...)", "answer"), *after]
        path = tmp_path / "11_made.ipynb"
        notebook = [
            {"cell_type": "code", "id": f"cell-{number}", "metadata": {"tags": [tag]}, "source": text}
            for number, (text, tag) in enumerate(cells)
        ]
        path.write_text(json.dumps({"cells": notebook}))
        return catalog.Lesson(path)

    return make


def answer(lesson: catalog.Lesson, **parameters: Any) -> float:
    return keys.compute(lesson, "cdnow", parameters)["asked"].answer


@pytest.mark.parametrize(
    ("code", "expression", "right"),
    [
        ('frame["x"] /= 2', 'frame["x"].sum()', 3),
        ("same = frame\nsame.insert(0, 'w', 5)", 'frame["w"].sum()', 15),
        ("import numpy as np\nnp.add.at(values := np.zeros(3), [0, 0], 1)", "values[0]", 2),
        ("import heapq\nheap = [3, 5]\nheapq.heappush(heap, 1)", "heap[0]", 1),
        ("def grow(into):\n    into['x'] += 1\ngrow(frame)", 'frame["x"].sum()', 9),
        (
            "import numpy as np\nrng = np.random.default_rng(1)\nrng.normal()",
            "rng.normal()",
            0.8216181435011584,
        ),
        ("with_scale = scale * 4", "with_scale", 4),
        ("class Box:\n    inside = 3", "Box.inside", 3),
    ],
)
def test_an_answer_is_what_the_cells_compute(made, code, expression, right):
    assert answer(made(code, expression)) == right


def test_what_is_printed_or_warned_of_is_silent_and_pictures_are_closed(made, capsys):
    import matplotlib.pyplot as plt

    code = "import warnings\nprint('seen')\nwarnings.warn('seen')\n"
    code += "import matplotlib.pyplot as plt\nax = plt.subplots()[1]\nax.plot([1, 5])"
    before = plt.get_fignums()
    assert answer(made(code, "ax.get_ylim()[1]")) > 5
    assert plt.get_fignums() == before == []
    assert "seen" not in "".join(capsys.readouterr())


def test_solutions_and_cells_that_no_key_depends_on_are_left_out(made):
    assert answer(made("", "4.0", ("broken = 1 / 0", "solution"), ("1 / 0", "keyless"))) == 4
    with pytest.raises(CrmlabError, match=r"its cell 'cell-5' fails: ZeroDivisionError"):
        answer(made("", "4.0", ("broken = 1 / 0", "")))


@pytest.mark.parametrize(
    ("code", "line"), [("%time 1", 1), ("x = 1\n!ls", 2), ("%%bash\nls", 1), ("x = (", 1)]
)
def test_magics_and_what_is_no_python_are_refused(made, code, line):
    with pytest.raises(
        InputError, match=rf"cell 'cell-2' is no plain Python at its line {line}: .*no magics"
    ):
        answer(made(code, "1.0"))


def test_what_ends_the_lesson_ends_its_keys(made):
    with pytest.raises(NotForThisCase, match=r"At least 9; here 3\."):
        answer(made("lesson.needs(len(frame) > 9, f'At least 9; here {len(frame)}.')", "1.0"))
    guard = "from crmlab.errors import InputError\nif len(frame) < 9:\n    raise InputError('Too few.')"
    with pytest.raises(InputError, match=r"^Too few\.$"):
        answer(made(guard, "1.0"))
    with pytest.raises(
        CrmlabError, match=r"keys of 11_made cannot be computed on the case cdnow.*ZeroDivision"
    ):
        answer(made("a = 1 / 0", "a"))


def test_parameters_are_the_lessons_the_cases_and_those_given(made):
    tiers = catalog.lesson("22_tiers")
    assert keys.values(tiers, "fernhill", {"margin": 0.5}) == {
        "case": "fernhill", "margin": 0.5, "order_cost": 3.0, "account_cost": 4.0, "top": 0.2, "draws": 200
    }  # fmt: skip
    assert answer(made("", "scale"), scale=3.0) == 3
    with pytest.raises(InputError, match=r"'scale' is 10\.0, but must be from 0 to 9"):
        answer(made("", "scale"), scale=10.0)
