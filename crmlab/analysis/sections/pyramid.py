"""The pyramid: how unequal customers are, who is in which tier, and whether the good stay good."""

import pandas as pd

from crmlab import pyramid as theory
from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import SCHEME, Standing
from crmlab.errors import CrmlabError

TOP = 0.20


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on tiers.

    Raises
    ------
    DataError
        Nobody has paid anything, so there is nothing to share.
    """
    from crmlab.plots import pyramid as plots

    value = standing.frame["total"].rename("revenue")
    share, tiers = theory.top_share(value, TOP), standing.profile("tier", "total", "profit", "clv")
    made = Section("pyramid", "Pyramid", _title(base.size, share))
    made.facts = {"top_share": share, "gini": theory.gini(value), "tiers": tiers}
    made.text = [_best(base, tiers), *_lasting(base, standing)]
    made.caveats = _caveats(base)
    made.todo = _todo(tiers)
    made.tables = [_table(base, tiers)]
    made.pictures = [picture(plots.lorenz, value, share=TOP)]
    if standing.sums["profit"] > 0:
        made.pictures.append(picture(plots.layers, standing.frame["tier"], standing.frame["profit"]))
    return made


def _title(customers: int, share: float) -> str:
    if customers == 1:
        return "One customer brings all of the revenue"
    return f"The best fifth of the customers bring {words.percent(share)} of the revenue"


def _best(base: Base, tiers: pd.DataFrame) -> str:
    """Say what the best tier that holds anybody brings, beside the customer in the middle."""
    held = tiers[tiers["customers"] > 0]
    first = held.iloc[0]
    said = (
        f"{words.capital(words.count(first['customers'], f'{first.name} customer'))} "
        f"({words.percent(first['customers_share'])} of all) brought "
        f"{words.money(first['profit_total'], base.currency)} of profit so far"
    )
    if len(held) == 1:
        return f"{said}; there is no other tier."
    rest = held.iloc[1:]
    mean = rest["profit_total"].sum() / rest["customers"].sum()
    return (
        f"{said}, {words.money(first['profit_mean'], base.currency)} each on average; all the others "
        f"{words.money(mean, base.currency)} each."
    )


def _lasting(base: Base, standing: Standing) -> list[str]:
    """Say whether who was good before the calibration day was good after it; nothing where none can tell."""
    if base.split is None:
        return []
    split = standing.draw(base.split)
    frame = split.frame
    if len(frame) < 3 or min(frame["total"].nunique(), frame["holdout_amount"].nunique()) < 2:
        return []
    try:
        asked = theory.preconditions(split, frame["total"], later=frame["holdout_amount"])
    except CrmlabError:
        return []
    row = asked.iloc[-1]
    if pd.isna(row["evidence"]):
        return []
    lasts = (
        "the good tend to stay good, so tiers are worth looking after"
        if row["holds"]
        else "who was good is not reliably good later, so print no tier on a card yet"
    )
    return [
        f"Ranks by revenue up to {words.day(base.calibration)} and ranks after it correlate at "
        f"{row['evidence']:.2f} (we ask for {row['needed']:.2f}): {lasts}."
    ]


def _caveats(base: Base) -> list[str]:
    profit = (
        "Profit is revenue less the cost of goods in the orders"
        if base.cost_known
        else f"Profit is {base.margin:.0%} of revenue ({base.margin_words})"
    )
    return [
        f"{profit}. What it costs to serve a customer is not in the orders; where you know it, some "
        "customers who look well here will turn out to cost more than they bring.",
        "The cuts at 5%, 25% and zero are the literature's convention, not a finding.",
    ]


def _todo(tiers: pd.DataFrame) -> list[str]:
    said = []
    for name, row in tiers[tiers["customers"] > 0].iterrows():
        meaning = theory.MEANINGS.loc[SCHEME].loc[str(name)]
        who = words.count(row["customers"], "customer")
        said.append(f"{words.capital(str(name))} ({meaning['chinese']}, {who}): {meaning['action']}.")
    return said


def _table(base: Base, tiers: pd.DataFrame) -> Table:
    heads = ["tier", "customers", "share", "revenue", "profit so far", "profit to come"]
    rows = [
        [
            str(name),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.money(row["profit_total"], base.currency),
            words.about(row["clv_total"], base.currency) if tiers["clv_total"].any() else "not known",
        ]
        for name, row in tiers.iterrows()
    ]
    return Table("Tiers by profit so far", heads, rows)
