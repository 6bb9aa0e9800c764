"""Whatever legal values a lesson is given, and whatever orders: it ends, and says nothing that is no English.

`make test` tries one set of each lesson. `make test-whole` tries all parameters together at their lower and
at their upper ends on all bundled cases, and each end of each range on one of the cases, in turn: `crmlab
extremes` has all of them on all cases, for whoever writes a lesson.
"""

import math
import re
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from whole import WHOLE

import crmlab as crm
from crmlab.course import cases, catalog, extremes

pytestmark = [pytest.mark.slow, pytest.mark.whole]

LESSONS = catalog.lessons()
# Sets that readers found to make sentences false: by lesson and case.
HOSTILE = yaml.safe_load((Path(__file__).parent / "extremes.yaml").read_text(encoding="utf-8"))
CUSTOMERS = {"shop": 300, "kiosk": 12}


def tries() -> list[Any]:
    """Return lessons with a case and parameters; of each lesson one where a sample is asked for."""
    found = []
    known = [cases.load(name) for name in cases.bundled()]
    for number, (name, lesson) in enumerate(LESSONS.items()):
        ends = list(extremes.sets(lesson).values())
        on = [case.name for case in known if case.suits(lesson)]
        made = [(case, values) for case, values in product(on, ends[:2])]
        made += list(zip(cycle(on[number % len(on) :] + on[: number % len(on)]), ends[2:], strict=False))
        made += [(each.pop("case"), each) for each in map(dict, HOSTILE.get(name, []))]
        if not WHOLE:
            made = [made[7 * number % len(made)]]
        found += [pytest.param(name, *each, id=f"{name}-{each[0]}-{each[1]}") for each in made]
    return found


def said_well(name: str, case: str, values: dict[str, Any]) -> extremes.Said:
    said = extremes.run(LESSONS[name], case, values)
    assert list(extremes.faults(said)) == []
    return said


@pytest.mark.parametrize(("name", "case", "values"), tries())
def test_extremes(name: str, case: str, values: dict[str, Any]) -> None:
    said_well(name, case, values)


def write(folder: Path, name: str) -> str:
    """Write a case of fourteen months of orders; return the path of its file."""
    made = crm.simulate.business(CUSTOMERS[name], "2023-11-01", "2024-12-31", seed=4, arrivals=0.7)
    orders = made.transactions.groupby(["order_id", "customer_id", "date"], as_index=False)["amount"].sum()
    orders.to_csv(folder / f"{name}.csv", index=False)
    file = folder / f"{name}.yaml"
    file.write_text(
        f"name: {name}\ntitle: A {name}\nstory: We sell tea, and wonder who will be back.\n"
        f"data: {{kind: file, path: {name}.csv}}\n"
        "currency: EUR\nunit: W\ncalibration: 2024-06-30\nend: 2024-12-31\n"
    )
    return str(file)


@pytest.mark.parametrize("name", [name for name, each in LESSONS.items() if {*each.tables} <= {"orders"}])
@pytest.mark.parametrize("case", CUSTOMERS)
def test_a_readers_own_orders_however_few(case: str, name: str, tmp_path: Path) -> None:
    said = said_well(name, write(tmp_path, case), {})
    if said.refused:
        assert case == "kiosk", said.refused
        assert re.fullmatch(r"[A-Z].*\d.*[.!]", said.refused), "it says in numbers what the case lacks"
        return
    assert len(said.recorded) >= 5
    assert all(math.isfinite(value) for value in said.recorded.values() if not isinstance(value, str))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("They were silent for more than 1 days.", "one of many: 1 days"),
        ("It brings 0% of the profit.", "a share of nothing"),
        ("It is worth up to 0, no more.", "worth nothing"),
        ("It earns -0 a week.", "minus nothing"),
        ("It earns nan a week.", "no number"),
        ("It earns between 0 and 0, in 19 cases of 20.", "an interval without width"),
        ("It rose from 31% to 31%.", "a change from a number to itself"),
        ("What fails: . Keep it in mind.", "an empty list"),
        ("Write to  the best.", "two spaces"),
        ("recency rule ends below.", "a sentence without its capital"),
        ("An axis of 1e-17 euros.", "a digit for machines"),
    ],
)
def test_what_is_no_english_is_found(text: str, fault: str) -> None:
    (found, *more) = extremes.faults(extremes.Said([text]))
    assert found.startswith(fault)
    assert not more


def test_what_is_english_passes() -> None:
    texts = [
        "1 of the 30 customers came; it rose from 31% to 32%, in 1998, by 10% of it.",
        "In week 1 is a peak: 0.5% of the base, between 3 and 30 customers, -0.5 a week.",
        "e.g. a tenth",
    ]
    assert list(extremes.faults(extremes.Said(texts[:2]))) == []
    late = extremes.Said(seconds=61.0, contradictions=[("a", "b")], not_right=["**x**: not yet."])
    assert [each.partition(":")[0] for each in extremes.faults(late)] == [
        "a contradiction", "its own solution", "it took 61 s"
    ]  # fmt: skip
