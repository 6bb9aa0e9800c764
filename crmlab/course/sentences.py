"""Sentences over results that stay true: for none, one and all, a tie, a loss, and what cannot be told."""

import math
import re
from collections.abc import Iterable

from crmlab import words
from crmlab.course.exercises.base import Text
from crmlab.errors import DataError, InputError, short, unknown
from crmlab.language import mark, ntr, tr

_NO_NUMBER = re.compile(r"(?<!\w)(?:nan|NaN|inf|NaT|<NA>)(?!\w)")
_MINUS_ZERO = re.compile(r"(?<![\w.,)])[-\N{MINUS SIGN}](?=0(?:\.0+)?(?![\d]|[.,]\d))")
_HOLDS = {
    "estimates": mark("{level}, of what is estimated alone: chance in what comes is not in it"),
    "chance": mark("{level}, of chance alone, as if what is estimated were exact"),
    "both": mark("{level}, of estimates and chance together"),
}


class Sentences:
    """What a lesson says of its results.

    A lesson on another case, or with other parameters, makes the same sentences over other numbers. These
    helpers choose the words that numbers decide, by the numbers as they are printed.
    """

    currency: str = ""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.contradictions: list[tuple[str, ...]] = []

    def say(self, text: str) -> Text:
        """Return a sentence for the reader. Write it as an f-string over results; type no numbers.

        Raises
        ------
        DataError
            The sentence holds ``nan`` or ``inf``, so this case leaves something undefined.

        Examples
        --------
        >>> Sentences().say(f"Profit changed by {-0.00001:.1%}.")
        Profit changed by 0.0%.
        """
        if found := _NO_NUMBER.search(text):
            raise DataError(
                f"This sentence has '{found[0]}' where a number is due, so this case leaves it undefined: "
                f'"{short(text, most=300)}"'
            )
        self.said.append(_MINUS_ZERO.sub("", text))
        return Text(self.said[-1])

    def never(self, *patterns: str) -> None:
        """Declare that a lesson must not say all of these together, on whatever case: they contradict.

        A run under extreme parameters holds what was said against it.

        Parameters
        ----------
        *patterns : str
            Regular expressions, each looked for in all that the lesson says.

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.never("to no stage", "control group")
        >>> _ = lesson.say("Give the budget to no stage."), lesson.say("Hold back a control group.")
        >>> lesson.contradicted()
        [('to no stage', 'control group')]
        """
        self.contradictions.append(patterns)

    def contradicted(self) -> list[tuple[str, ...]]:
        """Return what was declared by `never` and was said all the same."""
        text = "\n".join(self.said)
        return [found for found in self.contradictions if all(re.search(part, text) for part in found)]

    def count(self, number: float, noun: str, plural: str = "") -> str:
        """Return a whole number with its noun, in the singular or the plural.

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.count(1, "customer"), lesson.count(2357, "customer"), lesson.count(0, "box", "boxes")
        ('1 customer', '2,357 customers', '0 boxes')
        """
        if number != int(number):
            raise InputError(f"{number} {plural or noun + 's'} cannot be counted: it is no whole number.")
        return words.count(number, noun, plural or f"{noun}s", none="0")

    def part(self, number: float, whole: float, noun: str, plural: str = "") -> str:
        """Return how many of a whole, with the share: none, one, some or all. It begins a sentence or not.

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.part(0, 30, "customer"), lesson.part(30, 30, "customer"), lesson.part(1, 30, "customer")
        ('none of the 30 customers', 'all 30 customers', '1 of the 30 customers (3%)')
        >>> lesson.part(0, 0, "customer"), lesson.part(1, 1, "customer"), lesson.part(2990, 3000, "customer")
        ('no customer', 'the only customer', '2,990 of the 3,000 customers (over 99%)')
        """
        every = self.count(whole, noun, plural)
        if whole == 0 or (whole == 1 and number == 0):
            return tr("no {thing}", thing=ntr(noun, noun, 1))
        if number == whole:
            only = whole == 1
            return (
                tr("the only {thing}", thing=ntr(noun, noun, 1)) if only else tr("all {every}", every=every)
            )
        if number == 0:
            return tr("none of the {every}", every=every)
        share = words.percent(number / whole)
        return tr("{number} of the {every} ({share})", number=f"{number:,.0f}", every=every, share=share)

    def money(self, amount: float) -> str:
        """Return an amount in the case's currency, with cents where it is small.

        Examples
        --------
        >>> Sentences().money(2500315.6).strip()
        '2,500,316'
        """
        return words.money(0.0 if abs(amount) < 0.005 else amount, self.currency)

    def compared(
        self, number: float, other: float, more: str, less: str, same: str, form: str = ",.2f"
    ) -> str:
        """Return one of three words, by two numbers as they are printed.

        Examples
        --------
        >>> Sentences().compared(0.312, 0.298, "more than", "less than", "as much as", ".0%")
        'more than'
        >>> Sentences().compared(0.3012, 0.2988, "more than", "less than", "as much as", ".0%")
        'as much as'
        """
        if format(number, form) == format(other, form):
            return same
        return more if number > other else less

    def change(self, before: float, after: float, form: str = ",.2f", unit: str = "") -> str:
        """Return what became of a number: "rose from … to …", "fell from … to …" or "stayed at …".

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.change(0.31, 0.252, ".0%"), lesson.change(0.31, 0.312, ".0%")
        ('fell from 31% to 25%', 'stayed at 31%')
        >>> lesson.change(2, 3, ".0f", "USD")
        'rose from 2 to 3 USD'
        """
        was, is_now = self._number(before, form), self._number(after, form)
        after_it = f" {unit}" if unit else ""
        if was == is_now:
            return tr("stayed at {number}", number=was + after_it)
        said = (
            mark("rose from {before} to {after}") if after > before else mark("fell from {before} to {after}")
        )
        return tr(said, before=was, after=is_now + after_it)

    def times(self, number: float, other: float) -> str:
        """Return by how much a number is another, to stand before "as much … as".

        Raises
        ------
        InputError
            One of them is zero or a loss, of which there is no multiple. Say that in another sentence.

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.times(241, 10), lesson.times(24, 10), lesson.times(10, 10), lesson.times(5, 10)
        ('24 times', '2.4 times', 'just', 'half')
        """
        if not (number > 0 and other > 0):
            raise InputError(
                f"{number:,.4g} is no multiple of {other:,.4g}. Where one of them may be zero or a loss, let "
                "another sentence say it."
            )
        ratio = number / other
        said = f"{ratio:,.0f}" if ratio >= 9.95 else f"{ratio:.1f}" if ratio >= 0.995 else f"{ratio:.2f}"
        special = {"1.0": tr("just"), "2.0": tr("twice"), "0.50": tr("half"), "0.00": tr("under 0.01 times")}
        return special.get(said) or tr("{ratio} times", ratio=said)

    def verdict(
        self, low: float, high: float, *, yes: str, no: str, unknown: str, against: float = 0.0
    ) -> str:
        """Return what an interval says of a value: above it, below it, or that it cannot be told.

        Examples
        --------
        >>> lesson = Sentences()
        >>> said = dict(yes="it earns more", no="it earns less", unknown="which earns more cannot be told")
        >>> lesson.verdict(3, 8, **said), lesson.verdict(-3, 8, **said), lesson.verdict(-3, 0, **said)
        ('it earns more', 'which earns more cannot be told', 'which earns more cannot be told')
        """
        if low > against:
            return yes
        return no if high < against else unknown

    def interval(
        self, low: float, high: float, form: str = ",.2f", unit: str = "", *, holds: str, level: float = 0.95
    ) -> str:
        """Return an interval, and what is in it.

        Parameters
        ----------
        low, high : float
            Its ends.
        form, unit : str
            How they are printed.
        holds : {'estimates', 'chance', 'both'}
            What is in it. A forecast that was held against what came must hold both.
        level : float
            Its probability.

        Examples
        --------
        >>> Sentences().interval(4240, 5940, ",.0f", "USD", holds="estimates")
        'between 4,240 and 5,940 USD (95%, of what is estimated alone: chance in what comes is not in it)'
        >>> Sentences().interval(3, 3, ".0f", holds="both")
        '3 at both ends (95%, of estimates and chance together)'
        """
        if holds not in _HOLDS:
            raise unknown("content of an interval", holds, _HOLDS)
        what = tr(_HOLDS[holds], level=words.percent(level, 1))
        ends = [self._number(end, form) for end in (low, high)]
        after_it = f" {unit}" if unit else ""
        if ends[0] == ends[1]:
            return tr("{end} at both ends ({what})", end=ends[0] + after_it, what=what)
        return tr("between {low} and {high} ({what})", low=ends[0], high=ends[1] + after_it, what=what)

    def names(self, items: Iterable[object], none: str) -> str:
        """Return names as a list in a sentence; the words for none where there is none.

        Examples
        --------
        >>> lesson = Sentences()
        >>> lesson.names(["gold", "iron"], "no tier"), lesson.names([], "no tier")
        ('gold and iron', 'no tier')
        """
        return words.listed(items) or none

    def _number(self, number: float, form: str) -> str:
        """Return a number as printed, zero without a sign."""
        if not math.isfinite(number):
            raise DataError("This case leaves a number undefined that a sentence is about.")
        return _MINUS_ZERO.sub("", format(number, form))
