"""What the guides say works: Python in a fresh interpreter, and commands that have all the options given."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import typer

import crmlab as crm
from crmlab.cli import app

ROOT = Path(__file__).parent.parent
GUIDES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "data").glob("**/README.md")),
    *sorted((ROOT / "crmlab").glob("**/README.md")),
]


def blocks(language):
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        for number, block in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE), 1
        ):
            yield pytest.param(block, id=f"{guide.relative_to(ROOT).as_posix()} {number}")


@pytest.fixture
def desk(tmp_path):
    """A folder with the file of orders that the guides speak of."""
    orders = crm.datasets.cdnow(sample=True).to_pandas().drop(columns="in_sample", errors="ignore")
    orders["date"] += pd.DateOffset(years=26)  # so that they end in the year that the guides speak of
    orders.to_excel(tmp_path / "orders.xlsx", index=False)
    return tmp_path


@pytest.mark.parametrize("block", [*blocks("python")])
def test_python_runs_in_a_fresh_interpreter(block, desk):
    done = subprocess.run([sys.executable, "-c", block], cwd=desk, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", [*blocks("sh")])
def test_commands_are_there_with_their_options(block):
    group = typer.main.get_command(app)
    for line in block.splitlines():
        words = shlex.split(line, comments=True)
        if not words or Path(words[0]).name != "crmlab":
            continue
        command = group.commands[words[1]]
        known = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        given = {word.partition("=")[0] for word in words[2:] if word.startswith("-")}
        assert given <= known, line
