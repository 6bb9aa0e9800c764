"""Slides and pages to print, from an executed lesson; both work from disk, without a network.

No page runs what data say: scripts come from the folder of assets alone, formulas are typeset only where a
lesson's own text has them, and HTML in outputs is cleaned.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from crmlab import templates
from crmlab.course.editions.notebooks import SECRET
from crmlab.course.files import joined
from crmlab.course.markdown import to_html, without_lesson_links
from crmlab.course.security import content_policy
from crmlab.errors import InputError
from crmlab.language import mark, tr

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = "_static"
_BLOCK = re.compile(r"\n\s*\n")
_SHOWN = re.compile(r"^\s*(?:[-*] |\d+\. |\||\$\$|>|#|\*\*)")  # what a slide shows: lists, tables, formulas

_UNSEEN = {*SECRET, "skip", "parameters", "injected-parameters"}
_RENAMED = {"Parameters": mark("The case")}  # a slide shows the story that follows them, not the cell
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*\"(])")
_FULL = 14  # what a slide holds, in lines of prose
_LINE = 95  # characters of a line
_FORMULA_LINES = 3
_PICTURE_LINES, _LEAST_PICTURE_LINES = 10, 6  # it gives way to the words that follow it
_REFERS = re.compile(r"(?:That|This|These|Those|It|They|Their|Both|Such)\b")  # to the sentence before


@dataclass
class Slide:
    """One slide: its heading and body as HTML, and what the speaker says."""

    heading: str = ""
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    starts_part: bool = False
    part: str = ""
    """Heading of the part that the slide belongs to, where it is another than the slide's own."""


def slides(notebook: dict[str, Any], title: str, subtitle: str = "", assets: str = ASSETS) -> str:
    """Return a lesson as slides for reveal.js.

    Each heading begins a slide. Pictures, computed sentences, formulas, lists and tables are shown; code is
    not. Of a paragraph the sentences with a key term are shown, and all of it goes to the speaker's notes. A
    cell's tags say otherwise: ``slide`` shows all of the cell, ``fragment`` shows it on the next click,
    ``notes`` is for the speaker alone, and ``skip`` leaves it out.
    """
    stacks: list[list[Slide]] = []
    part = Slide()
    for slide in _slides(notebook["cells"]):
        if slide.starts_part or not stacks:
            stacks.append([])
            part = slide
        if slide.body or not slide.starts_part:
            slide.part = part.heading if slide.heading != part.heading else ""
            if not part.body:  # no slide of its own: its notes go to the next
                slide.notes, part.notes = [*part.notes, *slide.notes], []
            stacks[-1].append(slide)
    shown = [stack for stack in stacks if stack]
    return template("slides.html.j2").render(
        title=title, subtitle=subtitle, stacks=shown, assets=assets, policy=content_policy(_speaker_view())
    )


def printed(notebook: dict[str, Any], title: str, subtitle: str = "", assets: str = ASSETS) -> str:
    """Return a lesson as one page whose style is made for paper."""
    cells = [_printed(cell) for cell in notebook["cells"] if not _tags(cell) & {*SECRET, "skip"}]
    return template("print.html.j2").render(
        title=title, subtitle=subtitle, cells=cells, assets=assets, policy=content_policy()
    )


def assets() -> dict[str, bytes]:
    """Return reveal.js, MathJax, and the suite's own styles and scripts, by their places in `ASSETS`.

    Raises
    ------
    InputError
        What carries them is not installed.
    """
    reveal = _installed("sphinx_revealjs") / "_static" / "revealjs"
    mathjax = _installed("sphinx-mathjax-offline") / "static" / "mathjax"
    files = {
        "reveal/reveal.js": reveal / "dist" / "reveal.js",
        "reveal/reveal.css": reveal / "dist" / "reveal.css",
        "reveal/LICENSE": reveal / "LICENSE",
        "notes/notes.js": reveal / "plugin" / "notes" / "notes.js",
        "mathjax/tex-mml-chtml.js": mathjax / "tex-mml-chtml.js",
    }
    for part in ("input/tex", "output/chtml"):  # the rest, 17 MB, is for other formats
        inside = [path for path in sorted((mathjax / part).rglob("*")) if path.is_file()]
        files |= {f"mathjax/{path.relative_to(mathjax).as_posix()}": path for path in inside}
    files |= {path.name: path for path in sorted(TEMPLATES.iterdir()) if path.suffix in (".css", ".js")}
    return {place: file.read_bytes() for place, file in files.items()}


@cache
def _speaker_view() -> str:
    """Return the script with which reveal.js opens the speaker's window."""
    notes = _installed("sphinx_revealjs") / "_static" / "revealjs" / "plugin" / "notes" / "notes.js"
    found = re.search(r"<script>(.*?)<\\/script>", notes.read_text(encoding="utf-8"), re.DOTALL)
    if not found:
        return ""
    escaped = re.sub(r"\\x([0-9a-f]{2})", r"\\u00\1", found[1]).replace("\\'", "'")
    return str(json.loads(f'"{escaped}"'))


def _slides(cells: list[dict[str, Any]]) -> Iterator[Slide]:
    current = Slide(starts_part=True)
    for role, html in chain.from_iterable(map(_items, cells)):
        if role == "notes":
            current.notes.append(html)
        elif role == "shown":
            if current.body and not _fits(current.body, html):
                taken = [current.body.pop()] if _announces(current.body) else []
                yield current
                current = Slide(current.heading, taken)
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
            name = tr(_RENAMED[heading[2]]) if heading[2] in _RENAMED else heading[2]
            yield "part" if len(heading[1]) <= 2 else "heading", _markdown(name, inline=True)
        elif "notes" not in tags and (tags & {"slide", "fragment"} or _SHOWN.match(block)):
            yield "shown", frame.format(_markdown(block))
        else:
            if "notes" not in tags and (points := list(_key_sentences(block))):
                bullet = "- " if len(points) > 1 else ""
                yield "shown", _markdown("\n".join(f"{bullet}{point}" for point in points))
            yield "notes", _markdown(block)


def _key_sentences(paragraph: str) -> Iterator[str]:
    """Yield the sentences that bring a key term, which the lesson prints in bold."""
    before = ""
    for sentence in _SENTENCE.split(" ".join(paragraph.split())):
        marks = sentence.count("**")
        if marks and marks % 2 == 0 and sentence.count("$") % 2 == 0:
            yield f"{before} {sentence}" if before and _REFERS.match(sentence) else sentence
            before = ""
        else:
            before = sentence


def _announces(body: list[str]) -> bool:
    """Whether the end of a slide announces what comes next, so that both belong together."""
    return len(body) > 1 and bool(re.search(r":\s*(</\w+>\s*)+$", body[-1]))


def _fits(body: list[str], html: str) -> bool:
    """Whether a slide has room: for a picture in its full size, or for words beside a smaller one."""
    picture = _PICTURE_LINES if "<img" in html else _LEAST_PICTURE_LINES
    return sum(_lines(item, picture) for item in [*body, html]) <= _FULL


def _lines(html: str, picture: int) -> int:
    """Return about how much of a slide some HTML fills, in lines of prose."""
    bare = re.sub(r"<style.*?</style>|\\\[.*?\\\]", "", html, flags=re.DOTALL)
    texts = [re.sub(r"<[^>]*>", "", block) for block in re.split(r"</(?:p|li|tr|pre|div)>", bare)]
    lines = sum(-(-len(" ".join(text.split())) // _LINE) for text in texts)
    return lines + picture * html.count("<img") + _FORMULA_LINES * html.count("\\[")


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
    source = "" if "hide-input" in _tags(cell) else joined(cell["source"])
    return {"kind": "code", "source": source, "outputs": list(_outputs(cell))}


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
            yield to_html(data["text/markdown"])
        elif "text/html" in data:
            yield f'<div class="table">{_without_scripts(data["text/html"])}</div>'
        elif text := data.get("text/plain") or joined(output.get("text", "")):
            yield str(Markup("<pre>{}</pre>").format(text))


def _without_scripts(html: str) -> str:
    """Return a table's HTML without scripts; what else could run, the page's policy forbids."""
    return re.sub(
        r"(?is)<\s*(script|iframe|object|embed|link|base|meta|form)\b.*?(?:</\s*\1\s*>|>)", "", html
    )


def _markdown(text: str, attachments: Any = None, *, inline: bool = False) -> str:
    for name, data in (attachments or {}).items():
        [(kind, content)] = list(data.items())[:1]
        text = text.replace(f"(attachment:{name})", f"(data:{kind};base64,{joined(content)})")
    text = without_lesson_links(text)
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


def template(name: str) -> Any:
    """Return a template of this package; see `crmlab.templates.template`."""
    return templates.template(TEMPLATES / name)


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def _installed(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise InputError(f"Slides and pages need {package}. Install it: python -m pip install {package}.")
    return Path(found.origin).parent
