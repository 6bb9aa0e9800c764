"""The pyramid: how unequal customers are, who is in which tier, and whether the good stay good."""

import pandas as pd

from crmlab import pyramid as theory
from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.pictures import picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import SCHEME, Standing
from crmlab.errors import CrmlabError
from crmlab.language import mark, ntr, tr

TOP = 0.20


def section(base: Base, standing: Standing) -> Section:
    """Return the part of the report on tiers.

    Raises
    ------
    DataError
        Nobody has paid anything, so there is nothing to share.
    """
    from crmlab.plots import pyramid as plots

    value = standing.frame["total"].rename(tr("revenue"))
    share, tiers = theory.top_share(value, TOP), standing.profile("tier", "total", "profit", "clv")
    made = Section("pyramid", tr("Pyramid"), _title(base.size, share))
    made.facts = {"top_share": share, "gini": theory.gini(value), "tiers": tiers}
    made.text = [_best(base, tiers), *_lasting(base, standing)]
    made.caveats = _caveats(base)
    made.todo = _todo(tiers)
    made.tables = [_table(base, tiers)]
    made.pictures = [picture(plots.lorenz, value, share=TOP)]
    if standing.sums["profit"] > 0:
        profit = standing.frame["profit"].rename(tr("profit"))
        made.pictures.append(picture(plots.layers, standing.frame["tier"], profit))
    return made


def _title(customers: int, share: float) -> str:
    if customers == 1:
        return tr("One customer brings all of the revenue")
    return tr("The best fifth of the customers bring {share} of the revenue", share=words.percent(share))


def _best(base: Base, tiers: pd.DataFrame) -> str:
    """Say what the best tier that holds anybody brings, beside the customer in the middle."""
    held = tiers[tiers["customers"] > 0]
    first = held.iloc[0]
    said = ntr(
        "{n:,} {tier} customer ({share} of all) brought {money} of profit so far",
        "{n:,} {tier} customers ({share} of all) brought {money} of profit so far",
        first["customers"],
        tier=tr(str(first.name)),
        share=words.percent(first["customers_share"]),
        money=words.money(first["profit_total"], base.currency),
    )
    if len(held) == 1:
        return tr("{said}; there is no other tier.", said=said)
    rest = held.iloc[1:]
    mean = rest["profit_total"].sum() / rest["customers"].sum()
    return tr(
        "{said}, {mean} each on average; all the others {others} each.",
        said=said,
        mean=words.money(first["profit_mean"], base.currency),
        others=words.money(mean, base.currency),
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
    said = tr(
        "Ranks by revenue up to {day} and ranks after it correlate at {r:.2f} (we ask for {needed:.2f})",
        day=words.day(base.calibration),
        r=row["evidence"],
        needed=row["needed"],
    )
    if row["holds"]:
        return [tr("{said}: the good tend to stay good, so tiers are worth looking after.", said=said)]
    return [tr("{said}: who was good is not reliably good later, so print no tier on a card yet.", said=said)]


def _caveats(base: Base) -> list[str]:
    profit = tr("Profit is revenue less the cost of goods in the orders.")
    if not base.cost_known:
        profit = tr(
            "Profit is {margin:.0%} of revenue ({origin}).", margin=base.margin, origin=base.margin_words
        )
    serving = tr(
        "What it costs to serve a customer is not in the orders; where you know it, some customers who look "
        "well here will turn out to cost more than they bring."
    )
    cuts = tr("The cuts at 5%, 25% and zero are the literature's convention, not a finding.")
    return [f"{profit} {serving}", cuts]


def _todo(tiers: pd.DataFrame) -> list[str]:
    said = []
    for name, row in tiers[tiers["customers"] > 0].iterrows():
        meaning = theory.MEANINGS.loc[SCHEME].loc[str(name)]
        line = tr(
            "{group} ({chinese}, {customers}): {action}.",
            group=words.capital(tr(str(name))),
            chinese=meaning["chinese"],
            customers=words.count(row["customers"], "customer", "customers"),
            action=tr(str(meaning["action"])),
        )
        said.append(line)
    return said


def _table(base: Base, tiers: pd.DataFrame) -> Table:
    heads = [
        mark("tier"), mark("customers"), mark("share"), mark("revenue"), mark("profit so far"),
        mark("profit to come"),
    ]  # fmt: skip
    rows = [
        [
            tr(str(name)),
            f"{row['customers']:,.0f}",
            words.percent(row["customers_share"]),
            words.money(row["total_total"], base.currency),
            words.money(row["profit_total"], base.currency),
            words.about(row["clv_total"], base.currency) if tiers["clv_total"].any() else tr("not known"),
        ]
        for name, row in tiers.iterrows()
    ]
    return Table(tr("Tiers by profit so far"), heads, rows)
