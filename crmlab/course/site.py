"""The site: every executed lesson of a build folder as pages that work from disk, without a network."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import yaml

import crmlab
from crmlab import resources
from crmlab.course import catalog, house, markdown, reference
from crmlab.course.files import joined, read_json, write
from crmlab.course.plan import FAILED, UNSUITED
from crmlab.errors import CrmlabError
from crmlab.language import current, mark, tr

_SETTINGS = Path(__file__).parent / "_site"  # Sphinx's conf.py, the style, and templates of pages
COURSE = "course.json"
"""File of a build folder with what the pages say of a course: title, dates, where its other pages are."""
_PARTS = {
    "0_start": mark("Start here"),
    "1_lifecycle": mark("The customer life cycle"),
    "2_pyramid": mark("The customer pyramid"),
    "3_segments": mark("Recency, frequency, monetary value"),
    "4_clv": mark("Customer lifetime value"),
    "5_decisions": mark("Decisions"),
    "cases": mark("Case studies"),
    "": mark("Your own lessons"),
}
_FOLDED = {
    "solution": ("hide-cell", mark("Show the solution"), mark("Hide the solution")),
    "key": ("hide-input", mark("Show the key"), mark("Hide the key")),
    "hide-input": ("hide-input", mark("Show the code"), mark("Hide the code")),
}


@dataclass(frozen=True)
class Page:
    """One executed lesson on one case."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the lesson."""
        return self.path.stem

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The executed notebook."""
        content: dict[str, Any] = read_json(self.path)
        return content

    @property
    def part(self) -> str:
        """Folder of the lesson in the course; empty for a lesson of the reader's own."""
        return str(catalog.about(self.notebook).get("part", ""))

    @cached_property
    def title(self) -> str:
        """First heading."""
        return catalog.Lesson(self.path).title

    @property
    def trouble(self) -> str:
        """Why the lesson was not run to its end, in Markdown; empty if it was."""
        made = catalog.about(self.notebook)
        if UNSUITED in made:
            return tr("not for this case. {why}", why=markdown.literal(str(made[UNSUITED])))
        if FAILED in made:
            return tr("failed. {why}", why=markdown.literal(str(made[FAILED])))
        return tr("failed")

    @cached_property
    def cover(self) -> tuple[bytes, str] | None:
        """The picture that stands for the lesson, and its words: of the cell tagged so, else the first."""
        cells = [
            cell for cell in self.notebook["cells"] if "solution" not in cell["metadata"].get("tags", [])
        ]
        cells.sort(key=lambda cell: "cover" not in cell["metadata"].get("tags", []))
        for cell in cells:
            for output in cell.get("outputs", []):
                if png := output.get("data", {}).get("image/png"):
                    words = output["metadata"].get("image/png", {}).get("alt", self.title)
                    return base64.b64decode(joined(png)), words
        return None

    @cached_property
    def goal(self) -> str:
        """The question that the first prose asks in bold; else its first sentence."""
        prose = [joined(cell["source"]) for cell in self.notebook["cells"] if cell["cell_type"] == "markdown"]
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose[0] if prose else "")
        if question := re.search(r"\*\*([^*]+\?)\*\*", text):
            return question[1]
        paragraphs = [part for part in re.split(r"\n\s*\n", text) if re.match(r"[\w*_\"'“]", part)]
        return re.split(r"(?<=[.?!])\s", paragraphs[0])[0] if paragraphs else ""


@dataclass(frozen=True)
class Folder:
    """One case: its story, its executed lessons, and those that were not run to their end.

    Title and label are Markdown and the story is HTML, safe on a page whatever the case's author wrote.
    """

    name: str
    title: str
    label: str
    story: str
    pages: dict[str, Page]
    failed: dict[str, Page]
    unsuited: dict[str, Page]

    @property
    def troubles(self) -> list[Page]:
        """Lessons that were not run to their end, in the order of the course."""
        found = self.failed | self.unsuited
        return [found[name] for name in _in_order(found)]

    @classmethod
    def read(cls, path: Path) -> "Folder":
        """Read the outputs of a case, leaving out lessons that the course no longer has."""
        case = yaml.safe_load((path / "case.yaml").read_text(encoding="utf-8"))
        title = " ".join(str(case["title"]).split())
        found = _read(path)
        unsuited = {name: page for name, page in found.items() if UNSUITED in catalog.about(page.notebook)}
        return cls(
            name=path.name,
            title=markdown.literal(title),
            label=markdown.literal(title.partition(",")[0]),
            story=markdown.to_html(str(case["story"])),
            pages={name: page for name, page in found.items() if name not in unsuited},
            failed=_read(path / "failed"),
            unsuited=unsuited,
        )


def _read(path: Path) -> dict[str, Page]:
    course = catalog.lessons()
    pages = {page.name: page for page in map(Page, path.glob("*.ipynb"))}
    return {
        name: pages[name]
        for name in _in_order(pages)
        if "cells" in pages[name].notebook and (name in course or not pages[name].part)
    }


def _in_order(names: Iterable[str]) -> list[str]:
    """Return names of lessons in the order of the course; the reader's own come last."""
    own = sorted(names)
    return [name for name in dict.fromkeys([*catalog.lessons(), *own]) if name in own]


def build(out: Path, *, with_package: bool = False) -> bool:
    """Build the site of a build folder, if anything that it shows has changed. Return whether it was built.

    Parameters
    ----------
    out : Path
        The build folder.
    with_package : bool
        Add the reference of crmlab and, in a checkout, the page that says how it is built.

    Raises
    ------
    CrmlabError
        Sphinx found the site broken; the message is Sphinx's own.
    """
    site, work = out / "site", out / ".site"
    fingerprint = _fingerprint(out, with_package)
    if read_json(site / ".fingerprint") == fingerprint:
        return False
    shutil.rmtree(work, ignore_errors=True)
    _prepare(out, work / "source", with_package)
    _sphinx(work / "source", work / "html", _course(out).get("title", "crmlab"), with_package)
    write(work / "html" / ".fingerprint", json.dumps(fingerprint))
    if site.exists():
        site.rename(work / "old")
    (work / "html").rename(site)
    shutil.rmtree(work)
    return True


def _course(out: Path) -> dict[str, Any]:
    """Return what the pages say of a course; nothing where lessons were run for nobody's course."""
    found: dict[str, Any] = read_json(out / COURSE)
    return found


def _fingerprint(out: Path, with_package: bool) -> str:
    """Return the SHA-256 of everything that the site shows or is made by."""
    shown = [*out.glob("*/case.yaml"), *out.glob("*/*.ipynb"), *out.glob("*/failed/*.ipynb")]
    makers = [*_SETTINGS.glob("*.*"), Path(__file__), Path(markdown.__file__)]
    makers += [resources.root() / "requirements.lock", out / COURSE]
    if with_package:
        makers += [*Path(crmlab.__file__).parent.rglob("*.py"), *house.sources()]
    digest = hashlib.sha256(json.dumps([*catalog.lessons(), with_package, current()]).encode())
    for path in [*sorted(shown + makers), out / "times.json", _glossary()]:
        if path.is_file():
            digest.update(f"{path.parent.name}/{path.name} {resources.sha256(path)}".encode())
    return digest.hexdigest()


def _glossary() -> Path:
    return resources.data() / "glossary.yaml"


def _sphinx(source: Path, html: Path, title: str, with_package: bool) -> None:
    """Run Sphinx in a process of its own. Every warning counts: something the pages show is missing."""
    options = ["-b", "html", "-j", "auto", "-q", "-W", "--keep-going", "-c", str(_SETTINGS)]
    settings = ["-D", f"project={title}", "-D", f"html_title={title}", "-D", f"language={current()}"]
    settings += ["-t", "reference"] if with_package else []
    places = ["-d", str(html.with_name("doctrees")), str(source), str(html)]
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "sphinx",
            *options,
            *settings,
            *places,
        ],  # -P: nothing of the working folder
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        words = done.stderr.replace(str(source.resolve()), "").strip()
        raise CrmlabError(f"The site was not built. Sphinx says: {words}")
    for script in (html / "_static" / "mathjax").glob("*.js"):
        if script.name != "tex-chtml.js":  # the one that the pages load; the others are variants of it
            script.unlink()
    for template in (html / "_static").glob("*webpack-macros.html"):  # the theme's own, no page
        template.unlink()


def _prepare(out: Path, source: Path, with_package: bool = False) -> None:
    """Write Sphinx's sources: the lessons, and the pages around them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(loader=FileSystemLoader(_SETTINGS), undefined=StrictUndefined)
    templates.globals |= {"tr": tr}
    templates.filters["cell"] = lambda text: re.sub(r"(?<!\\)\|", r"\|", " ".join(text.split()))
    templates.filters["literal"] = markdown.literal
    templates.filters["entry"] = lambda text: re.sub(r"\\(?=[^\w\s])", "", " ".join(text.split()))
    folders = [Folder.read(path.parent) for path in sorted(out.glob("*/case.yaml"))]
    terms, times = _terms(folders), read_json(out / "times.json")
    built = house.shown() if with_package and house.sources() else {}
    around = {"glossary": terms, "house": built, "times": times, "licences": True}
    shown = {
        "folders": folders,
        "parts": _parts(folders),
        "terms": terms,
        "times": times,
        "names": sorted({name for folder in folders for name in folder.pages}),
        "reference": [f"{reference.FOLDER}/crmlab"] if with_package else [],
        "around": [name for name, content in around.items() if content],
        "course": _course(out),
        "slides": bool(_course(out)),
        **built,
        "titles": {
            page.name: markdown.literal(page.title) for part in _parts(folders) for page in part["lessons"]
        },
    }
    for name in ["index", *shown["around"]]:
        write(source / f"{name}.md", templates.get_template(f"{name}.md").render(shown))
    _covers(folders, source)
    for folder in folders:
        write(source / folder.name / "index.md", templates.get_template("case.md").render(folder=folder))
        for page in folder.pages.values():
            text = json.dumps(_lesson(page, folder, shown["course"]), ensure_ascii=False)
            write(source / folder.name / page.path.name, text)


def _covers(folders: list[Folder], source: Path) -> None:
    """Write the pictures that stand for lessons."""
    for folder in folders:
        for page in folder.pages.values():
            if page.cover:
                file = source / folder.name / "covers" / f"{page.name}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(page.cover[0])


def _parts(folders: list[Folder]) -> list[dict[str, Any]]:
    """Return the parts of the course with their lessons, in the order of the course."""
    lessons: dict[str, Page] = {}
    for folder in folders:
        lessons = folder.unsuited | folder.failed | folder.pages | lessons
    parts: dict[str, list[Page]] = {}
    for page in (lessons[name] for name in _in_order(lessons)):
        parts.setdefault(page.part, []).append(page)
    order = sorted(parts, key=lambda part: part or "~")  # the reader's own come last
    return [
        {
            "title": tr(_PARTS.get(part, part)),
            "lessons": parts[part],
            "cover": next((found for page in parts[part] if (found := _shown_on(page, folders))), None),
        }
        for part in order
    ]


def _shown_on(page: Page, folders: list[Folder]) -> dict[str, Any] | None:
    """Return where a lesson with a picture is shown first; nothing where it is not."""
    for folder in folders:
        found = folder.pages.get(page.name)
        if found and found.cover:
            place = f"{folder.name}/{found.name}"
            return {
                "page": f"{place}.ipynb",
                "image": f"{folder.name}/covers/{found.name}.png",
                "alt": found.cover[1],
            }
    return None


def _terms(folders: list[Folder]) -> list[dict[str, Any]]:
    """Return the glossary, each term with the first page of the lesson that introduces it."""
    if not _glossary().is_file():
        return []
    entries = yaml.safe_load(_glossary().read_text(encoding="utf-8"))
    for entry in entries:
        entry["folder"] = next((folder for folder in folders if entry.get("lesson") in folder.pages), None)
        entry["page"] = entry["folder"] and entry["folder"].pages[entry["lesson"]]
    return sorted(entries, key=lambda entry: str(entry["term"]).casefold())


def _lesson(page: Page, folder: Folder, course: dict[str, Any]) -> dict[str, Any]:
    """Return an executed lesson as its page: solutions folded, pictures with their words, links that lead."""
    cells = []
    for cell in page.notebook["cells"]:
        if "instructor" in cell["metadata"].get("tags", []):
            continue
        cell = {**cell, "source": joined(cell["source"]), "metadata": {**cell["metadata"]}}
        if cell["cell_type"] == "code":
            cell["metadata"] |= _code_metadata(cell)
            cell["outputs"] = [_safe(output) for output in cell["outputs"]]
        else:
            cell["source"] = _prose(cell, folder)
        cells.append(cell)
    _say_case(cells, page, folder, course)
    return {**page.notebook, "cells": cells}


def _code_metadata(cell: dict[str, Any]) -> dict[str, Any]:
    """Return tags that fold what is to be folded, and alternative texts where Sphinx looks for them."""
    tags, settings = [*cell["metadata"].get("tags", [])], {**cell["metadata"].get("mystnb", {})}
    for tag, (folded, show, hide) in _FOLDED.items():
        if tag in tags:
            tags.append(folded)
            settings |= {"code_prompt_show": tr(show), "code_prompt_hide": tr(hide)}
    pictures = [output.get("metadata", {}).get("image/png", {}) for output in cell["outputs"]]
    if alt := " ".join(picture["alt"] for picture in pictures if "alt" in picture):
        settings["image"] = {"alt": alt}
    return {"tags": tags, "mystnb": settings}


def _safe(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output whose Markdown, which may quote a case or its data, cannot break the page."""
    data = {**output.get("data", {})}
    if "text/markdown" not in data:
        return output
    said = markdown.to_html(joined(data.pop("text/markdown")))
    return output | {"data": {"text/html": f"<div class='said'>{said}</div>"} | data}


def _prose(cell: dict[str, Any], folder: Folder) -> str:
    """Return Markdown whose links lead to lessons run on the same case, with solutions folded."""

    def link(match: re.Match[str]) -> str:
        if match["name"] not in folder.pages:
            return match["text"]
        return f"[{match['text']}]({match['name']}.ipynb{match['anchor'] or ''})"

    text = markdown.LESSON_LINK.sub(link, cell["source"])
    if "solution" in cell["metadata"].get("tags", []):
        show = tr("Show the solution")
        return f"<details class='solution'><summary>{show}</summary>\n\n{text}\n\n</details>"
    return text


def _lead(page: Page) -> str:
    """Return the lesson's question and its picture, with which its page begins, as Markdown."""
    if not page.cover:
        return f"**{page.goal}**\n\n" if page.goal else ""
    picture = f"![{markdown.literal(page.cover[1])}](covers/{page.name}.png)"
    return f":::{{container}} lead\n**{page.goal}**\n\n{picture}\n:::\n\n"


def _others(page: Page, folder: Folder, course: dict[str, Any]) -> str:
    """Return links to a lesson's slides and its page to print, and to where it can be worked, as HTML."""
    if not course:
        return ""
    links = {
        tr("Slides"): f"../../slides/{folder.name}/{page.name}.html",
        tr("Page to print"): f"../../print/{folder.name}/{page.name}.html",
    }
    if course["repository"] and page.part:
        place = f"notebooks/{page.part}/{page.name}.ipynb"
        owner = course["repository"].removeprefix("https://github.com/")
        links[tr("Open in Colab")] = f"https://colab.research.google.com/github/{owner}/blob/HEAD/{place}"
        links[tr("Open in Binder")] = f"https://mybinder.org/v2/gh/{owner}/HEAD?urlpath=lab/tree/{place}"
    shown = " · ".join(f'<a href="{escape(url)}">{name}</a>' for name, url in links.items())
    return f"\n\n<p class='others'>{shown}</p>"


def _say_case(cells: list[dict[str, Any]], page: Page, folder: Folder, course: dict[str, Any]) -> None:
    """Say in the lesson's heading and below which case it was run on, and whether a later run failed."""
    run_on = tr("Run on the case {case}.", case=f"[{folder.title}](index.md)")
    words = run_on + _others(page, folder, course)
    if page.name in folder.failed:
        why = folder.failed[page.name].trouble
        earlier = tr("This page shows an earlier run of this lesson. The last one {why}", why=why)
        words += f"\n\n:::{{warning}}\n{earlier}\n:::"
    heading = f"# {page.title}"
    said = f"{heading} · {folder.label}\n\n{_lead(page)}{words}\n"
    for cell in cells:
        if cell["cell_type"] == "markdown" and cell["source"].lstrip().startswith(heading):
            cell["source"] = cell["source"].replace(heading, said, 1)
            return
    cells.insert(0, {"cell_type": "markdown", "metadata": {}, "source": said})
