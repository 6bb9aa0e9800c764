"""What an audit found: the rows used and set aside, the findings, and what they allow."""

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab import engine
from crmlab.quality.decide import Decided
from crmlab.quality.findings import of_rows
from crmlab.quality.history import of_time
from crmlab.quality.ledger import LEVELS, Finding, Ledger
from crmlab.quality.measures import Measures, measure
from crmlab.quality.sensitivity import sensitivity
from crmlab.quality.verdicts import verdicts

if TYPE_CHECKING:
    import ibis


class Outcome:
    """What an audit found, without its ways out. See `crmlab.quality.Audit`."""

    def __init__(self, decided: Decided, today: date) -> None:
        self._decided = decided
        self.where: str = decided.rows.plan.where
        self.today = today

    def anew(self) -> "Outcome":
        """Return the same, to be said in another language."""
        return Outcome(self._decided, self.today)

    @property
    def choices(self) -> dict[str, str]:
        """Option by decision; the currency by its name, empty where none is written."""
        return dict(self._decided.choices)

    @property
    def plan(self) -> Any:
        """How the source was read."""
        return self._decided.rows.plan

    @property
    def transactions(self) -> "ibis.Table":
        """The rows used, as an Ibis table that meets the contract of `crmlab.transactions.read`."""
        return self._decided.transactions

    @property
    def set_aside(self) -> "ibis.Table":
        """The rows not used, as given, with ``row`` (from 1 below the header), ``reason`` and ``money``."""
        return self._decided.set_aside

    @property
    def ledger(self) -> Ledger:
        """Where every row and all the money went."""
        return self._decided.ledger

    @cached_property
    def _measures(self) -> Measures:
        return measure(self._decided)

    @cached_property
    def _found(self) -> tuple[list[Finding], list[str]]:
        findings, clean = of_rows(self._decided)
        of_days, clean_days = of_time(self._decided, self._measures)
        findings, clean = findings + of_days, clean + clean_days
        findings.sort(key=lambda finding: (LEVELS.index(finding.level), -finding.share))
        return findings, clean

    @property
    def findings(self) -> list[Finding]:
        """What was found, the most serious first."""
        return list(self._found[0])

    @property
    def clean(self) -> list[str]:
        """What was looked for and not found."""
        return list(self._found[1])

    def table(self) -> pd.DataFrame:
        """Return the findings as a table by their names."""
        columns = ["title", "level", "rows", "unit", "share", "money", "done", "otherwise"]
        rows = [{name: getattr(finding, name) for name in columns} for finding in self.findings]
        names = pd.Index([finding.name for finding in self.findings], name="finding", dtype=object)
        return pd.DataFrame(rows, columns=columns, index=names)

    def reasons(self) -> pd.DataFrame:
        """Return the rows set aside and the money that left with them, by reason."""
        fate = self._decided.fate
        out = fate.filter(~fate["step"].isnull())
        counted = out.group_by("reason").aggregate(rows=out.count(), money=engine.sum_of(out["money"]))
        frame: pd.DataFrame = counted.order_by("reason").to_pyarrow().to_pandas().set_index("reason")
        return frame.sort_values(["rows", "money"], ascending=False, kind="stable")

    def verdicts(self) -> pd.DataFrame:
        """Return for each theory whether it is valid for these rows, and why.

        Returns
        -------
        DataFrame by theory
            ``verdict``: "runs", "runs with a caveat" or "not valid here"; ``why``, a sentence.
        """
        return verdicts(self._measures, self.findings)

    def sensitivity(
        self, *, horizon: float | str = 52, discount_rate: float = 0.10, margin: float = 0.30
    ) -> pd.DataFrame:
        """Return the key numbers under the other options of each decision that concerns rows here.

        How much of the answer is the data, and how much is how we treated them?

        Parameters
        ----------
        horizon : number or duration
            How far the expected value looks ahead: weeks, or such as ``"12M"``.
        discount_rate : float
            Annual and effective, from 0 to 1: 0.10 is 10%.
        margin : float
            Profit as a share of revenue.

        Returns
        -------
        DataFrame by decision and option
            The first row is as chosen. ``rows`` concerned; ``customers``; ``money`` used; ``top_share``, what
            the best 20 % bring; ``r``, ``alpha``, ``a``, ``b`` of BG/NBD in weeks; ``clv``, the expected
            profit of all customers within the horizon; ``change`` of it against the first row (of money where
            it is not known); ``why`` a number is missing. All are up to the last day as chosen.
            ``attrs["matters_most"]`` is a sentence.
        """
        settings: dict[str, Any] = {"horizon": horizon, "discount_rate": discount_rate, "margin": margin}
        table = sensitivity(self._decided, self.findings, **settings)
        table.attrs["settings"] = settings
        return table
