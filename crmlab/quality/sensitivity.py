"""What the key numbers would be had each decision been taken otherwise."""

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from crmlab import engine
from crmlab.arguments import number, rate
from crmlab.customers import duration
from crmlab.errors import CrmlabError, DataError
from crmlab.language import mark, tr
from crmlab.quality.choices import CHOICES
from crmlab.quality.decide import Decided, purchases, purchases_otherwise
from crmlab.quality.ledger import Finding
from crmlab.words import count, percent

if TYPE_CHECKING:
    import ibis

AS_CHOSEN = mark("as chosen")
UNIT = "W"
_OF_FINDING = {
    "ids": "ids",
    "fallen_through": "status",
    "currencies": "currency",
    "accounts": "accounts",
    "large_accounts": "large",
    "pseudo_products": "products",
    "duplicates": "duplicates",
    "extreme_amounts": "extremes",
    "returns": "returns",
    "zero_amounts": "zeros",
}
KEYS = ["customers", "money", "top_share", "r", "alpha", "a", "b", "clv"]


def sensitivity(
    decided: Decided, findings: list[Finding], *, horizon: float | str, discount_rate: float, margin: float
) -> pd.DataFrame:
    """Return the key numbers as chosen, and under each other option of the decisions that concern rows."""
    # Checked here, because what a model refuses below is told in the table as a reason.
    number(duration(horizon, "W"), "horizon", "a length of time", above=0)
    rate(discount_rate, "discount_rate")
    number(margin, "margin", "profit as a share of revenue,", above=0, most=1)
    end = decided.transactions["date"].max().to_pyarrow().as_py()
    if end is None:
        raise DataError(
            "No row is used, so there are no key numbers. See what the rows were set aside for, and correct "
            "them or decide otherwise."
        )
    settings = {"horizon": horizon, "discount_rate": discount_rate, "margin": margin}
    as_chosen = _numbers(purchases(decided.fate), end, settings)
    rows = [{"decision": AS_CHOSEN, "option": "", "rows": 0, **as_chosen}]
    for finding in findings:
        decision = _OF_FINDING.get(finding.name, "")
        for option in _others(decided, decision):
            numbers = _numbers(purchases_otherwise(decided, decision, option), end, settings)
            rows.append({"decision": decision, "option": option, "rows": finding.rows, **numbers})
    table = pd.DataFrame(rows).set_index(["decision", "option"])
    table.insert(len(table.columns) - 1, "change", _change(table))
    table.attrs["matters_most"] = matters_most(table)
    return table


def _others(decided: Decided, decision: str) -> list[str]:
    """Return the options that were not taken."""
    if decision not in CHOICES:
        return []
    found = decided.rows.facts["currencies"]
    options = [*(found if decision == "currency" else CHOICES[decision].options)]
    return [option for option in options if option != decided.choices[decision]]


def _numbers(orders: "ibis.Table", end: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the key numbers of customers with these orders, and why one is missing."""
    from crmlab import clv, pyramid
    from crmlab.customers import purchase_days, summarise

    numbers: dict[str, Any] = dict.fromkeys(KEYS) | {"why": ""}
    try:
        customers = summarise(engine.kept(purchase_days(orders)), end=end, unit=UNIT)
        frame = customers.frame
        numbers |= {"customers": len(frame), "money": float(frame["total"].sum())}
        numbers["top_share"] = pyramid.top_share(frame["total"])
        model = clv.BGNBD().fit(customers)
        numbers |= {name: float(model.params_[name]) for name in ("r", "alpha", "a", "b")}
        valued = frame[(frame["frequency"] == 0) | (frame["monetary_value"] > 0)]
        if len(valued) < len(frame):
            left_out = count(len(frame) - len(valued), "customer", "customers")
            why = tr("Without {customers} whose repeat purchases brought no money.", customers=left_out)
            numbers["why"] = why
        spend = clv.GammaGamma().fit(valued)
        value = clv.lifetime_value(model, spend, valued, **settings)
        numbers["clv"] = float(value["residual_value"].sum())
    except CrmlabError as error:
        numbers["why"] = " ".join(str(error).split())
    return numbers


def _change(table: pd.DataFrame) -> pd.Series:
    """Return the change of the value to come against what was chosen; of money where that is not known."""
    key = "money" if table["clv"].isna().iloc[0] else "clv"
    values = pd.to_numeric(table[key])
    change = values / values.iloc[0] - 1
    return change.mask(
        table.index.get_level_values("decision") == "currency"
    )  # other money, not more or less


def matters_most(table: pd.DataFrame) -> str:
    """Return the sentence that says which decision matters most."""
    moved = pd.to_numeric(table["change"]).iloc[1:].dropna()
    if len(table) == 1:
        return tr("No decision concerns any row here, so no result depends on one.")
    if moved.empty:
        return tr("Under no other option can the numbers be compared; each row says why.")
    decision, option = cast("tuple[str, str]", moved.abs().idxmax())
    change = moved.loc[(decision, option)]
    key = tr("expected value of all customers")
    if table["clv"].isna().iloc[0]:
        key = tr("money")
    if abs(change) < 0.001:
        return tr("No decision moves the {key} by as much as 0.1%.", key=key)
    parts = {"decision": decision, "option": option, "key": key, "change": percent(abs(change), 1)}
    if change > 0:
        return tr(
            "The decision on {decision} matters most: with '{option}' the {key} goes up by {change}.", **parts
        )
    return tr(
        "The decision on {decision} matters most: with '{option}' the {key} goes down by {change}.", **parts
    )
