"""The package as a whole: quick to import, complete, explained, and installable with conda too."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from dataclasses import is_dataclass
from pathlib import Path

import pytest
import yaml

import crmlab

ROOT = Path(__file__).parent.parent
NOT_THEORY = {"course", "plots"}
MODULES = [
    getattr(crmlab, name)
    for name in crmlab.__all__
    if inspect.ismodule(getattr(crmlab, name)) and name not in NOT_THEORY
]
# What conda-forge calls by another name, and what it lacks.
CONDA = {
    "ibis-framework[duckdb]": "ibis-duckdb",
    "jsonschema[format-nongpl]": "jsonschema-with-format-nongpl",
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
    "types-PyYAML": "types-pyyaml",
}
NOT_ON_CONDA = {"axe-core-python", "sphinx-mathjax-offline", "sphinx-revealjs"}


def test_import_loads_only_the_standard_library():
    code = "import sys, crmlab; dir(crmlab); print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    plain = subprocess.run(
        [sys.executable, "-c", "import sys; print(*{name.partition('.')[0] for name in sys.modules})"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split()) - set(plain.stdout.split())
    assert loaded - sys.stdlib_module_names == {"crmlab"}


@pytest.mark.slow
def test_no_module_loads_heavy_libraries_before_they_are_used() -> None:
    """What a command imports before it works, such as `crmlab analyse`, is there in a moment."""
    code = "import sys, crmlab.analysis, crmlab.course.lesson, crmlab.plots; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "scipy.stats",
        "scipy.optimize",
        "seaborn",
        "statsmodels",
        "sklearn",
        "networkx",
        "sphinx",
        "papermill",
    }
    assert heavy & {*done.stdout.split()} == set()


@pytest.mark.parametrize("name", ["", ".course", ".plots", ".clv"])
def test_every_public_name_resolves(name):
    module = importlib.import_module(f"crmlab{name}")
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for public in module.__all__:
        assert getattr(module, public) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = module.nonsense


def public(module):
    """Return the functions and classes that a module offers, but for records and errors."""
    names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    for item in (getattr(module, name) for name in names):
        if inspect.ismodule(item) and item.__name__.startswith(f"{module.__name__}."):
            yield from public(item)
        made_here = getattr(item, "__module__", "").startswith(module.__name__)
        if made_here and (inspect.isfunction(item) or inspect.isclass(item)):
            is_record = inspect.isclass(item) and (is_dataclass(item) or issubclass(item, Exception))
            if not is_record:
                yield item


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_public_names_are_explained_by_an_example(module):
    items = [*public(module)]
    assert items
    bare = [item.__qualname__ for item in items if ">>> " not in (item.__doc__ or "")]
    assert not bare, f"no example in the docstring of {bare}"


def test_conda_environment_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(extras[name] for name in extras if name != "spark")]
    wanted = {split(line) for group in groups for line in group}
    given = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = (item["pip"] for item in given if isinstance(item, dict))
    assert pip[-1] == "-e ."
    assert {split(line) for line in pip[:-1]} == {line for line in wanted if line[0] in NOT_ON_CONDA}
    conda = {split(line) for line in given if isinstance(line, str)}
    expected = {(CONDA.get(name, name), bounds) for name, bounds in wanted if name not in NOT_ON_CONDA}
    assert conda == expected | {("python", project["requires-python"]), ("pip", "")}


def test_nobody_is_told_to_install_a_name_that_is_not_ours():
    """Whoever takes the name on the index first would run code on the reader's machine."""
    texts = [*(ROOT / "crmlab").rglob("*.py"), *(ROOT / "notebooks").rglob("*.ipynb"), ROOT / "README.md"]
    told = re.compile(r"""install\s+["'\\]*crmlab""")
    ours = [path for path in texts if told.search(path.read_text(encoding="utf-8"))]
    assert ours == []


def pins(lock):
    """Return the packages of a lock as name, version and the lines of their hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.M), "a lock says nothing of where packages come from"
    return re.findall(r"^([\w.-]+)==(\S+).*\n((?:    .+\n)*)", text, re.M)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-spark.lock"])
def test_locks_are_hashed_and_agree_with_the_first(lock):
    known = {(name, version) for name, version, _ in pins("requirements.lock")}
    names = {name for name, _ in known}
    found = pins(lock)
    assert found
    assert all("--hash=sha256:" in hashes for _, _, hashes in found)
    assert {(name, version) for name, version, _ in found if name in names} <= known


def test_who_runs_lessons_installs_what_they_need_and_no_tests():
    names = {name for name, _, _ in pins("requirements.lock")}
    assert {"jupyterlab", "hatchling", "editables", "papermill", "pooch"} <= names
    assert not names & {"pytest", "mypy", "ruff", "selenium", "polars", "hypothesis", "nbval", "uv"}


def split(line):
    """Split a requirement into its name, with extras, and its bounds."""
    name, bounds = re.fullmatch(r"([\w.-]+(?:\[[\w-]+\])?)\s*(.*)", line).groups()
    return name, bounds.replace(" ", "")


def test_no_function_hides_a_module_of_its_name():
    hidden = []
    for found in pkgutil.walk_packages(crmlab.__path__, "crmlab."):
        if found.name.endswith("__main__") or "._" in found.name:
            continue
        package, _, name = found.name.rpartition(".")
        offered = getattr(importlib.import_module(package), name, None)
        if offered is not None and not inspect.ismodule(offered):
            hidden.append(found.name)
    assert hidden == []


def test_errors_and_transactions_are_there_from_the_first_line():
    code = "import crmlab as crm; print(crm.transactions.suggest, crm.errors.InputError is crm.InputError)"
    for name in ("CrmlabError", "DataError", "FitError", "NotForThisCase"):
        code += f"; crm.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")
