"""Editions: students get no line of a solution, readers get pages that need no network."""

import base64
import copy
import hashlib
import re

import nbformat
import pytest

from crmlab.course import catalog
from crmlab.course.editions import instructor, leaks, pages, reader, student
from crmlab.course.editions.notebooks import with_values
from crmlab.course.exercises import to_record
from crmlab.course.security import content_policy
from crmlab.errors import InputError

LESSONS = list(catalog.lessons().values())
ABOUT = {"workspace": "k3v9-2mqd-7xwa"}


def made(lesson):
    return student(lesson, {"case": "case.yaml"}, ABOUT)


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.name)
def lesson(request):
    return request.param


def test_students_get_a_valid_notebook_without_leaks(lesson):
    notebook = made(lesson)
    nbformat.validate(nbformat.from_dict(notebook))
    assert leaks(notebook, lesson.notebook) == []
    assert notebook["metadata"]["crmlab"] == {"lesson": lesson.name, "edition": "student"} | ABOUT
    assert 'case = "case.yaml"' in "".join(cell["source"] for cell in notebook["cells"])


def test_every_exercise_stays_and_is_asked_by_its_name(lesson):
    text = "\n".join(cell["source"] for cell in made(lesson)["cells"])
    assert re.findall(r'lesson\.ask\("\w+", "([^"]+)"\)', text) == [*lesson.keys]
    assert lesson.keys


def test_what_is_only_recorded_says_what_must_be_known_and_no_more():
    lesson = catalog.lesson("00_start")
    choice = to_record("a card to those added", "choice", {"options": ["more", "less"]})
    notebook = student(lesson, {}, ABOUT, {choice.name: choice})
    text = "\n".join(cell["source"] for cell in notebook["cells"])
    asked = (
        'lesson.ask("00_start", "a card to those added", kind="choice", options=[\'more\', \'less\'])\nadded'
    )
    assert f"added = {asked}" in text
    assert leaks(notebook, lesson.notebook) == []


def planted():
    """Yield ways to leak, each as a change to a student's notebook, given a line of a solution."""

    def code(cell, line):
        cell["source"] += "\n    " + line

    def comment(cell, line):
        cell["source"] += "\n" + re.sub(r"\s+", "   ", line)

    def hashed(kind):
        return lambda cell, line: cell.update(
            source=f"{cell['source']}\n# {hashlib.new(kind, line.encode()).hexdigest()}"
        )

    def encoded(cell, line):
        cell["source"] += "\n# " + base64.b64encode(line.encode()).decode()

    def output(cell, line):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0.53"}]

    def attachment(cell, line):
        cell["attachments"] = {"answer.png": {"image/png": "AAAA"}}

    def tag(cell, line):
        cell["metadata"] = {"tags": ["solution"]}

    yield from (("code", code), ("blanks", comment), ("md5", hashed("md5")), ("sha256", hashed("sha256")))
    yield from (("base64", encoded), ("output", output), ("attachment", attachment), ("tag", tag))


@pytest.mark.parametrize(("name", "plant"), list(planted()), ids=[name for name, _ in planted()])
def test_the_leak_test_finds_what_is_planted(name, plant):
    lesson = catalog.lesson("22_tiers")
    solution = next(
        cell for cell in lesson.notebook["cells"] if "solution" in cell["metadata"].get("tags", [])
    )
    line = "".join(solution["source"]).strip().splitlines()[0]
    notebook = copy.deepcopy(made(lesson))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "customers")
    plant(cell, line)
    found = leaks(notebook, lesson.notebook)
    assert found
    assert all("'customers'" in words for words in found)


def test_a_key_without_an_exercise_is_refused(tmp_path):
    source = copy.deepcopy(catalog.lesson("22_tiers").notebook)
    cell = next(cell for cell in source["cells"] if "key" in cell["metadata"].get("tags", []))
    cell["source"] = "answer = 42"
    broken = catalog.Lesson(tmp_path / "22_tiers.ipynb")
    broken.__dict__["notebook"] = source
    with pytest.raises(InputError, match="makes no exercise"):
        made(broken)


def test_a_picture_to_aim_at_follows_the_answer(tmp_path):
    source = copy.deepcopy(catalog.lesson("22_tiers").notebook)
    place = next(i for i, cell in enumerate(source["cells"]) if cell["id"].endswith("-solution"))
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}, "metadata": {}}
    source["cells"][place]["outputs"].append(picture)
    lesson = catalog.Lesson(tmp_path / "22_tiers.ipynb")
    lesson.__dict__["notebook"] = source
    notebook = made(lesson)
    ids = [cell["id"] for cell in notebook["cells"]]
    answer = source["cells"][place]["id"].removesuffix("solution") + "answer"
    shown = notebook["cells"][ids.index(answer) + 1]
    assert shown["attachments"] == {"picture.png": {"image/png": "iVBORw0KGgo="}}
    assert leaks(notebook, source) == []


def test_parameters_of_any_shape_are_set():
    source = 'a = {"é": 1,\n     "b": 2}  # table\ncase = "cdnow"  # a case\nb = -1.5  # number [-2, 2]'
    text = with_values(source, {"a": {"x": [1]}, "case": 'a "case".yaml', "b": 0.25})
    scope = {}
    exec(text, scope)
    assert (scope["a"], scope["case"], scope["b"]) == ({"x": [1]}, 'a "case".yaml', 0.25)
    assert "# number [-2, 2]" in text
    with pytest.raises(InputError, match="sets no 'c'"):
        with_values(source, {"c": 1})


def test_instructors_get_all_and_readers_no_secret(lesson):
    whole = instructor(lesson.notebook, lesson)
    assert [cell["id"] for cell in whole["cells"]] == [cell["id"] for cell in lesson.notebook["cells"]]
    open_ = reader(lesson.notebook, lesson)
    tags = {tag for cell in open_["cells"] for tag in cell["metadata"].get("tags", [])}
    assert not tags & {"key", "solution", "instructor"}
    assert any(cell.get("outputs") for cell in open_["cells"])


def test_slides_and_print_need_no_network(lesson):
    notebook = reader(lesson.notebook, lesson)
    for page in (pages.slides(notebook, lesson.title), pages.printed(notebook, lesson.title)):
        loaded = re.findall(r"(?:src|href)=[\"'](?!data:)([^\"'#][^\"']*)", page)
        assert all(place.startswith("_static/") for place in loaded if not place.startswith("http"))
        assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']https?:", page)
        assert page.count("data:image/png;base64,") == sum(
            "image/png" in output.get("data", {})
            for cell in notebook["cells"]
            for output in cell.get("outputs", [])
        )


def test_text_of_data_never_becomes_markup():
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)>"
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": f"# {hostile}\n\n- {hostile}"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "source": hostile,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": hostile},
                {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": hostile}},
            ],
        },
    ]
    notebook = {"cells": cells, "metadata": {}}
    for page in (pages.slides(notebook, hostile), pages.printed(notebook, hostile, hostile)):
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_assets_are_all_that_pages_ask_for_and_a_policy_holds_them():
    assets = pages.assets()
    notebook = reader(LESSONS[0].notebook, LESSONS[0])
    for page in (pages.slides(notebook, "t"), pages.printed(notebook, "t")):
        asked = re.findall(r"(?:src|href)=[\"']_static/([^\"']+)", page)
        assert set(asked) <= set(assets)
        assert any("mathjax" in place for place in asked)
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
        assert policy.startswith("default-src 'none'; script-src 'self' file:")
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert not re.search(r"<script(?![^>]*src=)", page), "the policy would not let it run"


def test_formulas_are_those_of_a_lessons_own_text():
    formula = r"$E = \\href{javascript:alert(1)}{x}$"
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": formula}}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "- $E = mc^2$"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "", "outputs": [output]},
    ]
    notebook = {"cells": cells, "metadata": {}}
    for page in (pages.slides(notebook, formula), pages.printed(notebook, formula)):
        assert page.count('class="math') == 1
    assert b'elements: [".math"]' in pages.assets()["mathjax-settings.js"]


def test_the_speakers_window_may_run_its_script():
    notes = pages._installed("sphinx_revealjs") / "_static" / "revealjs" / "plugin" / "notes"
    view = (notes / "speaker-view.html").read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", view, re.DOTALL)[1]
    own = re.search(r"'sha256-[^']+'", content_policy(script))[0]
    assert own in pages.slides(reader(LESSONS[0].notebook, LESSONS[0]), "t")
