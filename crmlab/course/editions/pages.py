"""Slides and pages to print, from an executed lesson; both work from disk, without a network."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from crmlab.course.editions.notebooks import SECRET
from crmlab.course.normalise import joined, write
from crmlab.errors import InputError

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = "_static"
_BLOCK = re.compile(r"\n\s*\n")
_SHOWN = re.compile(r"^\s*(?:[-*] |\d+\. |\||\$\$|>|#|\*\*)")  # what a slide shows: lists, tables, formulas

_UNSEEN = {*SECRET, "skip", "parameters", "injected-parameters"}
_RENAMED = {"Parameters": "The case"}  # a slide shows the story that follows them, not the cell
_FULL = 900  # what a slide holds, in characters of prose


@dataclass
class Slide:
    """One slide: its heading and body as HTML, and what the speaker says."""

    heading: str = ""
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    starts_part: bool = False


def slides(notebook: dict[str, Any], title: str, assets: str = ASSETS) -> str:
    """Return a lesson as slides for reveal.js.

    Each heading begins a slide. Pictures, computed sentences, formulas, lists and tables are shown; code is
    not, and paragraphs go to the speaker's notes. A cell's tags say otherwise: ``slide`` begins a slide and
    shows all of the cell, ``fragment`` shows it on the next click, ``notes`` is for the speaker alone, and
    ``skip`` leaves it out.
    """
    stacks: list[list[Slide]] = []
    for slide in _slides(notebook["cells"]):
        if slide.starts_part or not stacks:
            stacks.append([])
        stacks[-1].append(slide)
    return _template("slides.html.j2").render(title=title, stacks=stacks, assets=assets)


def printed(notebook: dict[str, Any], title: str, subtitle: str = "", assets: str = ASSETS) -> str:
    """Return a lesson as one page whose style is made for paper."""
    cells = [_printed(cell) for cell in notebook["cells"] if not _tags(cell) & {*SECRET, "skip"}]
    return _template("print.html.j2").render(title=title, subtitle=subtitle, cells=cells, assets=assets)


def copy_assets(folder: Path) -> None:
    """Put reveal.js, MathJax and the styles into a folder that pages share.

    Raises
    ------
    InputError
        What carries them is not installed.
    """
    reveal = _installed("sphinx_revealjs") / "_static" / "revealjs"
    mathjax = _installed("sphinx-mathjax-offline") / "static" / "mathjax"
    for source, name in ((reveal / "dist", "reveal"), (reveal / "plugin" / "notes", "notes")):
        files = [source / "reveal.js", source / "reveal.css", source / "notes.js"]
        for file in files:
            if file.is_file():
                write(folder / name / file.name, file.read_bytes())
    write(folder / "reveal" / "LICENSE", (reveal / "LICENSE").read_bytes())
    shutil.copytree(
        mathjax, folder / "mathjax", dirs_exist_ok=True, ignore=shutil.ignore_patterns("sre", "a11y")
    )
    for style in TEMPLATES.glob("*.css"):
        write(folder / style.name, style.read_bytes())


def _slides(cells: list[dict[str, Any]]) -> Iterator[Slide]:
    current = Slide(starts_part=True)
    for role, html in chain.from_iterable(map(_items, cells)):
        if role == "notes":
            current.notes.append(html)
        elif role == "shown":
            if current.body and sum(map(_weight, current.body)) + _weight(html) > _FULL:
                yield current
                current = Slide(current.heading)
            current.body.append(html)
        else:
            if current.heading or current.body:
                yield current
            current = Slide(html, starts_part=role == "part")
    yield current


def _items(cell: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a cell gives to slides: its HTML, and whether it is a part, a heading, shown, or notes."""
    tags = _tags(cell)
    if tags & _UNSEEN or str(cell.get("id", "")).endswith("-answer"):
        return
    frame = '<div class="fragment">{}</div>' if "fragment" in tags else "{}"
    if cell["cell_type"] == "code":
        yield from (("shown", frame.format(html)) for html in _outputs(cell))
        return
    for block in _blocks(joined(cell["source"])):
        if heading := re.match(r"(#{1,4})\s+(.*)", block):
            name = _RENAMED.get(heading[2], heading[2])
            yield "part" if len(heading[1]) <= 2 else "heading", _markdown(name, inline=True)
        elif "notes" not in tags and (tags & {"slide", "fragment"} or _SHOWN.match(block)):
            yield "shown", frame.format(_markdown(block))
        else:
            yield "notes", _markdown(block)


def _weight(html: str) -> int:
    """Return about how much of a slide some HTML fills, in characters of prose."""
    text = len(re.sub(r"<style.*?</style>|<[^>]*>", "", html, flags=re.DOTALL))
    return text + 500 * html.count("<img") + 60 * html.count("<tr") + 100 * html.count("\\[")


def _blocks(source: str) -> list[str]:
    """Return the paragraphs of a text; a heading is one of its own."""
    parts = []
    for block in _BLOCK.split(source.strip()):
        head, _, rest = block.partition("\n") if block.startswith("#") else ("", "", block)
        parts += [part for part in (head, rest) if part.strip()]
    return parts


def _printed(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] == "markdown":
        return {"kind": "prose", "html": _markdown(joined(cell["source"]), cell.get("attachments"))}
    return {"kind": "code", "source": joined(cell["source"]), "outputs": list(_outputs(cell))}


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the outputs of a cell as HTML: pictures with their words, sentences, tables, text."""
    from markupsafe import Markup

    for output in cell.get("outputs", []):
        shown = output.get("data", {}).items()
        data = {kind: joined(value) for kind, value in shown if kind.startswith(("text/", "image/"))}
        if "image/png" in data:
            words = output.get("metadata", {}).get("image/png", {}).get("alt", data.get("text/plain", ""))
            picture = Markup('<img alt="{}" src="data:image/png;base64,{}">')
            yield str(picture.format(words, data["image/png"].replace("\n", "")))
        elif "text/markdown" in data:
            yield _markdown(data["text/markdown"])
        elif "text/html" in data:
            yield f'<div class="table">{_without_scripts(data["text/html"])}</div>'
        elif text := data.get("text/plain") or joined(output.get("text", "")):
            yield str(Markup("<pre>{}</pre>").format(text))


def _without_scripts(html: str) -> str:
    """Return a table's HTML without what could run: its text comes from data."""
    return re.sub(r"(?is)<\s*(script|iframe|object|embed|link)\b.*?(?:</\s*\1\s*>|>)", "", html)


def _markdown(text: str, attachments: Any = None, *, inline: bool = False) -> str:
    for name, data in (attachments or {}).items():
        [(kind, content)] = list(data.items())[:1]
        text = text.replace(f"(attachment:{name})", f"(data:{kind};base64,{joined(content)})")
    parser = _parser()
    return str(parser.renderInline(text) if inline else parser.render(text))


@cache
def _parser() -> Any:
    """Return a parser of Markdown with formulas; raw HTML is shown, never obeyed."""
    from markdown_it import MarkdownIt
    from markupsafe import escape
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def formula(content: str, options: dict[str, bool]) -> str:
        text = escape(content.strip())
        return f"\\[{text}\\]" if options["display_mode"] else f"\\({text}\\)"

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    allowed = parser.validateLink
    parser.validateLink = lambda url: allowed(url) or url.startswith("data:image/png;")  # type: ignore[method-assign]
    return parser.use(dollarmath_plugin, renderer=formula, allow_digits=False, allow_space=False)


def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(name)


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def _installed(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise InputError(
            f"Slides and pages need {package}. Install the course: pip install 'crmlab[course]'."
        )
    return Path(found.origin).parent
