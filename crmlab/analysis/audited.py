"""The audit as an analysis uses it, on pseudonyms in place of ids where a key is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from crmlab.analysis import pseudonyms
from crmlab.errors import DataError


@dataclass(frozen=True, eq=False)
class Audited:
    """Orders after the audit.

    Attributes
    ----------
    audit : crmlab.quality.Audit
        What was found, what is used and what is set aside.
    verdicts : DataFrame
        By lesson: ``verdict`` and ``why``.
    """

    audit: Any

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """What each lesson may be used for."""
        table: pd.DataFrame = self.audit.verdicts()
        return table

    def otherwise(self, weeks: float, discount: float, margin: float) -> pd.DataFrame:
        """Return the key numbers under other decisions; ``attrs["matters_most"]`` says which matters most."""
        horizon = max(1, round(weeks))
        table: pd.DataFrame = self.audit.sensitivity(horizon=horizon, discount_rate=discount, margin=margin)
        return table

    def refusal(self, lesson: str) -> str:
        """Return why a lesson is not valid for these orders; empty where it is."""
        return self._why(lesson, "not valid here")

    def caveat(self, lesson: str) -> str:
        """Return what a reader of the lesson should know; empty where there is nothing."""
        return self._why(lesson, "runs with a caveat")

    def _why(self, lesson: str, verdict: str) -> str:
        if lesson not in self.verdicts.index or self.verdicts.loc[lesson, "verdict"] != verdict:
            return ""
        return str(self.verdicts.loc[lesson, "why"])


def audited(
    source: Any,
    columns: Mapping[str, str | None] | None,
    choices: Mapping[str, str] | None,
    key: bytes | None,
    **reading: Any,
) -> Audited:
    """Audit orders.

    Raises
    ------
    DataError
        No row can be used.
    """
    from crmlab import quality, transactions

    plan = transactions.plan(source, columns, **reading)
    found = quality.audit(plan if key is None else pseudonyms.hidden(plan, key), choices=choices)
    if not found.ledger.rows_used:
        reasons = "; ".join(f"{finding.title}: {finding.rows:,}" for finding in found.findings[:3])
        raise DataError(
            f"No row of {found.where} can be used, of {found.ledger.rows_read:,}. {reasons}. Correct the "
            "file, or say which columns to read."
        )
    return Audited(found)
