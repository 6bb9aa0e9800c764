"""RFM: named segments, what they brought, and what each should get."""

from typing import Any

import pandas as pd

from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing
from crmlab.language import mark, ntr, tr
from crmlab.segments import rfm as theory

_FEW = 50


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on segments."""
    from crmlab.plots import segments as plots

    segments, table = standing.profile("segment", "total", "clv"), standing.frame
    made = Section("rfm", tr("RFM segments"), _title(segments))
    silent = segments.loc[theory.SILENT]
    made.facts = {"segments": segments, "silent": int(silent["customers"].sum())}
    made.text = [_silent(base, silent)]
    made.caveats = _caveats(base, table)
    made.todo = _todo(segments)
    made.tables = [_table(base, segments)]
    if base.revenue > 0:
        made.pictures = [picture(plots.shares, table["segment"], table["total"].rename(tr("revenue")))]
        scores = table[["R", "F", "M"]].astype(int)
        if scores[["R", "F"]].drop_duplicates().shape[0] > 1:
            made.pictures.append(picture(plots.grid, scores, table["total"].rename(tr("revenue"))))
    return made


def _title(segments: pd.DataFrame) -> str:
    held = segments[segments["customers"] > 0]
    if len(held) == 1:
        return tr("All customers fall into one segment, {segment}", segment=tr(str(held.index[0])))
    best: Any = segments["total_share"].fillna(segments["customers_share"]).idxmax()
    row, name = segments.loc[best], words.capital(tr(str(best)))
    share = words.percent(row["customers_share"])
    if pd.isna(row["total_share"]):
        return tr("{segment} are {share} of the customers", segment=name, share=share)
    return tr(
        "{segment}: {share} of the customers, {brought} of the revenue",
        segment=name,
        share=share,
        brought=words.percent(row["total_share"]),
    )


def _silent(base: Base, silent: pd.DataFrame) -> str:
    number = int(silent["customers"].sum())
    second, first = (tr(name) for name in theory.SILENT)
    if not number:
        return tr(
            "Nobody who bought more than once, and not little, is among the longest silent: '{first}' and "
            "'{second}' are empty.",
            first=first,
            second=second,
        )
    return ntr(
        "{n:,} customer in '{first}' and '{second}' bought more than once, and not little, and is among "
        "the longest silent; they brought {brought}.",
        "{n:,} customers in '{first}' and '{second}' bought more than once, and not little, and are among "
        "the longest silent; they brought {brought}.",
        number,
        first=first,
        second=second,
        brought=words.money(float(silent["total_total"].sum()), base.currency),
    )


def _caveats(base: Base, table: pd.DataFrame) -> list[str]:
    said = [
        tr(
            "Scores are places among today's customers: a fifth is always last, in a good year and in a bad "
            "one. To follow segments over time, fix the cuts (lesson 31_rfm shows how)."
        ),
    ]
    if base.size < _FEW:
        few = words.count(base.size, "customer", "customers")
        said.append(tr("With {customers}, a fifth is a handful: read names, not shares.", customers=few))
    used = table["F"].nunique()
    if used < 3:
        alike = tr(
            "Purchase days differ so little that frequency takes {scores} of five; recency and spend decide "
            "nearly alone.",
            scores=words.count(used, "score", "scores"),
        )
        said.append(alike)
    return said


def _todo(segments: pd.DataFrame) -> list[str]:
    order = segments[segments["customers"] > 0].sort_values("total_total", ascending=False, kind="stable")
    return [
        tr(
            "{group} ({chinese}, {customers}): {action}.",
            group=words.capital(tr(str(name))),
            chinese=theory.NAMED["chinese"][str(name)],
            customers=words.count(row["customers"], "customer", "customers"),
            action=tr(str(theory.NAMED["action"][str(name)])),
        )
        for name, row in order.iterrows()
    ]


def _table(base: Base, segments: pd.DataFrame) -> Table:
    heads = [
        mark("segment"), mark("who they are"), mark("customers"), mark("share"), mark("revenue so far"),
        mark("profit to come"),
    ]  # fmt: skip
    rows = [
        [
            tr(str(name)),
            tr(str(theory.NAMED["meaning"][str(name)])),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.about(row["clv_total"], base.currency) if segments["clv_total"].any() else tr("not known"),
        ]
        for name, row in segments.iterrows()
    ]
    return Table(tr("Segments by recency, frequency and monetary value"), heads, rows)
