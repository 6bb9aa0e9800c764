"""Exercises: questions that are answered at once, and that know the common mistakes.

An author writes one cell, tagged ``key``, that builds the exercise from the lesson's own data; the reader
writes an answer into the next one, ``NAME.check(...)``. Wrong answers that come from a known misunderstanding
are computed, never typed, and named in the reply. A slip of units is recognised. A hint can have two steps.

>>> import pandas as pd
>>> from crmlab.course import Lesson
>>> lesson = Lesson("cdnow")

**A number**, right within a tolerance. A unit that names a period lets the reply tell days from weeks.

>>> gap = lesson.exercise(
...     "time between purchases",
...     answer=26.0 / 3,
...     unit="weeks",
...     misconceptions={"you counted the first purchase": 26.0 / 4},
...     hint=("Divide a time by a number of gaps.", "Three purchases after the first make three gaps."),
... )
>>> gap.check(6.5)
**time between purchases**: not yet. It seems that you counted the first purchase.
>>> gap.check(60.67)
**time between purchases**: not yet. You are close: this is the answer in days, not in weeks. Three purchases
after the first make three gaps.
>>> gap.check(8.67)
**time between purchases**: right.

**A label**: a word or a name. Case, spaces and hyphens do not count; ``accept`` lists other words for it.

>>> layer = lesson.exercise(
...     "the layer to repair",
...     answer="lead",
...     accept=["重铅层"],
...     misconceptions={"you sorted upwards": "platinum"},
... )
>>> layer.check("重铅层")
**the layer to repair**: right.

**A table** or a Series, by its keys; the order of rows and columns does not matter. The keys are no secret,
the values are the answer. Columns that were not asked for are ignored. A misconception is a table, too.

>>> profit = pd.Series({"platinum": 900.0, "gold": 400.0, "lead": -50.0})
>>> by_layer = lesson.exercise(
...     "profit by layer",
...     answer=profit,
...     misconceptions={"you divided by the number of customers": profit / [10, 40, 100]},
... )
>>> by_layer.check({"gold": 400, "platinum": 905, "iron": 7})
**profit by layer**: not yet. Missing: lead. Not asked for: iron. The other values are right.
>>> by_layer.check(pd.Series({"lead": 50.0, "gold": 410.0, "platinum": 900.0}))
**profit by layer**: not yet. 2 of 3 values are wrong, the first that of gold.

**A choice** among options, each with the sentence that is said to whoever chooses it wrongly. The options
show when the exercise is displayed, so end the key's cell in its name. Which option is right may be computed,
so every option has its sentence.

>>> why = lesson.choice(
...     "why the tiers fail",
...     answer="The best do not stay the best.",
...     options={
...         "Too few customers come back.": "Look at the second row of the table: more than enough do.",
...         "The best do not stay the best.": "Look at the last row of the table.",
...         "There are too few customers.": "Nobody could know so many by name.",
...     },
... )
>>> why
Exercise 'why the tiers fail' (choice)
- **a** · Too few customers come back.
- **b** · The best do not stay the best.
- **c** · There are too few customers.
>>> why.check("c")
**why the tiers fail**: not yet. Nobody could know so many by name.

**A prediction**: what a changed parameter will do to a number, said before it is tried. It is a choice whose
options are made from the two numbers, which the key's cell computes.

>>> places = lesson.predict("share in lead", 0.26, 0.44, form=".0%", why="A dearer account earns less.")
>>> places.check("it stays as it is")
**share in lead**: not yet. It rises, from 26% to 44%. A dearer account earns less.

**A picture**, checked by the data of its lines, bars or points, and by its title and labels. The answer is a
Series of heights by place, or a table with one column for each line.

>>> picture = lesson.plot("profit as bars", answer=profit, misconceptions={"you drew shares": profit / 1250})
>>> from matplotlib.figure import Figure
>>> ax = Figure().subplots()
>>> bars = ax.bar(profit.index, profit)
>>> words = ax.set(title="Platinum earns most", xlabel="layer")
>>> picture.check(ax)
**profit as bars**: not yet. The data are right. The picture lacks a label of the y axis.

**A policy**: whom to choose, scored in money by what each choice is worth: a simulated truth, or what the
holdout really brought. Chance, choosing nobody and the best possible list are added to the policies to
compare with, which may leave places empty, too. An answer is right if it reaches the policy to beat and is no
worse than choosing nobody; what lies between chance and that earns a share of the points.

>>> gain = pd.Series({"a": 5.0, "b": -1.0, "c": 3.0, "d": 0.5})
>>> mailing = lesson.policy(
...     "whom to write to",
...     worth=gain,
...     most=2,
...     against={"rule": ["a", "d"], "model": ["a"]},
...     misconceptions={"you wrote to those who order anyway": ["b"]},
... )
>>> print(mailing.check(["a", "c"]))
**whom to write to**: right. Yours brings 8.00 USD, rule 5.50. 2 of at most 2 chosen.
<BLANKLINE>
| policy | brings, USD | |
|---|---:|:---|
| oracle | 8.00 | ████████████████████ |
| **yours** | 8.00 | ████████████████████ |
| rule | 5.50 | ██████████████ |
| model | 5.00 | ████████████ |
| random | 3.75 | █████████ |
| nobody | 0.00 |  |
>>> mailing.check(["a", "x"])
**whom to write to**: not yet. Unknown here: x.

**An explanation**, in the reader's own words. It is recorded, the rubric is shown, and a person grades it.

>>> decision = lesson.explain("your decision", rubric=["says what to do", "says what would change your mind"])
>>> print(decision.check("Write to the front drawer, unless a test says otherwise."))
**your decision**: recorded, 10 words. Hold it against what a good answer has:
<BLANKLINE>
- says what to do
- says what would change your mind

Each reply keeps the answer, not its worth, beside its words in the notebook, as JSON under
``application/vnd.crmlab.answer+json``. `to_key` gives all that it takes to judge such an answer again, as
JSON, and `from_key` makes the exercise of it.
"""

from collections.abc import Mapping
from typing import Any

from crmlab.course.exercises.base import ANSWER_MIME, Complaint, Exercise, Judgement
from crmlab.course.exercises.number import Number
from crmlab.course.exercises.plot import Plot
from crmlab.course.exercises.policy import Policy
from crmlab.course.exercises.table import Table
from crmlab.course.exercises.words import Choice, Explanation, Label
from crmlab.errors import unknown

__all__ = ["ANSWER_MIME", "Complaint", "Exercise", "Judgement", "from_key", "to_key", "to_record"]

_KINDS: dict[str, type[Exercise]] = {
    kind.word: kind for kind in (Number, Label, Choice, Table, Plot, Policy, Explanation)
}


def to_key(exercise: Exercise) -> dict[str, Any]:
    """Return all that it takes to judge answers to an exercise again, as JSON."""
    return {"kind": exercise.word, **exercise.key()}


def from_key(name: str, key: Mapping[str, Any]) -> Exercise:
    """Return the exercise of its key.

    Examples
    --------
    >>> from_key("orders", to_key(Number("orders", 2357))).check("2,357")
    **orders**: right.
    """
    return _of(key["kind"])(name, **{part: value for part, value in key.items() if part != "kind"})


def to_record(name: str, kind: str, asked: Mapping[str, Any]) -> Exercise:
    """Return an exercise whose answers are recorded, and not replied to: its key lies elsewhere.

    Parameters
    ----------
    name : str
        Name of the exercise.
    kind : str
        Its kind.
    asked : mapping
        What `Exercise.asked` gives of the exercise with its key.

    Examples
    --------
    >>> to_record("orders", "number", {}).check(7)
    **orders**: recorded.
    """
    arguments = dict(asked)
    if isinstance(options := arguments.get("options"), list):
        arguments["options"] = dict.fromkeys(options, "")
    made: Any = _of(kind)
    exercise: Exercise = made(name, **arguments)
    exercise.replies = False
    return exercise


def _of(kind: str) -> Any:
    if kind not in _KINDS:
        raise unknown("kind of exercise", kind, _KINDS)
    return _KINDS[kind]
