"""Tiny lessons, and the command line as its users call it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PARAMETERS = """case = "cdnow"  # name of a bundled case, or path of a case file
note = "fine"  # any text"""


def _code(source: str, name: str, *tags: str) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": name, "metadata": {"tags": list(tags)}, "source": source}
    return cell | {"execution_count": None, "outputs": []}


def _prose(source: str, name: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": list(tags)}, "source": source}


@pytest.fixture(scope="session")
def code() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a code cell which was not executed."""
    return _code


@pytest.fixture(scope="session")
def prose() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a Markdown cell."""
    return _prose


@pytest.fixture
def lesson(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a lesson of three cells: its question, its parameters and some code."""

    def make(name: str, source: str, parameters: str = "") -> Path:
        cells = [
            _prose(f"# The lesson {name}\n\nWhat is it worth? That is the question.", "question"),
            _code(f"{PARAMETERS}\n{parameters}", "parameters", "parameters"),
            _code(source, "work"),
        ]
        path = tmp_path / f"{name}.ipynb"
        content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return make


@pytest.fixture
def crmlab(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the command line in the temporary folder."""

    def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crmlab", *map(str, words)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False
        )

    return call
