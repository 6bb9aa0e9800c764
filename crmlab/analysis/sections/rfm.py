"""RFM: named segments, what they brought, and what each should get."""

from typing import Any

import pandas as pd

from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing
from crmlab.segments import rfm as theory

_FEW = 50


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on segments."""
    from crmlab.plots import segments as plots

    segments, table = standing.profile("segment", "total", "clv"), standing.frame
    made = Section("rfm", "RFM segments", _title(segments))
    silent = segments.loc[theory.SILENT]
    made.facts = {"segments": segments, "silent": int(silent["customers"].sum())}
    made.text = [_silent(base, silent)]
    made.caveats = _caveats(base, table)
    made.todo = _todo(segments)
    made.tables = [_table(base, segments)]
    if base.revenue > 0:
        made.pictures = [picture(plots.shares, table["segment"], table["total"].rename("revenue"))]
        scores = table[["R", "F", "M"]].astype(int)
        if scores[["R", "F"]].drop_duplicates().shape[0] > 1:
            made.pictures.append(picture(plots.grid, scores, table["total"].rename("revenue")))
    return made


def _title(segments: pd.DataFrame) -> str:
    held = segments[segments["customers"] > 0]
    if len(held) == 1:
        return f"All customers fall into one segment, {held.index[0]}"
    best: Any = segments["total_share"].fillna(segments["customers_share"]).idxmax()
    row = segments.loc[best]
    if pd.isna(row["total_share"]):
        return f"{words.capital(str(best))} are {words.percent(row['customers_share'])} of the customers"
    return (
        f"{words.capital(str(best))}: {words.percent(row['customers_share'])} of the customers, "
        f"{words.percent(row['total_share'])} of the revenue"
    )


def _silent(base: Base, silent: pd.DataFrame) -> str:
    number = int(silent["customers"].sum())
    if not number:
        return "Nobody who bought well has been silent for long: 'at risk' and 'cannot lose' are empty."
    verb = "has" if number == 1 else "have"
    brought = words.money(float(silent["total_total"].sum()), base.currency)
    return (
        f"{words.capital(words.count(number, 'customer'))} in 'at risk' and 'cannot lose' bought well "
        f"and {verb} been silent for long; they brought {brought}."
    )


def _caveats(base: Base, table: pd.DataFrame) -> list[str]:
    said = [
        "Scores are places among today's customers: a fifth is always last, in a good year and in a bad one. "
        "To follow segments over time, fix the cuts (lesson 31_rfm shows how).",
    ]
    if base.size < _FEW:
        said.append(
            f"With {words.count(base.size, 'customer')}, a fifth is a handful: read names, not shares."
        )
    used = table["F"].nunique()
    if used < 3:
        said.append(
            f"Purchase days differ so little that frequency takes {words.count(used, 'score')} of five; "
            "recency and spend decide nearly alone."
        )
    return said


def _todo(segments: pd.DataFrame) -> list[str]:
    order = segments[segments["customers"] > 0].sort_values("total_total", ascending=False, kind="stable")
    return [
        f"{words.capital(str(name))} ({theory.NAMED['chinese'][str(name)]}, "
        f"{words.count(row['customers'], 'customer')}): {theory.NAMED['action'][str(name)]}."
        for name, row in order.iterrows()
    ]


def _table(base: Base, segments: pd.DataFrame) -> Table:
    heads = ["segment", "who they are", "customers", "share", "revenue so far", "profit to come"]
    rows = [
        [
            str(name),
            str(theory.NAMED.loc[str(name), "meaning"]),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.about(row["clv_total"], base.currency) if segments["clv_total"].any() else "not known",
        ]
        for name, row in segments.iterrows()
    ]
    return Table("Segments by recency, frequency and monetary value", heads, rows)
