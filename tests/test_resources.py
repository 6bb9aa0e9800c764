"""Lessons and data travel with the package, and an installed wheel finds them."""

import re
import subprocess
import sys
import zipfile

import pytest

from crmlab import resources

ROOT = resources.root()
USE = """
import crmlab
from crmlab import resources
from crmlab.course import cases, catalog
assert crmlab.datasets.cdnow(sample=True).count().to_pyarrow().as_py() == 6919
print(resources.root(), *catalog.lessons(), *cases.bundled())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def files(folder):
    """Return the visible files of a folder, as paths within the project."""
    paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not re.search(r"__pycache__|/\.", path.as_posix())}


def test_the_wheel_holds_all_lessons_data_code_and_the_lock(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"crmlab/_share/{name}" for folder in ("data", "notebooks") for name in files(folder)}
    wanted |= files("crmlab")
    assert not wanted - names
    assert {"crmlab/_share/data/cdnow/cdnow.parquet", "crmlab/_share/data/cases/cdnow.yaml"} <= names
    assert {"crmlab/py.typed", "crmlab/_share/requirements.lock"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_an_installed_wheel_finds_its_lessons_and_data(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    # -S leaves the checkout's own installation out; the libraries come back by their path.
    paths = [str(tmp_path), *(path for path in sys.path if path.endswith("site-packages"))]
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {paths!r}\n{USE}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "crmlab" / "_share"))
    assert {"22_tiers", "cdnow", "fernhill"} <= set(done.stdout.split())
