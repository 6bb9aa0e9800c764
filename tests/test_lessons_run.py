"""Every lesson on the bundled cases: recorded results, and keys that are those of the executed notebook.

`make test` computes all results on one case, and executes a few notebooks: nbval runs all of them on the
other.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whole import some

from crmlab.course import cases, catalog, extremes, keys, plan, runner
from crmlab.course.exercises import to_key
from crmlab.course.exercises.policy import Policy
from crmlab.errors import NotForThisCase

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.xdist_group("lessons run")]

LESSONS = catalog.lessons()
EXECUTED = some(LESSONS, "22_tiers", "43_spend_and_clv")
CASES = some(cases.bundled(), "fernhill")
RUNS = [
    (name, case.name)
    for case in map(cases.load, CASES)
    for name, lesson in LESSONS.items()
    if case.suits(lesson)
]
EXPECTED = Path(__file__).parent / "expected"
# A last cell that keeps the keys in a file.
KEEP = """
import json
import pathlib
from crmlab.course.exercises import to_key
found = {name: to_key(exercise) for name, exercise in lesson.exercises.items()}
pathlib.Path(f"{lesson.case.name}-LESSON.json").write_text(json.dumps(found, allow_nan=False));
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the keys that executed notebooks hold, by case and lesson."""
    folder = tmp_path_factory.mktemp("lessons")
    paths = []
    for name in EXECUTED:
        lesson = LESSONS[name]
        cell = {"cell_type": "code", "id": "keep", "metadata": {}, "outputs": [], "execution_count": None}
        cells = [*lesson.notebook["cells"], cell | {"source": KEEP.replace("LESSON", name)}]
        paths.append(folder / f"{name}.ipynb")
        paths[-1].write_text(json.dumps(lesson.notebook | {"cells": cells}))
    runs = [
        run
        for run in plan.runs([str(path) for path in paths], CASES, {}, folder / "out")
        if (run.lesson.name, run.case) in RUNS
    ]
    for run, outcome in runner.execute(runs, 2, folder / "out"):
        if outcome and (outcome.is_unsuited or not outcome.error):
            (folder / f"{run.case}-{run.lesson.name}.done").write_text(outcome.error)
    return folder


@pytest.mark.parametrize(("name", "case"), [run for run in RUNS if run[0] in EXECUTED])
def test_the_keys_are_those_of_the_whole_notebook(name: str, case: str, executed: Path) -> None:
    ended = executed / f"{case}-{name}.done"
    assert ended.is_file(), "the lesson failed in the runner"
    if ended.read_text() == NotForThisCase.__name__:
        with pytest.raises(NotForThisCase):
            keys.compute(LESSONS[name], case)
        return
    whole = json.loads((executed / f"{case}-{name}.json").read_text())
    exercises = keys.compute(LESSONS[name], case)
    made = json.loads(json.dumps({key: to_key(each) for key, each in exercises.items()}, allow_nan=False))
    assert set(made) == set(LESSONS[name].keys) <= set(whole)
    assert list(differences(made, {key: whole[key] for key in made})) == []
    for exercise in exercises.values():
        if isinstance(exercise, Policy):  # no blind choice is right, nor one by hindsight
            for blind in blind_choices(exercise):
                assert not exercise.grade(blind).right, exercise.name


def blind_choices(exercise: Policy) -> list[list[Any]]:
    """Return nobody, the worst, the first at hand, and the best by hindsight where luck cannot find them."""
    by_worth = sorted(exercise.worth, key=lambda each: exercise.worth[each])
    blind = [[], by_worth[: exercise.most], list(exercise.worth)[: exercise.most]]
    return [*blind, exercise.answer] if len(exercise.answer) >= 10 else blind


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Yield where two values of JSON differ by more than 1e-9 of them."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        for key in one:
            yield from differences(one[key], other[key], f"{where} / {key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where} / {number}")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9):
            yield f"{where}: {one} {other}"
    elif one != other:
        yield f"{where}: {str(one)[:200]} {str(other)[:200]}"


@pytest.mark.parametrize(("name", "case"), RUNS)
def test_results_are_those_recorded(name: str, case: str) -> None:
    results = extremes.run(LESSONS[name], case, {}).recorded
    expected = json.loads((EXPECTED / f"{case}.json").read_text(encoding="utf-8"))[name]
    assert set(results) == set(expected)
    wrong = []
    for result, before in expected.items():
        now = results[result]
        same = now == before["value"]
        if isinstance(now, float):
            same = math.isclose(now, before["value"], rel_tol=before["tolerance"], abs_tol=1e-9)
        if not same:
            wrong.append(f"{result}: {now}, expected {before['value']}")
    assert not wrong, "\n".join(wrong)


def test_cases_differ() -> None:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXPECTED.glob("*.json"))]
    for name in LESSONS:
        values = [[item["value"] for item in record[name].values()] for record in found if name in record]
        assert len(values) > 1, f"{name} is recorded on one case alone"
        assert values[0] != values[1], f"{name} records the same on every case"
