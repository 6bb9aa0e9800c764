"""How the command starts: nothing of its folder runs, and Ctrl-C while it loads ends in a sentence."""

import os
import subprocess
import sys

import pandas as pd
import pytest

START = "from crmlab.__main__ import main; main()"
SHADOWS = ["code", "json", "numpy", "pandas", "pyarrow", "python_calamine", "random", "select", "signal"]
SHADOWS += [
    "socket",
    "sqlite3",
    "statistics",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
    "usercustomize",
]
SHADOWS += ["crmlab_plugin", "duckdb", "ibis", "jinja2", "joblib", "matplotlib", "rich", "scipy", "secrets"]


@pytest.fixture
def hostile(tmp_path):
    """Return a folder of orders that also holds modules, each of which leaves a mark where it is imported."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path)!r} + '/ran', 'a').write('{name} ')\n")
    days = pd.date_range("2023-01-02", periods=120, freq="3D")
    orders = pd.DataFrame({"customer_id": [f"c{n % 17}" for n in range(120)], "date": days, "amount": 5.0})
    orders.to_csv(folder / "o.csv", index=False)
    orders.to_excel(folder / "o.xlsx", index=False)
    return folder


@pytest.mark.parametrize(
    ("start", "command"),
    [
        ("script", ["audit", "o.xlsx", "--out", "audited"]),
        ("script", ["analyse", "o.csv", "--no-lessons"]),
        ("-m", ["audit", "o.csv"]),
    ],
)
def test_nothing_of_the_folder_runs(hostile, start, command):
    script = hostile.parent / "crmlab_script.py"
    script.write_text(START)
    if start == "-m":  # which has imported the package itself before the package can do anything about it
        (hostile / "typing.py").unlink()
    begin = [str(script)] if start == "script" else ["-m", "crmlab"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, *begin, *command], cwd=hostile, env=environment, capture_output=True, text=True
    )
    ran = hostile.parent / "ran"
    assert not ran.exists(), ran.read_text()
    assert done.returncode == 0, done.stderr


def test_a_child_finds_nothing_in_the_folder(hostile):
    show = "import json, numpy; print(json.__file__, numpy.__file__)"
    code = (
        "import sys; from crmlab import __main__ as start; from crmlab import cli; import subprocess\n"
        f"cli.app = lambda: subprocess.run([sys.executable, '-c', {show!r}])\n"
        "start.main()"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=hostile, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert str(hostile) not in done.stdout


def test_ctrl_c_while_it_loads_ends_in_a_sentence():
    code = (
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n" + START
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr == "Stopped. Nothing was begun.\n"
