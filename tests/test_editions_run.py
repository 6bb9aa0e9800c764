"""A student's edition of every lesson runs in a kernel on a student's own data, and replies as its key says.

Each lesson is executed once from top to bottom, and its exercises once more with another parameter.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from answers import by_column, good_policy
from nbclient import NotebookClient
from whole import some

from crmlab.course import cases, handout, keys
from crmlab.course.catalog import Lesson, lessons
from crmlab.course.editions import leaks, student
from crmlab.course.exercises import ANSWER_MIME, Exercise, to_key
from crmlab.course.exercises.policy import Policy
from crmlab.course.terms import individual

CUSTOMERS, SEED, WORKSPACE = 400, 5, "k3v9-2mqd-7xwa"
SIMULATED = [case for case in map(cases.load, cases.bundled()) if case.data.kind == "simulated"]
SIMULATED.sort(key=lambda case: case.name != "fernhill")
CHANGED: dict[str, dict[str, Any]] = {
    "00_start": {"lately": 40},
    "01_value_chain": {"order_cost": 10.0},
    "02_orders": {"returns": 0.08},
    "03_base_audit": {"margin": 0.2, "cohort": "M"},
    "11_stages": {"patience": 2.5},
    "12_two_lifecycles": {"within": 200},
    "13_retention": {"discount_rate": 0.3},
    "14_exit_barriers": {"window": 180},
    "15_early_warning": {"accepts": 0.5},
    "16_recovery": {"value": 40.0},
    "17_word_of_mouth": {"margin": 0.4},
    "18_claims": {"ratio": 12.0},
    "19_moves": {"patience": 2.5},
    "22_tiers": {"order_cost": 1.5},
    "31_rfm": {"bins": 4},
    "41_buy_till_you_die": {"silence": 90},
    "42_bgnbd": {},  # none of its parameters changes a key
    "43_spend_and_clv": {"horizon": 12, "margin": 0.4},
    "44_model_race": {"silence": 60},
    "45_contractual": {"discount_rate": 0.3},
}
HELPER = """
from matplotlib.figure import Figure
def picture_of(lines, apart=False):
    ax = Figure().subplots()
    ax.set(title="T", xlabel="X", ylabel="Y")
    for line in lines.values():
        (ax.twinx() if apart else ax).plot([float(x) for x in line], list(line.values()))
    return ax"""
SENTENCE = "Try both, for a test by lot tells most."

pytestmark = [
    pytest.mark.slow,
    pytest.mark.whole,
    # The package lifetimes, which 42_bgnbd compares with, sets it.
    pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option:DeprecationWarning"),
]


class Try(NamedTuple):
    """An answer as code, the state that it must get, and words that the reply must have."""

    exercise: str
    code: str
    state: str
    words: str


def columns_of(exercise: Exercise, value: Any) -> dict[str, dict[str, Any]]:
    """Return the columns of a table that a key holds, or the lines of a picture."""
    columns = to_key(exercise)["columns"]
    return by_column(value, columns) if columns else {"": value}


def code_of(exercise: Exercise, value: Any) -> str:
    """Return, as code, an answer that a key holds."""
    if exercise.word == "plot":
        return f"picture_of({columns_of(exercise, value)!r})"
    if exercise.word == "table" and to_key(exercise)["columns"]:
        return f"pd.DataFrame({columns_of(exercise, value)!r})"
    return repr(value)


def turned_pictures(exercise: Exercise, value: Any) -> list[str]:
    """Return, as code, a picture with its lines in the other order, and with an axis for each of them."""
    lines = columns_of(exercise, value)
    turned = dict(reversed(lines.items()))
    return [f"picture_of({turned!r})", f"picture_of({lines!r}, apart=True)"]


def stored(exercise: Exercise, value: Any) -> Any:
    """Return an answer that a key holds as a record keeps it."""
    if exercise.word != "plot":
        return value
    return {"series": list(columns_of(exercise, value).values()), "labels": ["title", "x", "y"]}


def unscored(exercise: Exercise) -> bool:
    """Whether it asks for a policy whose worth only the truth knows, which no student has."""
    return isinstance(exercise, Policy) and not exercise.scored


def right_answer(exercise: Exercise) -> Any:
    """Return an answer that is right, or will do."""
    key = to_key(exercise)
    if exercise.word == "explanation":
        return SENTENCE
    if unscored(exercise):
        return key["among"][:1]
    return good_policy(exercise) if exercise.word == "policy" else key["answer"]


def tries(exercise: Exercise) -> Iterator[Try]:
    """Yield answers of all kinds to an exercise: right, misunderstood, empty, and not to be read."""
    name, key = exercise.name, to_key(exercise)
    state = "recorded" if exercise.word == "explanation" or unscored(exercise) else "right"
    yield Try(name, code_of(exercise, right_answer(exercise)), state, state)
    if exercise.word == "plot":  # whatever the order of its lines, and on two axes
        for turned in turned_pictures(exercise, key["answer"]):
            yield Try(name, turned, state, state)
    for words, value in key.get("misconceptions", {}).items():
        if value != [] and not unscored(exercise):
            judged = exercise.grade(stored(exercise, value))
            assert judged.known, (name, words)
            assert not judged.right, (name, words)
            yield Try(name, code_of(exercise, value), "not yet", judged.words)
            if exercise.word == "plot":
                yield from (
                    Try(name, turned, "not yet", words) for turned in turned_pictures(exercise, value)
                )
    for option, reason in key.get("options", []):
        if option != key["answer"]:
            yield Try(name, repr(option), "not yet", reason)
    yield Try(name, "...", "", "no answer yet")
    yield Try(name, "object()", "unreadable", "not yet. ")
    yield Try(name, "None", "unreadable", "not yet. ")


def cell(name: str, source: str) -> Any:
    return nbformat.v4.new_code_cell(source, id=name)


class Work:
    """A student's notebook, with cells that try answers and what each of them must be replied."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.cells = [cell("helper", HELPER)]
        self.tries: dict[str, Try] = {}

    def add(self, notebook: dict[str, Any], given: dict[str, list[Try]], prefix: str, *, whole: bool) -> None:
        """Add the cells of an edition, and after each exercise's cell for an answer those that try some."""
        variables = {key.variable: name for name, key in self.lesson.keys.items()}
        for each in notebook["cells"]:
            if each["cell_type"] != "code" or not (
                whole or "keyless" not in each["metadata"].get("tags", [])
            ):
                continue
            self.cells.append(nbformat.from_dict(each | {"id": f"{prefix}-{each['id']}"}))
            variable, _, call = each["source"].splitlines()[-1].partition(".check(")
            if call != "...)" or variable not in variables:
                continue
            for number, tried in enumerate(given[variables[variable]]):
                place = f"{prefix}-{each['id']}-{number}"
                self.tries[place] = tried
                self.cells.append(cell(place, f"{variable}.check({tried.code})"))


@pytest.fixture(params=some(lessons(), "00_start", "22_tiers"))
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return lessons()[request.param]


def test_it_runs_and_replies_as_its_key_says(lesson: Lesson, tmp_path: Path) -> None:
    template = next(case for case in SIMULATED if case.suits(lesson))
    mine = individual.draw(template, lesson.name, SEED, customers=max(CUSTOMERS, lesson.customers))
    case = str(mine.write(tmp_path, lesson.name))
    (tmp_path / handout.FILE).write_text(handout.dumped(WORKSPACE, "2027-spring"))
    values, about = {**mine.parameters, "case": individual.CASE_FILE}, {"workspace": WORKSPACE}
    opened = keys.compute(lesson, case)
    assert set(opened) == set(lesson.keys)

    notebook = student(lesson, values, about)
    assert leaks(notebook, lesson.notebook) == []
    work = Work(lesson)
    work.add(notebook, {name: list(tries(exercise)) for name, exercise in opened.items()}, "1", whole=True)

    if changed := CHANGED[lesson.name]:  # the replies follow
        moved = keys.compute(lesson, case, changed)
        assert any(to_key(moved[name]) != to_key(opened[name]) for name in opened)
        again = student(lesson, values | changed, about)
        work.add(
            again, {name: list(tries(exercise))[:1] for name, exercise in moved.items()}, "2", whole=False
        )

    recorder = student(lesson, values, about, recorded=opened)
    silent = {
        name: [
            Try(name, code_of(exercise, right_answer(exercise)), "recorded", f"**{name}**: recorded."),
            Try(name, "...", "", "no answer yet"),
            Try(name, "object()", "unreadable", "not yet. "),
        ]
        for name, exercise in opened.items()
    }
    asked = [each for each in recorder["cells"] if "lesson.ask(" in each["source"]]
    answers = [each for each in recorder["cells"] if each["source"].endswith(".check(...)")]
    work.add({"cells": [*asked, *answers]}, silent, "3", whole=True)

    executed = nbformat.v4.new_notebook(cells=work.cells)
    NotebookClient(executed, resources={"metadata": {"path": str(tmp_path)}}, timeout=120).execute()
    assert {each.exercise for each in work.tries.values()} == set(opened)
    for each in executed["cells"]:
        for output in each["outputs"]:
            assert output["output_type"] in ("execute_result", "display_data"), output
        if tried := work.tries.get(each["id"]):
            shown = each["outputs"][-1]["data"]
            kept = shown.get(ANSWER_MIME, {"state": "", "workspace": WORKSPACE})
            assert kept["state"] == tried.state, (tried, shown["text/plain"])
            assert kept["workspace"] == WORKSPACE
            assert " ".join(tried.words.split()) in " ".join(shown["text/plain"].split()), tried
            asked_ = opened[tried.exercise]
            if tried.state == "recorded" and tried.exercise != "your decision" and not unscored(asked_):
                given = json.loads(json.dumps(kept["given"]))
                assert asked_.grade(given).right
