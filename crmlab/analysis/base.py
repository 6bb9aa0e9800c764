"""The customers of an analysis: as they stand on the last day, and as they stood before the holdout."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlab import engine
from crmlab.analysis.settings import MARGIN, UNIT, Settings
from crmlab.customers import Customers, contracted, summarise
from crmlab.errors import InputError
from crmlab.language import tr


@dataclass(frozen=True, eq=False)
class Base:
    """What all parts of an analysis start from.

    Attributes
    ----------
    transactions : ibis.Table
        The audited orders.
    customers : Customers
        Everybody, up to the last day; kept by the engine.
    split : Customers or None
        The same up to the calibration day, with a holdout; None where the time is too short for one.
    size : int
        How many customers there are.
    revenue : float
        What they brought.
    goods : float or None
        Revenue less the cost of goods, where the orders carry it.
    start, end, calibration : pandas.Timestamp
        First and last day, and the last day that the test of the forecast learns from.
    margin : float
        Profit as a share of revenue.
    margin_words : str
        Where that margin comes from.
    settings : Settings
        What the analyst set.
    """

    transactions: Any
    customers: Customers
    split: Customers | None
    size: int
    revenue: float
    goods: float | None
    start: pd.Timestamp
    end: pd.Timestamp
    calibration: pd.Timestamp
    margin: float
    margin_words: str
    settings: Settings

    @property
    def currency(self) -> str:
        """What amounts are counted in."""
        return self.settings.currency

    @property
    def cost_known(self) -> bool:
        """Whether profit is each customer's own, from the cost of their goods."""
        return self.settings.margin is None and self.goods is not None

    @property
    def loses(self) -> bool:
        """Whether the goods cost more than was paid for them, so that a margin has no meaning."""
        return self.settings.margin is None and self.goods is not None and self.goods <= 0


def base(transactions: Any, chosen: Settings) -> Base:
    """Return the customers behind audited orders.

    Raises
    ------
    InputError
        The calibration day lies outside the time of the orders.
    DataError
        There is no order.
    """
    transactions = contracted(transactions)
    customers = summarise(transactions, unit=UNIT).kept()
    table, end = customers.table, customers.end
    sums = {"size": table.count(), "revenue": engine.sum_of(table["total"]), "start": table["first"].min()}
    if "profit" in table.columns:
        sums["goods"] = engine.sum_of(table["profit"])
    found = {"goods": None, **engine.one(table, **sums)}
    start = pd.Timestamp(found.pop("start"))
    calibration = _calibration(start, end, chosen.calibration)
    split = None
    if start <= calibration < end:
        split = summarise(transactions, unit=UNIT, calibration=calibration, end=end).kept()
    margin, words = _margin(found["revenue"], found["goods"], chosen.margin)
    return Base(
        transactions=transactions,
        customers=customers,
        split=split,
        **found,
        start=start,
        end=end,
        calibration=calibration,
        margin=margin,
        margin_words=words,
        settings=chosen,
    )


def _calibration(start: pd.Timestamp, end: pd.Timestamp, given: pd.Timestamp | None) -> pd.Timestamp:
    """Return the last day to learn from: two thirds of the time, rounded down to a day."""
    if given is None:
        days = (end - start).days
        return start + pd.Timedelta(days=min(days * 2 // 3, days - 1))
    if not start <= given < end:
        raise InputError(
            f"The calibration day is {given:%Y-%m-%d}, but must lie between the first order, "
            f"{start:%Y-%m-%d}, and the day before the last, {end:%Y-%m-%d}."
        )
    return given


def _margin(revenue: float, goods: float | None, given: float | None) -> tuple[float, str]:
    """Return the margin and where it comes from."""
    if given is not None:
        return given, tr("as you set it")
    if goods is None:
        return MARGIN, tr("an assumption, for the orders carry no cost of goods")
    if 0 < goods <= revenue:
        return goods / revenue, tr("from the cost of goods in the orders")
    if goods <= 0:
        return MARGIN, tr("an assumption, for the cost of goods in the orders leaves no profit")
    return MARGIN, tr("an assumption, for the cost of goods in the orders is below zero")
