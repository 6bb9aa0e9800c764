"""The life cycle: in which stage relationships are, and where those of the calibration day went."""

import pandas as pd

from crmlab import lifecycle as theory
from crmlab.analysis import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import Picture, picture
from crmlab.analysis.section import Section, Table
from crmlab.segments import profile


def section(base: Base, table: pd.DataFrame) -> Section:
    """Return the part of the report on stages."""
    stages = profile(table["stage"], table[["total", "clv"]].astype(float).fillna(0.0))
    decline = stages.loc["decline"]
    before = _before(base)
    made = Section("lifecycle", "Life cycle", _title(len(table), decline))
    made.facts = {"stages": stages, "lost_share": decline["total_share"]}
    made.text = [_now(stages), *_moves(base, before, table["stage"])]
    made.caveats = [
        "A customer counts as in decline after a silence of three of their own usual gaps, where one "
        "purchase leaves the gap of the whole base to judge by. Silence is a sign of leaving, not a proof.",
    ]
    made.todo = _todo(stages)
    made.tables = [_table(base, stages)]
    made.pictures = _pictures(base, before, table["stage"])
    return made


def _title(customers: int, decline: pd.Series) -> str:
    gone = decline["customers"]
    if not gone:
        return "Nobody is in decline"
    if gone == customers:
        return "Every customer is in decline"
    money = decline["total_share"]
    brought = f", who brought {words.share(money)} of the revenue," if pd.notna(money) else ""
    return (
        f"{words.capital(words.share(decline['customers_share']))} of the customers{brought} are in decline"
    )


def _now(stages: pd.DataFrame) -> str:
    held = stages[stages["customers"] > 0]
    parts = [
        f"{words.count(row['customers'], 'customer')} {words.are(row['customers'])} in {name} "
        f"({theory.STAGES.loc[str(name), 'chinese']}: {theory.STAGES.loc[str(name), 'meaning']})"
        for name, row in held.iterrows()
    ]
    return f"Today {words.listed(parts)}."


def _before(base: Base) -> pd.Series | None:
    """Return the stages on the calibration day, where there was anybody."""
    return None if base.split is None else theory.stages(base.transactions, at=base.calibration)


def _moves(base: Base, before: pd.Series | None, now: pd.Series) -> list[str]:
    """Say what became of those who were not in decline on the calibration day."""
    if before is None:
        return []
    healthy = before[before != "decline"]
    if healthy.empty:
        return []
    slid = int((now.reindex(healthy.index) == "decline").sum())
    lost = before[before == "decline"]
    back = int((now.reindex(lost.index) != "decline").sum())
    said = (
        f"Of the {words.count(len(healthy), 'customer')} who were not in decline on "
        f"{words.day(base.calibration)}, {words.share(slid / len(healthy))} are today"
    )
    if len(lost):
        said += f"; of the {len(lost):,} who were, {words.share(back / len(lost))} have come back"
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
            words.share(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.about(row["clv_total"], base.currency) if stages["clv_total"].any() else "not known",
        ]
        for name, row in stages.iterrows()
    ]
    return Table("Relationship stages today", heads, rows)


def _pictures(base: Base, before: pd.Series | None, now: pd.Series) -> list[Picture]:
    from crmlab.plots import lifecycle as plots

    dates = {f"{base.end:%Y-%m-%d}": now}
    if before is None:
        return [picture(plots.stages, dates)]
    drawn = [picture(plots.stages, {f"{base.calibration:%Y-%m-%d}": before} | dates)]
    later = now.reindex(before.index)
    if before.isin(["formation", "stability"]).any():
        drawn.append(picture(plots.transitions, before, later))
    return drawn
