"""Sealed exercises reply as the open ones do, and neither answers nor replies can be read in them."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from crmlab.course import catalog, keys, sealing
from crmlab.course.exercises.number import WIDEST
from crmlab.course.lesson import Lesson
from crmlab.errors import InputError

LESSON = Lesson("cdnow")
QUICK = settings(max_examples=60, deadline=None)
ANSWERS = st.floats(1e-6, 1e9) | st.floats(-1e9, -1e-6) | st.integers(1, 10_000).map(float)
TOLERANCES = st.sampled_from([1e-6, 0.001, 0.01, 0.05, 0.2])
PROFIT = pd.Series({"platinum": 900.0, "gold": 400.0, "lead": -50.0})
CURVE = pd.Series([1.0, 4.0, 9.0], index=[0.5, 1.0, 1.5])
OPTIONS = {"Too few.": "Count them.", "Too alike.": "Look at Gini.", "Too fickle.": "Look at the last row."}
GAIN = pd.Series({1: 5.0, 2: -1.0, 3: 3.0, 4: 0.5})
AGAINST = {"random": [2, 4], "rule": [1, 4], "model": [1], "oracle": [1, 3]}


@pytest.fixture(autouse=True, scope="module")
def quick():
    """Derive keys in one round: how slow they are is not tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "ROUNDS", 1)
        yield


def drawn(heights, title):
    """Return a picture of a line."""
    ax = Figure().subplots()
    ax.plot(heights.index, heights)
    ax.set(title=title, xlabel="X", ylabel="Y")
    return ax


def both(exercise, salt="s"):
    """Return an open exercise and its sealed form, as it comes back from a file."""
    return exercise, sealing.unseal(json.loads(json.dumps(sealing.seal(exercise, salt))))


FACTORS = st.sampled_from([1, 1.1, 1.2, 1.3, 2, 100, 0.01, 1000, -1, 7, 1 / 7, 0, 1.03, 0.96, 3]) | st.floats(
    0.9, 1.1
)


@QUICK
@given(ANSWERS, TOLERANCES, st.lists(FACTORS, max_size=4), st.sampled_from(["", "weeks", "orders a month"]))
def test_open_and_sealed_numbers_reply_alike(answer, tolerance, factors, unit):
    wrong = {"you doubled": 2 * answer, "you took ten percent more": 1.1 * answer}
    open_, sealed = both(
        LESSON.exercise(
            "x", answer, tolerance=tolerance, misconceptions=wrong, unit=unit, hint=("First.", "Second.")
        )
    )
    for factor in [*factors, 2, 1]:
        assert repr(open_.check(answer * factor)) == repr(sealed.check(answer * factor))


@QUICK
@given(ANSWERS, TOLERANCES, st.floats(-1, 1), st.floats(WIDEST, 2.1), st.sampled_from([-1, 1]))
def test_a_sealed_number_has_the_tolerance(answer, tolerance, inside, outside, side):
    _, sealed = both(LESSON.exercise("x", answer, tolerance=tolerance))
    assert "right" in repr(sealed.check(answer * (1 + inside * tolerance)))
    assert "right" not in repr(sealed.check(answer * (1 + side * outside * tolerance)))


def replies():
    """Return exercises of every other kind with answers to try."""
    table = LESSON.exercise(
        "table", PROFIT, misconceptions={"you divided": PROFIT / 10}, hint=("Look.", "Sum.")
    )
    columns = pd.DataFrame({"tier": ["gold", "lead"], "profit": [4.0, None]})
    plot = LESSON.plot("plot", CURVE, misconceptions={"you drew the square": CURVE**2})
    lines = [CURVE, CURVE**2, CURVE[:2], CURVE * 100, CURVE + 1]
    return [
        (
            LESSON.exercise("label", "lead", accept=["重铅层"], misconceptions={"you sorted": "gold"}),
            ["gold", "iron", "LEAD", "重铅层", "x" * 500],
        ),
        (LESSON.choice("choice", "Too few.", OPTIONS, hint="Count."), ["c", "b", "z", "too few"]),
        (
            table,
            [PROFIT / 10, PROFIT[:2], PROFIT + 1, PROFIT * 100, PROFIT.rename({"lead": "iron"}), 5, PROFIT],
        ),
        (
            LESSON.exercise("columns", columns),
            [columns[::-1], columns.assign(tier="lead"), columns.fillna(1)],
        ),
        (plot, [drawn(y, title) for y in lines for title in ("T", "")]),
    ]


@pytest.mark.parametrize(("exercise", "tries"), replies(), ids=lambda item: getattr(item, "name", ""))
def test_open_and_sealed_reply_alike(exercise, tries):
    open_, sealed = both(exercise)
    said = [repr(open_.check(answer)) for answer in tries]
    assert [repr(sealed.check(answer)) for answer in tries] == said
    assert any(": right." in words for words in said)
    assert len(set(said)) >= min(len(tries), 3)
    assert (repr(open_), repr(open_.hint())) == (repr(sealed), repr(sealed.hint()))


def test_a_sealed_policy_is_only_checked_for_being_valid():
    _, sealed = both(
        LESSON.policy("mailing", among=GAIN.index, most=2, score=lambda ids: GAIN[ids].sum(), against=AGAINST)
    )
    assert "valid, 2 of at most 2 chosen. What it earns takes the truth" in repr(sealed.check([1, 3]))
    assert "Unknown here: 9" in repr(sealed.check([9]))


def forms(value):
    """Return a number in the formats in which somebody may write it, if long enough to be told."""
    texts = [
        f"{value:{form}}" for form in (".1f", ".2f", ",.2f", ".4f", ".1%", ".3g", ".4g", ".6g", ".0f", "")
    ]
    texts += [str(value), repr(value), json.dumps(value), f"{100 * value:.4g}", value.hex()]
    long = {text.strip("-") for text in texts if sum(letter.isdigit() for letter in text) >= 3}
    return long - {"0.01", "0.05"}  # the tolerances, which are no secret


@QUICK
@given(ANSWERS, ANSWERS)
def test_a_sealed_file_holds_neither_numbers_nor_words(answer, wrong):
    exercise = LESSON.exercise(
        "x", answer, misconceptions={"you multiplied by a quarter": wrong}, hint="Look up."
    )
    text = json.dumps(sealing.seal(exercise, "s"), ensure_ascii=False)
    for secret in forms(answer) | forms(wrong) | {"multiplied", "quarter", "seems", "right.", "close"}:
        assert secret not in text, secret


@QUICK
@given(st.dictionaries(st.sampled_from("abcd"), ANSWERS, min_size=1))
def test_a_sealed_table_holds_no_value(values):
    asked = LESSON.exercise("x", pd.Series(values), misconceptions={"you shuffled": pd.Series(values) * 3.7})
    text = json.dumps(sealing.seal(asked, "s"))
    for value in values.values():
        assert not [form for form in forms(value) | forms(value * 3.7) if form in text]
    assert "shuffled" not in text


def test_a_sealed_label_or_choice_holds_no_answer_and_no_reason():
    label = LESSON.exercise("x", "platinum", accept=["铂金层"], misconceptions={"you sorted upwards": "iron"})
    text = json.dumps(sealing.seal(label, "s"), ensure_ascii=False)
    assert not [word for word in ("platinum", "铂金", "iron", "upwards") if word in text]
    text = json.dumps(sealing.seal(LESSON.choice("x", "Too few.", OPTIONS), "s"))
    assert "Too few." in text  # the options are shown
    assert not [word for word in OPTIONS.values() if word in text]
    gain = {"among": GAIN.index, "score": lambda ids: GAIN[ids].sum(), "against": AGAINST}
    policy = LESSON.policy("x", most=2, **gain)
    assert not [
        word for word in ("5.5", "8.0", "oracle", "rule") if word in json.dumps(sealing.seal(policy, "s"))
    ]


def test_the_same_answer_looks_different_in_each_workspace_and_under_each_name():
    def boxes(name, salt):
        sealed = sealing.seal(LESSON.exercise(name, 5.0, misconceptions={"a": 7.0, "b": 7.5}), salt)
        return [sealed["right"][0][1], sealed["known"][0][1], sealed["known"][1][1], sealed["near"][1]]

    every = boxes("x", "s1") + boxes("x", "s2") + boxes("y", "s1")
    assert len(set(every)) == len(every)
    assert len({len(box) for box in every}) == 1  # the length of a reply tells nothing either
    assert boxes("x", "s1") == boxes("x", "s1")


def test_a_changed_box_opens_for_nobody_and_a_sealed_exercise_is_not_sealed_twice():
    sealed = sealing.seal(LESSON.exercise("x", 5.0), "s")
    mark, box = sealed["right"][0]
    sealed["right"][0] = [mark, box[:-1] + ("a" if box[-1] != "a" else "b")]
    assert ": right" not in repr(sealing.unseal(sealed).check(5.0))
    with pytest.raises(InputError, match="'x' is sealed already"):
        sealing.seal(sealing.unseal(sealed), "s")


SHOP = """name: shop
title: Shop
story: A shop.
data: {kind: file, path: orders.csv}
currency: EUR
unit: W
calibration: 2024-02-15
end: 2024-03-31
"""
ROWS = [f"c{i % 7},2024-0{1 + i % 3}-{1 + i:02d},{10 + i}.5" for i in range(28)]
ORDERS = "\n".join(["customer_id,date,amount", *ROWS])
SOURCE = """from crmlab.course import Lesson
lesson = Lesson(case)
orders = lesson.case.transactions().to_pandas()"""
KEY = """total = factor * orders["amount"].sum()
spent = lesson.exercise("spent", answer=total, misconceptions={"you counted": 28})"""


@pytest.fixture
def shop(tmp_path):
    """Return the file of a case and a lesson on it."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "orders.csv").write_text(ORDERS)
    cells = [
        ('case = "cdnow"  # a case\nfactor = 1.0  # of all amounts [0, 9]', "parameters"),
        (SOURCE, "load"),
        (KEY, "key"),
    ]
    notebook = {
        "cells": [{"cell_type": "code", "metadata": {"tags": [tag]}, "source": text} for text, tag in cells]
    }
    (tmp_path / "11_shop.ipynb").write_text(json.dumps(notebook))
    return str(tmp_path / "shop.yaml"), catalog.Lesson(tmp_path / "11_shop.ipynb")


def test_a_workspace_checks_answers_and_says_when_its_keys_do_not_hold(shop, tmp_path, monkeypatch):
    case, lesson = shop
    monkeypatch.chdir(tmp_path)
    space = {"Lesson": Lesson, "case": case, "factor": 2.0}

    def check(given):
        exec('asked = Lesson(case).sealed("11_shop", "spent")', space)
        return space["asked"].check(given)

    with pytest.raises(InputError, match=r"no readable keys\.json beside the case or above"):
        check(0)
    sealed = sealing.seal_all(lesson, case, {"factor": 2.0}, salt="s")
    sealing.write(tmp_path / "keys.json", "amber-crane", {"11_shop": sealed})
    answer = 2 * sum(10.5 + i for i in range(28))
    assert str(answer) not in (tmp_path / "keys.json").read_text()
    right = check(answer)
    assert repr(right) == "**spent**: right."
    assert right.record["workspace"] == "amber-crane"
    assert "you counted" in repr(check(28))

    space["factor"] = 1.0
    reply = check(answer)
    assert "cannot be checked here: the key was made for factor = 2.0. Set that in the param" in repr(reply)
    assert reply.record["given"] == answer
    space["factor"] = 2.0
    (tmp_path / "orders.csv").write_text(ORDERS.replace("10.5", "11.5"))
    assert "the key was made for other data than those of the case shop" in repr(check(answer))

    with pytest.raises(InputError, match=r"no lesson '11_shp' .*Did you mean"):
        Lesson(case).sealed("11_shp", "spent")
    with pytest.raises(InputError, match=r"no exercise 'spnt' .*Did you mean"):
        Lesson(case).sealed("11_shop", "spnt")


def test_the_digest_of_data_depends_on_the_orders_alone(shop, tmp_path):
    from crmlab.course import cases

    case, _ = shop
    before = sealing.data_digest(cases.load(case))
    header, *rows = ORDERS.splitlines()
    (tmp_path / "orders.csv").write_text(
        "\n".join([f"{header},channel", *(f"{row},web" for row in rows[::-1])])
    )
    (tmp_path / "shop.yaml").write_text(SHOP.replace("A shop.", "Another story."))
    assert sealing.data_digest(cases.load(case)) == before
    (tmp_path / "shop.yaml").write_text(SHOP.replace("2024-02-15", "2024-02-16"))
    assert sealing.data_digest(cases.load(case)) != before


def test_the_keys_of_a_lesson_are_sealed_with_what_they_were_made_for():
    lesson = catalog.lesson("22_tiers")
    sealed = sealing.seal_all(lesson, "cdnow", {"margin": 0.4}, salt="s")
    opened = keys.compute(lesson, "cdnow", {"margin": 0.4})
    assert list(sealed) == list(opened)
    assert sealed["top tenth"]["made_for"]["parameters"]["margin"] == 0.4
    for name, stored in sealed.items():
        is_policy = stored["kind"] == "policy"  # has no answer, and in its sealed form no score
        given = stored["public"]["among"][:1] if is_policy else opened[name].answer
        said = ": valid, " if is_policy else ": right."
        assert said in repr(sealing.unseal(stored).check(given))
