"""Ranks without a sort: where the codes of a ranking begin is found by counting, range by range.

A tier or a quantile score depends on a customer's value only through the share of customers before it, and
rises with it. So it is enough to know at which values it rises. Those are found like the bars of a histogram
that gets finer where it matters: count customers in some thousand equal ranges of the value; most ranges lie
within one code as a whole, and the few in which a code begins are divided again, until they hold one value.
Every step is one aggregation that reads the rows once and returns a few thousand counts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from crmlab.engine import double, one
from crmlab.errors import DataError, some
from crmlab.groups import places

Ints = npt.NDArray[np.int64]
Coder = Callable[[npt.NDArray[np.float64]], Ints]

_MOST = 10**12  # keys lie within ±this
_PARTS = 1 << 14  # into which a range is divided: three divisions tell any two keys apart
_WHOLE = 2.0**52  # from here on doubles have no fraction


def keys(values: Any, largest: float) -> Any:
    """Return whole numbers that rank as the values do after `crmlab.groups.steady`."""
    digits = places(largest)
    scaled = values * double(10.0**digits) if digits >= 0 else values / double(10.0**-digits)
    return _whole(scaled).cast("int64")


def _whole(values: Any) -> Any:
    """Round to whole numbers, halves to even as pandas does; engines differ in what they do with halves.

    They add alike, and adding 2^52 leaves no room for a fraction.
    """
    import ibis

    size, bound = values.abs(), double(_WHOLE)
    whole = ibis.ifelse(size < bound, (size + bound) - bound, size)
    return ibis.ifelse(values < double(0), -whole, whole)


def extremes(table: Any, name: str) -> tuple[float, float]:
    """Return the least and highest value of a column, or raise DataError where one is missing or infinite."""
    values = table[name].cast("float64")
    broken = values.isnull() | values.isnan() | values.isinf()
    sums = {"rows": table.count(), "broken": broken.sum().fill_null(0)}
    found = one(table, **sums, low=values.min(), high=values.max())
    if not found["rows"]:
        raise DataError(f"There are no customers in '{name}'. Check the period and the filters before it.")
    if found["broken"]:
        odd = table.filter(broken).order_by("customer_id").limit(3).to_pyarrow()["customer_id"].to_pylist()
        raise DataError(
            f"{found['broken']:,} of {found['rows']:,} customers have no finite number in '{name}', for "
            f"example {some(odd)}. Fill or drop them first: no customer may fall out unseen."
        )
    return float(found["low"]), float(found["high"])


def begins(table: Any, key: str, code: Coder) -> dict[int, int]:
    """Return the least key of each code, in the order of the codes.

    Parameters
    ----------
    table : ibis.Table
    key : str
        A column of whole numbers within ±10^12 to rank by.
    code : callable
        Takes rank shares (`crmlab.groups.rank_share`) to codes, which never fall as the share rises.
    """
    open_ = [(-_MOST, _MOST, 0)]  # ranges, each with the number of customers before it
    found: dict[int, int] = {}
    rows = 0
    while open_:
        parts = _counted(table[key], open_)
        rows = rows or int(parts["count"].sum())
        before = np.array([before for _, _, before in open_])[parts["range"]]
        before = before + _within(parts["range"], parts["count"])
        first, last = before + 0.5, before + parts["count"] - 0.5
        middle = before + parts["count"] / 2
        low, high = code(first / rows), code(last / rows)
        is_one = parts["low"] == parts["high"]
        own = np.where(is_one, code(middle / rows), low)
        is_known = is_one | (low == high)
        for value in np.unique(own[is_known]):
            least = int(parts["low"][is_known & (own == value)].min())
            found[int(value)] = min(least, found.get(int(value), least))
        rest = np.flatnonzero(~is_known)
        open_ = [(int(parts["low"][i]), int(parts["high"][i]), int(before[i])) for i in rest]
    return dict(sorted(found.items()))


def _counted(key: Any, ranges: list[tuple[int, int, int]]) -> dict[str, Ints]:
    """Divide each range into parts; return the least and highest key and the count of those not empty."""
    import ibis

    bounds = [(low, high, (high - low) // _PARTS + 1) for low, high, _ in ranges]
    places = [
        (key.between(low, high), (key - low) // width + number_ * _PARTS)
        for number_, (low, high, width) in enumerate(bounds)
    ]
    rows = key.name("key").as_table()
    rows = rows.mutate(part=ibis.cases(*places, else_=None).cast("int64"))
    rows = rows.filter(rows["part"].notnull())
    counted = rows.group_by("part").aggregate(
        low=rows["key"].min(), high=rows["key"].max(), count=rows.count()
    )
    found = counted.order_by("part").to_pyarrow()
    columns = {name: found[name].to_numpy().astype(np.int64) for name in ("low", "high", "count")}
    return {"range": found["part"].to_numpy().astype(np.int64) // _PARTS, **columns}


def _within(group: Ints, count: Ints) -> Ints:
    """Return the sum of the counts before each part, within its range."""
    before = np.cumsum(count) - count
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return before - np.repeat(before[starts], np.diff(starts, append=len(group)))


def coded(key: Any, least: dict[int, int], labels: dict[int, Any]) -> Any:
    """Return the label of each key's code, as an expression."""
    import ibis

    codes = list(least)
    rising = [(key >= least[code], labels[code]) for code in reversed(codes[1:])]
    lowest = ibis.literal(labels[codes[0]])
    return ibis.cases(*rising, else_=lowest) if rising else lowest
