"""What a student installs: this very crmlab as a wheel, the locked libraries, and a page that says how."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import crmlab
from crmlab import resources
from crmlab.course.terms.workspaces import zipped
from crmlab.errors import CrmlabError

LOCK = "requirements.lock"


def files() -> dict[str, bytes]:
    """Return the files of the folder ``install`` by their names.

    Raises
    ------
    CrmlabError
        The wheel cannot be made.
    """
    name, content = _wheel()
    lock = (resources.root() / LOCK).read_bytes()
    page = _page(name)
    return {name: content, LOCK: lock, "index.html": page.encode()}


def _wheel() -> tuple[str, bytes]:
    """Return the wheel of the crmlab that runs: built from a checkout, or packed from what is installed."""
    root = resources.root()
    if (root / "pyproject.toml").is_file():
        return _built(root)
    name = f"crmlab-{crmlab.__version__}-py3-none-any.whl"
    return name, zipped(dict(_installed()))


def _built(root: Path) -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="crmlab-") as place:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", place],
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        made = sorted(Path(place).glob("*.whl"))
        if done.returncode or not made:
            raise CrmlabError(f"The wheel for students was not built. Hatchling says: {done.stderr.strip()}")
        return made[0].name, made[0].read_bytes()


def _installed() -> Iterator[tuple[str, bytes]]:
    """Yield what the wheel held that this crmlab was installed from."""
    left_out = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")
    for file in distribution("crmlab").files or ():
        place = file.as_posix()
        if not place.startswith("..") and "__pycache__" not in place and file.name not in left_out:
            yield place, Path(str(file.locate())).read_bytes()
        elif file.name == "RECORD":
            lines = file.read_text().splitlines()
            kept = [
                line
                for line in lines
                if not (
                    line.startswith("..")
                    or "__pycache__" in line
                    or any(f"/{x}," in line for x in left_out[:3])
                )
            ]
            yield place, "\n".join(kept).encode() + b"\n"


def _page(wheel: str) -> str:
    from crmlab.course.editions.pages import template

    return str(template("install.html.j2").render(wheel=wheel, lock=LOCK, version=crmlab.__version__))
