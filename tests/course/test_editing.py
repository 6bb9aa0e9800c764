"""A lesson edited as a script: it comes back to the letter, changes come through, and nothing is lost."""

import json

import pytest
from typer.testing import CliRunner

from crmlab.cli import app
from crmlab.course import editing
from crmlab.course.catalog import Lesson, lessons
from crmlab.course.normalise import dumps
from crmlab.errors import InputError

LESSONS = lessons()


def replace(script, old, new):
    text = script.read_text(encoding="utf-8")
    assert text.count(old) == 1
    script.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def script(lesson, tmp_path):
    """A tiny lesson and its script."""
    found = Lesson(lesson("tea", "len(note)", "cups = 2  # a number"))
    place = tmp_path / "build" / "edit" / "tea.py"
    editing.begin(found, place)
    return found, place


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_comes_back_to_the_letter(name, tmp_path):
    stored = LESSONS[name].path.read_text(encoding="utf-8")
    place = tmp_path / f"{name}.py"
    editing.begin(LESSONS[name], place)
    with pytest.raises(InputError, match="changes nothing"):
        editing.take_back(LESSONS[name], place)
    text = place.read_text(encoding="utf-8")
    place.write_text(f'{text}\n# %% tags=["solution"]\n"a new cell"\n', encoding="utf-8")
    edited = editing.take_back(LESSONS[name], place)
    assert editing.moved(LESSONS[name], edited) == {"changed": 0, "new": 1, "dropped": 0}
    content = edited.notebook
    assert content["cells"].pop()["metadata"]["tags"] == ["solution"]
    assert dumps(content) == stored


def test_a_changed_cell_comes_through_and_keeps_its_id_and_tags(script):
    found, place = script
    replace(place, '"fine"  # any text', '"black"  # any tea')
    edited = editing.take_back(found, place)
    assert editing.moved(found, edited) == {"changed": 1, "new": 0, "dropped": 0}
    cell = edited.notebook["cells"][1]
    assert (cell["id"], cell["metadata"]["tags"]) == ("parameters", ["parameters"])
    assert edited.parameters["note"].default == "black"
    assert found.parameters["note"].default == "fine"


def test_what_cannot_be_taken_back_is_said(script, monkeypatch):
    found, place = script
    text = place.read_text(encoding="utf-8")

    def refused(match, written=text):
        place.write_bytes(written if isinstance(written, bytes) else written.encode())
        with pytest.raises(InputError, match=match) as problem:
            editing.take_back(Lesson(found.path), place)
        assert "\n" not in str(problem.value)

    refused("changes nothing")
    refused("first line", text.partition("\n")[2])
    refused("UTF-8", text.encode("utf-16"))
    changed = text.replace("len(note)", "len(note) + 1")
    place.write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match="differs from the notebook"):
        editing.begin(found, place)
    assert place.read_text(encoding="utf-8") == changed
    stored = json.loads(found.path.read_text(encoding="utf-8"))
    stored["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "4"}]
    found.path.write_text(json.dumps(stored), encoding="utf-8")
    assert editing.take_back(Lesson(found.path), place).notebook["cells"][2]["outputs"]  # no other lesson
    stored["cells"][2]["source"] = "len(case)"
    found.path.write_text(json.dumps(stored), encoding="utf-8")
    refused("tea.ipynb was changed since", changed)
    place.unlink()
    with pytest.raises(InputError, match="There is no script"):
        editing.take_back(found, place)
    monkeypatch.setattr(editing, "find_spec", lambda _: None)
    for call in (editing.begin, editing.take_back):
        with pytest.raises(InputError, match="needs jupytext"):
            call(found, place)


def test_an_unknown_lesson_is_answered_with_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["edit", "22_teirs"])
    assert done.exit_code == 2
    assert "Did you mean '22_tiers'?" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_command_stores_what_runs_and_keeps_what_fails(lesson, crmlab, tmp_path):
    path = lesson("tea", "len(note)", "cups = 2  # a number")
    assert "crmlab edit tea.ipynb --store" in crmlab("edit", "tea.ipynb").stdout
    place, before = tmp_path / "build" / "edit" / "tea.py", path.read_bytes()
    replace(place, "len(note)", "len(noet)")
    failed = crmlab("edit", "tea.ipynb", "--store")
    assert failed.returncode == 1
    assert "NameError" in failed.stderr
    assert path.read_bytes() == before
    replace(place, "len(noet)", "2 * len(note)")
    done = crmlab("edit", "tea.ipynb", "--store")
    assert done.returncode == 0, done.stderr
    assert "1 changed, 0 new, 0 dropped" in done.stdout
    cell = json.loads(path.read_text(encoding="utf-8"))["cells"][2]
    assert cell["id"] == "work"
    assert cell["outputs"][0]["data"]["text/plain"] == ["8"]
    again = crmlab("edit", "tea.ipynb", "--store")
    assert again.returncode == 2
    assert "changes nothing" in again.stderr
