"""Lessons run end to end in processes of their own: killed, interrupted, failing, unchanged, stored."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
from papermill.engines import papermill_engines

from crmlab.course import runner

PATIENCE = 300
"""Seconds after which a test gives up; nothing is measured by them."""
RECORD = """
from crmlab.course import Lesson
lesson = Lesson(case)
lesson.record("letters", len(note), "letters")
lesson.results()"""

CHANGING = """
import duckdb, pandas
display(pandas.DataFrame({"a": [hash("a")]}).style.format("{:.1f}"))
duckdb.sql("SELECT current_setting('threads')").fetchall()"""


def outputs(folder: Path) -> dict[str, bytes]:
    """Return all that a run leaves except its times."""
    apart = ("times.json", ".lock")
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in apart)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def until(true, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def has(process, words) -> bool:
    """Return whether a descendant of a process was started with such words."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
        return any(words in part for child in family for part in child.cmdline())
    except psutil.Error:  # one has just ended
        return False


def stop(process, how) -> str:
    """Stop a run, make sure that its workers and kernels end too, and return what it said.

    Ctrl-C reaches the whole group of processes, as it does from a terminal.
    """
    family = psutil.Process(process.pid).children(recursive=True)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    _, said = process.communicate(timeout=PATIENCE)
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert not alive
    return said


def test_a_run_that_is_stopped_leaves_no_process_and_no_half_file_and_resumes(lesson, crmlab, tmp_path):
    go = tmp_path / "go"  # the slow lesson ends once this is there: on any machine it is running till then
    waits = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.05)"
    words = ["run", lesson("quick", RECORD), lesson("slow", waits + RECORD)]
    words += ["--case", "cdnow", "--jobs", "2", "--no-site"]

    def begin(*more):
        command = [sys.executable, "-m", "crmlab", *map(str, words), *more]
        return subprocess.Popen(
            command,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    whole = begin("--out", "whole")
    killed = begin()
    assert until((tmp_path / "build/cdnow/quick.ipynb").is_file, PATIENCE)
    second = crmlab(*words)
    assert second.returncode == 2
    assert f"Another run works in build: process {killed.pid} on " in second.stderr
    stop(killed, signal.SIGKILL)
    assert list(outputs(tmp_path / "build")) == ["cdnow/quick.ipynb"]

    for moment in ("spawn_main", "ipykernel"):  # when a worker begins to load, and when a lesson runs
        interrupted = begin()
        assert until(partial(has, interrupted, moment), PATIENCE)
        said = stop(interrupted, signal.SIGINT)
        assert said == "Stopped. What was finished is kept, and the next run goes on from there.\n"
        assert interrupted.returncode == 130

    go.touch()
    resumed = crmlab(*words)
    assert resumed.returncode == 0
    assert "1 executed" in resumed.stdout
    assert "1 unchanged" in resumed.stdout
    whole.communicate(timeout=PATIENCE)
    assert whole.returncode == 0
    assert outputs(tmp_path / "build") == outputs(tmp_path / "whole")


def test_a_failure_stops_no_other_and_is_explained(lesson, crmlab, tmp_path):
    good = lesson("good", RECORD)
    fails = lesson("fails", "print('so far')\n{}['margin']")
    explains = lesson(
        "explains",
        "from crmlab.errors import DataError\nraise DataError('The orders have no date: give one.')",
    )
    kernel = lesson("kernel", "import os\nos._exit(1)")
    worker = lesson("worker", "import os\nos.kill(os.getppid(), 9)\nimport time\ntime.sleep(60)")
    run = crmlab("run", worker, fails, explains, kernel, good, "--case", "cdnow", "--jobs", "1", "--no-site")
    assert run.returncode == 1
    assert "1 executed" in run.stdout
    assert "4 failed" in run.stdout
    assert "Traceback" not in run.stderr
    said = run.stderr.split("\n\n")
    assert any("fails on cdnow failed in the cell 'work'.\nKeyError: 'margin'\n" in item for item in said)
    assert any("\nThe orders have no date: give one.\n" in item for item in said)
    assert any("kernel on cdnow failed" in item and "died" in item for item in said)
    assert any("worker on cdnow failed" in item and "killed" in item for item in said)
    kept = json.loads((tmp_path / "build/cdnow/failed/fails.ipynb").read_text(encoding="utf-8"))
    assert kept["cells"][-1]["outputs"][0]["text"] == ["so far\n"]
    results = json.loads((tmp_path / "build/cdnow/results.json").read_text(encoding="utf-8"))
    assert results == {"good": {"letters": {"value": 4, "unit": "letters", "tolerance": 1e-6}}}


@pytest.mark.parametrize("deaths", range(4))
def test_a_kernel_that_dies_at_its_start_is_started_again(deaths, monkeypatch):
    notebook = {"cells": [{"execution_count": None}]}
    left = [RuntimeError("Kernel died before replying to kernel_info")] * deaths

    def execute(*_, **__):
        if left:
            raise left.pop()
        notebook["cells"][0]["execution_count"] = 1

    monkeypatch.setattr(papermill_engines, "execute_notebook_with_engine", execute)
    if deaths == 3:
        with pytest.raises(RuntimeError, match="died"):
            runner._execute_cells(notebook, Path())
    else:
        runner._execute_cells(notebook, Path())
        assert notebook["cells"][0]["execution_count"] == 1


def test_a_lesson_that_is_not_for_a_case_is_no_failure(lesson, crmlab, tmp_path):
    why = "from crmlab.errors import NotForThisCase\nraise NotForThisCase('Only 3 customers came back.')"
    words = ("run", lesson("fits", RECORD), lesson("needs", why), "--case", "cdnow", "--no-site")
    first = crmlab(*words)
    assert first.returncode == 0
    assert first.stderr == ""
    assert "not for this case: needs on cdnow. Only 3 customers came back." in first.stdout
    assert "1 not for their case, 0 failed." in first.stdout
    assert not (tmp_path / "build/cdnow/failed").exists()
    results = json.loads((tmp_path / "build/cdnow/results.json").read_text(encoding="utf-8"))
    assert results["needs"]["not_for_this_case"]["value"] == "Only 3 customers came back."
    assert "0 executed, 2 unchanged, 0 failed." in crmlab(*words).stdout
    assert crmlab("store", tmp_path / "needs.ipynb").returncode == 1  # its own case it must fit


def test_what_is_published_does_not_tell_where_it_was_run_and_can_be_run_again(lesson, crmlab, tmp_path):
    case = (
        "name: tea\ntitle: Tea\nstory: Tea.\ndata: {kind: file, path: orders.csv}\ncurrency: EUR\nunit: W\n"
    )
    (tmp_path / "tea.yaml").write_text(f"{case}calibration: 2024-02-01\nend: 2024-06-30\n")
    (tmp_path / "orders.csv").write_text("customer_id,date,amount\nann,2024-01-05,3\nann,2024-05-05,3\n")
    good = lesson("good", RECORD + "\nlesson.case.transactions().count()")
    bad = lesson("bad", RECORD + "\nraise ValueError(f'{case} is wrong')")
    done = crmlab("run", good, bad, "--case", "tea.yaml", "--no-site")
    assert "1 executed" in done.stdout
    for place in ("tea/good.ipynb", "tea/failed/bad.ipynb"):
        text = (tmp_path / "build" / place).read_text(encoding="utf-8")
        assert str(tmp_path) not in text
        injected = json.loads(text)["cells"][2]["source"][1].strip()
        opened = (tmp_path / "build" / place).parent / injected.removeprefix("case = ").strip("'")
        assert opened.resolve() == tmp_path / "tea.yaml"
    assert "1 unchanged" in crmlab("run", good, "--case", "tea.yaml", "--no-site").stdout


def test_only_what_changed_runs_again(lesson, crmlab, tmp_path):
    one = lesson("one", RECORD, parameters="factor = 2.0  # a factor [0, 10]")
    two = lesson("two", "assert note != 'bad', note" + RECORD)
    words = ("run", one, two, "--case", "cdnow", "--no-site")
    first = crmlab(*words)
    assert "2 executed" in first.stdout
    before = outputs(tmp_path / "build")
    assert "0 executed, 2 unchanged" in crmlab(*words).stdout

    changed = crmlab(*words, "-p", "factor=3", "-p", "note=bad")
    assert "1 executed" in changed.stdout
    assert "done   one on cdnow" in changed.stdout
    assert "failed two on cdnow" in changed.stdout
    after = outputs(tmp_path / "build")
    injected = json.loads(after["cdnow/one.ipynb"])["cells"][2]["source"]
    assert injected[1:] == ["case = 'cdnow'\n", "factor = 3.0\n", "note = 'bad'"]
    assert after["cdnow/two.ipynb"] == before["cdnow/two.ipynb"]
    assert list(json.loads(after["cdnow/results.json"])) == ["one"]

    again = crmlab(*words)
    assert "1 executed" in again.stdout
    assert "1 unchanged" in again.stdout
    assert outputs(tmp_path / "build") == before


def test_store_writes_lessons_back_the_same_each_time(lesson, crmlab):
    good = lesson("good", CHANGING)
    bad = lesson("bad", "1 / 0")
    untouched = bad.read_bytes()
    assert crmlab("store", good, bad).returncode == 1
    assert bad.read_bytes() == untouched
    stored = good.read_bytes()
    cells = json.loads(stored)["cells"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2]
    if sys.platform == "linux":  # sums on one thread are the same to the last digit
        assert cells[-1]["outputs"][1]["data"]["text/plain"] == ["[(1,)]"]
    written = good.stat().st_mtime_ns
    assert crmlab("store", good).returncode == 0
    assert good.read_bytes() == stored
    assert good.stat().st_mtime_ns == written
