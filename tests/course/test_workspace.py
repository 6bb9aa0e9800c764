"""A workspace renews what its reader left alone, and never what its reader changed."""

import copy
import json
from pathlib import Path

import pytest

from crmlab import resources
from crmlab.course import workspace


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of two lessons whose content can be changed."""
    folder = tmp_path / "notebooks" / "1_part"
    folder.mkdir(parents=True)
    for name in ("11_left", "12_changed"):
        (folder / f"{name}.ipynb").write_text("first", encoding="utf-8")
    monkeypatch.setattr(resources, "notebooks", lambda: folder.parent)
    return folder


def test_start_never_overwrites_what_the_reader_changed(course, tmp_path):
    mine = tmp_path / "mine"
    places = ["1_part/11_left.ipynb", "1_part/12_changed.ipynb"]
    assert workspace.start(mine).written == places
    assert workspace.start(mine) == workspace.Started()

    (mine / places[1]).write_text("my answer", encoding="utf-8")
    assert workspace.start(mine) == workspace.Started(kept=[places[1]])
    for path in course.iterdir():
        path.write_text("second", encoding="utf-8")
    done = workspace.start(mine)
    beside = "1_part/12_changed.new.ipynb"
    assert (done.written, done.beside, done.kept) == ([places[0]], [beside], [places[1]])
    assert [(mine / place).read_text() for place in [*places, beside]] == ["second", "my answer", "second"]
    assert workspace.start(mine).beside == []  # offered once

    (mine / beside).write_text("notes of mine", encoding="utf-8")
    (course / "12_changed.ipynb").write_text("third", encoding="utf-8")
    assert workspace.start(mine).kept == [places[1], beside]
    assert (mine / beside).read_text() == "notes of mine"


def test_a_file_that_was_there_before_is_the_readers(course, tmp_path):
    before = tmp_path / "mine" / "1_part" / "11_left.ipynb"
    before.parent.mkdir(parents=True)
    before.write_text("older than the workspace", encoding="utf-8")
    assert workspace.start(tmp_path / "mine").kept == ["1_part/11_left.ipynb"]
    assert before.read_text() == "older than the workspace"


def test_a_lesson_that_was_only_run_is_not_changed(tmp_path):
    workspace.start(tmp_path)
    path = tmp_path / "2_pyramid" / "22_tiers.ipynb"
    stored = json.loads(path.read_text(encoding="utf-8"))
    run = copy.deepcopy(stored)
    for cell in run["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": 7, "metadata": {"execution": {"started": "today"}}}
    path.write_text(json.dumps(run), encoding="utf-8")
    assert workspace.start(tmp_path) == workspace.Started()
    assert json.loads(path.read_text(encoding="utf-8")) == run  # outputs of the reader stay
    run["cells"][3]["source"] += " "
    path.write_text(json.dumps(run), encoding="utf-8")
    assert workspace.start(tmp_path).kept == ["2_pyramid/22_tiers.ipynb"]
