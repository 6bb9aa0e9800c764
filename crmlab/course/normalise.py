"""One form for executed notebooks: running one again without a change gives the same bytes."""

import re
from typing import Any

from crmlab import resources
from crmlab.course.files import joined
from crmlab.errors import InputError

_CELL_METADATA = ("tags", "mystnb", "jupyter")
_FOLDED = {"key", "solution", "hide-input"}
"""Tags of cells whose source Jupyter shows folded."""
_NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
# What differs from machine to machine or from run to run, and what stands for it.
_PASSING = (
    (re.compile(r"[^\s\"'<>(]*ipykernel_\d+[/\\]\d+\.py"), "cell.py"),
    (re.compile(r"[^\s\"'<>(]*[/\\]site-packages[/\\]"), ""),
    (re.compile(r"(?<=\S)(?: at 0x[0-9A-Fa-f]+)+(?=>)"), ""),
)
_ANSWER = "application/vnd.crmlab.answer+json"
"""What a check keeps of a student's answer. In a lesson it is the author's own, and can be long."""
_STYLER_ID = re.compile(r"\bT_[0-9a-f]{5}(?![0-9A-Za-z])")


def normalise(notebook: dict[str, Any], *, complete: bool = True) -> dict[str, Any]:
    """Return an executed notebook without what changes from run to run.

    Cell ids, tags, what is folded, results and the alternative text of pictures stay. Times, the tools' own
    metadata, paths of this machine, memory addresses and records of answers go; execution counts run from 1;
    a stream in pieces is joined. Cells tagged
    ``key``, ``solution`` or ``hide-input`` are folded.

    Parameters
    ----------
    notebook : dict
        A notebook as JSON, format 4, multi-line text joined or in lists.
    complete : bool
        Whether every code cell must have been executed. Not so where a failing cell stopped the rest.

    Raises
    ------
    InputError
        A code cell was not executed.

    Examples
    --------
    >>> cell = {"cell_type": "code", "id": "sum", "metadata": {"execution": {"started": "12:00"}},
    ...         "source": ["1 + 1"], "execution_count": 7, "outputs": []}
    >>> normalise({"cells": [cell], "metadata": {}})["cells"][0]["execution_count"]
    1
    """
    text = _Text()
    cells = [_cell(cell, text) for cell in notebook["cells"]]
    count = 0
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        if cell["execution_count"] is not None:
            count += 1
            cell["execution_count"] = count
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
        elif complete and cell["source"].strip():
            raise InputError(
                f"The code cell '{cell.get('id', '?')}' was not executed. Run the notebook top to bottom."
            )
    own = {key: value for key, value in notebook["metadata"].items() if key == "crmlab"}
    return {"cells": cells, "metadata": _NOTEBOOK_METADATA | own, "nbformat": 4, "nbformat_minor": 5}


def dumps(notebook: dict[str, Any]) -> str:
    """Return a notebook as the text of its file, in the form that Jupyter writes."""
    import nbformat

    node = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    return str(nbformat.writes(node, version=4)) + "\n"  # type: ignore[no-untyped-call]


class _Text:
    """Cleans the texts of one notebook; a styled table's random id becomes its number in the notebook."""

    def __init__(self) -> None:
        self.styled: dict[str, str] = {}
        self.root = re.compile(re.escape(str(resources.root())) + r"[/\\]")

    def clean(self, text: str | list[str]) -> str:
        text = joined(text)
        for pattern, standing in _PASSING:
            text = pattern.sub(standing, text)
        return _STYLER_ID.sub(self._styler_id, self.root.sub("", text))

    def _styler_id(self, match: re.Match[str]) -> str:
        return self.styled.setdefault(match[0], f"T_{len(self.styled) + 1:05d}")


def _cell(cell: dict[str, Any], text: _Text) -> dict[str, Any]:
    kept: dict[str, Any] = {key: cell[key] for key in ("cell_type", "id", "attachments") if key in cell}
    kept["source"] = joined(cell["source"])
    kept["metadata"] = {key: cell["metadata"][key] for key in _CELL_METADATA if cell["metadata"].get(key)}
    if _FOLDED & set(kept["metadata"].get("tags", [])):
        kept["metadata"]["jupyter"] = kept["metadata"].get("jupyter", {}) | {"source_hidden": True}
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell["execution_count"]
        kept["outputs"] = _outputs(cell["outputs"], text)
    return kept


def _outputs(outputs: list[dict[str, Any]], text: _Text) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for output in outputs:
        new = {key: value for key, value in output.items() if key != "transient"}
        if new["output_type"] == "stream":
            new["text"] = joined(new["text"])
            if kept and kept[-1]["output_type"] == "stream" and kept[-1]["name"] == new["name"]:
                kept[-1]["text"] += new["text"]
                continue
        kept.append(new)
    for new in kept:
        if "text" in new:
            new["text"] = text.clean(new["text"])
        if "data" in new:
            new["data"] = {
                kind: text.clean(value) if kind.startswith("text/") else value
                for kind, value in new["data"].items()
                if kind != _ANSWER
            }
    return kept
