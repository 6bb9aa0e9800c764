"""The site of two tiny lessons: complete, readable from disk, and quiet towards the network."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from crmlab.course import site
from crmlab.errors import CrmlabError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
GLOSSARY = """
- {term: stability, chinese: 稳定期, meaning: The stage in which | both sides gain., lesson: tiers}
- {term: Churn, chinese: 流失, meaning: A customer leaves., lesson: absent}
"""


def executed(cell, *outputs):
    outputs = [{"output_type": "display_data", "metadata": {}} | output for output in outputs]
    return cell | {"execution_count": 1, "outputs": outputs}


def save(path: Path, *cells, part=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"crmlab": {"part": part}, "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    content = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, code, prose) -> Path:
    """A build folder with its site."""
    out = tmp_path_factory.mktemp("build")
    opening = (
        "# Who earns the profit?\n\nA shop asks. Then more.\n\n$$\\sum_t m_t$$\n\n"
        "One costs $10, two cost $20. See [this](../2_part/stages.ipynb) and [that](../2_part/absent.ipynb)."
    )
    frame = {"data": {"text/html": "<table class='dataframe'><tr><td>7</td></tr></table>", "text/plain": "7"}}
    picture = {
        "data": {"image/png": PNG, "text/plain": "Bars"},
        "metadata": {"image/png": {"alt": 'Bars of "profit"'}},
    }
    record = {"data": {"text/plain": "x 1", "application/vnd.crmlab.results+json": [{"name": "x"}]}}
    tiers = [
        prose(opening, "question"),
        executed(code("case = 'cdnow'", "parameters", "parameters")),
        executed(code("frame", "frame"), frame),
        executed(code("plot(frame)", "plot"), picture),
        executed(code("secret_answer()", "solved", "solution"), record),
        prose("It is **42**.", "solved-words", "solution"),
    ]
    asks = "# Stages of a | customer\n\n**The question.** A scene. **Who [leaves](absent.ipynb)?** Some."
    stages = [prose(asks, "question"), executed(code("1", "one"))]
    for number, case in enumerate(["shop", "store"]):
        save(out / case / "tiers.ipynb", *tiers)
        text = f"title: The {case}\nstory: |\n  A story with **words**.\n"
        (out / case / "case.yaml").write_text(text, encoding="utf-8")
        if number == 0:
            save(out / case / "stages.ipynb", *stages)
            save(out / case / "gone.ipynb", *stages, part="2_part")
        else:
            save(out / case / "failed" / "tiers.ipynb", *tiers)
            save(out / case / "failed" / "stages.ipynb", *stages)
    (out / "times.json").write_text('{"shop": {"tiers": 2.5}}', encoding="utf-8")
    glossary = out / "glossary.yaml"
    glossary.write_text(GLOSSARY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "_glossary", lambda: glossary)
        assert site.build(out)
        assert not site.build(out)
    return out


@pytest.fixture
def html(out: Path):
    """Return a function that reads a page."""
    return lambda name: (out / "site" / f"{name}.html").read_text(encoding="utf-8")


def references(path: Path) -> list[tuple[str, str]]:
    """Return (tag, address) of everything that a page refers to."""
    found = []
    names = {"src", "href", "srcset", "data", "poster", "action", "xlink:href"}

    def start(tag, attributes):
        found.extend((tag, value) for name, value in attributes if name in names and value)

    parser = HTMLParser()
    parser.handle_starttag = start
    parser.feed(path.read_text(encoding="utf-8"))
    return found


def test_nothing_comes_from_the_network_and_nothing_is_missing(out):
    pages = [page for page in (out / "site").rglob("*.html") if "_static" not in page.parts]
    assert len(pages) >= 9
    for page in pages:
        for tag, address in references(page):
            if re.match(r"(\w+:)?//", address):
                assert tag == "a", f"{page.name} loads {address}"
            elif not re.match(r"#|data:|mailto:", address):
                target = page.parent / unquote(re.split("[?#]", address)[0])
                assert target.exists(), f"{page.name} lacks {address}"
    for style in (out / "site").rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(\w+:)?//", style.read_text(encoding="utf-8")), style
    for script in [*(out / "site").rglob("*.js"), *pages]:
        loads = r"(\bimport|\bfrom|\bfetch|importScripts)\s*\(?\s*['\"`]https?:"
        assert not re.search(loads, script.read_text(encoding="utf-8")), script


def test_a_lesson_is_shown_with_mathematics_pictures_and_folded_solutions(out, html):
    page = html("shop/tiers")
    assert 'alt="Bars of &quot;profit&quot;"' in page
    assert "class='dataframe'" in page
    assert r"\[\sum_t m_t\]" in page
    assert "One costs $10, two cost $20." in page
    script = re.search(r'src="(\.\./_static/mathjax/tex-chtml\.js)[^"]*"', page)
    assert script
    assert (out / "site" / "shop" / script[1]).is_file()
    assert list((out / "site" / "_static" / "mathjax").rglob("*.woff"))
    hidden = re.findall(r"<details class=.(?:admonition hide|solution).*?</details>", page, re.DOTALL)
    assert ["secret_answer" in item for item in hidden] == [True, False]
    assert "<strong>42</strong>" in hidden[1]
    assert page.count("secret_answer") == 1
    assert "Run on the case" in page
    assert not re.search("application/vnd|&lt;table", page)
    assert 'href="stages.html"' in page
    assert "and that." in page


def test_the_pages_around_the_lessons(out, html):
    index = html("index")
    assert 'href="shop/tiers.html"' in index
    assert 'href="store/tiers.html"' in index
    assert "The store (failed)" in index
    assert "A shop asks." in index
    assert "Then more." not in index
    assert re.search(r"<strong>Stages of a \| customer</strong><br\s*/?>\s*Who leaves\?</p>", index)
    assert not (out / "site" / "shop" / "gone.html").exists()
    assert "The last run of this lesson failed" in html("store/tiers")
    assert "The last run of this lesson failed" not in html("shop/tiers")
    assert "A story with <strong>words</strong>" in html("store/index")
    assert re.search(r"<td[^>]*><p>2.5</p></td>", html("times"))
    assert "CC BY 4.0" in html("licences")


def test_the_glossary_is_bilingual_linked_and_found_by_the_search(out, html):
    page = html("glossary")
    assert page.index("流失") < page.index("稳定期")
    assert "which | both" in page
    assert 'href="shop/tiers.html"' in page
    assert json.dumps("稳定期") in (out / "site" / "searchindex.js").read_text(encoding="utf-8")


def test_a_broken_site_is_told_in_sphinxs_words_and_the_last_one_stays(out, prose):
    before = (out / "site" / "index.html").read_bytes()
    broken = out / "shop" / "broken.ipynb"
    save(broken, prose("# Broken\n\n![alt](nowhere.png)", "question"))
    with pytest.raises(CrmlabError, match=r"Sphinx says: .*broken.*nowhere\.png"):
        site.build(out)
    broken.unlink()
    assert (out / "site" / "index.html").read_bytes() == before


def test_a_site_without_glossary_has_no_page_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "_glossary", lambda: tmp_path / "none.yaml")
    site._prepare(tmp_path, tmp_path / "source")
    assert not (tmp_path / "source" / "glossary.md").exists()
    assert "glossary" not in (tmp_path / "source" / "index.md").read_text(encoding="utf-8")
