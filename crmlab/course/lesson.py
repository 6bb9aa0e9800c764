"""What a lesson's cells use: computed sentences, exercises with an immediate check, the record of results."""

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from crmlab.course import cases, catalog, pictures
from crmlab.course.exercises import number, plot, policy, table, words
from crmlab.course.exercises.base import Exercise, Text
from crmlab.course.results import RESULTS_MIME, Result, Results
from crmlab.errors import DataError, InputError, NotForThisCase, short

__all__ = ["RESULTS_MIME", "Lesson"]

_NO_NUMBER = re.compile(r"(?<!\w)(?:nan|NaN|inf|NaT|<NA>)(?!\w)")
_MINUS_ZERO = re.compile(r"(?<![\w.,)])[-\N{MINUS SIGN}](?=0(?:\.0+)?(?![\d]|[.,]\d))")


class Lesson:
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
        self.case_name = case_name
        self.case = cases.load(case_name)
        self.exercises: dict[str, Exercise] = {}
        self._results: dict[str, Result] = {}
        self._namespace = dict(sys._getframe(1).f_globals)  # the notebook's, as it was when the lesson began
        pictures.show_with_alt_text()
        if said := catalog.review(self._namespace, self.case.name, self.case.lessons):
            from IPython.display import display

            display(Text(said))  # type: ignore[no-untyped-call]

    def say(self, text: str) -> Text:
        """Return a sentence for the reader. Write it as an f-string over results; type no numbers.

        Raises
        ------
        DataError
            The sentence holds ``nan`` or ``inf``, so this case leaves something undefined.

        Examples
        --------
        >>> Lesson("cdnow").say(f"Profit changed by {-0.00001:.1%}.")
        Profit changed by 0.0%.
        """
        if found := _NO_NUMBER.search(text):
            raise DataError(
                f"This sentence has '{found[0]}' where a number is due, so this case leaves it undefined: "
                f'"{short(text, most=300)}"'
            )
        return Text(_MINUS_ZERO.sub("", text))

    def count(self, number: float, noun: str, plural: str = "") -> str:
        """Return a whole number with its noun, in the singular or the plural.

        Examples
        --------
        >>> lesson = Lesson("cdnow")
        >>> lesson.count(1, "customer"), lesson.count(2357, "customer"), lesson.count(0, "box", "boxes")
        ('1 customer', '2,357 customers', '0 boxes')
        """
        if number != int(number):
            raise InputError(f"{number} {plural or noun + 's'} cannot be counted: it is no whole number.")
        return f"{int(number):,} {noun if number == 1 else plural or noun + 's'}"

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
        if isinstance(answer, str):
            made = words.label(name, answer, accept, wrong, hint)
        elif isinstance(answer, Mapping) or hasattr(answer, "index"):
            made = table.exercise(name, answer, tolerance, wrong, hint)
        else:
            made = number.exercise(name, answer, tolerance, unit, wrong, hint)
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
        return self._keep(words.choice(name, answer, options, hint))

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
        return self._keep(plot.exercise(name, answer, labels, tolerance, misconceptions or {}, hint))

    def policy(
        self,
        name: str,
        *,
        among: Iterable[Any],
        score: Callable[[Any], float] | None,
        against: Mapping[str, Any],
        most: int | None = None,
        budget: float | None = None,
        beat: str = "rule",
        hint: str | Sequence[str] = (),
    ) -> Exercise:
        """Return an exercise whose answer is a decision, scored in money because the truth is known.

        Parameters
        ----------
        name : str
            Name, unique in the lesson.
        among : iterable
            The customers, or the names, that may be chosen.
        score : callable or None
            What a policy earns, in the case's currency; None where the truth is not known.
        against : mapping
            Policies to compare with: ``random``, a ``rule``, the ``model``, and the best, the ``oracle``.
        most : int, optional
            The answer is a list of at most so many.
        budget : float, optional
            The answer is an amount for each name, together at most so much.
        beat : str
            The policy that an answer must reach to be right.
        hint : str or pair of str
            As for `exercise`.
        """
        currency = self.case.currency
        return self._keep(policy.exercise(name, among, score, against, most, budget, beat, currency, hint))

    def sealed(self, lesson: str, name: str) -> Exercise:
        """Return an exercise whose answer stands nowhere: its sealed key is in the workspace.

        Parameters
        ----------
        lesson : str
            Name of the lesson, such as ``22_tiers``.
        name : str
            Name of the exercise.

        Raises
        ------
        InputError
            The workspace has no key for it.
        """
        from crmlab.course import sealing

        if self._keys is None:
            raise InputError(
                f"There is no readable {sealing.FILE} beside the case or above this notebook, so answers "
                "cannot be checked. Open the notebook where it was handed out, in its own workspace."
            )
        stored = self._keys.exercise(lesson, name)
        made = sealing.unseal(stored)
        made.note = sealing.stale(stored, self.case, self._namespace, self._data_digest)
        return self._keep(made)

    @cached_property
    def _keys(self) -> Any:
        from crmlab.course import sealing

        return sealing.find(self.case._folder, Path.cwd())

    @cached_property
    def _data_digest(self) -> str:
        from crmlab.course import sealing

        return sealing.data_digest(self.case)

    def _keep(self, exercise: Exercise) -> Exercise:
        exercise.workspace = self._keys.workspace if self._keys else ""
        self.exercises[exercise.name] = exercise
        return exercise

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
