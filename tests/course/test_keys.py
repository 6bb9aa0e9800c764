"""Keys computed from a slice of a notebook are those that the whole notebook gives."""

import ast
import json

import pytest

from crmlab.course import catalog, keys
from crmlab.course.lesson import Lesson
from crmlab.course.normalise import joined
from crmlab.errors import CrmlabError, InputError, NotForThisCase

LOAD = """from crmlab.course import Lesson
import numpy as np
import pandas as pd
lesson = Lesson(case)
frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})"""


@pytest.fixture
def made(tmp_path):
    """Return a function that makes a lesson of some code and the answer of its key."""

    def make(code: str, answer: str) -> catalog.Lesson:
        key = f'asked = lesson.exercise("asked", answer={answer}, misconceptions={{"you forgot": 17.25}})'
        cells = [('case = "cdnow"  # a case\nscale = 1.0  # a factor [0, 9]', "parameters"), (LOAD, "load")]
        cells += [(code, "work"), (key, "key"), ("asked.check(...)", "answer"), ("broken = 1 / 0", "after")]
        path = tmp_path / "11_made.ipynb"
        notebook = [{"cell_type": "code", "metadata": {"tags": [tag]}, "source": text} for text, tag in cells]
        path.write_text(json.dumps({"cells": notebook}))
        return catalog.Lesson(path)

    return make


def source(lesson: catalog.Lesson) -> str:
    return "\n".join(ast.unparse(statement) for statement in keys.needed(lesson))


@pytest.mark.parametrize(
    ("code", "answer", "right"),
    [
        ('frame["y"] = frame["x"] * 2', 'frame["y"].sum()', 12),
        ('frame["x"] /= 2', 'frame["x"].sum()', 3),
        ('frame.loc[0, "x"] = 9', 'frame["x"].sum()', 14),
        ("frame.columns = ['z']", 'frame["z"].sum()', 6),
        ("frame.insert(0, 'w', 5)", 'frame["w"].sum()', 15),
        ("low = [3, 1]\nlow.sort()", "low[0]", 1),
        ("found = []\nfor x in frame['x']:\n    found.append(x * 3)", "sum(found)", 18),
        ("a = 1\nif scale == 1:\n    a = 2", "a", 2),
        ("a = 1\na += 4", "a", 5),
        ("a = 1\nb = a\na = 7", "b + a", 8),
        ("a, b = 1, 2\na, b = b, a", "10 * a + b", 21),
        ("(a, b), *c = (1, 2), 3, 4", "a + b + sum(c)", 10),
        ("a = b = 4", "a + b", 8),
        ("same = frame\nsame['x'] = 1.0", 'frame["x"].sum()', 3),
        ("same = {'f': [frame, 1]}\nsame['f'][0]['x'] = 1.0", 'same["f"][0]["x"].sum()', 3),
        ("part = [frame, frame]\nfirst = part[0]\nfirst['x'] = 1.0", 'frame["x"].sum()', 3),
        ("values = frame['x'].to_numpy().copy()\nhead = values[:2]\nhead[0] = 100", "values.sum()", 105),
        ("rng = np.random.default_rng(1)\nthrown = rng.normal()", "rng.normal()", 0.8216181435011584),
        ("rng = np.random.default_rng(1)\nlesson.say(f'{rng.normal()}')", "rng.normal()", 0.8216181435011584),
        (
            "rng = np.random.default_rng(1)\nlazy = (rng.normal() for _ in range(1))\nlist(lazy)",
            "rng.normal()",
            0.8216181435011584,
        ),
        ("many = iter([1, 2, 3])\nfirst = next(many)", "next(many)", 2),
        ("many = (x for x in [1, 2, 3])\nfirst = sum(many)", "sum(many) + 5", 5),
        ("x = 5\nsquares = [x * x for x in [1, 2]]\nf = lambda x: x", "x + f(1)", 6),
        ("box = {'a': 1}\nother = box.setdefault('b', 2)", "sum(box.values())", 3),
        (
            "from sklearn.cluster import KMeans\nk = KMeans(1, n_init=1)\nfitted = k.fit(frame)",
            "k.cluster_centers_[0, 0]",
            2,
        ),
        ("if (n := len(frame)) > 2:\n    pass", "n", 3),
        ("with np.errstate(all='ignore'):\n    a = 3", "a", 3),
        ("with_scale = scale * 4", "with_scale", 4),
    ],
)
def test_what_changes_a_name_is_kept(made, code, answer, right):
    lesson = made(code, answer)
    assert keys.compute(lesson, "cdnow")["asked"].answer == right


def test_pictures_sentences_and_what_is_not_needed_are_left_out(made):
    code = """
import matplotlib.pyplot as plt
ax = plt.subplots()[1]
ax.set_title("T")
wide = 1 / 0
wide = frame["x"].sum()
one = 1 / 0
narrow, other = wide + sum(one for one in [1]), 1 / 0
lesson.say(f"{1 / 0}")
lesson.record("x", 1 / 0)
frame["unused"] = 1
early, wide = (each for each in (1, wide))
lesson.say(f"{wide / 0}")
late = frame.copy()
late["x"] = 1 / 0
lesson.results()
"""
    lesson = made(code, "narrow")
    assert keys.compute(lesson, "cdnow")["asked"].answer == 7
    kept = source(lesson)
    assert "narrow = wide + sum" in kept
    assert not [
        word for word in ("plt", "say", "record", "other", "late", "results", "broken") if word in kept
    ]


def test_a_picture_whose_table_is_needed_is_drawn_and_closed(made):
    import matplotlib.pyplot as plt

    lesson = made(
        "import matplotlib.pyplot as plt\nax = plt.subplots()[1]\nax.plot([1, 5])", "ax.get_ylim()[1]"
    )
    before = plt.get_fignums()
    assert keys.compute(lesson, "cdnow")["asked"].answer > 5
    assert plt.get_fignums() == before == []


def test_what_ends_the_lesson_ends_its_keys(made):
    with pytest.raises(NotForThisCase, match=r"At least 9; here 3\."):
        keys.compute(made("lesson.needs(len(frame) > 9, f'At least 9; here {len(frame)}.')", "1.0"), "cdnow")
    guard = "from crmlab.errors import InputError\nif len(frame) < 9:\n    raise InputError('Too few.')"
    with pytest.raises(InputError, match=r"^Too few\.$"):
        keys.compute(made(guard, "1.0"), "cdnow")
    with pytest.raises(
        CrmlabError, match="keys of 11_made cannot be computed on the case cdnow: ZeroDivision"
    ):
        keys.compute(made("a = 1 / 0", "a"), "cdnow")


def test_parameters_are_the_lessons_the_cases_and_those_given(made):
    tiers = catalog.lesson("22_tiers")
    assert keys.values(tiers, "fernhill", {"margin": 0.5}) == {
        "case": "fernhill", "margin": 0.5, "order_cost": 3.0, "account_cost": 4.0, "top": 0.2, "draws": 200
    }  # fmt: skip
    assert keys.compute(made("", "scale"), "cdnow", {"scale": 3.0})["asked"].answer == 3
    with pytest.raises(InputError, match=r"'scale' is 10\.0, but must be from 0 to 9"):
        keys.compute(made("", "scale"), "cdnow", {"scale": 10.0})


@pytest.mark.parametrize(("name", "case"), [("22_tiers", "fernhill"), ("41_buy_till_you_die", "cdnow")])
def test_the_keys_are_those_of_the_whole_notebook(name, case):
    lesson = catalog.lesson(name)
    made = keys.compute(lesson, case)
    whole = {"__name__": "whole"} | keys.values(lesson, case)
    for cell in lesson.notebook["cells"]:
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
            exec(compile(joined(cell["source"]), cell["id"], "exec"), whole)
    expected = next(item for item in whole.values() if isinstance(item, Lesson)).exercises
    assert len(made) >= 3
    for key, exercise in made.items():
        assert (exercise.answer, exercise.misconceptions) == (
            expected[key].answer,
            expected[key].misconceptions,
        )
        assert exercise.claims == expected[key].claims
    import matplotlib.pyplot as plt

    plt.close("all")
