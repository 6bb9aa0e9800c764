"""What lets others carry on: one version, a changelog, workflows and hooks that call what there is."""

import re
import shlex
import tomllib
from datetime import date
from pathlib import Path

import pytest
import typer
import yaml

import crmlab
from crmlab.cli import app

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
OURS = [
    *WORKFLOWS,
    *FORMS,
    *ROOT.glob(".github/*.yml"),
    ROOT / ".pre-commit-config.yaml",
    ROOT / "SECURITY.md",
]
TOOLS = {"python", "make", "crmlab", "ruff", "mypy", "pytest"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def content(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path):
    return content(path)["jobs"].values()


def commands():
    """Return every command of the workflows and hooks, in words."""
    steps = [step for path in WORKFLOWS for job in jobs(path) for step in job["steps"]]
    hooks = [hook for repo in content(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    lines = [step["run"] for step in steps if "run" in step] + [hook["entry"] for hook in hooks]
    return [shlex.split(line) for text in lines for line in text.splitlines()]


def rules(target):
    """Return the lines that make runs for a target, without the place of its tools."""
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return [line.strip().removeprefix("$(BIN)/") for line in lines.splitlines()]


def test_the_version_is_said_once():
    assert PROJECT["dynamic"] == ["version"]
    citation = content(ROOT / "CITATION.cff")
    assert citation["version"] == crmlab.__version__
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert heads[1] == f"[{crmlab.__version__}] - {citation['date-released']}"
    days = [date.fromisoformat(head.partition(" - ")[2]) for head in heads[1:]]
    assert days == sorted(days, reverse=True)


def test_workflows_try_every_python_and_system_that_is_promised():
    promised = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    assert promised == [f"3.{minor}" for minor in range(int(low), int(high))]
    matrices = [job["strategy"]["matrix"] for path in WORKFLOWS for job in jobs(path) if "strategy" in job]
    assert [matrix["python"] for matrix in matrices] == [promised]
    assert {name.partition("-")[0] for name in matrices[0]["os"]} == {"ubuntu", "macos", "windows"}
    steps = [step for path in WORKFLOWS for job in jobs(path) for step in job["steps"]]
    single = {step["with"]["python-version"] for step in steps if "setup-python" in step.get("uses", "")}
    assert single <= {*promised, "${{ matrix.python }}"}


def test_what_workflows_and_hooks_call_is_there():
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    known = typer.main.get_command(app).commands
    found = commands()
    assert {words[0] for words in found} <= TOOLS
    assert {words[1] for words in found if words[0] == "make"} <= targets
    assert {words[1] for words in found if words[0] == "crmlab"} <= set(known)
    files = [words[place + 1] for words in found for place, word in enumerate(words) if word == "-r"]
    assert all((ROOT / name).is_file() for name in files)


def test_the_round_without_make_is_that_of_make():
    quick = next(job for path in WORKFLOWS for job in jobs(path) if "strategy" in job)
    run = [step["run"] for step in quick["steps"] if "run" in step]
    assert [line for line in run if not line.startswith("python -m pip")] == rules("quick")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_ask_what_is_needed_and_name_each_part_once(path):
    form = content(path)
    assert {"name", "description", "labels", "body"} == set(form)
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    assert any(part.get("validations", {}).get("required") for part in form["body"])


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_nothing_names_a_host_or_a_person(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|www\.|\w@\w[\w-]*\.\w", text)
    if path.suffix != ".md":
        assert content(path)
