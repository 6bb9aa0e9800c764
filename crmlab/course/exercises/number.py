"""Answers that are one number, right within a tolerance."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from crmlab.course.exercises.base import Compared, Complaint, called
from crmlab.customers import DAYS, PERIODS
from crmlab.errors import InputError, short
from crmlab.language import mark, tr
from crmlab.words import time_unit

_EXACT = 1e-9
"""Share of a number by which two may differ and be the same, where the tolerance is none."""
_UNITS = {name: DAYS[code] for code, name in PERIODS.items()}
_SIZES = [
    (
        100.0,
        mark(
            "You are close: this is a hundred times the answer, as when one gives a percentage for a share."
        ),
    ),
    (
        0.01,
        mark("You are close: this is a hundredth of the answer, as when one gives a share for a percentage."),
    ),
    (
        1000.0,
        mark("You are close: this is a thousand times the answer, as when one gives units for thousands."),
    ),
    (
        0.001,
        mark("You are close: this is a thousandth of the answer, as when one gives thousands for units."),
    ),
]
_SIGN = mark("You are close: this is the answer with the other sign.")
_REST = mark("You are close: this is what is missing to the whole, 1 less the answer.")
_RATE = mark("You are close: this is the answer per {given}, not per {asked}.")
_TIME = mark("You are close: this is the answer in {given}, not in {asked}.")
_CLOSE = mark("You are close: keep more digits, or check the last step.")
_MISCOUNTED = mark("You are off by one: check where the count begins and ends.")
_MARKS = ",' \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""What people write between thousands."""
_WRITTEN = re.compile(
    rf"(?P<sign>[-+\N{{MINUS SIGN}}]?)(?P<digits>\d[\d{_MARKS}]*(?:\.\d+)?|\.\d+)"
    r"(?P<power>[eE][-+]?\d+)?\s*(?P<percent>[%\N{FULLWIDTH PERCENT SIGN}])?"
)
_THOUSANDS = re.compile(rf"[1-9]\d{{0,2}}(?P<mark>[{_MARKS}])\d{{3}}(?:(?P=mark)\d{{3}})*(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")


def number_of(given: Any) -> float | None:
    """Return an answer as a number, where it is one: also as people write it.

    Examples
    --------
    >>> number_of("7,467"), number_of("77%"), number_of("0,88"), number_of("1 234.5"), number_of("many")
    (7467.0, 0.77, 0.88, 1234.5, None)
    """
    if isinstance(given, str):
        return _written(given.strip())
    if type(given).__name__ in ("bool", "bool_"):
        return None
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        return None


def _written(text: str) -> float | None:
    """Return a number as a reader writes it: with marks for thousands, a decimal comma, or a percent sign."""
    if text.lower() in ("nan", "inf", "-inf"):  # as a record keeps them
        return float(text)
    found = _WRITTEN.fullmatch(text)
    if not found:
        return None
    digits = found["digits"].strip()
    if thousands := _THOUSANDS.fullmatch(digits):
        digits = digits.replace(thousands["mark"], "")
    elif _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    try:
        value = float(digits + (found["power"] or ""))
    except ValueError:
        return None
    value = value / 100 if found["percent"] else value
    return value if found["sign"] in ("", "+") else -value


def plain_number(value: float) -> float | str:
    """Return a number as JSON has it: twelve digits, and text for what JSON lacks."""
    return float(f"{value:.12g}") if math.isfinite(value) else str(value)


def apart(value: float, other: float, tolerance: float) -> float:
    """Return how many tolerances two numbers lie apart; the tolerance is a share of the second.

    Examples
    --------
    >>> round(apart(10.05, 10.0, 0.01), 6), apart(0.0, 0.0, 0.01), apart(-10.0, 10.0, 0.01) > 1
    (0.5, 0.0, True)
    """
    if not (math.isfinite(value) and math.isfinite(other)):
        return math.inf
    allowed = max(tolerance, _EXACT) * abs(other) * (1 + _EXACT) or _EXACT
    return abs(value - other) / allowed


class Number(Compared):
    """One number, within a relative tolerance; the unit is that of the right answer.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    answer : float or None
        The right answer; None where the key lies elsewhere.
    tolerance : float
        How far a number may lie from it, as a share of it.
    unit : str
        Unit of the answer.
    misconceptions : mapping
        Wrong answers by what they come from.
    """

    word: ClassVar[str] = mark("number")

    def __init__(
        self,
        name: str,
        answer: Any = None,
        tolerance: float = 0.01,
        unit: str = "",
        misconceptions: Mapping[str, Any] | None = None,
        hints: str | Sequence[str] = (),
    ) -> None:
        if not 0 <= tolerance < 0.5:
            raise InputError(f"The tolerance is {tolerance}. Choose a share of the answer, 0 to 0.5.")
        self.tolerance, self.unit = tolerance, unit
        wrong = {words: number_of(value) for words, value in (misconceptions or {}).items()}
        known = {words: value for words, value in wrong.items() if value is not None and math.isfinite(value)}
        super().__init__(name, [] if answer is None else [_finite(name, answer)], known, hints)

    def read(self, given: Any) -> float:
        """Return the number."""
        number = number_of(given)
        if number is None:
            if isinstance(given, str):
                raise Complaint(tr("The answer is one number, and '{given}' is none.", given=short(given)))
            raise Complaint(tr("The answer is one number, and this is {kind}.", kind=called(given)))
        return number

    def distance(self, value: float, other: float) -> float:
        """Return how many tolerances two numbers lie apart."""
        return apart(value, other, self.tolerance)

    def dump(self, value: float) -> float | str:
        """Return the number as JSON has it."""
        return plain_number(value)

    def slips(self, value: float) -> Iterator[tuple[float, str]]:
        """Yield the number in other sizes, with the other sign, and for other periods."""
        for factor, words in slips(self.unit):
            yield value * factor, words
        if 0 < self.answer < 1:
            yield 1 - value, tr(_REST)

    def closer(self, value: float) -> str:
        """Say whether a number is near the right one."""
        if not math.isfinite(value):
            return tr("A number is due, and this is none: something was divided by zero, or is missing.")
        counted = self.tolerance == 0 and self.answer == round(self.answer)
        if counted and abs(value - self.answer) == 1:
            return tr(_MISCOUNTED)
        near = min(max(5 * self.tolerance, 0.05), 0.4)
        return tr(_CLOSE) if not counted and apart(value, self.answer, near) <= 1 else ""

    def key(self) -> dict[str, Any]:
        """Return the answer, its tolerance and unit, and the misconceptions."""
        return {
            "answer": plain_number(self.answer),
            "tolerance": self.tolerance,
            "unit": self.unit,
            "misconceptions": {words: plain_number(value) for words, value in self.misconceptions.items()},
        }


def _finite(name: str, answer: Any) -> float:
    right = number_of(answer)
    if right is None or not math.isfinite(right):
        raise InputError(f"The exercise '{name}' cannot be answered on this case: its answer is {answer}.")
    return right


def slips(unit: str) -> Iterator[tuple[float, str]]:
    """Yield what undoes a slip of units, as a factor, and the words for the slip."""
    for size, slip in _SIZES:
        yield 1 / size, tr(slip)
    yield -1.0, tr(_SIGN)
    period = re.search(r"\b(day|week|month|year)s?\b", unit)
    if not period:
        return
    rate = bool(re.search(r"(\bper|\ba|\beach|\bevery|/)\s*$", unit[: period.start()]))
    asked = period[1]
    for given, days in _UNITS.items():
        if given != asked:
            factor = _UNITS[asked] / days if rate else days / _UNITS[asked]
            units = (time_unit(name, 1 if rate else 2) for name in (given, asked))
            yield factor, tr(_RATE if rate else _TIME, **dict(zip(("given", "asked"), units, strict=True)))
