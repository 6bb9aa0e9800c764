"""Answers that are a table or a Series, compared by keys; the order of rows and columns does not matter."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from crmlab.course.exercises.base import Claim, Claims, Complaint, Exercise, Kind, Plain, build
from crmlab.course.exercises.number import cell, place, plain_number, slips
from crmlab.course.exercises.words import normal
from crmlab.errors import InputError, some

Cells = dict[str, float | str]
"""What stands in a table, by the name of its place: ``gold``, or ``gold, profit`` where there are columns."""
_MISSING = "(missing)"
_HEX = "0123456789abcdef"


def key_text(key: Any) -> str:
    """Return the name of a row as it is compared: 5, 5.0 and "5" are the same, as are a day and its text."""
    if isinstance(key, tuple):
        return " · ".join(key_text(part) for part in key)
    if hasattr(key, "isoformat"):
        return str(key.isoformat()).removesuffix("T00:00:00")
    if isinstance(key, str):
        return " ".join(key.split())
    try:
        number = float(key)
    except (TypeError, ValueError):
        return str(key)
    return str(int(key)) if number.is_integer() else f"{number:.10g}"


@dataclass(frozen=True)
class Table(Kind):
    """Values by key. The keys are public, the values are the answer.

    Attributes
    ----------
    keys : sequence of str
        Names of all places of the right answer.
    columns : sequence of str
        The columns asked for; none of a Series.
    tolerance : float
        Of each number, as a share of it.
    """

    word: ClassVar[str] = "table"
    keys: Sequence[str] = ()
    columns: Sequence[str] = ()
    tolerance: float = 0.01

    def read(self, given: Any) -> Cells:
        """Return the values by the names of their places."""
        return cells(given, self.columns, self.keys)

    def mark(self, value: Cells) -> str:
        """Return the step of each number's grid, in the order of the keys."""
        return "".join(self._step(value.get(key, _MISSING)) for key in sorted(self.keys))

    def token(self, value: Cells, mark: str) -> str:
        """Return a digest of all places with their tokens."""
        steps = dict(zip(sorted(self.keys), mark, strict=True))
        listed = sorted(f"{key}\0{self.cell_token(item, steps.get(key, '0'))}" for key, item in value.items())
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()

    def cell_token(self, item: float | str, step: str) -> str:
        """Return the token of one place."""
        return normal(item) if isinstance(item, str) else f"#{cell(item, self.tolerance, _HEX.index(step))}"

    def dump(self, value: Cells) -> dict[str, float | str]:
        """Return the values with numbers as JSON has them."""
        return {key: item if isinstance(item, str) else plain_number(item) for key, item in value.items()}

    def load(self, stored: Any) -> Cells:
        """Return the values of a record."""
        if not isinstance(stored, dict):
            raise Complaint("The record holds no table.")
        return {str(key): _item(item) for key, item in stored.items()}

    def slips(self, value: Cells) -> Iterator[tuple[Cells, str]]:
        """Yield the table with all its numbers in another size, or with the other sign."""
        for factor, words in slips(""):
            yield {k: item if isinstance(item, str) else item * factor for k, item in value.items()}, words

    def parts(self, value: Cells) -> dict[str, Claim]:
        """Return a claim for each place, so that a reply can name the one that is wrong."""
        steps = {key: self._step(item) for key, item in value.items()}
        tokens = {key: self.cell_token(item, steps[key]) for key, item in value.items()}
        return {key: Claim(steps[key], Plain(tokens[key], "right")) for key in value}

    def agrees(self, key: str, item: float | str, parts: Mapping[str, Claim]) -> bool:
        """Return whether one place holds the right value."""
        return key in parts and bool(parts[key].secret.open(self.cell_token(item, parts[key].mark)))

    def closer(self, value: Cells, claims: Claims) -> str:
        """Say which keys are missing or too many, and how many values are wrong."""
        missing = [key for key in self.keys if key not in value]
        extra = sorted(set(value) - set(self.keys))
        shared = [key for key in self.keys if key in value]
        wrong = [key for key in shared if not self.agrees(key, value[key], claims.parts)]
        said = []
        if missing:
            said.append(f"Missing: {some(missing)}.")
        if extra:
            said.append(f"Not asked for: {some(extra)}.")
        if wrong:
            said.append(
                f"The value of {wrong[0]} is wrong."
                if len(wrong) == 1
                else f"{len(wrong):,} of {len(shared):,} values are wrong, the first that of {wrong[0]}."
            )
        elif shared and (missing or extra):
            said.append("The other values are right.")
        return " ".join(said)

    def _step(self, item: float | str) -> str:
        return "0" if isinstance(item, str) else _HEX[place(item, self.tolerance)]


def cells(given: Any, columns: Sequence[str], keys: Sequence[str] = ()) -> Cells:
    """Return a Series, table or mapping as values by the names of their places, or raise Complaint."""
    import pandas as pd

    if isinstance(given, Mapping):
        nested = any(isinstance(value, Mapping | pd.Series) for value in given.values())
        given = pd.DataFrame(given) if nested else pd.Series(given, dtype=object)
    if not isinstance(given, pd.Series | pd.DataFrame):
        raise Complaint(f"The answer is a Series or a table, and this is a {type(given).__name__}.")
    frame = given if isinstance(given, pd.DataFrame) else given.to_frame()
    repeated = [key for key, count in Counter(map(key_text, frame.index)).items() if count > 1]
    if repeated:
        raise Complaint(f"These keys come more than once: {some(repeated)}.")
    if keys and isinstance(frame.index, pd.RangeIndex) and not {str(i) for i in frame.index} & _rows(keys):
        raise Complaint("Your rows are only numbered. Put what the table is by into its index, `.set_index`.")
    return _flat(frame, columns)


def _rows(keys: Sequence[str]) -> set[str]:
    return {key.rpartition(", ")[0] or key for key in keys}


def _flat(frame: Any, columns: Sequence[str]) -> Cells:
    if not columns:
        if frame.shape[1] != 1:
            raise Complaint(f"The answer is one column, a Series; this has {frame.shape[1]}.")
        return {key_text(key): _item(item) for key, item in zip(frame.index, frame.iloc[:, 0], strict=True)}
    own = {key_text(column): number for number, column in enumerate(frame.columns)}
    lacking = [column for column in columns if column not in own]
    if lacking:
        raise Complaint(f"The table lacks the column {some(lacking)}.")
    return {
        f"{key_text(key)}, {column}": _item(item)
        for column in columns
        for key, item in zip(frame.index, frame.iloc[:, own[column]], strict=True)
    }


def _item(item: Any) -> float | str:
    if isinstance(item, str):
        return item
    try:
        number = float(item)
    except (TypeError, ValueError):
        return _MISSING if str(item) in ("None", "<NA>", "NaT") else key_text(item)
    return _MISSING if math.isnan(number) else number


def exercise(
    name: str,
    answer: Any,
    tolerance: float,
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
) -> Exercise:
    """Return an exercise whose answer is a Series or a table; see `Lesson.exercise`."""
    import pandas as pd

    columns = tuple(map(key_text, answer.columns)) if isinstance(answer, pd.DataFrame) else ()
    right = expected(name, answer, columns)
    kind = Table(tuple(right), columns, tolerance)
    wrong = {words: kind.read(value) for words, value in misconceptions.items()}
    return build(name, kind, [right], wrong, hints, parts=kind.parts(right))


def expected(name: str, answer: Any, columns: Sequence[str]) -> Cells:
    """Return the values of a right answer, or raise InputError where there is nothing to ask for."""
    try:
        right = cells(answer, columns)
    except Complaint as complaint:
        raise InputError(f"The exercise '{name}' cannot be asked: {complaint}") from complaint
    if not right or any(isinstance(item, float) and not math.isfinite(item) for item in right.values()):
        raise InputError(f"The exercise '{name}' cannot be answered on this case: it has no finite answer.")
    return right
