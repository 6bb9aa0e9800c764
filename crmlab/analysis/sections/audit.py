"""The audit in short: what was read, what was set aside, and what was found."""

from typing import Any

import pandas as pd

from crmlab import words
from crmlab.analysis.audited import Audited, Checked
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import Picture, drawable, picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing

_FIRST = 3  # findings that something is said to do about
_MOST = 8  # findings shown; the audit's own page holds them all


def section(base: Base, standing: Standing, data: Audited | Checked) -> Section:
    """Return the part of the report on the data."""
    return _unaudited(base, standing, data) if isinstance(data, Checked) else _audited(base, standing, data)


def _audited(base: Base, standing: Standing, data: Audited) -> Section:
    audit, settings = data.audit, base.settings
    otherwise = audit.sensitivity(
        horizon=settings.weeks, discount_rate=settings.discount_rate, margin=base.margin
    )
    made = Section("audit", "Audit", _title(audit.ledger))
    made.facts = {"ledger": audit.ledger, "otherwise": otherwise}
    made.text = [_ledger(base, audit.ledger), _findings(audit.findings, otherwise), *_whole(base)]
    made.todo = [f"{finding.title}. {finding.otherwise}" for finding in audit.findings[:_FIRST]]
    if audit.findings:
        made.todo.append("To decide otherwise, run the analysis again with --choose decision=option.")
    made.tables = [_table(audit.findings)] if audit.findings else []
    made.pictures = _pictures(base, standing)
    return made


def _unaudited(base: Base, standing: Standing, checked: Checked) -> Section:
    """Return the part of the report on data that were checked against the contract, but not audited."""
    made = Section("audit", "Audit", "Every row keeps the contract; the full audit was not run")
    made.text = [
        f"{_span(base)} Every row of {checked.where} has a customer, a day and an amount that is a plain "
        "number of at least 0: a row that breaks this stops the analysis.",
        "The full audit was not run, for it is made for the embedded engine: nobody looked for "
        f"{words.listed(checked.unseen)}, and all rows count as they are.",
        *_whole(base),
    ]
    made.caveats = checked.caveats
    made.todo = [
        "To see what an audit finds, run it on a part of the orders, such as one month: crmlab audit PART.",
        "Or run the analysis on the embedded engine, which audits all rows and needs no cluster: crmlab "
        "analyse FILE --engine duckdb --memory 4GB.",
    ]
    made.tables = [_table(checked.findings)] if checked.findings else []
    made.pictures = _pictures(base, standing)
    return made


def _whole(base: Base) -> list[str]:
    if base.end.is_month_end or base.start.to_period("M") == base.end.to_period("M"):
        return []
    return [f"The last month in the picture is not whole: it ends on {words.day(base.end)}."]


def _pictures(base: Base, standing: Standing) -> list[Picture]:
    from crmlab.plots import transactions as plots

    orders = picture(plots.orders, standing.drawn)
    if base.start.to_period("M") == base.end.to_period("M"):
        return [orders]
    return [picture(plots.revenue, base.transactions, currency=drawable(base.currency)), orders]


def _title(ledger: Any) -> str:
    if not ledger.rows_set_aside:
        return (
            f"All {words.count(ledger.rows_read, 'row')} are used"
            if ledger.rows_read > 1
            else "The one row is used"
        )
    return f"{words.capital(words.count(ledger.rows_used, 'row'))} of {ledger.rows_read:,} are used"


def _span(base: Base) -> str:
    return (
        f"The orders run from {words.day(base.start)} to {words.day(base.end)} and hold "
        f"{words.money(base.revenue, base.currency)} of revenue."
    )


def _ledger(base: Base, ledger: Any) -> str:
    said = _span(base)
    if ledger.rows_set_aside:
        rows = ledger.rows_set_aside
        said += (
            f" {words.capital(words.count(rows, 'row'))} with "
            f"{words.money(ledger.money_set_aside, base.currency)} {words.are(rows)} in set-aside.csv, "
            f"with {'its reason' if rows == 1 else 'their reasons'}."
        )
    return said


def _findings(findings: list[Any], otherwise: pd.DataFrame) -> str:
    problems, caveats = (
        sum(finding.level == level for finding in findings) for level in ("problem", "caveat")
    )
    if not findings:
        return "The audit found nothing to remark."
    return (
        f"The audit found {words.count(problems, 'problem')} and {words.count(caveats, 'caveat')}. "
        f"{otherwise.attrs['matters_most']}"
    )


def _table(findings: list[Any]) -> Table:
    heads = ["finding", "how many", "share", "what was done"]
    rows = [
        [finding.title, finding.count.split(" (")[0], words.percent(finding.share), finding.done]
        for finding in findings[:_MOST]
    ]
    more = len(findings) - _MOST
    rest = f" (the {_MOST} most serious of {len(findings)})" if more > 0 else ""
    return Table(f"Findings{rest}", heads, rows)
