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


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on stages."""
    stages = standing.profile("stage", "total", "clv")
    decline = cast("pd.Series", stages.loc["decline"])
    moves = _moves(base, standing)
    made = Section("lifecycle", "Life cycle", _title(base.size, decline))
    made.facts = {"stages": stages, "lost_share": decline["total_share"]}
    made.text = [_now(stages), *_went(base, moves)]
    made.caveats = [
        "A customer counts as in decline after a silence of three of their own usual gaps, where one "
        "purchase leaves the gap of the whole base to judge by. Silence is a sign of leaving, not a proof.",
    ]
    made.todo = _todo(stages)
    made.tables = [_table(base, stages)]
    made.pictures = _pictures(base, standing, stages["customers"], moves)
    return made


def _title(customers: int, decline: pd.Series) -> str:
    gone = decline["customers"]
    if not gone:
        return "Nobody is in decline"
    if gone == customers:
        return "Every customer is in decline"
    money = decline["total_share"]
    brought = f", who brought {words.percent(money)} of the revenue," if pd.notna(money) else ""
    return (
        f"{words.capital(words.percent(decline['customers_share']))} of the customers{brought} are in decline"
    )


def _now(stages: pd.DataFrame) -> str:
    held = stages[stages["customers"] > 0]
    parts = [
        f"{words.count(row['customers'], 'customer')} {words.are(row['customers'])} in {name} "
        f"({theory.STAGES['chinese'][str(name)]}: {theory.STAGES['meaning'][str(name)]})"
        for name, row in held.iterrows()
    ]
    return f"Today {words.listed(parts)}."


def _moves(base: Base, standing: Standing) -> pd.DataFrame | None:
    """Count the customers by their stage on the calibration day (rows) and today, where anybody was there."""
    if base.split is None:
        return None
    before = theory.with_stages(base.split)
    return transitions_of(before, standing.customers, "stage", [*theory.STAGES.index], shares=False)


def _went(base: Base, moves: pd.DataFrame | None) -> list[str]:
    """Say what became of those who were not in decline on the calibration day."""
    if moves is None:
        return []
    healthy, lost = moves.drop(index="decline"), cast("pd.Series", moves.loc["decline"])
    number = int(healthy.to_numpy().sum())
    if not number:
        return []
    said = (
        f"Of the {words.count(number, 'customer')} who were not in decline on "
        f"{words.day(base.calibration)}, {words.percent(healthy['decline'].sum() / number)} are today"
    )
    if lost.sum():
        back = words.percent(lost.drop("decline").sum() / lost.sum())
        said += f"; of the {lost.sum():,} who were, {back} have come back"
    return [said + "."]


def _todo(stages: pd.DataFrame) -> list[str]:
    said = []
    for name, row in stages[stages["customers"] > 0].iterrows():
        stage = theory.STAGES.loc[str(name)]
        who = words.count(row["customers"], "customer")
        said.append(f"{words.capital(str(name))} ({who}): {stage['strategy']} ({stage['strategy_chinese']}).")
    return said


def _table(base: Base, stages: pd.DataFrame) -> Table:
    heads = ["stage", "customers", "share", "revenue so far", "profit to come"]
    rows = [
        [
            str(name),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.about(row["clv_total"], base.currency) if stages["clv_total"].any() else "not known",
        ]
        for name, row in stages.iterrows()
    ]
    return Table("Relationship stages today", heads, rows)


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
