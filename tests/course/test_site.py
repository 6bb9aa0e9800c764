"""The site of two tiny lessons: complete, readable from disk, and quiet towards the network."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from crmlab.course import site
from crmlab.errors import CrmlabError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
GLOSSARY = """
- {term: stability, chinese: 稳定期, meaning: The stage in which | both sides gain., lesson: tiers}
- {term: Churn, chinese: 流失, meaning: A customer leaves., lesson: absent}
"""

CASES = {"shop": "The shop, a *small* one", "store": "The <script>alert(1)</script> store | x_y_z"}
STORY = """\
A story with **words**, `code` and [a link](https://example.com).

# A heading of the story

Another one
---

</div></article><script>alert(2)</script> <img src=x onerror=alert(3)> [a trap](javascript:alert(4))

```{raw} html
<script>alert(5)</script>
```

:::{include} case.yaml
:::

``````````
{doc}`index` $x$ (target)=
"""


def executed(cell, *outputs):
    outputs = [{"output_type": "display_data", "metadata": {}} | output for output in outputs]
    return cell | {"execution_count": 1, "outputs": outputs}


def save(path: Path, *cells, **made):
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"crmlab": made, "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
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
        prose("Listen for doubts.", "instructor-notes", "instructor"),
        prose("It is **42**.", "solved-words", "solution"),
    ]
    asks = "# Stages of a | customer\n\n**The question.** A scene. **Who [leaves](absent.ipynb)?** Some."
    stages = [prose(asks, "question"), executed(code("1", "one"))]
    story = {"data": {"text/markdown": STORY, "text/plain": STORY}}
    for case, title in CASES.items():
        save(out / case / "tiers.ipynb", *tiers, executed(code("lesson.say(story)", "story"), story))
        described = yaml.safe_dump({"title": title, "story": STORY}, allow_unicode=True)
        (out / case / "case.yaml").write_text(described, encoding="utf-8")
    save(out / "shop" / "stages.ipynb", *stages)
    save(out / "shop" / "gone.ipynb", *stages, part="2_part")
    save(out / "store" / "failed" / "tiers.ipynb", *tiers, failed="KeyError: '<i>margin</i>' | *so*")
    save(out / "store" / "failed" / "stages.ipynb", *stages)
    save(out / "store" / "race.ipynb", prose("# The race", "one"), not_for_this_case="Only 3 *came* back.")
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
    assert "Listen for doubts" not in page
    assert "Run on the case" in page
    assert not re.search("application/vnd|&lt;table", page)
    assert 'href="stages.html"' in page
    assert "and that." in page


def test_the_pages_around_the_lessons(out, html):
    index = html("index")
    assert 'href="shop/tiers.html"' in index
    assert 'href="store/tiers.html"' in index
    assert "failed. KeyError: ‘&lt;i&gt;margin&lt;/i&gt;’ | *so*" in index
    assert re.search(r"store \| x_y_z: failed<br", index)
    assert "store | x_y_z: not for this case. Only 3 *came* back." in index
    assert "A shop asks." in index
    assert "Then more." not in index
    assert re.search(r"<strong>Stages of a \| customer</strong><br\s*/?>\s*Who leaves\?</p>", index)
    assert not (out / "site" / "shop" / "gone.html").exists()
    assert not (out / "site" / "store" / "race.html").exists()
    case = html("store/index")
    assert case.index("Lessons on this case") < case.index("Not run to the end") < case.index("The race")
    assert "Not for this case. Only 3 *came* back." in case
    assert "Not run to the end" not in html("shop/index")
    assert "The last one failed. KeyError" in html("store/tiers")
    assert "The last one failed" not in html("shop/tiers")
    assert "A story with <strong>words</strong>" in html("store/index")
    assert re.search(r"<td[^>]*><p>2.5</p></td>", html("times"))
    assert "CC BY 4.0" in html("licences")


def test_every_page_and_entry_of_the_search_names_its_lesson_and_its_case(out, html):
    assert "<title>Who earns the profit? · The shop" in html("shop/tiers")
    search = (out / "site" / "searchindex.js").read_text(encoding="utf-8")
    titles = json.loads(re.search(r'"titles":(\[.*?\])', search)[1])
    assert "Who earns the profit? · The shop" in titles
    assert len({*titles}) == len(titles)
    assert '<a class="reference internal" href="shop/tiers.html">Who earns the profit?</a>' in html("index")


@pytest.mark.parametrize("page", ["index", "shop/index", "store/index", "shop/tiers", "store/tiers"])
def test_a_story_or_title_cannot_break_or_take_over_a_page(html, page):
    text = html(page)
    assert "&lt;script&gt;alert(" in text or page == "shop/index"
    assert not re.search(r"<script>alert|<[^>]+onerror|href=.javascript|alert\(5\)\s*</script>", text)
    assert text.count("<article") == text.count("</article>") == 1
    assert text.count("<div") == text.count("</div>")
    assert text.count("<h1") == 2  # the theme repeats the title for printing
    if page != "index":
        assert "# A heading of the story" in text
        assert '<a href="https://example.com">a link</a>' in text
        assert "{include} case.yaml" in text
        assert "<code>code</code>" in text


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
