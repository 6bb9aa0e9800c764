"""What a lesson's cells use: computed sentences, exercises with an immediate check, the record of results."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from crmlab.course import cases, catalog, handout, pictures, tables
from crmlab.course.exercises import policy, table, to_record
from crmlab.course.exercises.base import Exercise, Text
from crmlab.course.exercises.number import Number
from crmlab.course.exercises.plot import Plot
from crmlab.course.exercises.table import Table
from crmlab.course.exercises.words import Choice, Explanation, Label
from crmlab.course.results import RESULTS_MIME, Result, Results
from crmlab.course.sentences import Sentences
from crmlab.errors import CrmlabError, InputError, NotForThisCase, unknown
from crmlab.language import mark, tr

__all__ = ["RESULTS_MIME", "Lesson"]


_MOVES = {
    mark("it rises"): mark("It rises, from {before} to {after}."),
    mark("it falls"): mark("It falls, from {before} to {after}."),
    mark("it stays as it is"): mark("It stays at {after}."),
}
"""What a changed parameter may do to a number, and what is said of it then."""


class Lesson(Sentences):
    """A lesson that is being read: its case, its exercises, and the results recorded so far.

    In a notebook it also looks at the cell of parameters: a value out of its range is refused, as a run from
    the command line would refuse it, and where the case recommends other values than the lesson's own, that
    is said.

    Parameters
    ----------
    case_name : str
        Name of a bundled case, or path of a case file.

    Raises
    ------
    InputError
        The case does not exist or is wrong, or a parameter is out of its range.

    Examples
    --------
    >>> lesson = Lesson("cdnow")
    >>> lesson.say(f"{lesson.case.title} counts in {lesson.case.currency}.")
    CDNOW, an online music shop counts in USD.
    >>> orders = lesson.exercise("orders", answer=2.0, misconceptions={"you left out the first order": 1.0})
    >>> orders.check(1)
    **orders**: not yet. It seems that you left out the first order.
    """

    def __init__(self, case_name: str) -> None:
        super().__init__()
        self.case_name = case_name
        self.case = cases.load(case_name)
        self.currency = self.case.currency
        self.exercises: dict[str, Exercise] = {}
        self._results: dict[str, Result] = {}
        self._namespace = dict(sys._getframe(1).f_globals)  # the notebook's, as it was when the lesson began
        pictures.show_with_alt_text()
        tables.show_words_to_the_left()
        if said := catalog.review(self._namespace, self.case.name, self.case.lessons):
            from IPython.display import display

            display(Text(said))  # type: ignore[no-untyped-call]

    def needs(self, condition: Any, sentence: str) -> None:
        """End the lesson here unless the condition holds.

        Parameters
        ----------
        condition : bool
            What a case must have to carry the lesson.
        sentence : str
            What that is, and what this case has instead: "At least 30 customers must have bought again; here
            4 did."

        Raises
        ------
        NotForThisCase
            The condition does not hold.
        """
        if not condition:
            raise NotForThisCase(sentence)

    def exercise(
        self,
        name: str,
        answer: Any,
        *,
        tolerance: float = 0.01,
        misconceptions: Mapping[str, Any] | None = None,
        hint: str | Sequence[str] = (),
        unit: str = "",
        accept: Iterable[str] = (),
    ) -> Exercise:
        """Return an exercise whose answer is a number, a label, or a table by key.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        answer : float, str, Series or DataFrame
            The right answer, computed from the lesson's data.
        tolerance : float
            How far a number may lie from the answer, as a share of it. A little beyond, a quarter of the
            tolerance at most, may pass too.
        misconceptions : mapping
            Wrong answers that a known misunderstanding gives, computed from the same data:
            ``{"you counted the first purchase": 3.2}``. The words complete "It seems that …". One that gives
            the right answer here is left out.
        hint : str or pair of str
            Where to look, for an answer that is wrong in no known way; and, for the next wrong answer, a more
            direct one.
        unit : str
            Unit of a number. Where it names a period ("weeks", "purchases a week"), an answer for another
            period is recognised.
        accept : iterable of str
            Other words for a label, such as its Chinese name.

        Raises
        ------
        InputError
            The answer is no finite number on this case.
        """
        wrong = misconceptions or {}
        made: Exercise
        if isinstance(answer, str):
            made = Label(name, answer, accept, wrong, hint)
        elif isinstance(answer, Mapping) or hasattr(answer, "index"):
            made = Table(name, **table.arguments(name, answer, tolerance, wrong), hints=hint)
        else:
            made = Number(name, answer, tolerance, unit, wrong, hint)
        return self._keep(made)

    def choice(
        self, name: str, answer: str, options: Mapping[str, str], *, hint: str | Sequence[str] = ()
    ) -> Exercise:
        """Return an exercise whose answer is one of several options, given by its letter.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        answer : str
            Text of the right option.
        options : mapping of str to str
            Text of each option, in the order shown, to the sentence that says why it is wrong. Which option
            is right may depend on the data, so give a sentence for each.
        hint : str or pair of str
            As for `exercise`.
        """
        return self._keep(Choice(name, options, answer, hint))

    def predict(
        self,
        name: str,
        before: float,
        after: float,
        *,
        form: str = ",.2f",
        why: str,
        hint: str | Sequence[str] = (),
    ) -> Exercise:
        """Return an exercise that asks what a changed parameter will do to a number, before it is run.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        before, after : float
            The number as it is, and as the key's cell computed it with the change.
        form : str
            How it is printed. Two numbers that look alike count as the same.
        why : str
            A sentence that says why, whatever the direction, for those who expected another.
        hint : str or pair of str
            As for `exercise`.

        Examples
        --------
        >>> lead = Lesson("cdnow").predict("dearer accounts", 0.26, 0.44, form=".0%", why="More cost more.")
        >>> lead.check("it falls")
        **dearer accounts**: not yet. It rises, from 26% to 44%. More cost more.
        """
        rises, falls, stays = _MOVES
        answer = self.compared(after, before, rises, falls, stays, form)
        moved = tr(_MOVES[answer], before=format(before, form), after=format(after, form))
        options = dict.fromkeys(map(tr, _MOVES), f"{moved} {why}")
        return self._keep(Choice(name, options, tr(answer), hint))

    def plot(
        self,
        name: str,
        answer: Any,
        *,
        labels: Sequence[str] = ("title", "x", "y"),
        tolerance: float = 0.01,
        misconceptions: Mapping[str, Any] | None = None,
        hint: str | Sequence[str] = (),
    ) -> Exercise:
        """Return an exercise whose answer is a picture, checked by the data that it shows.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        answer : Series or DataFrame
            Heights of a line, bars or points by their place on the axis (a number, a day or a name); of
            several lines, one column each.
        labels : sequence of str
            Which words the picture must carry.
        tolerance, misconceptions, hint
            As for `exercise`; a misconception is a Series or DataFrame.
        """
        asked = table.arguments(name, answer, tolerance, misconceptions or {})
        return self._keep(Plot(name, **asked, labels=labels, hints=hint))

    def policy(
        self,
        name: str,
        worth: Any,
        *,
        most: int,
        against: Mapping[str, Any],
        beat: str = "rule",
        misconceptions: Mapping[str, Any] | None = None,
        hint: str | Sequence[str] = (),
    ) -> Exercise:
        """Return an exercise whose answer is a decision, scored in money by what each choice is worth.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        worth : Series, mapping or None
            What it is worth to choose each customer, or each name, in the case's currency: by the truth of a
            simulation, or by what really came. All of it NaN where nobody knows: then an answer is recorded
            if it names whom the worth names; with None, whomever it names.
        most : int
            The answer is a list of at most so many.
        against : mapping
            Policies to compare with, as lists: the ``rule`` of the trade, a ``model``. They may leave places
            empty. Chance, choosing nobody and the best possible list are added.
        beat : str
            The policy that an answer must reach to be right.
        misconceptions : mapping
            Lists that a known misunderstanding gives. They never pass. One that is nearly the policy to beat
            is left out.
        hint : str or pair of str
            As for `exercise`.
        """
        wrong = misconceptions or {}
        made = policy.exercise(name, worth, most, against, beat, self.case.currency, wrong, hint)
        return self._keep(made)

    def explain(
        self, name: str, *, rubric: Sequence[str] = (), most: int = 120, hint: str | Sequence[str] = ()
    ) -> Exercise:
        """Return an exercise whose answer is a text, which a person grades.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        rubric : sequence of str
            What a good answer has; the reader sees it once an answer is there.
        most : int
            Words at most.
        hint : str or pair of str
            As for `exercise`.
        """
        return self._keep(Explanation(name, rubric, most, hint))

    def ask(self, lesson: str, name: str, kind: str = "", **asked: Any) -> Exercise:
        """Return an exercise whose key stands elsewhere.

        In practice its key is what the course's own lesson computes here and now, from what the reader's
        notebook holds, so that replies follow the parameters that the reader has set. With a ``kind``,
        answers are recorded and not replied to.

        Parameters
        ----------
        lesson : str
            Name of the lesson, such as ``22_tiers``.
        name : str
            Name of the exercise.
        kind : str
            Kind of an exercise that is not replied to.
        **asked
            What the reader must know of such an exercise, such as its options.

        Raises
        ------
        InputError
            The lesson has no such exercise, or the cells above were not run.
        """
        if kind:
            return self._keep(to_record(name, kind, asked))
        key = catalog.lesson(lesson).keys
        if name not in key:
            raise unknown("exercise", name, key, where=f"the lesson {lesson}")
        try:
            exec(compile(key[name].code, f"<key of {name}>", "exec"), sys._getframe(1).f_globals)
        except CrmlabError:
            raise
        except Exception as error:
            raise InputError(
                f"The exercise '{name}' cannot be replied to here: {type(error).__name__}: {error}. Run all "
                "cells from the first on. If that does not help, this notebook was changed, or was made for "
                "another crmlab than the one installed."
            ) from None
        return self.exercises[name]

    def _keep(self, exercise: Exercise) -> Exercise:
        exercise.workspace = self._workspace
        self.exercises[exercise.name] = exercise
        return exercise

    @cached_property
    def _workspace(self) -> str:
        found = handout.find(self.case._folder, Path.cwd())
        return found.pseudonym if found else ""

    def record(
        self, name: str, value: float | int | str | bool, unit: str = "", tolerance: float = 1e-6
    ) -> None:
        """Keep a result under a name. The tolerance is relative: how exactly a re-run must repeat it."""
        if not isinstance(value, bool | str | int):
            value = float(f"{float(value):.12g}")  # the last digits of a sum may differ between machines
            if not math.isfinite(value):
                raise InputError(f"The result '{name}' is {value}. Record a finite number.")
        self._results[name] = Result(name, value, unit, tolerance)

    def results(self) -> Results:
        """Return all that was recorded, as the lesson's last output."""
        return Results(tuple(self._results.values()))
