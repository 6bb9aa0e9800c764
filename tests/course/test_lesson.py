"""What a lesson's cells use: replies to answers, recorded results, sentences and pictures with words."""

import json

import numpy as np
import pandas as pd
import pytest

from crmlab.course.lesson import RESULTS_MIME, Lesson, _picture
from crmlab.errors import InputError
from crmlab.plots.style import describe, panels


@pytest.fixture
def lesson():
    return Lesson("cdnow")


@pytest.fixture
def share(lesson):
    return lesson.exercise(
        "share",
        answer=0.30,
        misconceptions={"you counted the first purchase": 0.60, "you rounded": 0.301},
        hint="Divide by all customers.",
    )


def test_a_lesson_opens_its_case():
    assert Lesson("fernhill").case.currency == "EUR"
    with pytest.raises(InputError, match="no case 'cdwno'"):
        Lesson("cdwno")


@pytest.mark.parametrize("given", [0.30, 0.3029, "0.3", np.float64(0.3), 3 / 10])
def test_a_right_answer_is_right(share, given):
    assert repr(share.check(given)) == "**share**: right."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (..., "no answer yet"),
        (0.60, "not yet. It seems that you counted the first purchase."),
        (30, "not yet. You are close: this is a hundred times the answer"),
        (0.003, "not yet. You are close: this is a hundredth of the answer"),
        (0.31, "not yet. You are close: keep more digits, or check the last step. Divide by all customers."),
        (0.45, "**share**: not yet. Divide by all customers."),
        (None, "The answer is one number, and None is none. Divide"),
        ("30 %", "The answer is one number, and '30 %' is none."),
        (pd.Series([0.3, 0.4]), "The answer is one number"),
        (float("nan"), "**share**: not yet. Divide by all customers."),
        (float("inf"), "**share**: not yet. Divide by all customers."),
    ],
)
def test_a_reply_says_what_is_wrong(share, given, said):
    reply = repr(share.check(given))
    assert said in reply
    assert "right" not in reply


def test_a_long_answer_is_shortened(share):
    assert len(repr(share.check("x" * 10_000))) < 200


def test_a_misconception_that_gives_the_answer_is_dropped(lesson, share):
    assert list(share.misconceptions) == ["you counted the first purchase"]
    tier = lesson.exercise("tier", answer="Gold", misconceptions={"you sorted": "gold", "you summed": "iron"})
    assert list(tier.misconceptions) == ["you summed"]


def test_words_are_compared_without_case(lesson):
    tier = lesson.exercise("tier", answer="Gold", misconceptions={"you sorted by revenue": "iron"})
    replies = {" GOLD ": "right.", "Iron": "It seems that you sorted by revenue.", 3: "not yet."}
    for given, said in replies.items():
        assert repr(tier.check(given)).endswith(said)


def test_zero_can_be_an_answer(lesson):
    none = lesson.exercise("none", answer=0.0)
    assert repr(none.check(0)) == repr(none.check(1e-16)) == "**none**: right."
    assert "close" not in repr(none.check(5))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("-inf")])
def test_what_is_no_finite_number_is_neither_recorded_nor_asked(lesson, value):
    with pytest.raises(InputError, match=f"'profit' is {value}"):
        lesson.record("profit", value)
    with pytest.raises(InputError, match="'profit' cannot be answered on this case"):
        lesson.exercise("profit", answer=value)


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
    data, metadata = _picture(figure)
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Bars of orders. Line of revenue."
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert not plt.fignum_exists(figure.number)
