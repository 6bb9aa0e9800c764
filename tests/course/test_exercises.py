"""Replies to answers of every kind: right, wrong for a known reason, close, or not to be read."""

import json

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmlab.course.exercises import ANSWER_MIME
from crmlab.course.exercises.number import WIDEST
from crmlab.course.lesson import Lesson
from crmlab.errors import InputError

LESSON = Lesson("cdnow")
QUICK = settings(max_examples=60, deadline=None)
PROFIT = pd.Series({"platinum": 900.0, "gold": 400.0, "lead": -50.0}, name="profit")


def record(reply):
    return reply._repr_mimebundle_()[ANSWER_MIME]


@pytest.fixture
def share():
    return LESSON.exercise(
        "share",
        answer=0.30,
        misconceptions={
            "you counted the first purchase": 0.60,
            "you rounded": 0.301,
            "you divided": float("nan"),
        },
        hint="Divide by all customers.",
    )


@pytest.mark.parametrize("given", [0.30, 0.3029, "0.3", np.float64(0.3), 3 / 10])
def test_a_right_answer_is_right(share, given):
    assert repr(share.check(given)) == "**share**: right."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (..., "no answer yet"),
        (0.60, "not yet. It seems that you counted the first purchase."),
        (30, "not yet. You are close: this is a hundred times the answer, as when one gives a percentage"),
        (0.003, "not yet. You are close: this is a hundredth of the answer"),
        (300, "a thousand times the answer"),
        (-0.3, "the answer with the other sign"),
        (0.31, "not yet. You are close: keep more digits, or check the last step. Divide by all customers."),
        (0.45, "**share**: not yet. Divide by all customers."),
        (0, "**share**: not yet. Divide by all customers."),
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


def test_a_misconception_that_gives_the_answer_is_dropped(share):
    assert list(share.misconceptions) == ["you counted the first purchase"]
    tier = LESSON.exercise("tier", answer="Gold", misconceptions={"you sorted": "gold", "you summed": "iron"})
    assert list(tier.misconceptions) == ["you summed"]


def test_zero_can_be_an_answer():
    none = LESSON.exercise("none", answer=0.0)
    assert repr(none.check(0)) == repr(none.check(1e-16)) == "**none**: right."
    assert "close" not in repr(none.check(5))


@pytest.mark.parametrize(
    ("unit", "given", "said"),
    [
        ("weeks", 14, "in days, not in weeks"),
        ("weeks", 14 / (365.25 / 12), "in months, not in weeks"),
        ("purchases a week", 2 / 7, "per day, not per week"),
        ("purchases per week", 2 * 365.25 / 7, "per year, not per week"),
        ("USD", 14, ""),
    ],
)
def test_an_answer_for_another_period_is_recognised(unit, given, said):
    reply = repr(LESSON.exercise("pace", answer=2.0, unit=unit).check(given))
    assert reply == f"**pace**: not yet.{f' You are close: this is the answer {said}.' if said else ''}"


ANSWERS = st.floats(1e-6, 1e9) | st.floats(-1e9, -1e-6) | st.integers(1, 10_000).map(float)
TOLERANCES = st.sampled_from([1e-6, 0.001, 0.01, 0.05]) | st.floats(0.06, 0.33)


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(-1, 1))
def test_whatever_lies_within_the_tolerance_is_right(answer, tolerance, away):
    asked = LESSON.exercise("x", answer=answer, tolerance=tolerance)
    assert "right" in repr(asked.check(answer * (1 + away * tolerance)))


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(1.25, 3), st.sampled_from([-1, 1]))
def test_nothing_much_beyond_the_tolerance_is_right(answer, tolerance, away, side):
    asked = LESSON.exercise("x", answer=answer, tolerance=tolerance)
    away = away if tolerance <= 0.05 else max(away, WIDEST)
    assert "right" not in repr(asked.check(answer * (1 + side * away * tolerance)))


def test_a_tolerance_of_zero_is_exact_and_a_wide_one_is_refused():
    exact = LESSON.exercise("customers", answer=2357, tolerance=0)
    assert "right" in repr(exact.check(2357))
    assert "right" not in repr(exact.check(2357.0001))
    with pytest.raises(InputError, match=r"tolerance is 0\.5"):
        LESSON.exercise("x", answer=1.0, tolerance=0.5)


def test_words_are_compared_without_case_width_and_hyphens():
    tier = LESSON.exercise(
        "tier", answer="At risk", accept=["流失风险"], misconceptions={"you sorted by revenue": "iron"}
    )
    for same in (" AT-RISK ", "at_risk", "ａｔ ｒｉｓｋ", "流失风险"):
        assert repr(tier.check(same)) == "**tier**: right.", same
    assert repr(tier.check("Iron")) == "**tier**: not yet. It seems that you sorted by revenue."
    assert repr(tier.check(3)) == "**tier**: not yet."
    assert "is longer" in repr(tier.check("x" * 1000))


def test_hints_come_in_two_steps():
    asked = LESSON.exercise(
        "x", answer=1.0, misconceptions={"you doubled": 2.0}, hint=("Look there.", "Take `one`.")
    )
    replies = [repr(asked.check(given)) for given in (..., "?", 2, 2, 5, 1)]
    assert replies[1].endswith("'?' is none. Look there.")  # no attempt that counts for a hint
    assert replies[2].endswith("not yet. It seems that you doubled.")
    assert replies[3].endswith("not yet. It seems that you doubled. Take `one`.")
    assert replies[4].endswith("not yet. Take `one`.")
    assert replies[5] == "**x**: right."
    assert repr(asked.hint()) == "**x**: Take `one`."
    assert "no hint" in repr(LESSON.exercise("y", answer=1.0).hint())
    with pytest.raises(InputError, match="3 hints"):
        LESSON.exercise("x", answer=1.0, hint=("a", "b", "c"))


OPTIONS = {"Too few.": "Count them.", "Too alike.": "Look at Gini.", "Too fickle.": "Look at the last row."}


@pytest.mark.parametrize("given", ["c", "C)", "(c)", "too fickle", "Too fickle."])
def test_a_choice_is_made_by_letter_or_text(given):
    assert "right" in repr(LESSON.choice("why", "Too fickle.", OPTIONS).check(given))


def test_a_choice_shows_its_options_and_gives_the_reason():
    why = LESSON.choice("why", "Too fickle.", OPTIONS)
    assert "- **b** · Too alike." in repr(why)
    assert "**c** · Too fickle." in why._repr_markdown_()
    assert "Gini" not in repr(why) + why._repr_markdown_()
    assert repr(why.check("b")) == "**why**: not yet. Look at Gini."
    assert "a letter from a to c, not 'd'" in repr(why.check("d"))
    with pytest.raises(InputError, match=r"no option 'Too fikle\.'.*Did you mean"):
        LESSON.choice("why", "Too fikle.", OPTIONS)
    with pytest.raises(InputError, match="1 options"):
        LESSON.choice("why", "a", {"a": "b"})


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
    assert "right" in repr(LESSON.exercise("profit", PROFIT).check(given))


@pytest.mark.parametrize(
    ("given", "said"),
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
        (pd.DataFrame({"a": PROFIT, "b": PROFIT}), "The answer is one column, a Series; this has 2."),
        (1200.0, "a Series or a table, and this is a float"),
    ],
)
def test_a_reply_to_a_table_names_what_is_wrong(given, said):
    asked = LESSON.exercise("profit", PROFIT, misconceptions={"you divided by ten": PROFIT / 10})
    reply = repr(asked.check(given))
    assert said in reply
    assert ": right." not in reply


def test_a_table_of_columns_and_words_is_compared_place_by_place():
    table = pd.DataFrame({"tier": ["gold", None], "profit": [4.0, np.nan]}, index=[1, 2])
    asked = LESSON.exercise("both", table)
    good = pd.DataFrame(
        {"extra": [0, 0], "profit": [4.01, np.nan], "tier": ["Gold", pd.NA]}, index=[1.0, 2.0]
    )
    assert "right" in repr(asked.check(good))
    assert "The value of 2, tier is wrong." in repr(asked.check(good.assign(tier=["gold", "iron"])))
    assert "lacks the column tier" in repr(asked.check(good[["profit"]]))


def test_days_and_large_numbers_are_keys():
    days = pd.Series([1.0, 2.0], index=pd.to_datetime(["2024-01-01", "2024-02-01"]))
    assert "right" in repr(LESSON.exercise("days", days).check({"2024-01-01": 1, "2024-02-01": 2}))
    ids = pd.Series({10_000_000_001: 1.0, 10_000_000_002: 2.0})
    assert "right" in repr(LESSON.exercise("ids", ids).check(ids))
    assert "right" in repr(LESSON.exercise("ids", ids).check(ids.set_axis(ids.index.astype(str))))


@pytest.mark.parametrize(
    "answer", [pd.Series(dtype=float), pd.Series({"a": np.inf}), pd.Series([1, 2], [0, 0])]
)
def test_a_table_that_cannot_be_asked_for_is_refused(answer):
    with pytest.raises(InputError, match="The exercise 'x' cannot be"):
        LESSON.exercise("x", answer)


def drawn(draw, **words):
    ax = Figure().subplots()
    draw(ax)
    ax.set(**({"title": "T", "xlabel": "X", "ylabel": "Y"} | words))
    return ax


CURVE = pd.Series([1.0, 4.0, 9.0], index=[0.5, 1.0, 1.5])
DAYS = pd.Series([3.0, 1.0, 2.0], index=pd.to_datetime(["2024-01-03", "2024-02-17", "2025-09-30"]))


def horizontal(ax):
    import seaborn as sns

    sns.barplot(x=PROFIT.to_numpy(), y=list(PROFIT.index), ax=ax)


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
        (
            pd.DataFrame({"now": CURVE, "then": CURVE + 1}),
            lambda ax: (ax.plot(CURVE.index, CURVE + 1), ax.plot(CURVE.index, CURVE)),
        ),
    ],
)
def test_a_picture_is_right_by_its_data(answer, draw):
    asked = LESSON.plot("curve", answer, misconceptions={"you drew the square": answer**2})
    ax = drawn(draw)
    assert repr(asked.check(ax)) == repr(asked.check(ax.figure)) == "**curve**: right."
    assert asked.judge(json.loads(json.dumps(record(asked.check(ax))["given"]))).right


@pytest.mark.parametrize(
    ("picture", "said"),
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
        (lambda: drawn(Axes.grid), "shows no lines, bars or points"),
        (lambda: CURVE, "an Axes or a Figure, and this is a Series"),
    ],
)
def test_a_reply_to_a_picture_names_what_is_wrong(picture, said):
    asked = LESSON.plot("curve", CURVE, misconceptions={"you drew the square": CURVE**2})
    reply = repr(asked.check(picture()))
    assert said in reply
    assert ": right." not in reply


GAIN = pd.Series({1: 5.0, 2: -1.0, 3: 3.0, 4: 0.5})
AGAINST = {"random": [2, 4], "rule": [1, 4], "model": GAIN == 5, "oracle": [1, 3]}


@pytest.fixture
def mailing():
    return LESSON.policy(
        "mailing", among=GAIN.index, most=2, score=lambda ids: GAIN[ids].sum(), against=AGAINST
    )


def test_a_policy_is_scored_in_money(mailing):
    best = mailing.judge(record(mailing.check(GAIN > 1))["given"])
    assert (best.right, best.score, best.share) == (True, 8.0, 1.0)
    reply = repr(mailing.check([4, 2]))
    assert "not yet. Yours earns -0.50, rule 5.50; 2 of at most 2 chosen." in reply
    assert "| oracle | 8.00 | ████████████████████ |" in reply
    assert "| **yours** | -0.50 | ░ |" in reply
    assert mailing.judge([]).share == pytest.approx(0.5 / 8.5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1, 9], "Unknown here: 9."),
        ([1, 1], "chosen more than once: 1."),
        ([1, 2, 3], "You chose 3, and at most 2 are allowed."),
        ("1", "a list of names, and this is a str"),
        (5, "a list of names, and this is a int"),
    ],
)
def test_a_policy_must_be_valid(mailing, given, said):
    assert said in repr(mailing.check(given))


def test_a_budget_is_shared_by_name():
    budget = LESSON.policy(
        "budget",
        among=["gold", "iron"],
        budget=100,
        score=lambda money: 3 * money.get("gold", 0) ** 0.5 + money.get("iron", 0) ** 0.5,
        against={"rule": {"gold": 50, "iron": 50}},
    )
    assert "right. Yours earns 31.6" in repr(budget.check(pd.Series({"gold": 90, "iron": 10})))
    assert "Over the budget: 101.00 of at most 100.00" in repr(budget.check({"gold": 101}))
    assert "from zero up: iron" in repr(budget.check({"iron": -1}))
    assert "Unknown here: lead" in repr(budget.check({"lead": 1}))
    assert "an amount for each name" in repr(budget.check(["gold"]))


def test_a_policy_that_cannot_be_asked_for_is_refused():
    asked = {"among": [1, 2], "score": sum, "against": {"rule": [1]}}
    with pytest.raises(InputError, match="either `most` or `budget`"):
        LESSON.policy("x", **asked)
    with pytest.raises(InputError, match="no policy 'rul'"):
        LESSON.policy("x", **asked, most=1, beat="rul")
    with pytest.raises(InputError, match=r"compares with a policy it forbids\. You chose 2"):
        LESSON.policy("x", **asked | {"against": {"rule": [1, 2]}}, most=1)


def test_without_a_truth_a_policy_is_only_valid():
    asked = LESSON.policy("x", among=[1, 2], score=None, against={}, most=1)
    reply = asked.check([2])
    said = "What it earns takes the truth to tell, which your instructor may have."
    assert repr(reply) == f"**x**: valid, 1 of at most 1 chosen. {said}"
    assert record(reply)["given"] == ["2"]


def every_kind():
    """Return an exercise of each kind with its right answer."""
    return [
        (LESSON.exercise("number", 1234.5), 1234.5),
        (LESSON.exercise("label", "lead"), "Lead"),
        (LESSON.choice("choice", "Too few.", OPTIONS), "A"),
        (LESSON.exercise("table", PROFIT), PROFIT),
        (LESSON.plot("plot", CURVE), drawn(lambda ax: ax.plot(CURVE.index, CURVE))),
        (LESSON.policy("policy", among=[1, 2], most=1, score=sum, against={"rule": [1]}), [2]),
    ]


@pytest.mark.parametrize(("asked", "good"), every_kind(), ids=lambda item: getattr(item, "name", ""))
def test_an_answer_is_kept_without_its_worth_and_judged_again(asked, good):
    kept = json.loads(json.dumps(record(asked.check(good)), allow_nan=False))
    assert set(kept) == {"exercise", "kind", "given", "attempt", "workspace"}
    assert kept["exercise"] == kept["kind"] == asked.name
    assert (kept["attempt"], kept["workspace"]) == (1, "")
    assert asked.judge(kept["given"]).right
    assert record(asked.check(object()))["attempt"] == 2
    for bad in (
        record(asked.check(object()))["given"],
        None,
        [],
        {},
        "x",
        {"too_long": 5},
        [{}],
        float("nan"),
    ):
        assert not asked.judge(bad).right, bad


def test_no_answer_is_not_kept_and_a_very_long_one_is_measured():
    asked = LESSON.exercise("x", 1.0)
    assert ANSWER_MIME not in asked.check(...)._repr_mimebundle_()
    long = LESSON.exercise("table", pd.Series(np.arange(20_000) + 0.123456789012))
    assert set(record(long.check(pd.Series(np.arange(20_000) + 0.123456789012)))["given"]) == {"too_long"}


@pytest.mark.parametrize(("asked", "good"), every_kind(), ids=lambda item: getattr(item, "name", ""))
def test_an_exercise_does_not_show_its_answer(asked, good):
    shown = repr(asked) + asked._repr_markdown_()
    assert asked.name in shown
    assert not any(secret in shown for secret in ("1234", "lead", "Count them", "900", "4.0", "rule"))


@QUICK
@given(st.dictionaries(st.text("ab c", min_size=1), ANSWERS, min_size=1, max_size=5), st.data())
def test_the_order_of_a_table_does_not_matter(values, data):
    values = {" ".join(key.split()): value for key, value in values.items()}
    assume("" not in values)
    shuffled = data.draw(st.permutations(list(values.items())))
    assert "right" in repr(LESSON.exercise("x", pd.Series(values)).check(dict(shuffled)))
