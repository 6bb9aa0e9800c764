"""The page "How it is built": the floors of the package, which pyproject.toml names for the test of imports.

That file and CONTRIBUTING.md stay in the checkout, and so does the page: it is for whoever changes crmlab.
"""

import ast
import re
import tomllib
from html import escape
from pathlib import Path
from typing import Any

import crmlab
from crmlab import resources
from crmlab.course.reference import first_sentence

_PACKAGE = Path(crmlab.__file__).parent
_WIDTH, _ROW, _GAP, _BESIDE = 480, 32, 8, 4  # sizes of the picture; rooms beside each other
_TITLE = "The floors of crmlab, from the top."


def sources() -> list[Path]:
    """Return the files that the page is made from, beside the package; none where there is no checkout."""
    found = [resources.root() / name for name in ("pyproject.toml", "CONTRIBUTING.md")]
    return found if all(path.is_file() for path in found) else []


def shown() -> dict[str, Any]:
    """Return what the page's template shows."""
    settings, contributing = (path.read_text(encoding="utf-8") for path in sources())
    house = floors(settings)
    return {
        "picture": picture(house),
        "floors": [[(room, room in crmlab.__all__, _line(room)) for room in floor] for floor in house],
        "derived": re.split(r"^## .*\n", contributing.partition("\n## Derived files\n")[2], flags=re.M)[0],
    }


def floors(settings: str) -> list[list[str]]:
    r"""Return the rooms of each floor, from the top.

    Examples
    --------
    >>> floors('[[tool.importlinter.contracts]]\ntype = "layers"\nlayers = ["cli", "clv | pyramid"]')
    [['cli'], ['clv', 'pyramid']]
    """
    contracts = tomllib.loads(settings)["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [re.split(r"\s*[|:]\s*", layer) for layer in layers]


def _line(room: str) -> str:
    file = _PACKAGE / room / "__init__.py"
    file = file if file.is_file() else _PACKAGE / f"{room}.py"
    return first_sentence(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))


def picture(house: list[list[str]]) -> str:
    """Return the floors as SVG in the colour of the text around it: it reads in grey and in the dark."""
    drawn, top = [f'<path d="M{_WIDTH / 2} 2 L{_WIDTH - 4} 40 H4 Z"/>'], 48
    for floor in house:
        rows = [floor[start : start + _BESIDE] for start in range(0, len(floor), _BESIDE)]
        height = len(rows) * (_ROW + _GAP) + _GAP
        drawn.append(f'<rect class="floor" x="4" y="{top}" width="{_WIDTH - 8}" height="{height}"/>')
        for number, row in enumerate(rows):
            drawn += _rooms(row, top + _GAP + number * (_ROW + _GAP))
        top += height + _GAP
    words = escape(f"{_TITLE} {'; '.join(', '.join(floor) for floor in house)}.")
    box = f'viewBox="0 0 {_WIDTH} {top}" role="img" aria-label="{words}"'
    return f'<svg class="house" xmlns="http://www.w3.org/2000/svg" {box}>{"".join(drawn)}</svg>'


def _rooms(row: list[str], top: int) -> list[str]:
    """Return the rooms that stand beside each other, equally wide."""
    width = (_WIDTH - 8 - _GAP * (len(row) + 1)) / len(row)
    drawn = []
    for number, room in enumerate(row):
        left = 4 + _GAP + number * (width + _GAP)
        drawn.append(f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{_ROW}"/>')
        drawn.append(f'<text x="{left + width / 2:.0f}" y="{top + 21}">{escape(room)}</text>')
    return drawn
