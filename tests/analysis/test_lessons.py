"""Lessons on the case of an analysis: one that fails stops no other; one that is not valid is not run."""

import json
from pathlib import Path

import pytest

from crmlab.analysis import analyse, lessons
from crmlab.course import cases, catalog
from crmlab.errors import InputError

PARAMETERS = 'case = "cdnow"  # a case\nmargin = 0.5  # share of revenue [0, 1]'
WORK = """from crmlab.course import cases
orders = cases.load(case).transactions()
lesson = orders.count().to_pyarrow().as_py()
assert {}, "the orders are wrong"
lesson"""

NEEDED = {
    "11_stages": ["life cycle"],
    "22_tiers": ["pyramid"],
    "43_spend_and_clv": ["pyramid", "lifetime value"],
}


def notebook(path: Path, condition: str) -> catalog.Lesson:
    def cell(kind, source, name, **more):
        return {"cell_type": kind, "id": name, "metadata": {"tags": [name]}, "source": source, **more}

    code = {"execution_count": None, "outputs": []}
    cells = [
        cell("markdown", f"# The lesson {path.stem}", "question"),
        cell("code", PARAMETERS, "parameters", **code),
        cell("code", WORK.format(condition), "work", **code),
    ]
    about = {"crmlab": {"theories": NEEDED[path.stem], "tables": ["orders"]}}
    path.write_text(
        json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    return catalog.Lesson(path)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Three lessons: one runs, one fails, one is not valid here."""
    conditions = {"11_stages": "lesson > 30", "22_tiers": "lesson < 0", "43_spend_and_clv": "True"}
    found = {name: notebook(tmp_path / f"{name}.ipynb", condition) for name, condition in conditions.items()}
    for module in (catalog, cases):
        monkeypatch.setattr(module, "lessons", lambda: found)
    monkeypatch.setattr(lessons, "_site", lambda *_: False)
    return found


def test_lessons_run_on_the_orders(course, shop, tmp_path):
    out, said = tmp_path / "out", []
    done = analyse(shop(40), out=out, lessons=True, jobs=2, progress=said.append)
    states = {lesson.name: lesson.state for lesson in done.lessons}
    assert states == {"11_stages": "run", "22_tiers": "failed", "43_spend_and_clv": "not run"}
    ran_in = out / "lessons" / "shop"
    ran = json.loads((ran_in / "11_stages.ipynb").read_text(encoding="utf-8"))
    own = "".join(ran["cells"][2]["source"])
    assert own == "# Parameters of this run\ncase = '../../case.yaml'\nmargin = 0.3"
    assert str(tmp_path) not in (ran_in / "11_stages.ipynb").read_text(encoding="utf-8")
    assert (ran_in / "failed" / "22_tiers.ipynb").is_file()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'href="lessons/shop/11_stages.ipynb"' in page
    assert "the orders are wrong" in page
    assert [path.name for path in (out / "lessons").iterdir()] == ["shop"]
    assert "came back in the first two thirds" in page
    assert "Lesson 11_stages" in said
    assert {path.name for path in ran_in.iterdir()} == {
        "11_stages.ipynb",
        "failed",
        "results.json",
    }


def test_a_theory_that_nobody_judges_is_answered_with_the_nearest(course, shop, tmp_path):
    course["11_stages"].notebook["metadata"]["crmlab"]["theories"] = ["life cycles"]
    said = r"no theory 'life cycles' in the metadata of the lesson 11_stages\. Did you mean 'life cycle'"
    with pytest.raises(InputError, match=said):
        analyse(shop(40), out=tmp_path / "out", lessons=True)
