"""The command line: every wrong request gets one clear paragraph and status 2, before anything runs."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import crmlab
from crmlab.cli import app

CASE = """
name: mine
title: My shop
story: A shop of my own.
data: {kind: file, path: orders.csv%s}
currency: EUR
unit: W
calibration: 2024-02-01
end: 2024-06-30
"""
PARAMETERS = """case = "cdnow"  # a case
factor = 2.0  # a factor [0, 10]
early = "1997-06-30"  # ISO date"""


def notebook(source):
    cell = {"cell_type": "code", "id": "parameters", "metadata": {"tags": ["parameters"]}, "source": source}
    return json.dumps({"cells": [cell | {"outputs": [], "execution_count": None}], "metadata": {}})


FILES = {
    "one.ipynb": notebook(PARAMETERS),
    "copy/one.ipynb": notebook(PARAMETERS),
    "caseless.ipynb": notebook("factor = 1.0  # a factor"),
    "derived.ipynb": notebook("case = 'cdnow'\ndouble = 2 * factor"),
    "text.ipynb": "no notebook",
    "orders.csv": "customer_id,date\nann,2024-01-05\n",
    "lacking.yaml": CASE % "",
    "changed.yaml": CASE % f", sha256: {hashlib.sha256(b'another file').hexdigest()}",
    "absent.yaml": CASE.replace("orders.csv", "nowhere.csv") % "",
    "broken.yaml": "name: [mine\n",
    "taken.yaml": CASE.replace("mine", "fernhill") % "",
    "file": "",
}
ON = ("one.ipynb", "--case", "cdnow")
WRONG = {
    "lesson": (["no_such_lesson"], "There is no lesson 'no_such_lesson'"),
    "notebook": (["nowhere.ipynb"], "There is no notebook"),
    "case": (["one.ipynb", "--case", "cdnwo"], "Did you mean 'cdnow'?"),
    "parameter": ([*ON, "-p", "factr=1"], "Did you mean 'factor'?"),
    "type": ([*ON, "-p", "factor=much"], "parameter 'factor' is 'much', but must be a number"),
    "range": ([*ON, "-p", "factor=11"], "must be from 0 to 10"),
    "date": ([*ON, "-p", "early=June"], "early"),
    "value": ([*ON, "-p", "factor=[1"], "'-p factor=[1' cannot be read"),
    "no equals sign": ([*ON, "-p", "factor"], "Write NAME=VALUE"),
    "case as parameter": ([*ON, "-p", "case=fernhill"], "chosen with --case"),
    "no YAML": (["one.ipynb", "--case", "broken.yaml"], "broken.yaml is no readable YAML at line"),
    "no case file": (["one.ipynb", "--case", "nowhere.yaml"], "There is no case file nowhere.yaml"),
    "taken name": (["one.ipynb", "--case", "taken.yaml"], "the name 'fernhill' is taken"),
    "lacking column": (["one.ipynb", "--case", "lacking.yaml"], "column 'amount'"),
    "changed data": (["one.ipynb", "--case", "changed.yaml"], "orders.csv is not the one that was checked"),
    "absent data": (["one.ipynb", "--case", "absent.yaml"], "which does not exist"),
    "twins": (["one.ipynb", "copy/one.ipynb"], "Two of the lessons are named 'one'"),
    "caseless": (["caseless.ipynb"], "caseless.ipynb takes no case"),
    "derived": (["derived.ipynb"], "sets literals only"),
    "text": (["text.ipynb"], "text.ipynb is no lesson that can be run"),
    "folder": ([*ON, "--out", "file/below"], "Not a directory at file/below"),
}


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that calls the command line in a folder of right and wrong files."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_request_is_explained_in_one_paragraph(call, words, tmp_path):
    request, explanation = WRONG[words]
    done = call("run", *request)
    assert done.exit_code == 2
    assert explanation in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.output
    assert not list(tmp_path.glob("build/*/*.ipynb"))


def test_values_arrive_in_the_types_of_the_parameters(call):
    from crmlab.course import plan

    text = {"factor": "1e-3", "early": "1997-03-01"}
    (run,) = plan.runs(["one.ipynb"], ["cdnow"], text, Path("build"))
    assert run.parameters == {"case": "cdnow", "factor": 0.001, "early": "1997-03-01"}


def test_the_command_itself_says_it_without_a_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "crmlab", "run", "no_such_lesson"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("There is no lesson 'no_such_lesson'.")


def test_version_help_and_list(call):
    assert call("--version").output == f"crmlab {crmlab.__version__}\n"
    for command in ("run", "store", "edit", "start", "list", "fetch"):
        assert f"Example: crmlab {command}" in call(command, "--help").output
    assert call("start", "file").exit_code == 2
    listed = call("list")
    assert listed.exit_code == 0
    for name in (*crmlab.course.catalog.lessons(), *crmlab.course.cases.bundled()):
        assert name in listed.output
