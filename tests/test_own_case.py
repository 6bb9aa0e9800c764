"""Every lesson ends well on orders of the reader's own, however few they are: done, or not for this case."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import crmlab as crm
from crmlab.course.catalog import lessons
from crmlab.course.plan import UNSUITED

CUSTOMERS = {"shop": 300, "kiosk": 12}
NEED_MORE: set[str] = set()  # lessons that ask for more than a shop's 300 customers, and say so

# What a sentence must not hold: no number where one is due, a wrong plural, minus nothing.
BAD = re.compile(
    r"\bnan\b|\binf\b"
    r"|(?<![\d.,])1 (?:customers|people|days|weeks|months|orders|purchases|pieces|calls|offers)\b"
    r"|(?<![\w.,)])-0(?:\.0+)?(?![.,]?\d)"
)


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


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of all runs, and what the command line said of them."""
    folder = tmp_path_factory.mktemp("own")
    cases = [part for name in CUSTOMERS for part in ("--case", write(folder, name))]
    command = [sys.executable, "-m", "crmlab", "run", *cases, "--no-site", "--out", str(folder / "build")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return folder / "build", done.stdout + done.stderr


def outputs(notebook: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every output of a notebook with its cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell, output) for cell in cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", lessons())
@pytest.mark.parametrize("case", CUSTOMERS)
def test_ends_well(case: str, name: str, build: tuple[Path, str]) -> None:
    folder, said = build
    results = json.loads((folder / case / "results.json").read_text(encoding="utf-8"))
    why_not = [part for part in said.split("\n\n") if part.startswith(f"{name} on {case} failed")]
    assert name in results, why_not or said
    if UNSUITED in results[name]:
        why = results[name][UNSUITED]["value"]
        assert case == "kiosk" or name in NEED_MORE, why
        assert re.fullmatch(r"[A-Z].*\d.*[.!]", why), "one sentence that says in numbers what the case lacks"
        return
    values = [item["value"] for item in results[name].values()]
    assert len(values) >= 5
    assert all(math.isfinite(value) for value in values if not isinstance(value, str))
    for cell, output in outputs(folder / case / f"{name}.ipynb"):
        assert output["output_type"] in {"execute_result", "display_data"}, cell["id"]
        text = "".join(output["data"].get("text/plain", ""))
        if "nbval-check-output" in cell["metadata"].get("tags", []):
            assert not (found := BAD.search(text)), f"{cell['id']}: '{found[0]}' in {text}"
        if cell["id"].endswith("-solution"):
            assert re.search(": (right|valid)[.,]", text) or "image/png" in output["data"], cell["id"]
