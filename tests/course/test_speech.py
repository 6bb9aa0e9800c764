"""What students and instructors are told is in the catalogue, but for their own words and the author's."""

import re
from types import SimpleNamespace

import pandas as pd
import pseudo
import pytest
from matplotlib.figure import Figure

from crmlab.course import catalog, pictures
from crmlab.course.editions import leaks, pages, student
from crmlab.course.editions.notebooks import PICTURE
from crmlab.course.exercises import Number, Plot, Policy, Table, to_record
from crmlab.course.exercises.words import Choice, Explanation, Label
from crmlab.course.results import Result, Results
from crmlab.course.terms import install, manifest, workspaces

AUTHOR = [
    "share", "weeks", "you rounded", "Look there.", "Divide.", "layer", "lead", "gold", "iron", "zinc",
    "They stay.", "They go.", "Look again.", "Do they?", "says why", "ann", "bob", "cid", "dora",
    "eve", "EUR",
    "set_index", "many", "profit", "costs", "series", "zinc",
]  # fmt: skip
HINTS = ["Look there.", "Divide."]
GOLD = {"gold": 400.0, "iron": 90.0, "lead": -50.0}
WORTH = {"ann": 5.0, "bob": -1.0, "cid": 3.0, "dora": -2.0}
AGAINST = {"rule": 5.0, "model": 4.0, "random": 2.0, "nobody": 0.0, "oracle": 8.0}
OTHER_KINDS = [
    *(None, True, 7, "many", [1, 1], {"zinc": 1}, print, object(), Figure().subplots()),
    *(pd.Series([1.0, 2.0]), pd.Series({"zinc": 1}).to_numpy(), pd.DataFrame({"gold": [1], "iron": [2]})),
]


def drawn(heights, **labels):
    """Return an Axes with bars."""
    ax = Figure().subplots()
    ax.bar(list(heights), list(heights.values()))
    ax.set(**labels)
    return ax


LABELS = {"title": "gold", "xlabel": "gold", "ylabel": "gold"}
TWO = {f"{name}, {column}": value for column in ("profit", "costs") for name, value in GOLD.items()}
ASKED = {
    "number": (
        Number("share", 0.3, unit="weeks", misconceptions={"you rounded": 0.6}, hints=HINTS),
        [0.3, 0.6, 30, 0.003, 300, 0.0003, -0.3, 0.7, 2.1, 0.3 * 7 / 30.4375, 0.315, float("nan"), 99],
    ),
    "rate": (Number("share", 2.0, unit="weeks a month"), [2 / 30.4375, 24, 2 / (30.4375 / 7)]),
    "count": (Number("share", 7, tolerance=0), [8, 50]),
    "label": (
        Label("layer", "lead", misconceptions={"you rounded": "gold"}),
        ["lead", "gold", "iron", "g" * 300],
    ),
    "choice": (
        Choice("layer", {"They stay.": "Look again.", "They go.": "Do they?"}, "They stay."),
        ["a", "b", "They go.", "zinc"],
    ),
    "table": (
        Table("layer", GOLD, misconceptions={"you rounded": {**GOLD, "gold": 1.0}}, hints=HINTS[0]),
        [
            GOLD,
            {**GOLD, "gold": 1.0},
            {**GOLD, "gold": 7.0},
            {"gold": 1.0, "iron": 2.0, "zinc": 2.0},
            {"gold": 400, "iron": 90},
            {name: -value for name, value in GOLD.items()},
            pd.Series([1.0, 2.0], index=["gold", "gold"]),
            pd.Series({f"z{number}": 1.0 for number in range(9)}),
        ],
    ),
    "columns": (
        Table("layer", TWO, columns=["profit", "costs"]),
        [pd.DataFrame({"gold": GOLD}), {"gold": 1}],
    ),
    "plot": (
        Plot("layer", GOLD),
        [
            drawn(GOLD, **LABELS),
            drawn(GOLD),
            drawn(GOLD, title="gold"),
            drawn({"gold": 1.0, "zinc": 2.0}),
            drawn({**GOLD, "gold": 1.0}),
            Figure().subplots(),
            drawn({value: number for number, value in enumerate(GOLD.values())}),
        ],
    ),
    "lines": (Plot("layer", TWO, columns=["profit", "costs"]), [drawn(GOLD), Figure().subplots()]),
    "swapped": (Plot("layer", {"1": 10.0, "2": 30.0}), [drawn({10.0: 1.0, 30.0: 2.0}, **LABELS)]),
    "policy": (
        Policy("layer", 2, WORTH, AGAINST, currency="EUR", misconceptions={"you rounded": ["bob"]}),
        [["ann", "cid"], ["ann"], ["bob"], ["bob", "dora"], [], ["eve"], ["ann"] * 2, ["ann", "bob", "cid"]],
    ),
    "poor policy": (Policy("layer", 2, WORTH, {**AGAINST, "rule": -1.0, "random": -2.0}), [[], ["cid"]]),
    "open policy": (Policy("layer", 2), [["ann"]]),
    "explanation": (
        Explanation("layer", ["says why"], most=5),
        ["zinc zinc zinc", "zinc", "zinc " * 9, 7],
    ),
    "bare explanation": (Explanation("layer"), ["zinc zinc zinc"]),
    "recorded": (to_record("layer", "number", {}), [7, "many"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ASKED)
def test_every_reply_speaks_the_readers_language(kind):
    exercise, answers = ASKED[kind]
    with pseudo.spoken():
        said = [repr(exercise.check(answer)) for answer in [..., *answers, *OTHER_KINDS]]
        said += [repr(exercise).replace("**a** ·", ""), repr(exercise.hint())]
        forged = [{"unreadable": "zinc"}, object(), [[1]], {"series": 7}]
        said += [exercise.grade(stored).words for stored in forged]
    assert {text: found for text in said if (found := pseudo.bypassing(text, AUTHOR))} == {}
    assert all(text.strip() for text in said)


def test_answers_are_kept_in_words_that_no_language_changes():
    exercise, answers = ASKED["number"]
    with pseudo.spoken():
        records = [exercise.check(answer).record for answer in [*answers, "many"]]
    assert {record["kind"] for record in records} == {"number"}
    assert {record["state"] for record in records} == {"right", "not yet", "unreadable"}


def test_a_picture_that_speaks_the_readers_language_is_right():
    labels = dict.fromkeys(("title", "xlabel", "ylabel"), "zinc")
    exercise = Plot("layer", {"gold": 4.0, "lead": 2.0})
    with pseudo.spoken():
        ax = drawn({"gõld": 4.0, "léàd": 2.0}, **labels)  # as the package's own pictures call them
        record = exercise.check(ax).record
        unseen = to_record("layer", "plot", {}).check(ax).record
        assert exercise.grade(unseen["given"]).right
    assert record["state"] == "right"
    assert list(record["given"]["series"][0]) == ["gold", "lead"]


def test_what_a_lesson_shows_speaks_the_readers_language():
    source = 'case = "cdnow"  # a case\nmargin = 0.3  # share [0, 1]'
    lesson = next(one for one in catalog.lessons().values() if len(one.parameters) > 1)
    source = next(
        "".join(cell["source"])
        for cell in lesson.notebook["cells"]
        if "parameters" in cell["metadata"].get("tags", [])
    )
    name = [*lesson.parameters][1]
    values = {key: item.default for key, item in lesson.parameters.items()}
    with pseudo.spoken():
        other = catalog.review({"In": [source], **values}, "fernhill", {lesson.name: {name: "zinc"}})
        results = Results((Result("share", 0.3, "weeks", 0.1),))._repr_mimebundle_()
        _, about = pictures.picture(drawn(GOLD).figure)
    data = ["fernhill", name, "zinc", *AUTHOR]
    assert other
    assert pseudo.bypassing(other, data) == []
    assert pseudo.bypassing(bare(results["text/html"]), data) == []
    assert pseudo.bypassing(about["image/png"]["alt"], data) == []


def bare(html):
    """Return the words of a page, without its tags, styles and commands."""
    return re.sub(r"<(style|pre)>.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)


def test_pages_that_students_are_handed_speak_the_readers_language():
    term = SimpleNamespace(plan=SimpleNamespace(term="2027"), lessons={"zinc": None})
    heading = {"cell_type": "markdown", "metadata": {}, "source": "## Parameters\n\n- zinc"}
    with pseudo.spoken():
        told = [bare(install._page("crmlab-0.whl")), bare(pages.slides({"cells": [heading]}, "zinc"))]
        for replies in (True, False):
            term.replies = dict.fromkeys(term.lessons, replies).get
            told.append(workspaces._readme(term, "aaaa"))
    data = ["crmlab list", "jupyter lab", "crmlab-0.whl", "requirements.lock", "zinc", "aaaa"]
    assert [pseudo.bypassing(text, data) for text in told] == [[]] * 4


def test_frames_in_students_notebooks_speak_the_readers_language():
    told = []
    with pseudo.spoken():
        for lesson in catalog.lessons().values():
            notebook = student(lesson, {"case": "case.yaml"}, {})
            assert leaks(notebook, lesson.notebook) == []
            added = [cell for cell in notebook["cells"] if "picture.png" in cell.get("attachments", {})]
            told += [cell["source"].replace("(attachment:picture.png)", "") for cell in added]
    assert told
    assert PICTURE not in told[0]
    assert [pseudo.bypassing(text) for text in told] == [[]] * len(told)


def test_what_is_said_of_a_changed_term_speaks_the_readers_language():
    built = {"versions": {}, "code": "", "lessons": {"22_tiers": {"digest": ""}}}
    with pseudo.spoken():
        said = list(manifest._differences(built, None))
    assert len(said) == 2
    assert [pseudo.bypassing(text, ["22_tiers"]) for text in said] == [[], []]
