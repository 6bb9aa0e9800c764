"""What an audit says: findings, and where every row and all the money went."""

from dataclasses import dataclass

from crmlab.words import count, percent

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
    def count(self) -> str:
        """How many there are, for people: ``'12 rows (1.5%)'``."""
        return f"{count(self.rows, self.unit[:-1])} ({percent(self.share, 1)})"


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
        return (
            f"Of {count(self.rows_read, 'row')}, {self.rows_used:,} are used and {self.rows_set_aside:,} "
            f"are set aside. Of {self.money_read:,.2f} in money, {self.money_used:,.2f} is used and "
            f"{self.money_set_aside:,.2f} is set aside."
        )
