"""What an audit says: findings, and where every row and all the money went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmlab.language import mark, tr
from crmlab.words import count, percent

LEVELS = (mark("problem"), mark("caveat"), mark("note"))
"""How serious a finding is, the most serious first."""

_UNITS: Mapping[str, Callable[[int], str]] = {
    "rows": lambda number: count(number, "row", "rows"),
    "days": lambda number: count(number, "day", "days"),
    "orders": lambda number: count(number, "order", "orders"),
    "customers": lambda number: count(number, "customer", "customers"),
}


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

    Examples
    --------
    >>> import pandas as pd
    >>> import crmlab as crm
    >>> orders = pd.DataFrame({"customer_id": ["a", "a"], "date": ["2024-01-05"] * 2, "amount": [3, 3]})
    >>> "duplicates" in [finding.name for finding in crm.quality.audit(orders).findings]
    True
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
    def number(self) -> str:
        """How many there are, for people: ``'12 rows'``."""
        return _UNITS[self.unit](self.rows)

    @property
    def count(self) -> str:
        """The same with their share: ``'12 rows (1.5%)'``."""
        return tr("{number} ({share})", number=self.number, share=percent(self.share, 1))


@dataclass(frozen=True)
class Ledger:
    """Where every row and all the money went: what was read is what is used and what is set aside.

    Money is the sum of readable amounts. A return that is netted against a purchase which is used leaves
    with no money: what it takes off is in the money used.

    Examples
    --------
    >>> from crmlab.quality.ledger import Ledger
    >>> print(Ledger(3, 2, 1, 30.0, 25.0, 5.0))
    Of 3 rows, 2 are used and 1 are set aside. Of 30.00 in money, 25.00 is used and 5.00 is set aside.
    """

    rows_read: int
    rows_used: int
    rows_set_aside: int
    money_read: float
    money_used: float
    money_set_aside: float

    def __str__(self) -> str:
        rows = tr(
            "Of {rows}, {used:,} are used and {aside:,} are set aside.",
            rows=count(self.rows_read, "row", "rows"),
            used=self.rows_used,
            aside=self.rows_set_aside,
        )
        money = tr(
            "Of {read:,.2f} in money, {used:,.2f} is used and {aside:,.2f} is set aside.",
            read=self.money_read,
            used=self.money_used,
            aside=self.money_set_aside,
        )
        return f"{rows} {money}"
