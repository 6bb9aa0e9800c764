"""Executed notebooks in one form: what stays, what goes, and that doing it twice changes nothing."""

import json
import os
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import resources
from crmlab.course.files import write
from crmlab.course.normalise import dumps, normalise
from crmlab.errors import InputError


def stream(name, *text):
    return {"output_type": "stream", "name": name, "text": list(text)}


def result(data, **metadata):
    return {"output_type": "execute_result", "execution_count": 41, "data": data, "metadata": metadata}


def cell(*outputs, source="run()", count=41, name="cell"):
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": ["solution"], "papermill": {"duration": 1.5}, "execution": {"iopub": "2024"}},
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
    }


def notebook(*cells):
    metadata = {"papermill": {"input_path": "/a"}, "kernelspec": {"display_name": "mine", "name": "mine"}}
    language = {"language_info": {"name": "python", "version": "3.11.4"}, "crmlab": {"fingerprint": "f"}}
    return {"cells": list(cells), "metadata": metadata | language, "nbformat": 4, "nbformat_minor": 5}


HARD = notebook(
    {"cell_type": "markdown", "id": "prose", "metadata": {"tags": []}, "source": ["# 稳定期\n", "text"]},
    cell(
        stream("stdout", "a\n"),
        stream("stdout", "b"),
        stream("stderr", "c"),
        stream("stdout", "d"),
        name="io",
    ),
    cell(
        result(
            {"image/png": "iVBORw0KGgo=", "text/plain": ["<Axes at 0x7f3a2b>"]},
            **{"image/png": {"alt": "Bars"}},
        ),
        count=7,
        name="picture",
    ),
    cell(
        stream("stderr", "/tmp/ipykernel_2519/304.py:3: UserWarning: beware\n"),
        stream(
            "stdout", f"{sys.prefix}/lib/site-packages/lifetimes/x.py {resources.root()}/data/cases/a.yaml"
        ),
        result({"text/html": '<style>#T_a1b2c_row0 {}</style><table id="T_a1b2c">'}),
        result(
            {"text/html": '<table id="T_99fff">', "application/vnd.crmlab.results+json": [{"value": 1.0}]}
        ),
        name="paths",
    ),
    cell(count=None, source="", name="empty"),
)


def test_what_changes_from_run_to_run_goes_and_the_rest_stays():
    clean = normalise(HARD)
    prose, io, picture, paths, empty = clean["cells"]
    assert prose["source"] == "# 稳定期\ntext"
    assert [(item["name"], item["text"]) for item in io["outputs"]] == [
        ("stdout", "a\nb"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]
    assert io["metadata"] == {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    assert io["id"] == "io"
    assert picture["outputs"][0]["metadata"] == {"image/png": {"alt": "Bars"}}
    assert picture["outputs"][0]["data"] == {"image/png": "iVBORw0KGgo=", "text/plain": "<Axes>"}
    assert [item["execution_count"] for item in (io, picture, paths, empty)] == [1, 2, 3, None]
    assert picture["outputs"][0]["execution_count"] == 2
    assert paths["outputs"][0]["text"] == "cell.py:3: UserWarning: beware\n"
    assert paths["outputs"][1]["text"] == "lifetimes/x.py data/cases/a.yaml"
    assert paths["outputs"][2]["data"]["text/html"] == '<style>#T_00001_row0 {}</style><table id="T_00001">'
    assert paths["outputs"][3]["data"]["text/html"] == '<table id="T_00002">'
    assert paths["outputs"][3]["data"]["application/vnd.crmlab.results+json"] == [{"value": 1.0}]
    assert set(clean["metadata"]) == {"kernelspec", "language_info", "crmlab"}
    assert clean["metadata"]["kernelspec"]["name"] == "python3"
    assert "3.11.4" not in dumps(clean)


def test_an_authors_own_answers_are_not_kept():
    reply = {"text/plain": "**x**: right.", "application/vnd.crmlab.answer+json": {"given": ["C1"]}}
    (kept,) = normalise(notebook(cell(result(reply))))["cells"][0]["outputs"]
    assert set(kept["data"]) == {"text/plain"}


def test_keys_and_solutions_are_folded_and_what_an_author_folded_stays_so():
    cells = [
        {"cell_type": "markdown", "metadata": {"tags": ["solution"]}, "source": ""},
        cell(name="key") | {"metadata": {"tags": ["key"], "jupyter": {"outputs_hidden": True}}},
        cell(name="own") | {"metadata": {"jupyter": {"source_hidden": True}}},
        cell(name="open") | {"metadata": {"tags": ["keyed"]}},
    ]
    folded = [item["metadata"].get("jupyter", {}) for item in normalise(notebook(*cells))["cells"]]
    hidden = {"source_hidden": True}
    assert folded == [hidden, hidden | {"outputs_hidden": True}, hidden, {}]
    assert "jupyter" not in cells[0]["metadata"]


def test_the_file_is_a_valid_notebook_that_jupyter_would_write_the_same():
    text = dumps(normalise(HARD))
    node = nbformat.reads(text, as_version=4)
    nbformat.validate(node)
    assert nbformat.writes(node) + "\n" == text
    assert "稳定期" in text


def test_a_cell_that_was_not_executed_is_named():
    never = notebook(cell(count=None, name="never"))
    with pytest.raises(InputError, match="'never' was not executed"):
        normalise(never)
    assert normalise(never, complete=False)["cells"][0]["execution_count"] is None


TEXT = st.text(
    st.sampled_from("ab01T_c /\\.<>\n0x\"'稳") | st.characters(codec="utf-8"), max_size=30
) | st.sampled_from(
    ["<f at 0x1 at 0x2>", "T_abcde T_00001", "/x/site-packages//y/site-packages/z", "ipykernel_1/2.py"]
)
OUTPUTS = st.builds(stream, st.sampled_from(["stdout", "stderr"]), TEXT, TEXT) | st.builds(
    lambda plain, html: result({"text/plain": plain, "text/html": html.splitlines(True)}), TEXT, TEXT
)


@given(st.lists(st.lists(OUTPUTS, max_size=4), max_size=3))
def test_twice_is_once(outputs):
    once = normalise(notebook(*(cell(*item, name=f"cell-{i}") for i, item in enumerate(outputs))))
    assert normalise(once) == once
    assert normalise(json.loads(dumps(once))) == once


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "lesson.ipynb"
    write(file, "before")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write(file, "after")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"lesson.ipynb": "before"}
