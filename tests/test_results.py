"""Every lesson runs on both bundled cases and gives the results that were recorded."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmlab.course import cases
from crmlab.course.catalog import lessons

EXPECTED = Path(__file__).parent / "expected"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("build")
    command = [sys.executable, "-m", "crmlab", "run", "--no-site", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {case: json.loads((out / case / "results.json").read_text()) for case in cases.bundled()}


@pytest.mark.parametrize("case", cases.bundled())
def test_results_are_those_recorded(case: str, results: dict[str, Any]) -> None:
    expected = json.loads((EXPECTED / f"{case}.json").read_text(encoding="utf-8"))
    assert set(results[case]) == set(expected) == set(lessons())
    wrong = []
    for name, record in expected.items():
        assert set(results[case][name]) == set(record), name
        for result, before in record.items():
            now = results[case][name][result]["value"]
            same = now == before["value"]
            if isinstance(now, float):
                same = math.isclose(now, before["value"], rel_tol=before["tolerance"], abs_tol=1e-9)
            if not same:
                wrong.append(f"{name}, {result}: {now}, expected {before['value']}")
    assert not wrong, "\n".join(wrong)


def test_cases_differ(results: dict[str, Any]) -> None:
    for name in lessons():
        first, second = (
            {key: item["value"] for key, item in results[case][name].items()} for case in cases.bundled()
        )
        assert first != second, f"{name} records the same on every case"
