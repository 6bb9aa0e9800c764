"""Places in a ranking, the same for equal customers: in memory, and without a sort where the rows are.

A rule on ranks, such as that of a tier or of a quantile score, is a function from the share of customers
before one to a code, which rises with it. `rank_share` gives the shares of a Series. `labels` gives the codes
of customers in an engine, where no sort is needed: it is enough to know at which values the code rises.
Those are found like the bars of a histogram that gets finer where it matters: count customers in some
thousand equal ranges of the value; most ranges lie within one code as a whole, and the few in which a code
begins are divided again, until they hold one value. Every step is one aggregation that reads the rows once
and returns a few thousand counts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import Customers
from crmlab.engine import choose, double, one
from crmlab.errors import DataError, some
from crmlab.groups import complete

Ints = npt.NDArray[np.int64]
Coder = Callable[[npt.NDArray[np.float64]], Ints]

_MOST = 10**12  # keys lie within ±this
_PARTS = 1 << 14  # into which a range is divided: three divisions tell any two keys apart
_WHOLE = 2.0**52  # from here on doubles have no fraction


@checked
def rank_share(values: pd.Series, *, best_first: bool = False) -> pd.Series:
    r"""Return each customer's place as a share between 0 and 1, the same for equal customers.

    How far down the list does this customer stand?

    With :math:`b` customers before and :math:`e` customers equal to this one (itself included) among
    :math:`n`, the share is :math:`(b + e/2)/n`: the middle of the customers' common place. No tie is broken
    by the order of rows or by id.

    Parameters
    ----------
    values : Series
        One number a customer.
    best_first : bool
        Count from the highest value instead of the lowest.

    Returns
    -------
    Series
        Shares in (0, 1), indexed as given.

    Raises
    ------
    DataError
        A value is missing, or there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.ranks import rank_share
    >>> rank_share(pd.Series([5.0, 5.0, 9.0, 1.0], index=list("abcd"))).tolist()
    [0.5, 0.5, 0.875, 0.125]
    """
    complete(values)
    return (steady(values).rank(method="average", ascending=not best_first) - 0.5) / len(values)


def steady(values: pd.Series) -> pd.Series:
    """Round to twelve digits, so that values which are equal but for the last bits of a sum are equal.

    Parameters
    ----------
    values : Series
        Numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.ranks import steady
    >>> bool(0.1 + 0.2 == 0.3), steady(pd.Series([0.1 + 0.2, 0.3])).nunique()
    (False, 1)
    """
    return values.round(places(float(values.abs().max())))


def places(largest: float) -> int:
    """Return the decimals to which `steady` rounds values that go up to this.

    Examples
    --------
    >>> from crmlab.ranks import places
    >>> places(250.0), places(0.0)
    (9, 0)
    """
    return 12 - int(np.ceil(np.log10(largest))) if largest else 0


def labels(
    customers: Customers,
    value: str,
    code: Coder,
    names: Sequence[Any],
    *,
    best_first: bool = False,
    losses: Any = None,
) -> Any:
    """Return every customer's label by their place in the ranking of a column, as an expression.

    The places where labels begin are found by counting when this is called; labels are computed when the rows
    are.

    Parameters
    ----------
    customers : Customers
    value : str
        The column.
    code : callable
        Takes rank shares to codes, see `begins`.
    names : sequence
        The label of each code.
    best_first : bool
        Count from the highest value instead of the lowest.
    losses : label, optional
        What customers get whose value is zero or less; the others are ranked among themselves.

    Raises
    ------
    InputError
        There is no such column.
    DataError
        A value is missing or not finite, or there are no customers.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.ranks import labels
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    >>> half = labels(base, "total", lambda share: (share > 0.5).astype(int), ["lower", "upper"])
    >>> base.with_columns(half=half).frame["half"].value_counts().to_dict()
    {'upper': 1179, 'lower': 1178}
    """
    import ibis

    customers.need(value)
    table = ranked = customers.table
    low, high = _extremes(table, value)
    if losses is not None:
        if high <= 0:
            return ibis.literal(losses)
        ranked, low = table.filter(table[value] > 0), 0.0
    largest, sign = max(-low, high), -1 if best_first else 1

    def key(rows: Any) -> Any:
        return sign * keys(rows[value].cast("float64"), largest)

    least = begins(ranked.select(key=key(ranked)), "key", code)
    label = _coded(key(table), least, names)
    return label if losses is None else choose([(table[value] <= 0, losses)], label)


def keys(values: Any, largest: float) -> Any:
    """Return whole numbers that rank as the values of an engine's column do after `steady`.

    Examples
    --------
    >>> import ibis
    >>> from crmlab.ranks import keys
    >>> rows = ibis.memtable({"value": [0.1 + 0.2, 0.3]})
    >>> rows.select(key=keys(rows["value"], largest=0.3)).to_pandas()["key"].tolist()
    [300000000000, 300000000000]
    """
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


def _extremes(table: Any, name: str) -> tuple[float, float]:
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
        Takes rank shares (`rank_share`) to codes, which never fall as the share rises.

    Examples
    --------
    >>> import ibis
    >>> from crmlab.ranks import begins
    >>> begins(ibis.memtable({"key": [10, 20, 20, 30]}), "key", lambda share: (share > 0.5).astype(int))
    {0: 10, 1: 30}
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
    rows = rows.filter(~rows["part"].isnull())
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


def _coded(key: Any, least: dict[int, int], labels: Sequence[Any]) -> Any:
    """Return the label of each key's code, as an expression."""
    import ibis

    codes = list(least)
    lowest = ibis.literal(labels[codes[0]])
    rising = [(key >= least[code], labels[code]) for code in reversed(codes[1:])]
    return choose(rising, lowest) if rising else lowest
