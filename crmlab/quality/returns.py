"""Returns meet their purchases: of the same customer, the latest earlier one that is large enough."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.language import mark

if TYPE_CHECKING:
    import ibis

Numbers = npt.NDArray[np.int64]

NETTED = mark("return, taken off the purchase that it undoes")
UNDONE = mark("return of a purchase that was returned in full")
RETURNED = mark("purchase returned in full")
ALONE = mark("return without an earlier purchase of at least that amount")
UNSIGNED = mark("return without a negative amount, so that its money is open")
UNUSED = mark("return")


@dataclass(frozen=True)
class Match:
    """Which purchase each return undoes.

    Attributes
    ----------
    returns : DataFrame
        One row a return: ``row``, and ``purchase``, the row of the purchase (0: none).
    purchases : DataFrame
        One row a purchase with returns: ``row``, ``left`` (money), ``quantity`` and ``cost`` to take off.
    """

    returns: pd.DataFrame
    purchases: pd.DataFrame


def match(rows: "ibis.Table") -> Match:
    """Match returns with purchases.

    Returns are taken in order of date and row. Each is taken off the latest purchase of the same customer, on
    an earlier or the same day, of the same product where the return names one, whose amount that is left is
    at least the return's.

    Parameters
    ----------
    rows : ibis.Table
        ``row, customer, date, amount, product, quantity, cost, is_return`` of the rows in question.
    """
    rows = rows.select("row", "customer", "date", "amount", "product", "quantity", "cost", "is_return")
    undone = rows.filter(rows["is_return"] & (rows["amount"] < 0))
    frame = undone.union(_eligible(rows, undone)).order_by("customer", "date", "row").to_pyarrow().to_pandas()
    returns, purchases = frame[frame["is_return"]], frame[~frame["is_return"]]
    customer = pd.factorize(frame["customer"])[0]
    product = pd.factorize(frame["product"])[0]  # -1: not known
    day = pd.to_datetime(frame["date"]).to_numpy().astype("datetime64[D]").astype(np.int64)
    is_return = frame["is_return"].to_numpy(bool)
    left = purchases["amount"].to_numpy(float).copy()
    place = _latest(
        customer[is_return], day[is_return], product[is_return], -returns["amount"].to_numpy(float),
        customer[~is_return], day[~is_return], product[~is_return], left,
    )  # fmt: skip
    found = place >= 0
    numbers = np.append(purchases["row"].to_numpy(np.int64), 0)
    matched = pd.DataFrame({"row": returns["row"].to_numpy(np.int64), "purchase": numbers[place]})
    taken = pd.DataFrame(
        {
            "row": numbers[place[found]],
            "quantity": _taken(returns["quantity"])[found],
            "cost": _taken(returns["cost"])[found],
        }
    )
    sums = taken.groupby("row", as_index=False).sum()
    sums.insert(1, "left", pd.Series(left, index=purchases["row"]).reindex(sums["row"]).to_numpy())
    return Match(matched, sums)


def _eligible(rows: "ibis.Table", undone: "ibis.Table") -> "ibis.Table":
    """Return the purchases that any of the returns could undo: far fewer than there are."""
    bought = rows.filter(~rows["is_return"] & (rows["amount"] > 0))
    anything = undone.filter(undone["product"].isnull()).select("customer").distinct()
    items = undone.select("customer", "product").distinct()
    of_items = bought.anti_join(anything, "customer").semi_join(items, ["customer", "product"])
    return bought.semi_join(anything, "customer").union(of_items)


def outcome(match: Match, option: str) -> "ibis.Table":
    """Return what becomes of matched rows under an option of the decision on returns.

    Returns
    -------
    ibis.Table
        ``touched``, the row; ``outcome``, the reason to set it aside (missing: it is used); ``left``, the
        money of a purchase that is used; ``off_quantity`` and ``off_cost``, what returns take off it.
    """
    import ibis
    import pyarrow as pa

    pairs, sums = match.returns, match.purchases
    if option == "set aside":
        pairs, sums = pairs.assign(purchase=0), sums.iloc[:0]
    is_undone = (sums["left"] == 0).to_numpy() & (option == "net")
    of_undone = pairs["purchase"].isin(sums.loc[is_undone, "row"]).to_numpy()
    alone = ALONE if option != "set aside" else UNUSED
    reason = np.select([pairs["purchase"] == 0, of_undone], [alone, UNDONE], NETTED)
    nothing = np.full(len(pairs), np.nan)
    used = np.where(is_undone, np.nan, sums["left"])
    table = {
        "touched": np.concatenate([pairs["row"], sums["row"]]).astype(np.int64),
        "outcome": [*reason, *(RETURNED if undone else None for undone in is_undone)],
        "left": np.concatenate([nothing, used]),
        "off_quantity": np.concatenate([nothing, sums["quantity"]]),
        "off_cost": np.concatenate([nothing, sums["cost"]]),
    }
    kinds = [pa.int64(), pa.string(), pa.float64(), pa.float64(), pa.float64()]
    arrays = [
        pa.array(values, kind, from_pandas=True) for values, kind in zip(table.values(), kinds, strict=True)
    ]
    return ibis.memtable(pa.table(dict(zip(table, arrays, strict=True))))


def _taken(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return what a return takes off: it stands with a minus."""
    return np.minimum(pd.to_numeric(values).fillna(0.0).to_numpy(float), 0.0)


def _latest(
    customer: Numbers,
    day: Numbers,
    product: Numbers,
    amount: npt.NDArray[np.float64],
    buyer: Numbers,
    bought: Numbers,
    item: Numbers,
    left: npt.NDArray[np.float64],
) -> Numbers:
    """Return the place of each return's purchase, -1 for none; take its amount off what is ``left``.

    Purchases are in order of buyer and day, and returns in order of customer and day.
    """
    place = np.full(len(amount), -1, dtype=np.int64)
    begins = np.searchsorted(buyer, customer, side="left")
    ends = np.searchsorted(buyer, customer, side="right")
    order = np.lexsort((np.arange(len(day)), day))
    for number in order:
        begin = begins[number]
        end = begin + np.searchsorted(bought[begin : ends[number]], day[number], side="right")
        fits = left[begin:end] >= amount[number] - 1e-8
        if product[number] >= 0:
            fits &= item[begin:end] == product[number]
        if fits.any():
            last = end - 1 - int(np.argmax(fits[::-1]))
            place[number] = last
            left[last] = round(left[last] - amount[number], 8)
    left[np.abs(left) < 1e-8] = 0.0
    return place
