"""A test of the forecast on time that is kept back: what would have been said, and what came."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.analysis.base import Base
from crmlab.analysis.forecast import purchases, short_name, spenders, spending
from crmlab.analysis.settings import UNIT
from crmlab.customers import DAYS, PATTERN, Customers, purchase_days
from crmlab.engine import one, sum_of
from crmlab.errors import CrmlabError, FitError, InputError

if TYPE_CHECKING:
    from crmlab.clv.buytillyoudie import BuyTillYouDie

_STEPS = 13  # of the picture


@dataclass(frozen=True, eq=False)
class Backtest:
    """What would have been forecast on the calibration day, beside what came until the end.

    Attributes
    ----------
    expected, came : float
        Repeat purchases of those who were customers by then.
    same_rate : float
        What a forecaster expects who lets everybody go on as before.
    revenue_expected, revenue_came : float
        The same in money; the first missing where there is no model of spend.
    track : DataFrame
        Cumulative purchases in the holdout by day: ``actual`` and the model's.
    name : str
        Name of the model.
    """

    expected: float
    came: float
    same_rate: float
    revenue_expected: float
    revenue_came: float
    track: pd.DataFrame
    name: str

    @property
    def error(self) -> float:
        """Forecast over what came, less one; missing where nothing came."""
        return self.expected / self.came - 1 if self.came else float("nan")


def backtest(base: Base, kind: "type[BuyTillYouDie]") -> Backtest:
    """Forecast the holdout from the time before it, by the kind of model in use where it fits.

    Raises
    ------
    InputError
        There is no holdout.
    DataError, FitError
        The time before it tells too little.
    """
    if base.split is None:
        raise InputError("All orders fall on one day, so no time can be kept back to test a forecast on.")
    split, length = base.split, (base.end - base.calibration).days / DAYS[UNIT]
    each, patterns = split.one_each(), split.patterns()
    try:
        model = purchases(split, [], [kind])
    except FitError:  # the earlier orders carry another model only
        model = purchases(split, [])
    expected = model.expected_purchases(each, length).to_numpy()
    rate = patterns["frequency"] / patterns["T"].where(patterns["T"] > 0)
    table = split.table
    held = one(table, came=table["holdout_frequency"].sum(), revenue=sum_of(table["holdout_amount"]))
    return Backtest(
        expected=float(expected @ patterns["customers"]),
        came=float(held["came"]),
        same_rate=float((rate * patterns["customers"]).sum() * length),
        revenue_expected=_revenue(split, model, length),
        revenue_came=float(held["revenue"]),
        track=_track(base, split, model, each, length),
        name=short_name(model),
    )


def _revenue(split: Customers, model: "BuyTillYouDie", length: float) -> float:
    """Return the revenue to be expected; missing where there is no model of spend."""
    try:
        spend = spending(split, [])
    except CrmlabError:
        return float("nan")
    patterns = spenders(split)
    each = spend.expected_spend(patterns) * patterns["paying"]
    expected = model.expected_purchases(patterns[[*PATTERN]], length).to_numpy()
    return float(expected @ each.to_numpy())


def _track(
    base: Base, split: Customers, model: "BuyTillYouDie", each: Customers, length: float
) -> pd.DataFrame:
    """Return what was expected and what came, step by step from the calibration day to the end."""
    steps = np.linspace(0, length, min(_STEPS, round(length * DAYS[UNIT])) + 1)
    expected = split.patterns()["customers"].to_numpy() @ model.expected_purchases(each, [*steps]).to_numpy()
    days = purchase_days(base.transactions)
    later = days.filter(days["date"] > base.calibration.date()).semi_join(split.table, "customer_id")
    counted = later.group_by("date").aggregate(purchases=later.count()).order_by("date").to_pyarrow()
    passed = (pd.to_datetime(counted["date"].to_pandas()) - base.calibration).dt.days.to_numpy()
    upto = np.concatenate([[0], np.cumsum(counted["purchases"].to_numpy())])
    came = upto[np.searchsorted(passed, steps * DAYS[UNIT] + 1e-6, side="right")].astype(float)
    dates = base.calibration + pd.to_timedelta(np.round(steps * DAYS[UNIT]), unit="D")
    return pd.DataFrame({"actual": came, short_name(model): expected}, index=pd.DatetimeIndex(dates))
