"""The audit itself: rows are read and marked once, decided about, and what was found is told."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.arguments import named
from crmlab.quality import files, report
from crmlab.quality.choices import chosen
from crmlab.quality.decide import Decided, decide
from crmlab.quality.findings import of_rows
from crmlab.quality.history import of_time
from crmlab.quality.ledger import LEVELS, Finding, Ledger
from crmlab.quality.marks import marked
from crmlab.quality.measures import Measures, measure
from crmlab.quality.rows import Rows, numbered
from crmlab.quality.sensitivity import sensitivity
from crmlab.quality.verdicts import verdicts
from crmlab.reading import engine


@named
def audit(
    source: Any,
    columns: Mapping[str, str | None] | None = None,
    *,
    choices: Mapping[str, str] | None = None,
    today: Any = None,
    dates: str | None = None,
    decimal: str | None = None,
    timezone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    table: str | None = None,
) -> "Audit":
    """Find out what is in a file of orders, take the decisions that it asks for, and account for every row.

    Can we trust what we are about to compute, and what has been left out of it? Rows that
    `crmlab.transactions.read` would refuse do not stop an audit: they are set aside with a reason.

    Parameters
    ----------
    source : path, DataFrame, Arrow or Ibis table, or Plan
        The orders, as for `crmlab.transactions.read`; or a plan of `crmlab.transactions.plan`.
    columns : mapping, optional
        Which column plays which part, as for `crmlab.transactions.read`.
    choices : mapping, optional
        Option by decision, such as ``{"returns": "set aside"}``; see `CHOICES`.
    today : date, optional
        The day after which a date lies in the future; by default the machine's.
    dates, decimal, timezone, delimiter, encoding, sheet, table
        How the source was written, as for `crmlab.transactions.read`.

    Returns
    -------
    Audit

    Raises
    ------
    InputError
        No such file, column, decision, option or currency.
    DataError
        The source cannot be read as orders at all: there are no rows or no dates, or the order of day and
        month or the decimal sign is open.

    Examples
    --------
    >>> from crmlab.quality import audit
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["Ann", "Ann", None], "amount": [20.0, -20.0, 5.0],
    ...                        "date": ["2024-01-05", "2024-01-09", "2024-01-09"]})
    >>> found = audit(orders)
    >>> print(found.ledger)
    Of 3 rows, 0 are used and 3 are set aside. Of 5.00 in money, 0.00 is used and 5.00 is set aside.
    >>> found.table()["rows"].to_dict()
    {'missing_ids': 1, 'returns': 1}
    """
    from crmlab import transactions
    from crmlab.customers import day
    from crmlab.errors import DataError, InputError

    options: dict[str, Any] = {
        "dates": dates,
        "decimal": decimal,
        "timezone": timezone,
        "delimiter": delimiter,
        "encoding": encoding,
        "sheet": sheet,
        "table": table,
    }
    taken = chosen(choices)
    now = date.today() if today is None else day(today, "today").date()
    if isinstance(source, transactions.Plan):
        if columns or any(value is not None for value in options.values()):
            raise InputError("A plan says already how to read: give columns and options to the plan instead.")
        plan = source
    else:
        plan = transactions.plan(source, columns, **options)
    rows = numbered(plan)
    if not int(rows.count().to_pyarrow().as_py()):
        raise DataError(f"There are no rows in {plan.where}. Give at least one order.")
    marks, facts = marked(rows, now)
    return Audit(decide(Rows(plan, rows, marks, facts), taken), now)


class Audit:
    """What is in a file of orders, what was done about it, and what is used. See `audit`.

    Attributes
    ----------
    where : str
        What the source is called.
    today : date
        The day after which a date lies in the future.

    Examples
    --------
    >>> from crmlab.quality import audit
    >>> import crmlab as crm
    >>> found = audit(crm.datasets.cdnow(sample=True))
    >>> found.ledger.rows_used, found.choices["returns"]
    (6919, 'net')
    >>> found.verdicts()["verdict"]["42_bgnbd"]
    'runs'
    """

    def __init__(self, decided: Decided, today: date) -> None:
        self._decided = decided
        self.where: str = decided.rows.plan.where
        self.today = today

    @property
    def choices(self) -> dict[str, str]:
        """Option by decision; the currency by its name, empty where none is written."""
        return dict(self._decided.choices)

    @property
    def plan(self) -> Any:
        """How the source was read."""
        return self._decided.rows.plan

    @property
    def transactions(self) -> Any:
        """The rows used, as an Ibis table that meets the contract of `crmlab.transactions.read`."""
        return self._decided.transactions

    @property
    def set_aside(self) -> Any:
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
        """Return for each lesson whether it runs on these rows, and why.

        Returns
        -------
        DataFrame by lesson
            ``verdict``: "runs", "runs with a caveat" or "not valid here"; ``why``, a sentence.
        """
        return verdicts(self._measures, self.findings)

    def sensitivity(
        self, *, horizon: int = 52, discount_rate: float = 0.10, margin: float = 0.30
    ) -> pd.DataFrame:
        """Return the key numbers under the other options of each decision that concerns rows here.

        How much of the answer is the data, and how much is how we treated them?

        Parameters
        ----------
        horizon : int
            Weeks that the expected value looks ahead.
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

    def to_html(self, sensitivity: pd.DataFrame | None = None) -> str:
        """Return one page that needs no other file; with the table of `sensitivity` where it is given."""
        return report.page(self, sensitivity)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the rows as plain data."""
        return report.data(self)

    def write(self, folder: str | Path, sensitivity: pd.DataFrame | None = None) -> list[Path]:
        """Write ``audit.html``, ``audit.json`` and ``set-aside.csv`` to a folder, and return their paths."""
        return files.write(self, Path(folder), sensitivity)

    def __repr__(self) -> str:
        return report.summary(self)
