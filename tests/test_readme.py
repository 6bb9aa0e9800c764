"""The README tells the truth: its picture is the lesson's, and its table lists the lessons there are."""

import base64
import re
from pathlib import Path

from crmlab.course.catalog import lesson, lessons

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / ".github" / "tiers.png"


def picture() -> bytes:
    """Return the picture of the four tiers as the lesson stores it."""
    (cell,) = (
        cell for cell in lesson("22_tiers").notebook["cells"] if cell["id"] == "tiers-compared-picture"
    )
    return base64.b64decode(cell["outputs"][0]["data"]["image/png"])


def test_picture_is_the_lessons() -> None:
    assert PICTURE.read_bytes() == picture(), "run .venv/bin/python tests/test_readme.py"


def test_table_lists_every_lesson() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(notebooks/(\w+)/\1\.ipynb\) \| (.+) \|$", readme, re.M)
    assert [row[:2] for row in rows] == [(item.name, item.part) for item in lessons().values()]
    assert [row[2] for row in rows] == [item.title for item in lessons().values()]


def test_links_lead_somewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*.md"))
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(picture())
