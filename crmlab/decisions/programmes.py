"""Loyalty programmes: what a card brings net of those who would have bought anyway."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import DAYS
from crmlab.decisions.columns import numbers, texts
from crmlab.decisions.differences import difference_in_differences
from crmlab.errors import DataError, some

MEASURES = ["orders", "amount", "margin", "redeemed", "profit"]
"""What `rolled_out` measures a customer by, before and after: a year, money in the currency."""


@checked
def rolled_out(
    orders: pd.DataFrame, shop: pd.Series, shops: pd.DataFrame, members: pd.DataFrame
) -> pd.DataFrame:
    """Return what each customer brought before and after the day on which some shops got a card.

    Does the card pay? The customers are those who had ordered before that day, in shops with the card and in
    shops without it; nobody is chosen by whether he or she joined.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` and ``cost``.
    shop : Series
        By customer, of which shop.
    shops : DataFrame
        Table ``shops``: by shop, ``card_from``, one day for all that have it, missing for the others.
    members : DataFrame
        Table ``members``: by customer, ``redeemed`` and ``unredeemed`` points in the currency.

    Returns
    -------
    DataFrame by customer
        ``shop``; ``card``, whether the shop got it; ``member``; and each of ``orders``, ``amount``,
        ``margin``, ``redeemed`` and ``profit`` (margin less redeemed points) as ``…_before`` and ``…_after``,
        a year of the time before and after. Points that nobody used are no profit yet: they may be used.

    Raises
    ------
    DataError
        A column is missing, the card came on several days or nowhere, no order lies on one of its sides, or
        a customer's shop is not known.

    Examples
    --------
    >>> from crmlab.decisions import rolled_out
    >>> from crmlab.simulate import campaign
    >>> firm = campaign(customers=300, seed=7)
    >>> names = ("shops", "members")
    >>> shop = firm.table("attributes")["shop"]
    >>> made = rolled_out(firm.table("orders"), shop, *(firm.table(name) for name in names))
    >>> bool((made["redeemed_before"] == 0).all())
    True
    """
    for table, needed, name in (
        (orders, ["customer_id", "date", "amount", "cost"], "orders"),
        (shops, ["card_from"], "shops"),
        (members, ["redeemed", "unredeemed"], "members"),
    ):
        if missing := [column for column in needed if column not in table.columns]:
            raise DataError(f"The {name} lack the column {some([repr(each) for each in missing])}.")
    days = shops["card_from"].dropna().unique()
    if len(days) != 1:
        raise DataError(
            f"The card came on {len(days)} days{': ' if len(days) else ''}{some(sorted(map(str, days)))}. To "
            "compare before and after takes one day: keep the shops of one day, and those without a card."
        )
    at = pd.Timestamp(days[0])
    date = pd.to_datetime(orders["date"])
    late = (date >= at).to_numpy()
    if not late.any() or late.all():
        raise DataError(
            f"No order lies {'before' if late.all() else 'after'} {at:%Y-%m-%d}, the day of the card."
        )
    spans = {"before": (at - date.min()).days, "after": (date.max() - at).days + 1}
    margin = numbers(orders["amount"], "amount") - numbers(orders["cost"], "cost")
    who = pd.Index(orders.loc[~late, "customer_id"].unique(), name="customer_id").sort_values()
    lost = who.difference(shop.dropna().index)
    if len(lost):
        raise DataError(f"{len(lost):,} of {len(who):,} customers have no shop, for example {some(lost)}.")
    made = pd.DataFrame({"shop": texts(shop.reindex(who), "shop")}, who)
    if odd := sorted(set(made["shop"]) - set(shops.index.astype(str))):
        raise DataError(f"{len(odd):,} shops of customers are not among the shops, for example {some(odd)}.")
    made["card"] = made["shop"].map(shops["card_from"].set_axis(shops.index.astype(str)).notna()).astype(bool)
    made["member"] = made.index.isin(members.index)
    lines = pd.DataFrame({"orders": 1.0, "amount": orders["amount"], "margin": margin})
    points = members["redeemed"].reindex(who).fillna(0.0) * DAYS["Y"] / spans["after"]
    for when, side in (("before", ~late), ("after", late)):
        sums = lines[side].groupby(orders.loc[side, "customer_id"].to_numpy()).sum().reindex(who).fillna(0.0)
        each = (sums * DAYS["Y"] / spans[when]).assign(redeemed=points if when == "after" else 0.0)
        each["profit"] = each["margin"] - each["redeemed"]
        made = made.join(each.add_suffix(f"_{when}"))
    return made


@checked
def programme_effect(panel: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return what a card changed, a customer and year, beside what its members seem to bring.

    Members buy more: they did before. Shops that got the card by lot tell what it changed, by the change of
    *all* their customers against that of the other shops', with the shops as evidence. Where nobody joins in
    shops without the card, the effect on those who joined is that effect over their share *c*,
    :math:`\tau / c`.

    Parameters
    ----------
    panel : DataFrame
        As `rolled_out` returns it.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame by measure: orders, amount, margin, redeemed, profit
        ``effect`` a customer of a card shop, its standard ``error``, ``low`` and ``high``; ``member_effect``
        with ``member_low`` and ``member_high``, for each who joined; and ``naive``, by how much members were
        above all other customers afterwards. ``attrs["joined"]`` is the share that joined.

    Raises
    ------
    DataError
        A column is missing, all shops have the card or none has, fewer than two shops are on a side, or
        nobody joined.

    References
    ----------
    Angrist, J. D., Imbens, G. W. and Rubin, D. B. (1996). Identification of causal effects using instrumental
    variables. Journal of the American Statistical Association 91(434), 444-455. Dowling, G. R. and Uncles, M.
    (1997). Do customer loyalty programs really work? Sloan Management Review 38(4), 71-82.

    Examples
    --------
    >>> from crmlab.decisions import programme_effect, rolled_out
    >>> from crmlab.simulate import campaign
    >>> firm = campaign(customers=2000, seed=7)
    >>> tables = (firm.table(name) for name in ("shops", "members"))
    >>> panel = rolled_out(firm.table("orders"), firm.table("attributes")["shop"], *tables)
    >>> found = programme_effect(panel).loc["orders"]
    >>> bool(found["naive"] > 3 * found["effect"])
    True
    """
    needed = [
        "shop",
        "card",
        "member",
        *(f"{name}_{when}" for name in MEASURES for when in ("before", "after")),
    ]
    if missing := [name for name in needed if name not in panel.columns]:
        raise DataError(f"The panel lacks the column {some([repr(each) for each in missing])}.")
    joined = float(panel.loc[panel["card"], "member"].mean()) if panel["card"].any() else 0.0
    if joined == 0:
        raise DataError("Nobody in a shop with the card joined, so it changed nobody.")
    rows = {}
    for name in MEASURES:
        before, after = panel[f"{name}_before"], panel[f"{name}_after"]
        terms: dict[str, Any] = {"cluster": panel["shop"], "level": level}
        found = difference_in_differences(before, after, panel["card"], **terms).loc["all"]
        # Wald's ratio has the error of the change less what joining brings, as two-stage least squares has.
        tau = found["effect"] / joined
        rest = after - before - tau * panel["member"]
        ratio = difference_in_differences(rest * 0, rest, panel["card"], **terms).loc["all"]
        half = (ratio["high"] - ratio["low"]) / 2 / joined
        rows[name] = {
            **found[["effect", "error", "low", "high"]].to_dict(),
            "member_effect": tau,
            "member_low": tau - half,
            "member_high": tau + half,
            "naive": after[panel["member"]].mean() - after[~panel["member"]].mean(),
        }
    table = pd.DataFrame(rows).T.rename_axis("measure")
    if table["error"].isna()["orders"]:
        raise DataError(
            "At least two shops with the card and two without it are needed to know how sure it is."
        )
    table.attrs["joined"] = joined
    return table
