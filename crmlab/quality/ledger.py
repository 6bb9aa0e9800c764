"""What an audit says: findings, and where every row and all the money went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LEVELS = ("problem", "caveat", "note")
"""How serious a finding is, the most serious first."""


@dataclass(frozen=True)
class Finding:
    """Something in the data that a reader of any result should know.

    Attributes
    ----------
    name, title : str
        For programs, and for people.
    rows : int
        How many there are, in ``unit``. A row that is set aside counts under one finding only.
    share : float
        The same as a share of all there are.
    money : float
        Sum of their readable amounts.
    examples : list of str
        Up to three rows, as given.
    done, otherwise : str
        What was done about it, and how to do otherwise.
    level : {"problem", "caveat", "note"}
        Results without a decision on it mislead; they need a word on it; it is good to know.
    unit : str
        What is counted: rows, days, orders or customers.
    """

    name: str
    title: str
    rows: int
    share: float
    money: float
    examples: list[str]
    done: str
    otherwise: str
    level: str
    unit: str = "rows"

    @property
    def count(self) -> str:
        """How many there are, for people: ``'12 rows (1.5 %)'``."""
        unit = self.unit[:-1] if self.rows == 1 else self.unit
        return f"{self.rows:,} {unit} ({percent(self.share)})"


@dataclass(frozen=True)
class Ledger:
    """Where every row and all the money went: what was read is what is used and what is set aside.

    Money is the sum of readable amounts. A return that is netted against a purchase which is used leaves
    with no money: what it takes off is in the money used.
    """

    rows_read: int
    rows_used: int
    rows_set_aside: int
    money_read: float
    money_used: float
    money_set_aside: float

    def __str__(self) -> str:
        return (
            f"Of {plural(self.rows_read, 'row')}, {self.rows_used:,} are used and {self.rows_set_aside:,} "
            f"are set aside. Of {self.money_read:,.2f} in money, {self.money_used:,.2f} is used and "
            f"{self.money_set_aside:,.2f} is set aside."
        )


def percent(share: float) -> str:
    """Return a share for people.

    Examples
    --------
    >>> percent(0.2277), percent(0.00004), percent(0.0), percent(1.0)
    ('22.8 %', 'under 0.1 %', '0 %', '100 %')
    """
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{share:.1%}".replace("%", " %").replace(".0 %", " %")


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "row"), plural(2_000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def listed(items: Sequence[Any], last: str = "and") -> str:
    """Return items as a reader would say them.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    words = [str(item) for item in items]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
