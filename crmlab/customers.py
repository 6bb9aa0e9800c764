"""Transactions up to a date become Customers: one row a customer, and the patterns that models fit on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import said
from crmlab.errors import DataError, InputError, unknown

DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
"""Days in each time unit. The unit only scales: purchases are merged by calendar day whatever it is."""
PERIODS = {"D": "day", "W": "week", "M": "month", "Y": "year"}
"""What each time unit is called."""
_SPAN = re.compile(r"\s*(?P<length>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>[A-Za-z]+)\s*")
PATTERN = ("frequency", "recency", "T")
"""What makes a pattern of purchases: all that a buy-till-you-die model knows of a customer."""
_SHOWN = 5
"""Customers that a notebook shows."""


@dataclass(frozen=True, eq=False)
class Customers:
    """One row a customer, computed from transactions up to a date.

    Two are equal where their rows, their unit and their days are. ``pandas.DataFrame.from_arrow`` and other
    libraries that speak Arrow take them as they are.

    Attributes
    ----------
    table : ibis.Table
        The rows, still in the engine. Its columns are listed at `summarise`.
    unit : str
        Time unit of ``recency``, ``T``, ``since_last`` and ``holdout_T``: D, W, M or Y.
    end : pandas.Timestamp
        Last day observed.
    holdout_end : pandas.Timestamp or None
        Last day of the holdout, where there is one.

    Examples
    --------
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> customers
    Customers(2,357 customers up to 1997-09-30, unit W)
    >>> customers.to_pandas()["orders"].head(2).tolist()
    [3, 1]
    """

    table: Any
    unit: str
    end: pd.Timestamp
    holdout_end: pd.Timestamp | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a DataFrame indexed by ``customer_id``, in the order of the ids.

        Its ``attrs`` keep the time unit, so that no model of another unit takes them.
        """
        rows = self.table.order_by("customer_id").to_pyarrow()
        # Column by column, letting go of each as it is converted: no second copy of a large base.
        options = {"date_as_object": False, "split_blocks": True, "self_destruct": True}
        frame: pd.DataFrame = rows.to_pandas(**options)
        del rows
        frame = frame.set_index("customer_id")
        dates = [name for name in ("first", "last") if name in frame.columns]
        frame = frame.astype(dict.fromkeys(dates, "datetime64[s]"))
        frame.attrs["unit"] = self.unit
        return frame

    def to_pandas(self) -> pd.DataFrame:
        """Return a copy of `frame`, to change as you like."""
        return self.frame.copy()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.order_by("customer_id").to_pyarrow().__arrow_c_stream__(requested_schema)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Customers):
            return NotImplemented
        alike = (self.unit, self.end, self.holdout_end) == (other.unit, other.end, other.holdout_end)
        return alike and self.frame.equals(other.frame)

    __hash__ = None  # type: ignore[assignment]  # equal by their rows, which may be many

    def patterns(self) -> pd.DataFrame:
        """Return the distinct (frequency, recency, T) with their number of customers.

        A buy-till-you-die model needs no more than this, and there are usually far fewer patterns than
        customers.
        """
        return self._patterns.copy()

    def spend_patterns(self) -> pd.DataFrame:
        """Return the distinct (frequency, monetary_value) of customers who came back, with their number.

        A spend model needs no more than this. The engine counts them, so that no row of a customer leaves it.
        """
        again = self.table.filter(self.table["frequency"] > 0)
        return _counted(again, ["frequency", "monetary_value"])

    def one_each(self) -> "Customers":
        """Return one customer for each pattern, in the patterns' order, with a mean spend of 1.

        A model scores these few, and `joined` takes the scores to all customers.
        """
        import ibis

        patterns = self.patterns().drop(columns="customers")
        rows = patterns.assign(customer_id=pd.RangeIndex(len(patterns)), monetary_value=1.0)
        return Customers(ibis.memtable(rows), self.unit, self.end)

    def need(self, *names: str) -> None:
        """Raise InputError unless the customers have these columns."""
        for name in names:
            if name not in self.table.columns:
                raise unknown("column", name, self.table.columns, where="the customers' table")

    def with_columns(self, **columns: Any) -> "Customers":
        """Return the customers with columns added, each in place of one of the same name."""
        return replace(self, table=self.table.mutate(**columns))

    def joined(self, known: pd.DataFrame, by: Sequence[str]) -> "Customers":
        """Return the customers with the other columns of a table added, looked up by the columns of a key."""
        import ibis

        new = [name for name in known.columns if name not in by]
        table = self.table.drop([name for name in new if name in self.table.columns])
        looked_up = table.join(ibis.memtable(known.reset_index(drop=True)), [*by], how="inner")
        return replace(self, table=looked_up.select(*table.columns, *new))

    def kept(self) -> "Customers":
        """Have the engine compute the customers once and keep them, on disk where memory is short.

        Customers are an expression: every question computes them anew from the transactions. Keep them where
        several questions follow and there are many. The table is dropped once nothing refers to it.

        Examples
        --------
        >>> import crmlab as crm
        >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
        >>> len(customers.kept())
        2357
        """
        from crmlab.engine import kept

        return replace(self, table=kept(self.table))

    @cached_property
    def _patterns(self) -> pd.DataFrame:
        keys = [*PATTERN]
        if "frame" in self.__dict__:  # the rows are here already, so they are counted here
            columns, row = distinct([self.frame[key] for key in keys])
            patterns = pd.DataFrame(dict(zip(keys, columns, strict=True)))
            patterns = patterns.astype({"frequency": "int64"}).assign(customers=np.bincount(row))
            return patterns.sort_values(keys, ignore_index=True)
        return _counted(self.table, keys)

    @cached_property
    def _size(self) -> int:
        return int(self.table.count().to_pyarrow().as_py())

    def __len__(self) -> int:
        return len(self.frame) if "frame" in self.__dict__ else self._size

    def __repr__(self) -> str:
        span = f"up to {self.end:%Y-%m-%d}"
        if self.holdout_end is not None:
            span += f", holdout to {self.holdout_end:%Y-%m-%d}"
        return f"Customers({len(self):,} customers {span}, unit {self.unit})"

    def _repr_html_(self) -> str:
        from html import escape

        first = self.table.order_by("customer_id").limit(_SHOWN).to_pandas().set_index("customer_id")
        return f"<p>{escape(repr(self))}</p>{first.to_html()}"


def _counted(table: Any, keys: list[str]) -> pd.DataFrame:
    """Count the rows of each distinct combination of some columns, in the engine."""
    counted = table.group_by(keys).aggregate(customers=lambda rows: rows.count())
    return counted.order_by(keys).to_pyarrow().to_pandas()


def distinct(columns: Sequence[Any]) -> tuple[list[npt.NDArray[np.float64]], npt.NDArray[np.int64]]:
    """Return the distinct rows of some columns, and the position among them of every row.

    Examples
    --------
    >>> (x, t), row = distinct([np.array([1.0, 2.0, 1.0]), np.array([5.0, 5.0, 5.0])])
    >>> x.tolist(), t.tolist(), row.tolist()
    ([1.0, 2.0], [5.0, 5.0], [0, 1, 0])
    """
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        inner, values = pd.factorize(np.asarray(column))
        code = pd.factorize(code * max(len(values), 1) + inner)[0].astype(np.int64)
    first = np.full(int(code.max(initial=-1)) + 1, -1, dtype=np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return [np.asarray(column, float)[first] for column in columns], code


def day(value: Any, name: str = "date") -> pd.Timestamp:
    """Return a calendar day, or raise InputError that names the argument.

    Examples
    --------
    >>> from crmlab.customers import day
    >>> day("1997-09-30")
    Timestamp('1997-09-30 00:00:00')
    """
    try:
        if not isinstance(value, str | date | np.datetime64):  # a bare number would be read as nanoseconds
            raise TypeError
        is_text = isinstance(value, str)
        stamp = pd.to_datetime(value, format="%Y-%m-%d") if is_text else pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} is {value!r}, which is no date. Write it as YYYY-MM-DD.") from error
    if pd.isna(stamp):
        raise InputError(f"{name} is missing. Write it as YYYY-MM-DD.")
    return stamp.tz_localize(None).normalize()


def duration(value: float | str, unit: str, name: str = "horizon") -> float:
    """Return a length of time in a unit: a number as it is; ``"90D"``, ``"12M"``, ``"12 months"`` converted.

    Raises
    ------
    InputError
        It is no length of time, negative or not finite.

    Examples
    --------
    >>> from crmlab.customers import duration
    >>> duration(39, "W"), duration("14D", "W"), duration("2 weeks", "W"), duration("1 year", "Y")
    (39.0, 2.0, 2.0, 1.0)
    """
    length, period = span(value, name)
    return length if period is None else length * DAYS[period] / DAYS[unit]


def span(value: float | str, name: str = "horizon") -> tuple[float, str | None]:
    """Return a length of time as a number and its unit; no unit where it is a number alone.

    Examples
    --------
    >>> from crmlab.customers import span
    >>> span("12 months"), span("90D"), span(39)
    ((12.0, 'M'), (90.0, 'D'), (39.0, None))
    """
    if isinstance(value, bool):
        raise InputError(f"{name} is {value}, but must be a number, or a duration such as '90D'.")
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    period = _period(found["unit"], f"{name} {value!r}") if found else None
    try:
        if isinstance(value, str) and not found:
            raise ValueError
        length = float(found["length"] if found else value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} is {said(value)}. Give a number in the customers' unit, or a duration such as '90D', "
            "'12M' or '12 months'."
        ) from error
    if not (np.isfinite(length) and length >= 0):
        raise InputError(f"{name} is {value!r}. It must be finite and not negative.")
    return length, period


def _period(text: str, where: str) -> str:
    """Return the letter of a time unit from its letter or its word."""
    word = text.lower().removesuffix("s")
    for letter, name in PERIODS.items():
        if text.upper() == letter or word == name:
            return letter
    raise unknown("time unit", text, [*DAYS, *(f"{name}s" for name in PERIODS.values())], where=where)


def summarise(transactions: Any, *, end: Any = None, unit: str = "D", calibration: Any = None) -> Customers:
    r"""Summarise transactions to one row a customer.

    Who are our customers, how often and how recently did each buy, and for how much?

    With :math:`t_x` the date of the last purchase and :math:`t_0` that of the first, both in days,
    ``recency`` :math:`= (t_x - t_0)/u` and ``T`` :math:`= (\text{end} - t_0)/u`, where :math:`u` is the
    number of days in the unit. Purchases on one calendar day count as one.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    end : date, optional
        Last day observed; by default the last day with an order.
    unit : {"D", "W", "M", "Y"}
        Time unit of the result. It only scales.
    calibration : date, optional
        Splits the time: customers are summarised up to this day, and what they bought after it, up to `end`,
        becomes the holdout.

    Returns
    -------
    Customers
        ``first``, ``last`` : dates of the first and last purchase.
        ``frequency`` : repeat purchase days. ``orders`` : purchase days with the first.
        ``recency`` : age at the last purchase. ``T`` : age at the end. ``since_last`` : T − recency.
        ``total``, ``first_amount`` : money. ``monetary_value`` : mean spend per repeat purchase day, missing
        where there is none. ``profit`` : total less cost, where cost is known.
        ``holdout_frequency``, ``holdout_amount``, ``holdout_T`` : the same for the holdout.

    Raises
    ------
    InputError
        An unknown unit, a text that is no date, or a calibration day that is not before the end.
    DataError
        No purchase falls into the period, or the table does not meet the contract.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way.
    Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from crmlab import summarise
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["Ann", "Ann", "Ben"], "amount": [20.0, 30.0, 5.0],
    ...                        "date": ["2024-01-01", "2024-01-15", "2024-01-08"]})
    >>> customers = summarise(orders, end="2024-01-22", unit="W")
    >>> customers.frame[["frequency", "recency", "T", "monetary_value"]]
                 frequency  recency    T  monetary_value
    customer_id
    Ann                  1      2.0  3.0            30.0
    Ben                  0      0.0  2.0             NaN
    """
    if not isinstance(unit, str) or unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    transactions = contracted(transactions)
    first, last = _range(transactions)
    stop = last if end is None else day(end, "end")
    split = stop if calibration is None else day(calibration, "calibration")
    if calibration is not None and split >= stop:
        raise InputError(
            f"The calibration ends on {split:%Y-%m-%d} and the observation on {stop:%Y-%m-%d}. "
            "Choose a calibration day before the end, so that a holdout is left."
        )
    if split < first:
        raise DataError(
            f"No purchase falls on or before {split:%Y-%m-%d}: the first is on {first:%Y-%m-%d}. "
            "Choose a later end, or check how the dates were read."
        )
    days = purchase_days(transactions)
    table = _observed(days, split, DAYS[unit])
    if calibration is not None:
        table = _with_holdout(table, days, split, stop, DAYS[unit])
    return Customers(table, unit, split, None if calibration is None else stop)


def purchase_days(transactions: Any) -> Any:
    """Merge orders by customer and calendar day, and sum their amounts (and costs, where known).

    Examples
    --------
    >>> from crmlab.customers import purchase_days
    >>> import crmlab as crm
    >>> days = purchase_days(crm.datasets.cdnow(sample=True))
    >>> int(days.count().to_pyarrow().as_py())  # of 6,919 orders
    6696
    """
    from crmlab.engine import sum_of

    sums = {name: sum_of(transactions[name]) for name in ("amount", "cost") if name in transactions.columns}
    return transactions.group_by("customer_id", "date").aggregate(**sums)


def contracted(transactions: Any) -> Any:
    """Return transactions; a table that does not come from `read` goes through it first.

    Examples
    --------
    >>> from crmlab.customers import contracted
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["Ann"], "date": ["2024-01-01"], "amount": [9.0]})
    >>> bool(contracted(orders)["date"].type().is_date())
    True
    """
    from crmlab.transactions import REQUIRED, read

    columns = () if isinstance(transactions, pd.DataFrame) else getattr(transactions, "columns", ())
    if not set(REQUIRED) <= set(columns) or not transactions["date"].type().is_date():
        return read(transactions)
    return transactions


def _range(transactions: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    dates = transactions["date"]
    row = transactions.aggregate(first=dates.min(), last=dates.max()).to_pyarrow().to_pylist()[0]
    return pd.Timestamp(row["first"]), pd.Timestamp(row["last"])


def _observed(days: Any, end: pd.Timestamp, unit_days: float) -> Any:
    """Aggregate purchase days up to the end to one row a customer."""
    import ibis

    from crmlab.engine import exact, first_by, sum_of

    seen = days.filter(days["date"] <= end.date())
    first = first_by(exact(seen["amount"]), seen["date"])
    table = seen.group_by("customer_id").aggregate(
        first=seen["date"].min(),
        last=seen["date"].max(),
        orders=seen.count(),
        total=sum_of(seen["amount"]),
        first_amount=first.cast("float64"),
        later=(exact(seen["amount"]).sum() - first).cast("float64"),
        **({"cost": sum_of(seen["cost"])} if "cost" in seen.columns else {}),
    )
    stop = ibis.literal(end.date())
    table = table.mutate(
        frequency=table["orders"] - 1,
        recency=_days(table["first"], table["last"]) / unit_days,
        T=_days(table["first"], stop) / unit_days,
        since_last=_days(table["last"], stop) / unit_days,
        monetary_value=table["later"] / (table["orders"] - 1).nullif(0),
    )
    columns = ["customer_id", "first", "last", "frequency", "recency", "T", "since_last", "orders", "total"]
    columns += ["first_amount", "monetary_value"]
    if "cost" in table.columns:
        table = table.mutate(profit=table["total"] - table["cost"])
        columns.append("profit")
    return table.select(columns)


def _days(begin: Any, end: Any) -> Any:
    """Return the days between two dates as a double: Spark would divide whole numbers as decimals."""
    return end.delta(begin, unit="day").cast("float64")


def _with_holdout(
    table: Any, days: Any, calibration: pd.Timestamp, end: pd.Timestamp, unit_days: float
) -> Any:
    """Join what the calibration's customers bought between the two days."""
    from crmlab.engine import double, sum_of

    later = days.filter((days["date"] > calibration.date()) & (days["date"] <= end.date()))
    held = later.group_by("customer_id").aggregate(
        holdout_frequency=later.count(), holdout_amount=sum_of(later["amount"])
    )
    joined = table.left_join(held, "customer_id").drop("customer_id_right")
    return joined.mutate(
        holdout_frequency=joined["holdout_frequency"].fill_null(0),
        holdout_amount=joined["holdout_amount"].fill_null(0.0),
        holdout_T=double((end - calibration).days / unit_days),
    )
