"""The life cycle: in which stage relationships are, and where those of the calibration day went."""

from typing import Any, cast

import numpy as np
import pandas as pd

from crmlab import lifecycle as theory
from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import Picture, picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing
from crmlab.groups import transitions_of
from crmlab.language import mark, ntr, tr


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on stages."""
    stages = standing.profile("stage", "total", "clv")
    decline = cast("pd.Series", stages.loc["decline"])
    moves = _moves(base, standing)
    made = Section("lifecycle", tr("Life cycle"), _title(base.size, decline))
    made.facts = {"stages": stages, "lost_share": decline["total_share"]}
    made.text = [_now(stages), *_went(base, moves)]
    made.caveats = [
        tr(
            "A customer counts as in decline after a silence of three of their own usual gaps, where one "
            "purchase leaves the gap of the whole base to judge by: today's, on both days. Silence is a sign "
            "of leaving, not a proof."
        ),
    ]
    made.todo = _todo(stages)
    made.tables = [_table(base, stages)]
    made.pictures = _pictures(base, standing, stages["customers"], moves)
    return made


def _title(customers: int, decline: pd.Series) -> str:
    gone = decline["customers"]
    if not gone:
        return tr("Nobody is in decline")
    if gone == customers:
        return tr("Every customer is in decline")
    share, money = words.capital(words.percent(decline["customers_share"])), decline["total_share"]
    if pd.isna(money):
        return tr("{share} of the customers are in decline", share=share)
    return tr(
        "{share} of the customers, who brought {brought} of the revenue, are in decline",
        share=share,
        brought=words.percent(money),
    )


def _now(stages: pd.DataFrame) -> str:
    held = stages[stages["customers"] > 0]
    parts = [
        ntr(
            "{n:,} customer is in {stage} ({chinese}: {meaning})",
            "{n:,} customers are in {stage} ({chinese}: {meaning})",
            row["customers"],
            stage=tr(str(name)),
            chinese=theory.STAGES["chinese"][str(name)],
            meaning=tr(str(theory.STAGES["meaning"][str(name)])),
        )
        for name, row in held.iterrows()
    ]
    return tr("Today {parts}.", parts=words.listed(parts))


def _moves(base: Base, standing: Standing) -> pd.DataFrame | None:
    """Count the customers by their stage on the calibration day (rows) and today, where anybody was there."""
    if base.split is None:
        return None
    before = theory.with_stages(base.split, usual_gap=theory.usual_gap(standing.customers))
    return transitions_of(before, standing.customers, "stage", [*theory.STAGES.index], shares=False)


def _went(base: Base, moves: pd.DataFrame | None) -> list[str]:
    """Say what became of those who were not in decline on the calibration day."""
    if moves is None:
        return []
    healthy, lost = moves.drop(index="decline"), cast("pd.Series", moves.loc["decline"])
    number = int(healthy.to_numpy().sum())
    if not number:
        return []
    said = ntr(
        "Of the {n:,} customer who was not in decline on {day}, {share} are today",
        "Of the {n:,} customers who were not in decline on {day}, {share} are today",
        number,
        day=words.day(base.calibration),
        share=words.percent(healthy["decline"].sum() / number),
    )
    if not lost.sum():
        return [f"{said}."]
    back = words.percent(lost.drop("decline").sum() / lost.sum())
    return [
        ntr(
            "{said}; of the {n:,} who was, {share} have come back.",
            "{said}; of the {n:,} who were, {share} have come back.",
            lost.sum(),
            said=said,
            share=back,
        )
    ]


def _todo(stages: pd.DataFrame) -> list[str]:
    said = []
    for name, row in stages[stages["customers"] > 0].iterrows():
        stage = theory.STAGES.loc[str(name)]
        line = tr(
            "{stage} ({customers}): {strategy} ({chinese}).",
            stage=words.capital(tr(str(name))),
            customers=words.count(row["customers"], "customer", "customers"),
            strategy=tr(str(stage["strategy"])),
            chinese=stage["strategy_chinese"],
        )
        said.append(line)
    return said


def _table(base: Base, stages: pd.DataFrame) -> Table:
    heads = [
        mark("stage"), mark("customers"), mark("share"), mark("revenue so far"), mark("profit to come"),
    ]  # fmt: skip
    rows = [
        [
            tr(str(name)),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.about(row["clv_total"], base.currency) if stages["clv_total"].any() else tr("not known"),
        ]
        for name, row in stages.iterrows()
    ]
    return Table(tr("Relationship stages today"), heads, rows)


def _pictures(base: Base, standing: Standing, today: pd.Series, moves: pd.DataFrame | None) -> list[Picture]:
    from crmlab.plots import lifecycle as plots

    now = {f"{base.end:%Y-%m-%d}": _labels([*range(len(today))], today, standing.one_in)}
    if moves is None:
        return [picture(plots.stages, now)]
    rows, columns = np.indices(moves.shape)
    counts = pd.Series(moves.to_numpy().ravel())
    earlier, later = (_labels(side.ravel(), counts, standing.one_in) for side in (rows, columns))
    drawn = [picture(plots.stages, {f"{base.calibration:%Y-%m-%d}": earlier} | now)]
    if moves.loc[["formation", "stability"]].to_numpy().any():
        drawn.append(picture(plots.transitions, earlier, later))
    return drawn


def _labels(codes: Any, counts: pd.Series, one_in: int) -> pd.Series:
    """Return the stages of so many customers, of one in so many where there are millions."""
    number = np.ceil(counts.to_numpy() / one_in).astype(int)
    stages = pd.Categorical.from_codes(np.repeat(codes, number), pd.Index(theory.STAGES.index), ordered=True)
    return pd.Series(stages, name="stage")
