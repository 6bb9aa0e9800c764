"""The orders of an analysis: audited, on pseudonyms where a key is given; in other engines checked only."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.analysis import pseudonyms
from crmlab.errors import DataError, InputError
from crmlab.language import tr

if TYPE_CHECKING:
    from crmlab.quality.ledger import Finding
    from crmlab.transactions import Plan


class _Judged(ABC):
    """Orders whose verdicts say which theories, and so which parts of the report, are valid."""

    @property
    @abstractmethod
    def verdicts(self) -> pd.DataFrame:
        """By theory: ``verdict`` and ``why``."""

    def refusal(self, theory: str) -> str:
        """Return why a theory is not valid for these orders; empty where it is."""
        return self._why(theory, "not valid here")

    def caveat(self, theory: str) -> str:
        """Return what a reader of its results should know; empty where there is nothing."""
        return self._why(theory, "runs with a caveat")

    def _why(self, theory: str, verdict: str) -> str:
        found, why = self.verdicts.loc[theory]
        return str(why) if found == verdict else ""


@dataclass(frozen=True, eq=False)
class Audited(_Judged):
    """Orders after the audit.

    Attributes
    ----------
    audit : crmlab.quality.Audit
        What was found, what is used and what is set aside.
    """

    audit: Any

    @property
    def transactions(self) -> Any:
        """The orders that are used."""
        return self.audit.transactions

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """By theory: ``verdict`` and ``why``."""
        table: pd.DataFrame = self.audit.verdicts()
        return table


@dataclass(frozen=True, eq=False)
class Checked(_Judged):
    """Orders in an engine without the functions of the audit, as they are: they meet the contract.

    Attributes
    ----------
    transactions : ibis.Table
        The orders.
    where : str
        What they are called.
    today : date
        The day after which a date lies in the future.
    """

    transactions: Any
    where: str
    today: date
    audit = None

    @cached_property
    def _measures(self) -> Any:
        from crmlab.quality.measures import measured

        number = int(self.transactions.count().to_pyarrow().as_py())  # each row is taken for an order
        return measured(self.transactions, number)

    @cached_property
    def findings(self) -> "list[Finding]":
        """What the days alone tell."""
        from crmlab.quality.history import of_days

        return of_days(self._measures)[0]

    @property
    def unseen(self) -> list[str]:
        """What an audit would have looked for."""
        from crmlab.quality.findings import CHECKS

        seen = ("returns", "future_dates")
        titles = [tr(check.title) for name, check in CHECKS.items() if check.decision and name not in seen]
        return [title[0].lower() + title[1:] for title in titles]

    @property
    def caveats(self) -> list[str]:
        """What the reader should know of the data."""
        last = self._measures.last
        if last <= self.today:
            return []
        return [
            tr(
                "The last day, {day}, lies in the future: such orders are slips or plans, and count here.",
                day=last,
            )
        ]

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """By theory: ``verdict`` and ``why``."""
        from crmlab.quality.verdicts import verdicts

        return verdicts(self._measures, self.findings)


def orders(
    source: Any,
    columns: Mapping[str, str | None] | None,
    choices: Mapping[str, str] | None,
    key: bytes | None,
    today: Any = None,
    **reading: Any,
) -> Audited | Checked:
    """Audit orders; or check them, where they are in another engine than the embedded one.

    Raises
    ------
    InputError
        Decisions or pseudonyms are asked for in an engine that has none.
    DataError
        No row can be used; or, without an audit, a row breaks the contract.
    """
    from crmlab import transactions
    from crmlab.customers import day
    from crmlab.engine import is_embedded

    plan = transactions.plan(source, columns, **reading)
    if is_embedded(plan.typed):
        return audited(plan if key is None else pseudonyms.hidden(plan, key), choices, today)
    for given, what in ((choices, "Decisions of the audit"), (key, "Pseudonyms")):
        if given:
            raise InputError(
                f"{what} need the embedded engine, which is the default. Leave them out, or leave the other "
                "engine."
            )
    now = date.today() if today is None else day(today, "today").date()
    return Checked(plan.transactions(), plan.where, now)


def audited(plan: "Plan", choices: Mapping[str, str] | None, today: Any = None) -> Audited:
    """Audit orders; raise DataError where no row can be used."""
    from crmlab import quality

    found = quality.audit(plan, choices=choices, today=today)
    if not found.ledger.rows_used:
        reasons = "; ".join(f"{finding.title}: {finding.rows:,}" for finding in found.findings[:3])
        raise DataError(
            f"No row of {found.where} can be used, of {found.ledger.rows_read:,}. {reasons}. Correct the "
            "file, or say which columns to read."
        )
    return Audited(found)
