"""Imports point down the floors of the house, which pyproject.toml names, and nowhere in a circle."""

from graphlib import TopologicalSorter
from pathlib import Path

import grimp
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent


def test_imports_point_down():
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_module_imports_itself_by_way_of_others():
    graph = grimp.build_graph("crmlab", cache_dir=None)
    imported = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    TopologicalSorter(imported).prepare()  # its error names the circle
