"""Answers that are a table or a Series, compared by keys; the order of rows and columns does not matter."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from crmlab.course.exercises.base import Compared, Complaint, called
from crmlab.course.exercises.number import apart, number_of, plain_number, slips
from crmlab.course.exercises.words import normal
from crmlab.errors import InputError
from crmlab.language import mark, ntr, tr
from crmlab.words import some

Cells = dict[str, float | str]
"""What stands in a table, by the name of its place: ``gold``, or ``gold, profit`` where there are columns."""
_MISSING = "(missing)"


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


class Table(Compared):
    """Values by key.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    answer : mapping or None
        The right values by the names of their places; None where the key lies elsewhere.
    columns : sequence of str
        The columns asked for; none of a Series.
    tolerance : float
        Of each number, as a share of it.
    misconceptions : mapping
        Wrong tables by what they come from.
    """

    word: ClassVar[str] = mark("table")

    def __init__(
        self,
        name: str,
        answer: Mapping[str, float | str] | None = None,
        columns: Sequence[str] = (),
        tolerance: float = 0.01,
        misconceptions: Mapping[str, Cells] | None = None,
        hints: str | Sequence[str] = (),
    ) -> None:
        self.columns, self.tolerance = tuple(columns), tolerance
        right = [] if answer is None else [self.load(answer)]
        wrong = {words: self.load(value) for words, value in (misconceptions or {}).items()}
        self.keys = tuple(right[0]) if right else ()
        super().__init__(name, right, wrong, hints)

    def read(self, given: Any) -> Cells:
        """Return the values by the names of their places."""
        return cells(given, self.columns, self.keys)

    def distance(self, value: Cells, other: Cells) -> float:
        """Return how many tolerances the cell that differs most lies apart."""
        if set(value) != set(other):
            return math.inf
        return max((self._apart(value[key], item) for key, item in other.items()), default=0.0)

    def _apart(self, item: float | str, other: float | str) -> float:
        if isinstance(item, str) or isinstance(other, str):
            return 0.0 if normal(item) == normal(other) else math.inf
        return apart(item, other, self.tolerance)

    def agrees(self, value: Cells, other: Cells) -> list[str]:
        """Return the places where two tables agree."""
        return [key for key, item in other.items() if key in value and self._apart(value[key], item) <= 1]

    def dump(self, value: Cells) -> dict[str, float | str]:
        """Return the values with numbers as JSON has them."""
        return {key: item if isinstance(item, str) else plain_number(item) for key, item in value.items()}

    def load(self, stored: Any) -> Cells:
        """Return the values of a record."""
        if not isinstance(stored, Mapping):
            raise Complaint(tr("The record holds no table."))
        return {str(key): _item(item) for key, item in stored.items()}

    def slips(self, value: Cells) -> Iterator[tuple[Cells, str]]:
        """Yield the table with all its numbers in another size, or with the other sign."""
        for factor, words in slips(""):
            yield {k: item if isinstance(item, str) else item * factor for k, item in value.items()}, words

    def closer(self, value: Cells) -> str:
        """Say which keys are missing or too many, and how many values are wrong."""
        missing = [key for key in self.keys if key not in value]
        extra = sorted(set(value) - set(self.keys))
        shared = [key for key in self.keys if key in value]
        right = set(self.agrees(value, self.answer))
        wrong = [key for key in shared if key not in right]
        said = []
        if missing:
            said.append(tr("Missing: {places}.", places=some(missing)))
        if extra:
            said.append(tr("Not asked for: {places}.", places=some(extra)))
        if wrong:
            said.append(
                ntr(
                    "The value of {first} is wrong.",
                    "{n:,} of {all:,} values are wrong, the first that of {first}.",
                    len(wrong),
                    all=len(shared),
                    first=wrong[0],
                )
            )
        elif shared and (missing or extra):
            said.append(tr("The other values are right."))
        return " ".join(said)

    def key(self) -> dict[str, Any]:
        """Return the answer, its columns and tolerance, and the misconceptions."""
        return {
            "answer": self.dump(self.answer),
            "columns": list(self.columns),
            "tolerance": self.tolerance,
            "misconceptions": {words: self.dump(value) for words, value in self.misconceptions.items()},
        }

    def asked(self) -> dict[str, Any]:
        """Return the columns asked for."""
        return {"columns": list(self.columns)} if self.columns else {}


def cells(given: Any, columns: Sequence[str], keys: Sequence[str] = ()) -> Cells:
    """Return a Series, table or mapping as values by the names of their places, or raise Complaint."""
    import pandas as pd

    if isinstance(given, Mapping):
        nested = any(isinstance(value, Mapping | pd.Series) for value in given.values())
        given = pd.DataFrame(given) if nested else pd.Series(given, dtype=object)
    if not isinstance(given, pd.Series | pd.DataFrame):
        raise Complaint(
            tr("The answer is a column or table of values by name, and this is {kind}.", kind=called(given))
        )
    frame = given if isinstance(given, pd.DataFrame) else given.to_frame()
    repeated = [key for key, count in Counter(map(key_text, frame.index)).items() if count > 1]
    if repeated:
        raise Complaint(tr("These keys come more than once: {keys}.", keys=some(repeated)))
    if keys and isinstance(frame.index, pd.RangeIndex) and not {str(i) for i in frame.index} & _rows(keys):
        raise Complaint(
            tr("Your rows are only numbered. Put what the table is by into its index, `.set_index`.")
        )
    return _flat(frame, columns)


def _rows(keys: Sequence[str]) -> set[str]:
    return {key.rpartition(", ")[0] or key for key in keys}


def _flat(frame: Any, columns: Sequence[str]) -> Cells:
    if not columns:
        if frame.shape[1] != 1:
            raise Complaint(
                ntr(
                    "The answer is one column; this has {n}.",
                    "The answer is one column; this has {n}.",
                    frame.shape[1],
                )
            )
        return {key_text(key): _item(item) for key, item in zip(frame.index, frame.iloc[:, 0], strict=True)}
    own = {key_text(column): number for number, column in enumerate(frame.columns)}
    lacking = [column for column in columns if column not in own]
    if lacking:
        raise Complaint(
            ntr(
                "The table lacks the column {columns}.",
                "The table lacks the columns {columns}.",
                len(lacking),
                columns=some(lacking),
            )
        )
    return {
        f"{key_text(key)}, {column}": _item(item)
        for column in columns
        for key, item in zip(frame.index, frame.iloc[:, own[column]], strict=True)
    }


def _item(item: Any) -> float | str:
    number = number_of(item)
    if number is None:
        if isinstance(item, str):
            return item
        return _MISSING if str(item) in ("None", "<NA>", "NaT") else key_text(item)
    return _MISSING if math.isnan(number) else number


def arguments(name: str, answer: Any, tolerance: float, misconceptions: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a table or a picture of a right answer and known wrong ones.

    Raises
    ------
    InputError
        There is nothing to ask for on this case.
    """
    import pandas as pd

    columns = tuple(map(key_text, answer.columns)) if isinstance(answer, pd.DataFrame) else ()
    try:
        right = cells(answer, columns)
    except Complaint as complaint:
        raise InputError(f"The exercise '{name}' cannot be asked: {complaint}") from complaint
    if not right or any(item == _MISSING or item in (math.inf, -math.inf) for item in right.values()):
        raise InputError(f"The exercise '{name}' cannot be answered on this case: it has no finite answer.")
    return {
        "answer": right,
        "columns": columns,
        "tolerance": tolerance,
        "misconceptions": {words: cells(value, columns) for words, value in misconceptions.items()},
    }
