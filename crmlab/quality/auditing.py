"""The audit itself: rows are read and marked once, decided about, and what was found is told."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.arguments import named
from crmlab.quality import files, report
from crmlab.quality.choices import chosen
from crmlab.quality.decide import decide
from crmlab.quality.marks import marked
from crmlab.quality.outcome import Outcome
from crmlab.quality.rows import Rows, numbered


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


class Audit(Outcome):
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
    >>> found.verdicts()["verdict"]["buy till you die"]
    'runs'
    """

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
