"""The site of two tiny lessons: complete, readable from disk, and quiet towards the network."""

import inspect
import json
import pkgutil
import re
from html import unescape
from html.parser import HTMLParser
from os.path import normpath
from pathlib import Path
from urllib.parse import unquote

import pseudo
import pytest
import yaml

import crmlab
from crmlab.course import reference, site
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
        assert site.build(out, with_package=True)
        assert not site.build(out, with_package=True)
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
    assert {f"{page}.html" for page in [*reference.pages()]} == {
        page.name for page in pages if page.parent.name == reference.FOLDER
    }
    ids = {page: {*re.findall(r' id="([^"]+)"', page.read_text(encoding="utf-8"))} for page in pages}
    for page in pages:
        for tag, address in references(page):
            if re.match(r"(\w+:)?//", address):
                assert tag == "a", f"{page.name} loads {address}"
            elif not re.match(r"data:|mailto:", address):
                place, _, anchor = unquote(address).partition("#")
                target = Path(normpath(page.parent / place.partition("?")[0])) if place else page
                assert target.exists(), f"{page.name} lacks {address}"
                assert not anchor or anchor in ids.get(target, {anchor}), f"{page.name}: {address} is nowhere"
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


def described():
    """Return what the package offers by full names: public names, and the public members of classes."""
    found = {}
    for home in reference.homes().values():
        found[home.path] = home.item
        for name in dir(home.item) if home.kind == "class" else ():
            item = getattr(home.item, name)
            if name[0] != "_" and (inspect.isroutine(item) or isinstance(item, property)):
                found[f"{home.path}.{name}"] = item
    return found


def words(markup):
    """Return the text of HTML, its spaces made one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", markup)).split())


def test_each_public_name_is_described_with_its_example_and_no_other_name_is(out):
    pages = (out / "site" / reference.FOLDER).glob("*.html")
    markup = " ".join(page.read_text(encoding="utf-8") for page in pages)
    text, offered = words(markup), described()
    assert sorted(re.findall(r'<dt[^>]* id="([^"]+)"', markup)) == sorted(offered)
    for module in reference.modules().values():
        public = {f"{module.__name__}.{name}" for name in getattr(module, "__all__", ())}
        assert public <= {*reference.homes(), *reference.modules()}
    for name, item in offered.items():
        is_data = not (inspect.isclass(item) or inspect.isroutine(item) or isinstance(item, property))
        said = "" if is_data else inspect.getdoc(item) or ""
        for example in re.findall(r"^ *>>> .*(?:\n *\S.*)*", said, re.MULTILINE):  # the code with its output
            assert " ".join(example.split()) in text, f"{name} lacks its example"
    private = r"pandas\.core|ndarray\[|mappingproxy\(|crmlab\.clv\.(base|bgnbd|buytillyoudie)"
    assert not re.search(private, text)


def test_equations_and_references_of_docstrings_are_shown(html):
    page = html("api/crmlab.clv.BGNBD")
    assert r"\[L = \frac{B(a, b+x)}{B(a, b)}" in page
    assert 'src="../_static/mathjax/tex-chtml.js' in page
    assert "Marketing Science 24(2), 275-284." in words(page)
    assert 'id="crmlab.clv.BGNBD.expected_purchases"' in page  # which it inherits
    pyramid = html("api/crmlab.pyramid")
    assert 'href="crmlab.groups.html#crmlab.groups.transitions"' in pyramid
    assert 'href="crmlab.errors.html#crmlab.errors.DataError"' in pyramid
    assert '({"two", "cpm", "revenue"}, Scheme or mapping)' in words(pyramid)
    assert "铂金层" in pyramid


def test_the_page_on_how_it_is_built_names_each_part_of_the_package_and_leads_to_it(html):
    page = html("house")
    (picture,) = re.findall(r'<svg class="house".*?</svg>', page, re.DOTALL)
    (alternative,) = re.findall(r'role="img" aria-label="([^"]+)"', picture)
    parts = {part.name for part in pkgutil.iter_modules(crmlab.__path__)}
    assert parts == {*re.findall(r"<text[^>]*>([^<]+)</text>", picture)}
    assert parts == {*re.findall(r"\w+", alternative.partition(".")[2])}
    assert all(re.search(rf"<td>.*?\b{part}</span></code>", page) for part in parts)
    assert 'href="api/crmlab.transactions.html#crmlab.transactions.read"' in page  # crmlab.read by its alias
    assert "<code" in page.partition("environment.yml")[0][-80:]  # the table of CONTRIBUTING.md
    index = html("index")
    assert 'href="house.html"' in index
    assert 'href="api/crmlab.html"' in index


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
    assert not (tmp_path / "source" / "house.md").exists()
    assert "glossary" not in (tmp_path / "source" / "index.md").read_text(encoding="utf-8")


def test_what_the_site_itself_says_speaks_the_readers_language(out, tmp_path):
    folders = [site.Folder.read(path.parent) for path in sorted(out.glob("*/case.yaml"))]
    pages = [page for folder in folders for page in [*folder.pages.values(), *folder.troubles]]
    entries = yaml.safe_load(site._glossary().read_text(encoding="utf-8"))
    data = [str(value) for entry in entries for value in entry.values()]
    data += [text for page in pages for text in (page.name, page.title, page.goal, page.trouble[8:])]
    data += [text for folder in folders for text in (folder.name, folder.title, folder.label)]
    data += [page.cover[1] for page in pages if page.cover]
    known = set(re.findall(r"[^\W\d_]+", " ".join(data))) | {"crmlab", "container", "cards", "strand"}
    with pseudo.spoken():
        site._prepare(out, tmp_path)
        said = [(tmp_path / f"{name}.md").read_text() for name in ("index", "glossary", "licences")]
        said += [(tmp_path / folder.name / "index.md").read_text() for folder in folders]
        parts = site._parts(folders)
    said = [re.sub(r"``+\{.*?\n``+|<[^>]*>|\]\([^)]*\)", " ", text, flags=re.DOTALL) for text in said]
    assert [set(pseudo.bypassing(text)) - known for text in said] == [set()] * len(said)
    assert [pseudo.bypassing(part["title"]) for part in parts] == [[]] * len(parts)
