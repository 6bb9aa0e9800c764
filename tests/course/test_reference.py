"""What the reference and the page on how crmlab is built take from the package, and when they follow it."""

import sys
from types import ModuleType

import pytest

from crmlab.course import house, reference, site

SOURCE = """
def shown(): "Shown."
def _hidden(): "Hidden."
"""


@pytest.fixture
def module(monkeypatch):
    """Return a function that makes a module ``crmlab.NAME``."""

    def make(name, source, **values):
        made = ModuleType(f"crmlab.{name}")
        exec(source, vars(made))
        vars(made).update(values)
        monkeypatch.setitem(sys.modules, made.__name__, made)
        return made

    return make


def names(module):
    return [each.name for each in reference.offered(module)]


def test_a_module_offers_what_it_says_and_else_what_it_defines(module):
    part = module("part", SOURCE)
    assert names(part) == ["shown"]
    assert names(module("user", "def own(): pass", shown=part.shown, ModuleType=ModuleType)) == ["own"]
    package = module("package", "", __all__=["shown", "part"], shown=part.shown, part=part)
    assert names(package) == ["shown"]


def test_a_name_is_described_where_it_was_made_and_elsewhere_leads_there():
    homes = reference.homes()
    assert homes["crmlab.read"].path == "crmlab.transactions.read"
    assert homes["crmlab.clv.FitError"].path == homes["crmlab.FitError"].path == "crmlab.errors.FitError"
    assert homes["crmlab.summarise"].path == "crmlab.summarise"  # its module is not public


def test_every_page_is_written_once_and_a_large_class_has_its_own():
    pages = reference.pages()
    assert {*reference.modules()} <= {*pages}
    assert ".. autoclass:: crmlab.clv.BGNBD" in pages["crmlab.clv.BGNBD"]
    assert ".. autoclass:: crmlab.pyramid.Scheme" in pages["crmlab.pyramid"]
    assert not [line for page in pages.values() for line in page.splitlines() if "._" in line]


def test_the_page_on_the_floors_follows_its_sources(tmp_path, monkeypatch):
    settings, contributing = tmp_path / "pyproject.toml", tmp_path / "CONTRIBUTING.md"
    contributing.write_text("# C\n\n## Derived files\n\nA table.\n\n## Release\n\nNo.\n", encoding="utf-8")
    monkeypatch.setattr(house, "sources", lambda: [settings, contributing])
    contract = '[[tool.importlinter.contracts]]\ntype = "layers"\nlayers = '
    settings.write_text(f'{contract}["cli", "clv | pyramid : words", "errors"]', encoding="utf-8")
    shown, before = house.shown(), site._fingerprint(tmp_path, with_package=True)
    assert [[room for room, *_ in floor] for floor in shown["floors"]] == [
        ["cli"],
        ["clv", "pyramid", "words"],
        ["errors"],
    ]
    assert shown["floors"][2] == [
        ("errors", True, "What goes wrong, said so that a person can put it right.")
    ]
    assert shown["derived"].strip() == "A table."
    assert "cli; clv, pyramid, words; errors." in shown["picture"]
    settings.write_text(f'{contract}["cli", "errors"]', encoding="utf-8")
    assert "cli; errors." in house.shown()["picture"]
    assert site._fingerprint(tmp_path, with_package=True) != before


def test_without_a_checkout_there_is_no_page_on_the_floors(tmp_path, monkeypatch):
    monkeypatch.setattr(house.resources, "root", lambda: tmp_path)
    assert house.sources() == []
