"""A term from its file to its folders: public and private, renewed in parts, and sound."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from typer.testing import CliRunner

from crmlab.cli import app
from crmlab.course import catalog
from crmlab.course.editions import leaks
from crmlab.course.exercises import from_key
from crmlab.course.lock import only_one
from crmlab.course.terms import build as building
from crmlab.course.terms import diff, folder, manifest, term
from crmlab.errors import CrmlabError, InputError

STUDENTS = ["s01", "s02", "s03"]


def quiet(_):
    """Tell nobody."""


def built(path, out, tell=quiet):
    return building.build(term.load(path), out, 2, tell)


@pytest.fixture(scope="module")
def place(tmp_path_factory, make_term):
    """A folder with a term and its build."""
    where = tmp_path_factory.mktemp("term")
    built(make_term(where), where / "one")
    return where


@pytest.fixture
def copied(place, tmp_path):
    """A copy of the term and its build, to be changed."""
    shutil.copytree(place, tmp_path / "copy")
    return tmp_path / "copy"


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] in (folder.PUBLIC, folder.PRIVATE)
    }


def opened_keys(root, pseudonym):
    return json.loads((root / "private" / "keys" / f"{pseudonym}.json").read_text(encoding="utf-8"))[
        "lessons"
    ]


def test_the_manifest_lists_every_file(place):
    made = contents(place / "one")
    assert manifest.read(place / "one")["files"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in made.items() if name != manifest.FILE
    }


def test_a_second_build_makes_nothing_and_dates_remake_no_workspace(copied, make_term):
    before = contents(copied / "one")
    told = []
    built(copied / "term.yaml", copied / "one", told.append)
    assert "Workspaces: 0 to make, 3 unchanged." in told
    assert contents(copied / "one") == before
    make_term(copied, {"2027-03-01": "2027-03-08", "a course": "another course"})
    told.clear()
    built(copied / "term.yaml", copied / "one", told.append)
    assert "Lessons: 0 to run, 2 unchanged." in told
    assert "Workspaces: 0 to make, 3 unchanged." in told
    after = contents(copied / "one")
    same = [name for name in before if name.startswith(("public/workspaces", "private/keys"))]
    assert len(same) == 6
    assert all(before[name] == after[name] for name in same)
    assert b"2027-03-08" in after["public/site/index.html"]


def test_what_people_put_there_stays_and_what_is_missing_is_made_again(copied):
    root = copied / "one"
    before = contents(root)
    mine = {
        "submissions/s01.ipynb": b"{}",
        "seed.key": b"k",
        "private/notes.txt": b"n",
        "public/me.txt": b"m",
    }
    for name, content in mine.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    [first, second, _] = sorted((root / "public" / "workspaces").iterdir())
    first.write_bytes(first.read_bytes()[:100])  # a copy that was cut off
    second.unlink()
    told = []
    built(copied / "term.yaml", root, told.append)
    assert "Workspaces: 2 to make, 1 unchanged." in told
    after = contents(root)
    assert all((root / name).read_bytes() == content for name, content in mine.items())
    assert {name: after[name] for name in before} == before
    assert any("is your version" in line for line in told)


def test_the_public_half_gives_nothing_away(place):
    root, key = place / "one", (place / "seed.key").read_bytes()
    pseudonyms = term.load(place / "term.yaml").pseudonyms
    everything = []
    for name, content in contents(root).items():
        if name.startswith("public/") and not name.endswith(".whl"):
            parts = [content]
            if name.endswith(".zip"):
                archive = zipfile.ZipFile(io.BytesIO(content))
                parts = [archive.read(entry) for entry in archive.namelist()]
            everything += [(name, part) for part in parts]
    telling = [
        words.encode()
        for pseudonym in pseudonyms.values()
        for lesson in opened_keys(root, pseudonym).values()
        for exercise in lesson["exercises"].values()
        for words in exercise.get("misconceptions", {})
    ]
    assert telling
    for name, part in everything:
        assert not any(words in part for words in [key, b"alive_until", *telling]), name
        assert not re.search(rb"lesson\.(?:choice|plot|policy|explain)\(", part), name
        assert not any(f'"{who}"'.encode() in part or f">{who}<".encode() in part for who in STUDENTS), name
    pages = b"".join(part for name, part in everything if name.endswith((".html", ".js", ".ipynb", ".txt")))
    assert b"The exam" in pages, "its date is told"
    assert b"What did they spend?" not in pages, "a private lesson is on no page"
    for pseudonym in pseudonyms.values():
        archive = zipfile.ZipFile(root / "public" / "workspaces" / f"{pseudonym}.zip")
        inside = f"2027-spring-{pseudonym}"
        notebook = json.loads(archive.read(f"{inside}/00_start/00_start.ipynb"))
        assert leaks(notebook, catalog.lesson("00_start").notebook) == []
        exam = json.loads(archive.read(f"{inside}/exam/exam.ipynb"))
        assert leaks(exam, json.loads((place / "exam.ipynb").read_text())) == []
        source = "\n".join("".join(cell["source"]) for cell in exam["cells"])
        assert 'mean_spent = lesson.ask("exam", "mean spent", kind="number")' in source
        assert "Look again" not in source


def test_each_student_has_another_key_that_judges(place):
    pseudonyms = term.load(place / "term.yaml").pseudonyms.values()
    keys = [opened_keys(place / "one", name) for name in pseudonyms]
    assert len({json.dumps(key) for key in keys}) == 3
    for key in keys:
        asked = {name: from_key(name, stored) for name, stored in key["exam"]["exercises"].items()}
        assert asked["mean spent"].grade(asked["mean spent"].answer).share == 1
        assert asked["mean spent"].grade(-asked["mean spent"].answer).share == 0
        assert asked["whom"].grade(asked["whom"].answer).right
        assert not asked["whom"].grade([]).right
        assert asked["words"].grade("They spend what they have.").share is None
        assert sorted(key["00_start"]["exercises"]) == sorted(catalog.lesson("00_start").keys)


class Places(HTMLParser):
    """All that a page links to or loads, and where it can be jumped to."""

    def __init__(self, path):
        super().__init__()
        self.found, self.ids = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.found.append((tag, value))
            elif name in ("id", "name"):
                self.ids.add(value)


def broken(root):
    """Yield what a page of a folder names and nobody finds, without a network."""
    pages = {path.resolve(): Places(path) for path in root.rglob("*.html")}
    for page, places in pages.items():
        for tag, value in places.found:
            url = urlsplit(value)
            if url.scheme in ("http", "https"):
                if tag != "a":
                    yield page, value
            elif url.scheme != "data":
                path = (page.parent / unquote(url.path)).resolve() if url.path else page
                known = pages[path].ids if path in pages else None
                if not path.is_file() or (
                    url.fragment and known is not None and unquote(url.fragment) not in known
                ):
                    yield page, value


def test_every_link_and_resource_resolves(place):
    root = place / "one" / "public"
    assert list(broken(root)) == []
    index = (root / "site" / "index.html").read_text(encoding="utf-8")
    for link in (
        "../install/index.html",
        "../slides/fernhill/00_start.html",
        "../print/fernhill/00_start.html",
    ):
        assert f'href="{link}"' in index
    assert "Customers &amp; &lt;value&gt;, a course" in index
    assert "2027-03-01" in index
    page = (root / "site" / "fernhill" / "00_start.html").read_text(encoding="utf-8")
    assert (
        "https://mybinder.org/v2/gh/owner/name/HEAD?urlpath=lab/tree/notebooks/0_start/00_start.ipynb" in page
    )


def test_every_page_has_a_policy_and_each_of_its_own_scripts_may_run(place):
    from crmlab.course.security import content_policy

    for page in (place / "one" / "public").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if page.name == "index.html" and page.parent.name == "public":
            continue  # only leads on
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
        assert policy, page
        scripts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", text, re.DOTALL)
        for script in scripts + re.findall(r'\son\w+="([^"]*)"', text):
            own = re.search(r"'sha256-[^']+'", content_policy(script))[0]
            assert own in policy[1], (page, script[:80])


def test_what_students_install_is_whole(place, tmp_path):
    folder_ = place / "one" / "public" / "install"
    [wheel] = folder_.glob("*.whl")
    page = (folder_ / "index.html").read_text(encoding="utf-8")
    assert wheel.name in page
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--target",
            tmp_path,
            wheel,
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if "No module named pip" not in done.stderr:
        assert done.returncode == 0, done.stderr
        code = (
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import crmlab; "
            "from crmlab.course import catalog; print(crmlab.__file__, len(catalog.lessons()))"
        )
        said = subprocess.run(
            [sys.executable, "-I", "-c", code],
            capture_output=True,
            encoding="utf-8",
            check=True,
            cwd=tmp_path,
        ).stdout
        assert said.split() == [str(tmp_path / "crmlab" / "__init__.py"), str(len(catalog.lessons()))]
    lock = (folder_ / "requirements.lock").read_text(encoding="utf-8")
    pins = (line.partition("==")[0] for line in lock.splitlines() if "==" in line[:80])
    locked = {pin.partition("[")[0].lower() for pin in pins}
    needed = {"papermill", "jupyterlab", "ipykernel", "ibis-framework", "pandas", "lifetimes", "seaborn"}
    assert needed <= locked
    assert lock.count("--hash=sha256:") >= len(locked)


def test_pseudonyms_open_in_a_spreadsheet_and_name_everybody(place):
    text = (place / "one" / "private" / "pseudonyms.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff")
    assert {row["student_id"]: row["pseudonym"] for row in rows} == term.load(place / "term.yaml").pseudonyms


def test_one_students_trouble_stops_nobody_else(copied, monkeypatch):
    (copied / "roster.csv").write_text("student_id\ns01\ns02\ns03\nlate\n")
    monkeypatch.setattr(building.workers, "each", one_fails)
    with pytest.raises(CrmlabError, match=r"1 of 4 workspaces were not made.*late: too few"):
        built(copied / "term.yaml", copied / "one")
    assert len(list((copied / "one" / "private" / "keys").iterdir())) == 3
    monkeypatch.undo()
    told = []
    built(copied / "term.yaml", copied / "one", told.append)
    assert "Workspaces: 1 to make, 3 unchanged." in told
    assert len(list((copied / "one" / "private" / "keys").iterdir())) == 4


def one_fails(opened, function, tasks, jobs):
    for who in tasks:
        yield who, ("too few customers." if who == "late" else function(opened, who))


def test_two_builds_at_once_are_one_too_many(copied):
    with only_one(copied / "one"), pytest.raises(InputError, match="Another run works in"):
        built(copied / "term.yaml", copied / "one")


def test_what_differs_from_what_was_handed_out_is_said(copied, make_term):
    path = copied / "term.yaml"
    assert manifest.differences(copied / "one", term.load(path)) == []
    make_term(copied, {"customers: 300": "customers: 310"})
    assert "how many customers" in " ".join(manifest.differences(copied / "one", term.load(path)))
    make_term(copied)
    (copied / "seed.key").write_text("f" * 8 + "0123456789abcdef" * 2)
    assert any("roster" in said for said in manifest.differences(copied / "one", term.load(path)))
    make_term(copied)
    exam = json.loads((copied / "exam.ipynb").read_text())
    exam["cells"][0]["source"] += " And when?"
    (copied / "exam.ipynb").write_text(json.dumps(exam))
    assert manifest.differences(copied / "one", term.load(path)) == [
        "The lesson exam was changed since it was handed out."
    ]


def test_a_change_is_named_with_its_cause(copied, make_term, tmp_path):
    case = copied / "shop.yaml"
    text = (
        Path("data/cases/fernhill.yaml").read_text(encoding="utf-8").replace("name: fernhill", "name: shop")
    )
    case.write_text(text.replace("customers: 6000", "customers: 600"), encoding="utf-8")
    path = make_term(copied, {"[fernhill]": "[shop.yaml]", "00_start: {due: 2027-03-01}, ": ""})
    (copied / "roster.csv").write_text("student_id\ns01\n")
    built(path, tmp_path / "before")
    case.write_text(case.read_text(encoding="utf-8").replace("seed: ", "seed: 1"), encoding="utf-8")
    built(path, tmp_path / "after")
    before, after = manifest.read(tmp_path / "before"), manifest.read(tmp_path / "after")
    found = diff.compare(before, after)
    assert found.moved
    assert {item.causes for item in found.moved} == {("data",)}
    assert not found.lessons
    assert not diff.compare(before, before)
    said = CliRunner().invoke(app, ["diff", str(tmp_path / "before"), str(tmp_path / "after")]).output
    assert "Numbers that moved" in said


def test_a_language_that_is_not_there_and_a_folder_that_is_no_term(tmp_path, place):
    with pytest.raises(InputError, match="There is no language 'zh'"):
        building.build(term.load(place / "term.yaml"), tmp_path / "new", 1, quiet, "zh")
    with pytest.raises(InputError, match="has no manifest"):
        manifest.read(tmp_path)
