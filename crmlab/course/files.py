"""Files of the course: JSON that may be missing, text kept in lines, and files written whole."""

import json
import os
from pathlib import Path
from typing import Any


def joined(text: str | list[str]) -> str:
    """Return text that a notebook may keep as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; nothing if there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, and leave one alone that says the same already."""
    content = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)  # a full disk leaves no hidden half
