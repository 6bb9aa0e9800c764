"""Answers that are one number, right within a tolerance.

A number becomes a token by the place of its logarithm on a grid whose cells are a little wider than the
tolerance on both sides. The grid is shifted, by one of sixteen steps, so that all numbers within the
tolerance of the answer share its cell. The step is public and says next to nothing; the cell is the secret.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from crmlab.course.exercises.base import Claim, Complaint, Exercise, Kind, Plain, build
from crmlab.customers import DAYS, PERIODS
from crmlab.errors import InputError, short

_STEPS = 16
_SPARE = 2
"""Steps of a cell that the tolerance leaves free, so that one of the sixteen grids fits any answer."""
WIDEST = 1.4
"""No number further from the answer than this many tolerances is right; up to 5 %, than 1.25 of them."""
_ZERO = 1e-12
_UNITS = {name: DAYS[code] for code, name in PERIODS.items()}
_SIZES = [
    (100.0, "a hundred times", "a percentage for a share"),
    (0.01, "a hundredth of", "a share for a percentage"),
    (1000.0, "a thousand times", "units for thousands"),
    (0.001, "a thousandth of", "thousands for units"),
]
_CLOSE = "You are close: keep more digits, or check the last step."


def place(value: float, tolerance: float) -> int:
    """Return the shift of the grid with which all numbers within the tolerance of a value share a cell."""
    if abs(value) <= _ZERO or tolerance == 0 or not math.isfinite(value):
        return 0
    width = _width(tolerance)
    low, high = math.log(abs(value)) + math.log1p(-tolerance), math.log(abs(value)) + math.log1p(tolerance)

    def slack(step: int) -> float:
        start = width * step / _STEPS
        cell = math.floor((low - start) / width)
        return min(low - start - cell * width, start + (cell + 1) * width - high)

    return max(range(_STEPS), key=slack)


def cell(value: float, tolerance: float, step: int) -> str:
    """Return the cell of a grid in which a number lies, with its sign."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) <= _ZERO:
        return "0"
    if tolerance == 0:
        return f"{value:.12g}"
    width = _width(tolerance)
    return f"{'-' if value < 0 else ''}{math.floor((math.log(abs(value)) - width * step / _STEPS) / width)}"


def _width(tolerance: float) -> float:
    return (math.log1p(tolerance) - math.log1p(-tolerance)) * _STEPS / (_STEPS - _SPARE)


def number_of(given: Any) -> float | None:
    """Return an answer as a number, where it is one."""
    try:
        return float(given)
    except (TypeError, ValueError):
        return None


def plain_number(value: float) -> float | str:
    """Return a number as JSON has it: twelve digits, and text for what JSON lacks."""
    return float(f"{value:.12g}") if math.isfinite(value) else str(value)


@dataclass(frozen=True)
class Number(Kind):
    """One number, within a relative tolerance; the unit is that of the right answer."""

    word: ClassVar[str] = "number"
    tolerance: float = 0.01
    unit: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < 0.5:
            raise InputError(f"The tolerance is {self.tolerance}. Choose a share of the answer, 0 to 0.5.")

    def read(self, given: Any) -> float:
        """Return the number."""
        number = number_of(given)
        if number is None:
            shown = short(" ".join(repr(given).split()))
            raise Complaint(f"The answer is one number, and {shown} is none.")
        return number

    def mark(self, value: float) -> list[float]:
        """Return the tolerance and the step of the grid."""
        return [self.tolerance, place(value, self.tolerance)]

    def token(self, value: float, mark: list[float]) -> str:
        """Return the cell on that grid."""
        return cell(value, mark[0], int(mark[1]))

    def dump(self, value: float) -> float | str:
        """Return the number as JSON has it."""
        return plain_number(value)

    def slips(self, value: float) -> Iterator[tuple[float, str]]:
        """Yield the number in other sizes, with the other sign, and for other periods."""
        for factor, words in slips(self.unit):
            yield value * factor, words

    def nearly(self, value: float) -> Claim:
        """Return the claim of all that is close to a value but not right."""
        wide = min(max(5 * self.tolerance, 0.05), 0.4)
        mark = [wide, place(value, wide)]
        return Claim(mark, Plain(self.token(value, mark), _CLOSE))


def slips(unit: str) -> Iterator[tuple[float, str]]:
    """Yield what undoes a slip of units, as a factor, and the words for the slip."""
    for size, times, slip in _SIZES:
        yield 1 / size, f"You are close: this is {times} the answer, as when one gives {slip}."
    yield -1.0, "You are close: this is the answer with the other sign."
    period = re.search(r"\b(day|week|month|year)s?\b", unit)
    if not period:
        return
    rate = bool(re.search(r"(\bper|\ba|\beach|\bevery|/)\s*$", unit[: period.start()]))
    asked = period[1]
    for given, days in _UNITS.items():
        if given != asked:
            factor = _UNITS[asked] / days if rate else days / _UNITS[asked]
            slip = f"per {given}, not per {asked}" if rate else f"in {given}s, not in {asked}s"
            yield factor, f"You are close: this is the answer {slip}."


def exercise(
    name: str,
    answer: Any,
    tolerance: float,
    unit: str,
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
) -> Exercise:
    """Return an exercise whose answer is a number; see `Lesson.exercise`."""
    right = number_of(answer)
    if right is None or not math.isfinite(right):
        raise InputError(f"The exercise '{name}' cannot be answered on this case: its answer is {answer}.")
    kind = Number(tolerance, unit)
    wrong = {words: kind.read(value) for words, value in misconceptions.items()}
    wrong = {words: value for words, value in wrong.items() if math.isfinite(value)}
    near = kind.nearly(right) if abs(right) > _ZERO else None
    return build(name, kind, [right], wrong, hints, near)
