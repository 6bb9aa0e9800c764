"""The reference of the package: a page for each public module and large class, made from the package itself.

Sphinx calls `setup`, and its own autodoc reads the docstrings. What is public is said by ``__all__`` of
crmlab and of the modules that it offers. A module without it offers what it defines: functions, classes, and
constants with a text of their own.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from pprint import pformat
from types import ModuleType
from typing import Any

import crmlab
from crmlab.course.files import write
from crmlab.language import tr

FOLDER = "api"
_TEMPLATES = Path(__file__).parent / "_site"
_MANY = 6  # a class with so many public members has a page of its own
_LINES = 12  # a constant's value that takes more of them is left out
_CHOICE = re.compile(r"\*(\{[^{}*]*\})([^*]*)\*")
_ARRAY = re.compile(
    r"~?(?:numpy\.)?ndarray\[tuple\[~?(?:typing\.)?Any, \.\.\.\], ~?(?:numpy\.)?dtype\[([^\]]+)\]\]"
)


@dataclass(frozen=True)
class Name:
    """A public name of a module that is no module: a function, a class, an error or a constant."""

    module: ModuleType
    name: str

    @property
    def path(self) -> str:
        """How it is written after ``import crmlab``."""
        return f"{self.module.__name__}.{self.name}"

    @cached_property
    def item(self) -> Any:
        """What it stands for."""
        return getattr(self.module, self.name)

    @property
    def kind(self) -> str:
        """Sphinx's word for what it is."""
        if inspect.isclass(self.item):
            return "exception" if issubclass(self.item, Exception) else "class"
        return "function" if inspect.isroutine(self.item) else "data"

    @property
    def is_large(self) -> bool:
        """Whether it is a class whose methods fill a page."""
        public = [name for name in dir(self.item) if not name.startswith("_")]
        return self.kind == "class" and len(public) >= _MANY

    @property
    def text(self) -> str:
        """Its docstring; of a constant, the text below its value, wherever in the package that stands."""
        if self.kind != "data":
            return inspect.getdoc(self.item) or ""
        from sphinx.pycode import ModuleAnalyzer

        for place in _inside(self.module):
            if vars(place).get(self.name) is self.item:
                analyzer = ModuleAnalyzer.for_module(place.__name__)
                if lines := analyzer.find_attr_docs().get(("", self.name)):
                    return "\n".join(lines)
        return ""


def modules() -> dict[str, ModuleType]:
    """Return the public modules by their names, crmlab first."""
    found = {crmlab.__name__: crmlab}
    todo = [crmlab]
    while todo:
        module = todo.pop()
        for name in getattr(module, "__all__", ()):
            part = getattr(module, name)
            if inspect.ismodule(part) and part.__name__ not in found:
                found[part.__name__] = part
                todo.append(part)
    return dict(sorted(found.items()))


def offered(module: ModuleType) -> list[Name]:
    """Return what a module offers, but for modules."""
    if names := getattr(module, "__all__", None):
        found = [Name(module, name) for name in names]
        return [each for each in found if not inspect.ismodule(each.item)]
    found = [Name(module, name) for name in vars(module) if not name.startswith("_")]
    return [each for each in found if _is_made_in(module, each)]


def _is_made_in(module: ModuleType, each: Name) -> bool:
    if each.kind == "data":
        return not inspect.ismodule(each.item) and bool(each.text)
    return bool(each.item.__module__ == module.__name__)


def _inside(module: ModuleType) -> Iterator[ModuleType]:
    """Yield a module and, where it is a package, those parts of it that have been imported."""
    yield module
    for name, part in [*sys.modules.items()]:
        if name.startswith(f"{module.__name__}."):
            yield part


@cache
def homes() -> dict[str, Name]:
    """Return each public name with the one under which it is described.

    ``crmlab.read`` is ``crmlab.transactions.read``: of several names, that of the module nearest to its
    source.
    """
    every = [name for module in modules().values() for name in offered(module)]
    return {each.path: max((o for o in every if o.item is each.item), key=_nearness) for each in every}


def _nearness(name: Name) -> int:
    source = getattr(name.item, "__module__", "")
    return len(name.module.__name__) if f"{source}.".startswith(f"{name.module.__name__}.") else 0


def pages() -> dict[str, str]:
    """Return the pages of the reference in reStructuredText, by the names of their files without suffix."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals |= {"tr": tr}
    known, home, written = modules(), homes(), {}
    for name, module in known.items():
        names, parts = offered(module), [part for part in known if part.rpartition(".")[0] == name]
        here = [each for each in names if home[each.path] == each]
        lines = [
            (part.rpartition(".")[2], part, first_sentence(inspect.getdoc(known[part]))) for part in parts
        ]
        lines += [(each.name, home[each.path].path, first_sentence(each.text)) for each in names]
        apart = [each for each in here if each.is_large]
        inline = [each for each in here if not each.is_large]
        title = name if "." in name else tr("The package {name}", name=name)
        shown = {"module": module, "parts": parts, "lines": lines, "apart": apart, "inline": inline}
        written[name] = templates.get_template("module.rst").render(shown, title=title)
        for each in apart:
            written[each.path] = templates.get_template("class.rst").render(name=each)
    return written


def first_sentence(text: str | None) -> str:
    r"""Return the first sentence of a docstring, in one line.

    Examples
    --------
    >>> first_sentence("What is it\nworth? More.")
    'What is it worth?'
    """
    paragraph = " ".join((text or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.?!]) (?=[A-Z])", paragraph)[0]


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx write the pages before it reads them."""
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.napoleon"):
        app.setup_extension(extension)
    app.connect("builder-inited", _write)
    app.connect("autodoc-process-docstring", _describe, priority=600)  # after napoleon, at 500
    app.connect("autodoc-process-signature", _shorten)
    app.connect("missing-reference", _lead_home)
    return {"parallel_read_safe": True}


def _write(app: Any) -> None:
    for name, text in pages().items():
        write(Path(app.srcdir) / FOLDER / f"{name}.rst", text)


def _describe(app: Any, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """Mend what napoleon made of a docstring: it takes "Criterion: less" for a type where nothing is called.

    A constant's text may stand in another module than the one that offers it; its value follows. The words
    that an argument may be are code, for else their quotation marks would become those of prose.
    """
    from sphinx.ext.napoleon.docstring import NumpyDocstring

    if what in ("data", "property"):
        text = homes()[name].text if what == "data" else inspect.getdoc(item) or ""
        lines[:] = NumpyDocstring(text, app.config, app, "function", name, item, options).lines()
        lines += ["", *(_shown(item) if what == "data" else []), ""]
    lines[:] = [_CHOICE.sub(r"``\1``\2", line) for line in lines]


def _shown(value: Any) -> list[str]:
    """Return the value of a constant as a block of reStructuredText, unless it is too long to be read."""
    if hasattr(value, "to_html"):
        kind, text = "raw:: html", value.to_html(border=0)
    else:
        kind, text = "code-block:: python", pformat(value, width=88, sort_dicts=False)
        if text.count("\n") > _LINES:
            return []
    return [f".. {kind}", "", *(f"   {line}" for line in text.splitlines())]


def _shorten(
    _app: Any, _what: str, _name: str, _item: Any, _options: Any, given: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Write types and defaults in a signature as their authors did."""
    return _plain(given), _plain(returned)


def _plain(signature: str | None) -> str | None:
    text = _ARRAY.sub(r"~numpy.typing.NDArray[\1]", signature or "")
    text = re.sub(r"mappingproxy\((\{[^}]*\})\)", r"\1", text)
    return re.sub(r"\bpd\.", "~pandas.", text) or None


def _lead_home(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Let another name of something lead to where it is described."""
    found = homes().get(node.get("reftarget"))
    if found is None or node.get("refdomain") != "py":
        return None
    python = env.domains["py"]
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", found.path, node, content)
