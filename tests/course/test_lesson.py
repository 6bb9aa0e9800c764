"""What a lesson's cells use: sentences, recorded results, a look at the parameters, pictures with words."""

import json

import numpy as np
import pandas as pd
import pytest

from crmlab.course import catalog
from crmlab.course.lesson import RESULTS_MIME, Lesson
from crmlab.course.pictures import picture
from crmlab.errors import DataError, InputError, NotForThisCase
from crmlab.plots.style import describe, panels


@pytest.fixture
def lesson():
    return Lesson("cdnow")


def test_a_lesson_opens_its_case():
    assert Lesson("fernhill").case.currency == "EUR"
    with pytest.raises(InputError, match="no case 'cdwno'"):
        Lesson("cdwno")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("-inf")])
def test_what_is_no_finite_number_is_neither_recorded_nor_asked_nor_said(lesson, value):
    with pytest.raises(InputError, match=f"'profit' is {value}"):
        lesson.record("profit", value)
    with pytest.raises(InputError, match="'profit' cannot be answered on this case"):
        lesson.exercise("profit", answer=value)
    for said in (f"Profit is {value:,.2f} USD.", f"It grew by {value:.0%}", f"({value})"):
        with pytest.raises(DataError, match=r"where a number is due.*\(|Profit|grew"):
            lesson.say(said)


def test_words_that_only_look_like_no_number_are_said(lesson):
    assert repr(lesson.say("Nancy's banana info, not infinite.")) == "Nancy's banana info, not infinite."
    with pytest.raises(DataError, match="'<NA>'"):
        lesson.say(f"They bought {pd.NA}.")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"{-0.0001:.0%}, {-0.0001:.2f} and {-0.0001:,.0f}.", "0%, 0.00 and 0."),
        ("(-0.0) and -0.05, -0.5%, -10", "(0.0) and -0.05, -0.5%, -10"),
        ("2024-01-01, 10-0 and CRM-0", "2024-01-01, 10-0 and CRM-0"),
        (f"{-0.00004:+.1%}", "0.0%"),
    ],
)
def test_there_is_no_minus_before_zero(lesson, said, shown):
    assert repr(lesson.say(said)) == shown


def test_counts_agree_with_their_noun(lesson):
    counted = [lesson.count(n, "customer") for n in (1, 0, np.int64(2357), 1.0)]
    assert counted == ["1 customer", "0 customers", "2,357 customers", "1 customer"]
    assert lesson.count(3, "person", "people") == "3 people"
    with pytest.raises(InputError, match=r"1\.5 people cannot be counted"):
        lesson.count(1.5, "person", "people")


def test_a_lesson_ends_where_its_case_cannot_carry_it(lesson):
    lesson.needs(np.bool_(True), "never said")
    with pytest.raises(NotForThisCase, match=r"^At least 30; here 4\.$") as caught:
        lesson.needs(np.bool_(False), "At least 30; here 4.")
    assert caught.value._render_traceback_() == ["This lesson is not for this case. At least 30; here 4."]


def opened(name, case, **changed):
    """Open a lesson as a notebook does that has run its cell of parameters; return what it had to say."""
    (cell,) = (
        c for c in catalog.lesson(name).notebook["cells"] if "parameters" in c["metadata"].get("tags", [])
    )
    own = {key: item.default for key, item in catalog.lesson(name).parameters.items()}
    cells = ["", "".join(cell["source"]), "lesson = Lesson(case)"]
    notebook = own | {"Lesson": Lesson, "In": cells} | {"case": case} | changed
    exec("lesson = Lesson(case)", notebook)


def test_values_that_the_case_recommends_are_said_in_an_open_notebook(capsys):
    opened("22_tiers", "fernhill")
    said = capsys.readouterr().out
    assert "The case fernhill has values of its own for this lesson: margin = 0; order_cost = 3.0" in said
    opened("22_tiers", "fernhill", margin=0.1, order_cost=1.0)
    assert "margin" not in capsys.readouterr().out  # a choice of the reader's
    opened("22_tiers", "cdnow")
    assert not capsys.readouterr().out  # recommends nothing


def test_a_run_by_the_command_line_says_nothing(capsys):
    (cell,) = (
        c
        for c in catalog.lesson("22_tiers").notebook["cells"]
        if "parameters" in c["metadata"].get("tags", [])
    )
    injected = "# Parameters of this run\ncase = 'fernhill'\nmargin = 0.3"
    opened("22_tiers", "fernhill", In=["", "".join(cell["source"]), injected])
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"margin": 30.0}, "the parameters cell: parameter 'margin' is 30.0, but must be from 0 to 1"),
        ({"draws": 200.5}, "'draws' is 200.5, but must be a whole number"),
        ({"top": "most"}, "'top' is 'most', but must be a number"),
    ],
)
def test_a_parameter_out_of_its_range_is_refused_in_an_open_notebook(changed, said):
    with pytest.raises(InputError, match=said):
        opened("22_tiers", "cdnow", **changed)


def test_a_notebook_of_the_readers_own_is_checked_by_its_comments():
    cell = 'case = "cdnow"\nshare = 1 / 2  # of the customers [0, 1]'
    opened("22_tiers", "cdnow", In=[cell], share=0.5)
    with pytest.raises(
        InputError, match=r"'share' is 2, but must be from 0 to 1\. It means: of the customers"
    ):
        opened("22_tiers", "cdnow", In=[cell, "case = nothing("], share=2)


def test_the_record_is_a_table_for_readers_and_json_for_machines(lesson):
    lesson.record("customers", 23_570)
    lesson.record("share <10 %>", np.float64(0.123456), "share", tolerance=1e-3)
    lesson.record("revenue", 1.0, "USD")
    lesson.record("revenue", np.float64(2_500_315.63), "USD")  # running a cell again replaces its result
    lesson.record("pays", True)
    results = lesson.results()
    assert repr(results).splitlines() == [
        "customers     23,570",
        "share <10 %>  0.1235 share",
        "revenue       2,500,316 USD",
        "pays          True",
    ]
    bundle = results._repr_mimebundle_()
    assert "share &lt;10 %&gt;" in bundle["text/html"]
    stored = json.loads(json.dumps(bundle[RESULTS_MIME]))
    assert stored[1] == {"name": "share <10 %>", "value": 0.123456, "unit": "share", "tolerance": 1e-3}
    assert [item["value"] for item in stored] == [23_570, 0.123456, 2_500_315.63, True]


def test_a_sentence_is_markdown_to_the_reader_and_text_to_a_check(lesson):
    said = lesson.say("**Half** of them.")
    assert said._repr_markdown_() == repr(said) == "**Half** of them."


def test_a_picture_carries_its_words_and_is_closed():
    from matplotlib import pyplot as plt

    figure, axes = panels(2)
    for ax, words in zip(axes, ["Bars of orders.", "Line of revenue."], strict=True):
        describe(ax, words, pd.DataFrame())
    data, metadata = picture(figure)
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Bars of orders. Line of revenue."
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert not plt.fignum_exists(figure.number)
