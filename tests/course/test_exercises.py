"""Replies to answers of every kind: right, wrong for a known reason, close, or not to be read."""

import json
import re

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmlab.course.exercises import ANSWER_MIME, from_key, to_key, to_record
from crmlab.course.exercises.number import number_of
from crmlab.course.lesson import Lesson
from crmlab.errors import InputError

LESSON = Lesson("cdnow")
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
PROFIT = pd.Series({"platinum": 900.0, "gold": 400.0, "lead": -50.0}, name="profit")
PYTHON = re.compile(r"\b(int|float|str|bool|NoneType|ndarray|DataFrame|Series|dict|tuple|None|nan)\b")


def record(reply):
    return reply._repr_mimebundle_()[ANSWER_MIME]


def said(exercise, given):
    """Return the reply to an answer, which must be in a reader's words."""
    text = repr(exercise.check(given))
    assert not PYTHON.search(text), text
    return text


def is_right(exercise, given):
    return record(exercise.check(given))["state"] == "right"


def again(exercise, *, in_order=True):
    """Return an exercise made of the key of another, as a file keeps it."""
    text = json.dumps(to_key(exercise), allow_nan=False, sort_keys=not in_order)
    return from_key(exercise.name, json.loads(text))


# Numbers


@pytest.fixture
def share():
    return LESSON.exercise(
        "share",
        answer=0.30,
        misconceptions={
            "you counted the first purchase": 0.60,
            "you rounded": 0.3029,
            "you divided by zero": float("nan"),
        },
        hint="Divide by all customers.",
    )


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7,467", 7467),
        ("1 234.5", 1234.5),
        ("1'234'567", 1_234_567),
        ("77%", 0.77),
        ("77 ％", 0.77),
        ("0,88", 0.88),
        ("−2.5", -2.5),
        (".5", 0.5),
        ("1e-3", 0.001),
        (np.float64(3), 3),
        ("1,23,4", None),
        ("many", None),
        ("", None),
        (True, None),
        (np.True_, None),
        ([1, 2], None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written, number):
    assert number_of(written) == number


@pytest.mark.parametrize("given", [0.30, 0.3014, "0.3", "30%", "0,3", np.float64(0.3), 3 / 10])
def test_a_right_answer_is_right(share, given):
    assert said(share, given) == "**share**: right."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (..., "no answer yet"),
        (0.60, "not yet. It seems that you counted the first purchase."),
        (0.3025, "It seems that you rounded."),  # within the tolerance of both, and nearer to this
        (
            30,
            "You are close: this is a hundred times the answer, as when one gives a percentage for a share.",
        ),
        (0.003, "a hundredth of the answer"),
        (300, "a thousand times the answer"),
        (-0.3, "the answer with the other sign"),
        (0.70, "1 less the answer"),
        (0.31, "You are close: keep more digits, or check the last step. Divide by all customers."),
        (0.45, "**share**: not yet. Divide by all customers."),
        (0, "**share**: not yet. Divide by all customers."),
        (None, "The answer is one number, and this is nothing"),
        (True, "The answer is one number, and this is a yes or no"),
        ("a third", "The answer is one number, and 'a third' is none."),
        (pd.Series([0.3, 0.4]), "The answer is one number, and this is a column of values"),
        (pd.DataFrame({"x": [1, 2]}), "and this is a table"),
        (np.array([1, 2]), "and this is a list of numbers"),
        (len, "function that was not called"),
        (float("nan"), "something was divided by zero"),
        (float("inf"), "something was divided by zero"),
    ],
)
def test_a_reply_says_what_is_wrong(share, given, words):
    reply = said(share, given)
    assert words in reply
    assert "right" not in reply


@pytest.mark.parametrize(("answer", "given"), [(0.88, -1.149), (0.25, -4.257), (-2.0, 0.53), (0.53, -2.0)])
def test_no_number_of_the_other_sign_is_right(answer, given):
    for tolerance in (0.002, 0.01, 0.4):
        asked = LESSON.exercise("x", answer=answer, tolerance=tolerance)
        assert not is_right(asked, given)
        assert not is_right(asked, -answer)


def test_a_long_answer_is_shortened(share):
    assert len(said(share, "x" * 10_000)) < 200


def test_a_misconception_that_gives_the_answer_is_dropped():
    share = LESSON.exercise("share", 0.3, misconceptions={"you did nothing": 0.3, "you doubled": 0.6})
    assert list(share.misconceptions) == ["you doubled"]
    tier = LESSON.exercise("tier", answer="Gold", misconceptions={"you sorted": "gold", "you summed": "iron"})
    assert list(tier.misconceptions) == ["you summed"]


def test_zero_can_be_an_answer_and_a_count_can_be_off_by_one():
    none = LESSON.exercise("none", answer=0.0)
    assert is_right(none, 0)
    assert is_right(none, 1e-16)
    assert "close" not in said(none, 5)
    count = LESSON.exercise("customers", answer=2357, tolerance=0)
    assert is_right(count, "2,357")
    assert not is_right(count, 2357.0001)
    assert "off by one" in said(count, 2358)
    with pytest.raises(InputError, match=r"tolerance is 0\.5"):
        LESSON.exercise("x", answer=1.0, tolerance=0.5)


@pytest.mark.parametrize(
    ("unit", "given", "words"),
    [
        ("weeks", 14, "in days, not in weeks"),
        ("weeks", 14 / (365.25 / 12), "in months, not in weeks"),
        ("purchases a week", 2 / 7, "per day, not per week"),
        ("purchases per week", 2 * 365.25 / 7, "per year, not per week"),
        ("USD", 14, ""),
    ],
)
def test_an_answer_for_another_period_is_recognised(unit, given, words):
    reply = said(LESSON.exercise("pace", answer=2.0, unit=unit), given)
    assert reply == f"**pace**: not yet.{f' You are close: this is the answer {words}.' if words else ''}"


ANSWERS = st.floats(1e-6, 1e9) | st.floats(-1e9, -1e-6) | st.integers(1, 10_000).map(float)
TOLERANCES = st.sampled_from([1e-6, 0.001, 0.01, 0.05]) | st.floats(0.06, 0.33)


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(-1, 1))
def test_whatever_lies_within_the_tolerance_is_right(answer, tolerance, away):
    assert is_right(LESSON.exercise("x", answer, tolerance=tolerance), answer * (1 + away * tolerance))


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(1.001, 1e6), st.sampled_from([-1, 1]))
def test_nothing_beyond_the_tolerance_is_right(answer, tolerance, away, side):
    assert not is_right(
        LESSON.exercise("x", answer, tolerance=tolerance), answer * (1 + side * away * tolerance)
    )


@QUICK
@example(1.0, 0.25, 0.53125, 0.25)  # the larger wrong number is not nearer for its wider tolerance
@given(ANSWERS, TOLERANCES, st.floats(-2, 2), st.floats(-2, 2))
def test_of_the_answer_and_a_misconception_the_nearer_counts(answer, tolerance, other, away):
    wrong, given = (answer * (1 + part * tolerance) for part in (other, away))
    asked = LESSON.exercise("x", answer, tolerance=tolerance, misconceptions={"you guessed": wrong})
    assume(asked.misconceptions and abs(abs(other - away) - abs(away)) > 1e-3 and abs(abs(away) - 1) > 1e-3)
    assert is_right(asked, given) == (abs(away) <= 1 and abs(away) < abs(other - away))


# Words


def test_words_are_compared_without_case_width_and_hyphens():
    tier = LESSON.exercise(
        "tier", answer="At risk", accept=["流失风险"], misconceptions={"you sorted by revenue": "iron"}
    )
    for same in (" AT-RISK ", "at_risk", "ａｔ ｒｉｓｋ", "流失风险"):
        assert said(tier, same) == "**tier**: right.", same
    assert said(tier, "Iron") == "**tier**: not yet. It seems that you sorted by revenue."
    assert said(tier, 3) == "**tier**: not yet."
    assert "a word or a name, and this is nothing" in said(tier, None)
    assert "is longer" in said(tier, "x" * 1000)


def test_hints_come_in_two_steps():
    asked = LESSON.exercise(
        "x", answer=1.0, misconceptions={"you doubled": 2.0}, hint=("Look there.", "Take one.")
    )
    replies = [said(asked, given) for given in (..., "?", 2, 2, 5, 1)]
    assert replies[1].endswith("'?' is none. Look there.")  # no attempt that counts for a hint
    assert replies[2].endswith("not yet. It seems that you doubled.")
    assert replies[3].endswith("not yet. It seems that you doubled. Take one.")
    assert replies[4].endswith("not yet. Take one.")
    assert replies[5] == "**x**: right."
    assert repr(asked.hint()) == "**x**: Take one."
    assert "no hint" in repr(LESSON.exercise("y", answer=1.0).hint())
    with pytest.raises(InputError, match="3 hints"):
        LESSON.exercise("x", answer=1.0, hint=("a", "b", "c"))


OPTIONS = {"Too few.": "Count them.", "Too alike.": "Look at Gini.", "Too fickle.": "Look at the last row."}


@pytest.mark.parametrize("given", ["c", "C)", "(c)", "too fickle", "Too fickle.", "Fickle"])
def test_a_choice_is_made_by_letter_or_text(given):
    assert is_right(LESSON.choice("why", "Too fickle.", OPTIONS), given)


def test_a_choice_shows_its_options_and_gives_the_reason():
    why = LESSON.choice("why", "Too fickle.", OPTIONS)
    assert "- **b** · Too alike." in repr(why)
    assert "**c** · Too fickle." in why._repr_markdown_()
    assert "Gini" not in repr(why) + why._repr_markdown_()
    assert said(why, "b") == "**why**: not yet. Look at Gini."
    assert "a letter from a to c, such as 'a', not with 'd'" in said(why, "d")
    assert "such as 'a', not with 'Too'" in said(why, "Too"), "words of several options name none"
    assert "not with nothing" in said(why, None)
    with pytest.raises(InputError, match=r"no option 'Too fikle\.'.*Did you mean"):
        LESSON.choice("why", "Too fikle.", OPTIONS)
    with pytest.raises(InputError, match="1 options"):
        LESSON.choice("why", "a", {"a": "b"})


def test_an_explanation_is_recorded_and_a_person_grades_it():
    asked = LESSON.explain("why", rubric=["It says who.", "It says how sure."], most=10)
    reply = asked.check("Write to the front drawer, after a test.")
    assert record(reply)["state"] == "recorded"
    assert record(reply)["given"] == "Write to the front drawer, after a test."
    assert "recorded, 8 words" in repr(reply)
    assert "- It says how sure." in repr(reply)
    assert "It says" not in repr(asked)
    assert asked.grade(record(reply)["given"]).share is None
    assert "11 words, and at most 10" in said(asked, "word " * 11)
    assert "a sentence or more" in said(asked, "Yes.")
    assert "a text, in quotes" in said(asked, 5)
    with pytest.raises(InputError, match="allows 0 words"):
        LESSON.explain("why", most=0)


# Tables


@pytest.mark.parametrize(
    "given",
    [
        PROFIT[::-1],
        PROFIT.to_dict(),
        PROFIT.to_frame(),
        PROFIT.astype(object) * 1.005,
        PROFIT.set_axis(pd.CategoricalIndex(["platinum", "gold", "lead"])),
    ],
)
def test_a_table_is_right_in_any_order_and_form(given):
    assert is_right(LESSON.exercise("profit", PROFIT), given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (PROFIT.drop("gold"), "Missing: gold. The other values are right."),
        (PROFIT.drop("gold").rename({"lead": "Lead"}), "Missing: gold, lead. Not asked for: Lead."),
        (PROFIT * [1, 1.5, 1], "The value of gold is wrong."),
        (PROFIT + 100, "3 of 3 values are wrong, the first that of platinum."),
        (PROFIT * [1, np.nan, 1], "The value of gold is wrong."),
        (-PROFIT, "the answer with the other sign"),
        (100 * PROFIT, "a hundred times the answer"),
        (PROFIT / 10, "It seems that you divided by ten."),
        (pd.concat([PROFIT, PROFIT[:1]]), "These keys come more than once: platinum."),
        (PROFIT.reset_index(drop=True), "Your rows are only numbered."),
        (pd.DataFrame({"a": PROFIT, "b": PROFIT}), "The answer is one column; this has 2."),
        (1200.0, "a column or table of values by name, and this is one number"),
        (None, "and this is nothing"),
        ([900, 400, -50], "and this is a list"),
    ],
)
def test_a_reply_to_a_table_names_what_is_wrong(given, words):
    asked = LESSON.exercise("profit", PROFIT, misconceptions={"you divided by ten": PROFIT / 10})
    reply = said(asked, given)
    assert words in reply
    assert ": right." not in reply


def test_a_table_of_columns_and_words_is_compared_place_by_place():
    table = pd.DataFrame({"tier": ["gold", "iron"], "profit": [4.0, -1.0]}, index=[1, 2])
    asked = LESSON.exercise("both", table)
    good = pd.DataFrame({"extra": [0, 0], "profit": [4.01, -1.0], "tier": ["Gold", "iron"]}, index=[1.0, 2.0])
    assert is_right(asked, good)
    assert "The value of 2, tier is wrong." in said(asked, good.assign(tier=["gold", "gold"]))
    assert "lacks the column tier" in said(asked, good[["profit"]])


def test_days_and_large_numbers_are_keys():
    days = pd.Series([1.0, 2.0], index=pd.to_datetime(["2024-01-01", "2024-02-01"]))
    assert is_right(LESSON.exercise("days", days), {"2024-01-01": 1, "2024-02-01": 2})
    ids = pd.Series({10_000_000_001: 1.0, 10_000_000_002: 2.0})
    assert is_right(LESSON.exercise("ids", ids), ids.set_axis(ids.index.astype(str)))


@pytest.mark.parametrize(
    "answer",
    [pd.Series(dtype=float), pd.Series({"a": np.inf}), pd.Series({"a": np.nan}), pd.Series([1, 2], [0, 0])],
)
def test_a_table_that_cannot_be_asked_for_is_refused(answer):
    with pytest.raises(InputError, match="The exercise 'x' cannot be"):
        LESSON.exercise("x", answer)


@QUICK
@given(st.dictionaries(st.text("ab c", min_size=1), ANSWERS, min_size=1, max_size=5), st.data())
def test_the_order_of_a_table_does_not_matter(values, data):
    values = {" ".join(key.split()): value for key, value in values.items()}
    assume("" not in values)
    shuffled = data.draw(st.permutations(list(values.items())))
    assert is_right(LESSON.exercise("x", pd.Series(values)), dict(shuffled))


# Pictures


def drawn(draw, **words):
    ax = Figure().subplots()
    draw(ax)
    ax.set(**({"title": "T", "xlabel": "X", "ylabel": "Y"} | words))
    return ax


CURVE = pd.Series([1.0, 4.0, 9.0], index=[0.5, 1.0, 1.5])
TWO = pd.DataFrame({"now": CURVE, "then": CURVE + 1})
DAYS = pd.Series([3.0, 1.0, 2.0], index=pd.to_datetime(["2024-01-03", "2024-02-17", "2025-09-30"]))


def horizontal(ax):
    import seaborn as sns

    sns.barplot(x=PROFIT.to_numpy(), y=list(PROFIT.index), ax=ax)


def two_lines(first, second):
    return lambda ax: [ax.plot(each.index, each) for each in (first, second)]


def two_axes(first, second):
    return lambda ax: (ax.plot(first.index, first), ax.twinx().plot(second.index, second))


@pytest.mark.parametrize(
    ("answer", "draw"),
    [
        (CURVE, lambda ax: ax.plot(CURVE.index, CURVE)),
        (CURVE, lambda ax: ax.scatter(CURVE.index[::-1], CURVE[::-1])),
        (CURVE, lambda ax: (ax.axhline(5), ax.plot(CURVE.index, CURVE * 2), ax.plot(CURVE.index, CURVE))),
        (CURVE, lambda ax: ax.bar(CURVE.index, CURVE, width=0.1)),
        (PROFIT, lambda ax: ax.bar(PROFIT.index, PROFIT)),
        (PROFIT, lambda ax: PROFIT.plot.bar(ax=ax)),
        (PROFIT, horizontal),
        (DAYS, lambda ax: ax.plot(DAYS.index, DAYS)),
        (DAYS, lambda ax: ax.bar(mdates.date2num(DAYS.index), DAYS) and ax.xaxis_date()),
        (TWO, two_lines(TWO["now"], TWO["then"])),
        (TWO, two_lines(TWO["then"], TWO["now"])),
        (TWO, two_axes(TWO["now"], TWO["then"])),
        (TWO, two_axes(TWO["then"], TWO["now"])),
    ],
)
def test_a_picture_is_right_by_its_data(answer, draw):
    asked = LESSON.plot("curve", answer, misconceptions={"you drew the square": answer**2})
    ax = drawn(draw)
    assert said(asked, ax) == said(asked, ax.figure) == "**curve**: right."
    assert asked.grade(json.loads(json.dumps(record(asked.check(ax))["given"]))).right


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (
            lambda: drawn(lambda ax: ax.plot(CURVE.index, CURVE), ylabel="", title=""),
            "The data are right. The picture lacks a title, a label of the y axis.",
        ),
        (lambda: drawn(lambda ax: ax.plot(CURVE.index, CURVE**2)), "It seems that you drew the square."),
        (
            lambda: drawn(lambda ax: ax.plot(CURVE.index[:2], CURVE[:2])),
            "Missing: 1.5. The other values are right.",
        ),
        (lambda: drawn(lambda ax: ax.plot(CURVE.index, CURVE.add([0, 1, 0]))), "The value of 1 is wrong."),
        (
            lambda: drawn(lambda ax: ax.plot([*CURVE.index, 2.0], [*CURVE, 16.0])),
            "Places that were not asked for: 2.",
        ),
        (lambda: drawn(lambda ax: ax.plot(CURVE, CURVE.index)), "You exchanged the axes"),
        (lambda: drawn(lambda ax: ax.plot(CURVE.index, 100 * CURVE)), "a hundred times the answer"),
        (lambda: drawn(Axes.grid), "shows no lines, bars or points"),
        (lambda: CURVE, "a picture, an Axes or a Figure, and this is a column of values by name"),
        (lambda: None, "and this is nothing"),
    ],
)
def test_a_reply_to_a_picture_names_what_is_wrong(picture, words):
    asked = LESSON.plot("curve", CURVE, misconceptions={"you drew the square": CURVE**2})
    reply = said(asked, picture())
    assert words in reply
    assert ": right." not in reply


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (two_lines(TWO["now"] ** 2, TWO["then"] ** 2), "It seems that you drew the square."),
        (two_lines(TWO["then"] ** 2, TWO["now"] ** 2), "It seems that you drew the square."),
        (two_axes(TWO["then"] ** 2, TWO["now"] ** 2), "It seems that you drew the square."),
        (two_lines(TWO["now"], TWO["now"] + 7), "3 of 6 values are wrong, the first that of 0.5, then."),
        (
            lambda ax: ax.plot(CURVE.index, CURVE),
            "shows 1 line or group of values, and 2 are due: now, then.",
        ),
        (lambda ax: [ax.plot(TWO[name], TWO.index) for name in TWO], "You exchanged the axes"),
    ],
)
def test_a_picture_of_two_lines_is_matched_whatever_their_order(draw, words):
    asked = LESSON.plot("two", TWO, misconceptions={"you drew the square": TWO**2})
    assert words in said(asked, drawn(draw))


# Policies

GAIN = pd.Series({1: 5.0, 2: -1.0, 3: 3.0, 4: 0.5})


@pytest.fixture
def mailing():
    wrong = {"you wrote to those who order anyway": [2], "you copied the rule": [1, 4]}
    return LESSON.policy("mailing", GAIN, most=2, against={"rule": [1, 4]}, misconceptions=wrong)


def test_a_policy_is_scored_in_money(mailing):
    best = mailing.grade(record(mailing.check(GAIN > 1))["given"])
    assert (best.right, best.money, best.share) == (True, 8.0, 1.0)
    reply = said(mailing, [4, 2])
    assert "not yet. Yours loses 0.50 USD, rule 5.50." in reply
    assert "To choose nobody brings more." in reply
    assert "| oracle | 8.00 | ████████████████████ |" in reply
    assert "| **yours** | -0.50 | ░ |" in reply
    assert "| random | 3.75 |" in reply
    assert mailing.grade(["1"]).share == pytest.approx((5 - 3.75) / (5.5 - 3.75), abs=0.01)


def test_what_is_nearly_the_policy_to_beat_is_no_misconception(mailing):
    assert list(mailing.misconceptions) == ["you wrote to those who order anyway"]
    assert is_right(mailing, [1, 4])
    assert "It seems that you wrote to those who order anyway." in said(mailing, [2])


def test_a_hair_less_is_as_much_and_more_than_a_hundredth_less_is_not():
    gain = pd.Series({"1": 1000.0, "2": 999.0, "3": 980.0, "4": 0.0})
    asked = LESSON.policy("x", gain, most=1, against={"rule": [1]})
    assert [asked.grade([name]).right for name in "1234"] == [True, True, False, False]
    assert asked.grade(["3"]).share == pytest.approx(0.92, abs=0.01)
    assert [asked.grade([name]).share for name in "12"] == [1.0, 1.0]


def test_a_misconception_never_passes_and_earns_half_at_most():
    seen = LESSON.policy(
        "x", GAIN, most=2, against={"rule": [4]}, misconceptions={"you looked ahead": [1, 3]}
    )
    judged = seen.grade(["3", "1"])
    assert (judged.right, judged.known, judged.share) == (False, True, 0.5)


def test_a_list_by_hindsight_never_passes():
    gain = pd.Series({f"{n}": float((7 * n) % 100) - 30 for n in range(100)})
    known = gain.index[gain > 0].tolist()[:20]  # who earns something, but not how much
    asked = LESSON.policy("x", gain, most=20, against={"model": known}, beat="model")
    best = gain.nlargest(20).index
    for seen in (best, best[:12], [*best[:19], "0"]):
        assert "It seems that you looked at what came afterwards." in said(asked, seen)
        assert asked.grade(list(seen)).share <= 0.5
    assert is_right(asked, known)
    assert is_right(asked, [*best[:15], *[each for each in known if each not in best][:5]])
    assert is_right(
        LESSON.policy("x", gain, most=20, against={"rule": best}), best
    )  # a rule that foresees it


def test_to_choose_nobody_is_right_only_where_nobody_earns_anything():
    def asked(gain, rule):
        return LESSON.policy("x", gain, most=2, against={"rule": rule})

    assert "Choosing nobody brings nothing" in said(asked(GAIN, [1]), [])
    assert not is_right(asked(GAIN, [2]), [])  # chance earns something here
    assert is_right(asked(-GAIN.abs(), [2]), [])
    assert not is_right(asked(-GAIN.abs(), [2]), [2])  # as good as the rule, but a loss


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1, 9], "Unknown here: 9."),
        ([1, 1], "chosen more than once: 1."),
        ([1, 2, 3], "You chose 3, and at most 2 are allowed."),
        ("1", "a list of names, and this is a text"),
        (5, "a list of names, and this is one number"),
        (None, "and this is nothing"),
        ({1: 2}, "and this is a table of names and values"),
    ],
)
def test_a_policy_must_be_valid(mailing, given, words):
    assert words in said(mailing, given)


def test_scores_by_customer_stand_for_their_customers(mailing):
    assert is_right(mailing, GAIN.nlargest(2))


def test_a_policy_that_cannot_be_asked_for_is_refused():
    with pytest.raises(InputError, match="no policy 'rul'"):
        LESSON.policy("x", GAIN, most=1, against={"rule": [1]}, beat="rul")
    with pytest.raises(InputError, match=r"names a policy that it forbids\. You chose 2"):
        LESSON.policy("x", GAIN, most=1, against={"rule": [1, 2]})
    with pytest.raises(InputError, match="cannot be scored on this case: 1 has no worth"):
        LESSON.policy("x", GAIN.replace(5.0, np.nan), most=1, against={"rule": [1]})
    with pytest.raises(InputError, match="allows 0 choices"):
        LESSON.policy("x", GAIN, most=0, against={"rule": []})


def test_where_nobody_knows_the_worth_a_policy_is_recorded():
    asked = from_key("x", to_key(LESSON.policy("x", GAIN * np.nan, most=1, against={})))
    assert "recorded, 1 of at most 1 chosen." in said(asked, [2])
    assert "Unknown here: 7." in said(asked, [7])
    assert asked.grade(["2"]).share is None
    anybody = LESSON.policy("x", None, most=1, against={})
    assert "recorded, 1 of at most 1 chosen." in said(anybody, [7])
    assert LESSON.policy("x", GAIN.to_dict(), most=1, against={"rule": [1]}).worth == {
        "1": 5.0, "2": -1.0, "3": 3.0, "4": 0.5,
    }  # fmt: skip


WORTH = st.lists(st.floats(-100, 100), min_size=3, max_size=8)


@QUICK
@given(WORTH, st.data())
def test_no_list_is_right_that_brings_less_than_the_rule_chance_or_nobody(worth, data):
    names = [f"c{number}" for number in range(len(worth))]
    gain = pd.Series(worth, names)
    lists = st.lists(st.sampled_from(names), unique=True, max_size=2)
    rule, wrong, given = (data.draw(lists) for _ in range(3))
    asked = LESSON.policy("x", gain, most=2, against={"rule": rule}, misconceptions={"you guessed": wrong})
    floor = max(2 * gain.mean(), 0)
    money, bar = gain[given].sum(), 0.99 * max(gain[rule].sum(), floor) + 0.01 * floor
    assume(abs(money - bar) > 1e-6)
    judged = asked.grade(given)
    assert not judged.right or (
        money > bar and set(given) != set(asked.misconceptions.get("you guessed", ()))
    )
    assert judged.right == (judged.share == 1)


# All kinds


def every_kind():
    """Return an exercise of each kind with its right answer, and wrong ones."""
    picture = drawn(lambda ax: ax.plot(CURVE.index, CURVE))
    square = drawn(lambda ax: ax.plot(CURVE.index, CURVE**2))
    asked = {"misconceptions": {"you went astray": 2000.0}}
    return [
        (LESSON.exercise("number", 1234.5, **asked), "1,234.5", [2000, 1250, 1, -1234.5, np.nan]),
        (
            LESSON.exercise("label", "lead", accept=["铅"], misconceptions={"you sorted": "iron"}),
            "Lead",
            ["iron"],
        ),
        (LESSON.choice("choice", "Too few.", OPTIONS), "A", ["b", "c"]),
        (LESSON.exercise("table", PROFIT, misconceptions={"you doubled": 2 * PROFIT}), PROFIT, [2 * PROFIT]),
        (LESSON.exercise("columns", TWO), TWO[::-1], [TWO + 1, TWO[:1]]),
        (LESSON.plot("plot", CURVE, misconceptions={"you squared": CURVE**2}), picture, [square]),
        (LESSON.policy("policy", GAIN, most=2, against={"rule": [1]}), [1, 3], [[2], [], [3]]),
    ]


ALL = pytest.mark.parametrize(
    ("asked", "good", "bad"), every_kind(), ids=[item[0].name for item in every_kind()]
)


@ALL
def test_an_answer_is_kept_without_its_worth_and_judged_again(asked, good, bad):
    attempts = asked.attempts
    kept = json.loads(json.dumps(record(asked.check(good)), allow_nan=False))
    assert set(kept) == {"exercise", "kind", "given", "state", "attempt", "workspace"}
    assert kept["exercise"] == asked.name
    assert (kept["attempt"], kept["state"], kept["workspace"]) == (attempts + 1, "right", "")
    assert asked.grade(kept["given"]).right
    unreadable = record(asked.check(object()))["given"]
    for other in (unreadable, None, {}, "?", {"too_long": 5}, [{}], float("nan")):
        assert not asked.grade(other).right, other


@ALL
def test_an_exercise_of_its_key_judges_every_answer_alike(asked, good, bad):
    other = again(asked)
    sorted_anew = again(asked, in_order=False)
    assert json.dumps(to_key(other)) == json.dumps(to_key(asked))
    for answer in (good, *bad):
        kept = json.loads(json.dumps(record(asked.check(answer))["given"], allow_nan=False))
        assert other.grade(kept) == asked.grade(kept)
        assert sorted_anew.grade(kept).right == asked.grade(kept).right
        assert record(other.check(answer))["state"] == record(asked.check(answer))["state"]


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(-3, 3), st.floats(-3, 3))
def test_a_number_of_its_key_judges_alike(answer, tolerance, other, away):
    wrong, given = (answer * (1 + part * tolerance) for part in (other, away))
    asked = LESSON.exercise("x", answer, tolerance=tolerance, misconceptions={"you guessed": wrong})
    assume(abs(abs(other - away) - abs(away)) > 1e-3 and abs(abs(away) - 1) > 1e-3)  # keys hold 12 digits
    assume(abs(other) > 1e-3 and abs(abs(other - away) - 1) > 1e-3)
    assert again(asked).grade(given).words == asked.grade(given).words


@ALL
def test_where_the_key_lies_elsewhere_answers_are_recorded(asked, good, bad):
    recorder = to_record(asked.name, to_key(asked)["kind"], json.loads(json.dumps(asked.asked())))
    for answer in (good, *bad):
        reply = recorder.check(answer)
        assert repr(reply) == f"**{asked.name}**: recorded."
        kept = json.loads(json.dumps(record(reply)["given"], allow_nan=False))
        assert asked.grade(kept).right == (answer is good)
    assert "not yet. " in said(recorder, object())  # but an answer of another kind is told at once


@ALL
def test_an_exercise_does_not_show_its_answer(asked, good, bad):
    shown = repr(asked) + asked._repr_markdown_()
    assert asked.name in shown
    assert not any(secret in shown for secret in ("1234", "lead", "Count them", "900", "4.0", "rule"))


@ALL
@pytest.mark.parametrize(
    "given",
    [
        None,
        True,
        5,
        "x",
        [],
        {},
        (),
        np.array([1.0]),
        pd.Series([1]),
        pd.DataFrame(),
        print,
        object(),
        1j,
        b"x",
    ],
    ids=lambda given: type(given).__name__,
)
def test_whatever_is_given_is_answered_in_a_readers_words(asked, good, bad, given):
    assert said(asked, given).startswith(f"**{asked.name}**: ")


def test_no_answer_is_not_kept_and_a_very_long_one_is_measured():
    asked = LESSON.exercise("x", 1.0)
    assert ANSWER_MIME not in asked.check(...)._repr_mimebundle_()
    values = pd.Series(np.arange(20_000) + 0.123456789012)
    assert set(record(LESSON.exercise("table", values).check(values))["given"]) == {"too_long"}
