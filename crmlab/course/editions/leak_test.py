"""The leak test: nothing of a solution survives in what students get."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from crmlab.course.editions.notebooks import PICTURE, SECRET
from crmlab.course.files import joined
from crmlab.language import tr

LEAST = 16
"""Characters from which a line tells something; shorter ones, such as ``],``, stand everywhere."""


def leaks(notebook: dict[str, Any], source: dict[str, Any]) -> list[str]:
    """Return, in words, what of the secret cells of a source survives in an edition for students.

    Looked for are lines of their sources and outputs (as they are, and as base64 or as a hash of the usual
    kinds), outputs of any cell, attachments beside the pictures to aim at, and cells with a secret tag.

    Parameters
    ----------
    notebook : dict
        The edition for students.
    source : dict
        The lesson as its author stored it, with keys, solutions and their outputs.

    Examples
    --------
    >>> secret = {"cell_type": "code", "id": "sum-solution", "metadata": {"tags": ["solution"]},
    ...           "source": "answer = customers['total'].sum()", "outputs": []}
    >>> leaks({"cells": [secret | {"metadata": {}}], "metadata": {}}, {"cells": [secret], "metadata": {}})
    ["cell 'sum-solution' holds the line: answer = customers['total'].sum()"]
    """
    found = []
    secrets = set(_secret_lines(source))
    disguised = {form: line for line in secrets for form in _disguises(line)}
    for cell in notebook["cells"]:
        place = f"cell '{cell.get('id', '?')}'"
        tags = set(cell["metadata"].get("tags", [])) & set(SECRET)
        found += [f"{place} is tagged {tag}" for tag in sorted(tags)]
        found += [f"{place} has an output" for _ in cell.get("outputs", [])[:1]]
        if cell.get("attachments") and tr(PICTURE) not in joined(cell["source"]):
            found.append(f"{place} has an attachment")
        text = joined(cell["source"])
        found += [f"{place} holds the line: {line}" for line in _lines(text) if line in secrets]
        found += _hidden(text, disguised, place)
    return found + _hidden(str(notebook["metadata"]), disguised, "the metadata")


def _secret_lines(source: dict[str, Any]) -> Iterator[str]:
    """Yield lines of secret cells that no open cell has too."""
    cells = [(set(cell["metadata"].get("tags", [])) & set(SECRET), cell) for cell in source["cells"]]
    common = {line for secret, cell in cells if not secret for line in _lines(_content(cell))}
    for secret, cell in cells:
        if secret:
            yield from (line for line in _lines(_content(cell)) if line not in common and _tells(line))


def _content(cell: dict[str, Any]) -> str:
    """Return the source of a cell and the text of its outputs."""
    texts = [joined(cell["source"])]
    for output in cell.get("outputs", []):
        texts.append(joined(output.get("text", "")))
        texts += [joined(data) for kind, data in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(texts)


def _lines(text: str) -> Iterable[str]:
    return [" ".join(line.split()) for line in text.splitlines() if len(line.strip()) >= LEAST]


def _tells(line: str) -> bool:
    """Whether a line is more than the frame of an exercise, whose name and tolerance are no secret."""
    return not re.fullmatch(r"\w+ = lesson\.\w+\(|[\"'][^\"']*[\"'],|tolerance=[\d.]+,|hints?=.*", line)


def _disguises(line: str) -> Iterator[str]:
    raw = line.encode()
    yield from (hashlib.new(kind, raw).hexdigest() for kind in ("md5", "sha1", "sha256", "sha512"))
    yield base64.b64encode(raw).decode().rstrip("=")[:-1]  # the last sign depends on what follows


def _hidden(text: str, disguised: dict[str, str], place: str) -> list[str]:
    return [f"{place} holds in disguise: {line}" for form, line in disguised.items() if form in text]
