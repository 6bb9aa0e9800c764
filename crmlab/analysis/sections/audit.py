"""The audit in short: what was read, what was set aside, and what was found."""

from typing import Any

import pandas as pd

from crmlab import words
from crmlab.analysis.audited import Audited, Checked
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import Picture, drawable, picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing
from crmlab.language import mark, ntr, tr

_FIRST = 3  # findings that something is said to do about
_MOST = 8  # findings shown; the audit's own page holds them all


def section(base: Base, standing: Standing, data: Audited | Checked) -> Section:
    """Return the part of the report on the data."""
    return _unaudited(base, standing, data) if isinstance(data, Checked) else _audited(base, standing, data)


def _audited(base: Base, standing: Standing, data: Audited) -> Section:
    audit, settings = data.audit, base.settings
    changed = audit.sensitivity(
        horizon=settings.weeks, discount_rate=settings.discount_rate, margin=base.margin
    )
    made = Section("audit", tr("Audit"), _title(audit.ledger))
    made.facts = {"ledger": audit.ledger, "otherwise": changed}
    made.text = [_ledger(base, audit.ledger), _findings(audit.findings, changed), *_whole(base)]
    made.todo = [f"{finding.title}. {finding.otherwise}" for finding in audit.findings[:_FIRST]]
    if audit.findings:
        otherwise = tr("To decide otherwise, run the analysis again with --choose decision=option.")
        made.todo.append(otherwise)
    made.tables = [_table(audit.findings)] if audit.findings else []
    made.pictures = _pictures(base, standing)
    return made


def _unaudited(base: Base, standing: Standing, checked: Checked) -> Section:
    """Return the part of the report on data that were checked against the contract, but not audited."""
    made = Section("audit", tr("Audit"), tr("Every row keeps the contract; the full audit was not run"))
    contract = tr(
        "Every row of {where} has a customer, a day and an amount that is a plain number of at least 0: a "
        "row "
        "that breaks this stops the analysis.",
        where=checked.where,
    )
    made.text = [
        f"{_span(base)} {contract}",
        tr(
            "The full audit was not run, for it is made for the embedded engine: nobody looked for {unseen}, "
            "and all rows count as they are.",
            unseen=words.listed(checked.unseen),
        ),
        *_whole(base),
    ]
    made.caveats = checked.caveats
    made.todo = [
        tr(
            "To see what an audit finds, run it on a part of the orders, such as one month: crmlab audit "
            "PART."
        ),
        tr(
            "Or run the analysis on the embedded engine, which audits all rows and needs no cluster: crmlab "
            "analyse FILE --engine duckdb --memory 4GB."
        ),
    ]
    made.tables = [_table(checked.findings)] if checked.findings else []
    made.pictures = _pictures(base, standing)
    return made


def _whole(base: Base) -> list[str]:
    if base.end.is_month_end or base.start.to_period("M") == base.end.to_period("M"):
        return []
    return [tr("The last month in the picture is not whole: it ends on {day}.", day=words.day(base.end))]


def _pictures(base: Base, standing: Standing) -> list[Picture]:
    from crmlab.plots import transactions as plots

    orders = picture(plots.orders, standing.drawn)
    if base.start.to_period("M") == base.end.to_period("M"):
        return [orders]
    return [picture(plots.revenue, base.transactions, currency=drawable(base.currency)), orders]


def _title(ledger: Any) -> str:
    if not ledger.rows_set_aside:
        return ntr("The one row is used", "All {n:,} rows are used", ledger.rows_read)
    used = words.capital(words.count(ledger.rows_used, "row", "rows"))
    return tr("{used} of {read:,} are used", used=used, read=ledger.rows_read)


def _span(base: Base) -> str:
    return tr(
        "The orders run from {start} to {end} and hold {money} of revenue.",
        start=words.day(base.start),
        end=words.day(base.end),
        money=words.money(base.revenue, base.currency),
    )


def _ledger(base: Base, ledger: Any) -> str:
    said = _span(base)
    if not ledger.rows_set_aside:
        return said
    aside = ntr(
        "{n:,} row with {money} is in set-aside.csv, with its reason.",
        "{n:,} rows with {money} are in set-aside.csv, with their reasons.",
        ledger.rows_set_aside,
        money=words.money(ledger.money_set_aside, base.currency),
    )
    return f"{said} {aside}"


def _findings(findings: list[Any], otherwise: pd.DataFrame) -> str:
    problems, caveats = (
        sum(finding.level == level for finding in findings) for level in ("problem", "caveat")
    )
    if not findings:
        return tr("The audit found nothing to remark.")
    found = tr(
        "The audit found {problems} and {caveats}.",
        problems=words.count(problems, "problem", "problems"),
        caveats=words.count(caveats, "caveat", "caveats"),
    )
    return f"{found} {otherwise.attrs['matters_most']}"


def _table(findings: list[Any]) -> Table:
    heads = [mark("finding"), mark("how many"), mark("share"), mark("what was done")]
    rows = [
        [finding.title, finding.number, words.percent(finding.share), finding.done]
        for finding in findings[:_MOST]
    ]
    caption = tr("Findings")
    if len(findings) > _MOST:
        caption = tr("Findings (the {most} most serious of {all})", most=_MOST, all=len(findings))
    return Table(caption, heads, rows)
