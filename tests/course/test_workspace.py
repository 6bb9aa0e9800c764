"""A workspace renews what its reader left alone, and never what its reader changed."""

import copy
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmlab import resources
from crmlab.cli import app
from crmlab.course import workspace
from crmlab.course.terms.workspaces import zipped
from crmlab.errors import InputError


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
    blank = {
        "cell_type": "code",
        "id": "a1",
        "metadata": {},
        "source": "",
        "outputs": [],
        "execution_count": None,
    }
    run["cells"].append(blank)  # as Jupyter does where the last cell is run
    path.write_text(json.dumps(run), encoding="utf-8")
    assert workspace.start(tmp_path) == workspace.Started()
    assert json.loads(path.read_text(encoding="utf-8")) == run  # outputs of the reader stay
    run["cells"][3]["source"] += " "
    path.write_text(json.dumps(run), encoding="utf-8")
    assert workspace.start(tmp_path).kept == ["2_pyramid/22_tiers.ipynb"]


NOTEBOOK, DATA = "22_tiers/22_tiers.ipynb", "22_tiers/orders.csv"


def notebook(*sources, **more):
    """Return a notebook of code cells."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": []} | more for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}})


@pytest.fixture
def handout(tmp_path):
    """Return a function that makes the zip of a student's workspace with one lesson."""

    def make(text="x.check(...)", data="old", name="k3v9-2mqd-7xwa"):
        keys = json.dumps({"workspace": name, "lessons": {"22_tiers": {"made from": data}}})
        texts = {"README.md": "# Work", "workspace.json": keys, NOTEBOOK: notebook(text), DATA: data}
        files = {place: text.encode() for place, text in texts.items()}
        files[workspace.MANIFEST] = workspace.manifest(files)
        path = tmp_path / "given.zip"
        path.write_bytes(zipped({f"2027-{name}/{place}": content for place, content in files.items()}))
        return path

    return make


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != workspace.MANIFEST
    }


def test_a_handout_that_was_left_alone_is_renewed_whole(handout, tmp_path):
    mine = tmp_path / "mine"
    assert sorted(workspace.unpack(handout(), mine).written) == [
        "22_tiers/22_tiers.ipynb",
        DATA,
        "README.md",
        "workspace.json",
    ]
    before = contents(mine)
    assert workspace.unpack(handout(), mine) == workspace.Started()
    done = workspace.unpack(handout("y.check(...)", data="new"), mine)
    assert done == workspace.Started(written=[NOTEBOOK, DATA, "workspace.json"])
    renewed = {NOTEBOOK: notebook("y.check(...)"), DATA: "new"}
    assert contents(mine) == before | renewed | {
        "workspace.json": before["workspace.json"].replace("old", "new")
    }
    assert workspace.find(mine / "22_tiers") == mine.resolve()
    assert [lesson.path for lesson in workspace.lessons(mine).values()] == [mine / NOTEBOOK]


def test_answers_stay_and_the_new_version_comes_beside(handout, tmp_path):
    mine, answered = tmp_path / "mine", notebook("x.check(0.5)")
    workspace.unpack(handout(), mine)
    (mine / NOTEBOOK).write_text(answered)
    done = workspace.unpack(handout(data="new"), mine)
    assert (done.kept, done.beside, done.outdated) == ([NOTEBOOK], [], [NOTEBOOK])  # only the data are new
    done = workspace.unpack(handout("y.check(...)", data="new"), mine)
    beside = "22_tiers/22_tiers.new.ipynb"
    assert (done.kept, done.beside, done.outdated) == ([NOTEBOOK], [beside], [])
    now = contents(mine)
    assert (now[NOTEBOOK], now[beside], now[DATA]) == (answered, notebook("y.check(...)"), "new")
    assert list(workspace.lessons(mine)) == ["22_tiers"]


def test_data_are_as_handed_out_and_the_readers_version_is_kept(handout, tmp_path):
    mine = tmp_path / "mine"
    workspace.unpack(handout(), mine)
    for number, name in enumerate(["orders.mine.csv", "orders.mine-2.csv"]):
        (mine / DATA).write_text(f"sorted in a spreadsheet {number}")
        done = workspace.unpack(handout(), mine)
        assert done == workspace.Started(written=[DATA], aside={DATA: f"22_tiers/{name}"})
        assert (mine / DATA).read_text() == "old"
        assert (mine / "22_tiers" / name).read_text() == f"sorted in a spreadsheet {number}"
    (mine / "workspace.json").unlink()
    assert workspace.unpack(handout(), mine).written == ["workspace.json"]


def test_a_new_picture_in_a_notebook_comes_and_outputs_are_no_change(handout, tmp_path):
    mine = tmp_path / "mine"
    workspace.unpack(handout(), mine)
    run = notebook("x.check(...)", outputs=[{"output_type": "stream"}], execution_count=3)
    (mine / NOTEBOOK).write_text(run)
    assert workspace.unpack(handout(), mine) == workspace.Started()
    assert (mine / NOTEBOOK).read_text() == run
    pictured = json.loads(notebook("x.check(...)", attachments={"picture.png": {"image/png": "iVBO"}}))
    archive = tmp_path / "pictured.zip"
    keys = (mine / "workspace.json").read_bytes()
    archive.write_bytes(zipped({"workspace.json": keys, NOTEBOOK: json.dumps(pictured).encode()}))
    assert workspace.unpack(archive, mine).written == [NOTEBOOK]


def test_kinds_of_workspaces_and_students_are_not_mixed(handout, tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    workspace.unpack(handout(), mine)
    before = contents(mine)
    with pytest.raises(InputError, match=r"is the workspace zzzz-2mqd-7xwa, and .* k3v9-2mqd-7xwa"):
        workspace.unpack(handout(name="zzzz-2mqd-7xwa"), mine)
    with pytest.raises(InputError, match=r"was handed out for a course.* --from"):
        workspace.start(mine)
    assert contents(mine) == before
    workspace.start(other)
    with pytest.raises(InputError, match="has the course's own lessons already"):
        workspace.unpack(handout(), other)
    (tmp_path / "workspace.json").write_text('{"somebody": "else"}')  # no mark of a workspace
    assert workspace.find(tmp_path) is None


def test_what_start_says(handout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def said(*words):
        done = CliRunner().invoke(app, ["start", "mine", *words])
        return done.exit_code, (done.stdout or done.stderr).splitlines()

    handout()
    begin = "Begin with: jupyter lab mine/22_tiers/22_tiers.ipynb"
    assert said("--from", "given.zip") == (0, ["4 files copied to mine.", begin])
    (tmp_path / "mine" / NOTEBOOK).write_text(notebook("x.check(0.5)"))
    (tmp_path / "mine" / DATA).write_text("sorted")
    handout("y.check(...)", data="new")
    assert said("--from", "given.zip") == (0, [
        "2 files copied to mine.",
        f"{NOTEBOOK} has changes of yours and stays as it is.",
        "22_tiers/22_tiers.new.ipynb is new: the course's latest version of a lesson that you changed.",
        f"{DATA} is again as it was handed out, for answers are checked with it. "
        "Yours is 22_tiers/orders.mine.csv.",
        f"The data beside {NOTEBOOK} are new, so its answers may be, too. Run it again.",
        begin,
    ])  # fmt: skip
    status, lines = said("--from", "none.zip")
    assert (status, lines) == (2, ["There is no zip none.zip. Check the path and the working folder."])


def test_what_was_unpacked_by_hand_is_renewed_alike(handout, tmp_path):
    zipfile.ZipFile(handout()).extractall(tmp_path)
    mine = tmp_path / "2027-k3v9-2mqd-7xwa"
    (mine / NOTEBOOK).write_text(notebook("x.check(0.5)"))
    done = workspace.unpack(handout(data="new"), mine)
    assert done == workspace.Started(written=[DATA, "workspace.json"], kept=[NOTEBOOK])
