"""Which lessons are run, and what makes a run stale: what it depends on, and nothing else."""

import ast
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import crmlab
from crmlab import resources
from crmlab.cli import app
from crmlab.course import catalog, plan, workspace
from crmlab.course.grading import check

PACKAGE = Path(crmlab.__file__).parent
CASE = """\
name: tea
title: Tea
story: We sell tea.
data: {kind: file, path: orders.csv, tables: {attributes: people.csv}}
currency: EUR
unit: W
calibration: 2024-02-01
end: 2024-06-30
lessons: {22_tiers: {margin: 0.4}, 31_rfm: {}}
"""


@pytest.fixture
def prints(tmp_path):
    """Return a function that writes files and returns the fingerprints of two lessons."""

    def prints(**files):
        for name, text in files.items():
            place = tmp_path / {"case": "tea.yaml", "orders": "orders.csv", "people": "people.csv"}[name]
            place.write_text(text, encoding="utf-8")
        runs = plan.runs(["22_tiers", "31_rfm"], [str(tmp_path / "tea.yaml")], {}, tmp_path / "build")
        return [run.fingerprint for run in runs]

    prints(case=CASE, orders="customer_id,date,amount\nann,2024-01-05,3\n", people="customer_id\nann\n")
    return prints


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        ({"case": CASE.replace("margin: 0.4", "margin: 0.5")}, [True, False]),
        ({"case": CASE.replace("sell tea", "sell green tea")}, [True, True]),
        ({"case": "# a remark\n" + CASE}, [False, False]),
        ({"orders": "customer_id,date,amount\nann,2024-01-05,4\n"}, [True, True]),
        ({"people": "customer_id\nben\n"}, [True, True]),
    ],
)
def test_a_change_makes_those_runs_stale_that_depend_on_it(prints, change, stale):
    before = prints()
    assert [first != now for first, now in zip(before, prints(**change), strict=True)] == stale


def test_python_may_cache_the_makers_of_data(tmp_path, monkeypatch):
    """Whoever runs data/cdnow/make.py leaves its bytecode there, and no lesson is stale for it."""
    place = shutil.copytree(resources.data(), tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(resources, "data", lambda: place)
    before = plan.surroundings()
    (place / "cdnow" / "__pycache__").mkdir()
    (place / "cdnow" / "__pycache__" / "make.cpython-311.pyc").write_bytes(b"cached")
    assert plan.surroundings() == before
    (place / "cdnow" / "more.csv").write_text("customer_id\n")
    assert plan.surroundings() != before


def test_what_is_left_out_of_the_fingerprint_no_lesson_can_reach():
    """Nothing that counts imports what does not, not even inside a function; nor does a lesson."""
    outside = {f"crmlab.{place.replace('/', '.')}" for place in plan.OUTSIDE}
    files = [path for path in PACKAGE.rglob("*.py") if not plan.is_outside(path.relative_to(PACKAGE))]
    assert PACKAGE / "datasets.py" in files
    assert PACKAGE / "cli" / "app.py" not in files
    runners = {PACKAGE / "course" / name for name in ("plan.py", "runner.py")}
    sources = {path: path.read_text(encoding="utf-8") for path in {*files} - runners}
    for lesson in catalog.lessons().values():
        cells = (cell for cell in lesson.notebook["cells"] if cell["cell_type"] == "code")
        sources[lesson.path] = "\n".join("".join(cell["source"]) for cell in cells)
    for path, source in sources.items():
        for name in _imported(ast.parse(source)):
            reached = [place for place in outside if f"{name}.".startswith(f"{place}.")]
            assert not reached, f"{path} imports {name}: change OUTSIDE in crmlab/course/plan.py, or that"


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{item.name}" for item in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "crm":
            yield f"crmlab.{node.attr}"


def test_within_a_workspace_its_own_lessons_are_run_and_listed(tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    workspace.start(mine)
    (mine / "3_segments" / "31_rfm.ipynb").unlink()
    monkeypatch.chdir(mine / "2_pyramid")
    (tiers, rfm) = plan.runs(["22_tiers", "31_rfm"], ["cdnow"], {}, Path("build"))
    assert tiers.lesson.path == mine / "2_pyramid" / "22_tiers.ipynb"
    assert rfm.lesson.path == catalog.lesson("31_rfm").path
    assert [*plan.course()] == [*catalog.lessons()]
    listed = CliRunner().invoke(app, ["list"])
    assert listed.stdout.startswith(f"Lessons are those of your workspace, {mine}.\n")
    monkeypatch.chdir(tmp_path)
    assert plan.course()["22_tiers"].path == catalog.lesson("22_tiers").path


def test_a_lesson_that_was_handed_out_runs_on_the_data_beside_it(tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    for name in ("22_tiers", "31_rfm"):
        (mine / name).mkdir(parents=True)
        text = catalog.lesson(name).path.read_text(encoding="utf-8")
        assert 'case = \\"cdnow\\"' in text
        text = text.replace('case = \\"cdnow\\"', 'case = \\"case.yaml\\"')
        (mine / name / f"{name}.ipynb").write_text(text, encoding="utf-8")
        (mine / name / "case.yaml").write_text(CASE.replace("sell tea", f"sell tea for {name}"))
        (mine / name / "orders.csv").write_text("customer_id,date,amount\nann,2024-01-05,3\n")
    (mine / "workspace.json").write_text('{"workspace": "k3v9", "lessons": {}}')
    monkeypatch.chdir(mine / "31_rfm")
    assert [*plan.course()] == ["22_tiers", "31_rfm"]
    runs = plan.runs([], [], {}, Path("build"))
    assert [(run.lesson.name, run.business.file) for run in runs] == [
        (name, mine / name / "case.yaml") for name in ("22_tiers", "31_rfm")
    ]
    assert runs[0].parameters["margin"] == 0.4
    (run,) = plan.runs(["22_tiers"], ["cdnow"], {}, Path("build"))
    assert (run.lesson.path, run.case) == (mine / "22_tiers" / "22_tiers.ipynb", "cdnow")
    assert check.find("22_tiers", Path.cwd()) == run.lesson.path
