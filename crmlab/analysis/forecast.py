"""What customers are expected to do and to bring: fits, interval, and a test on time that is kept back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.analysis.base import Base
from crmlab.analysis.settings import UNIT
from crmlab.customers import DAYS, Customers, purchase_days
from crmlab.errors import CrmlabError, FitError, InputError

if TYPE_CHECKING:
    from crmlab.clv.buytillyoudie import BuyTillYouDie
    from crmlab.clv.gammagamma import GammaGamma
    from crmlab.clv.resampling import Bootstrap

DRAWS = 100
_SEED = 1
_PROBE = 20
_STEPS = 13  # of the test's picture
_STEADY = 0.1  # penalty of a fit that plain maximum likelihood does not settle


@dataclass(frozen=True, eq=False)
class Forecast:
    """What models say of the customers.

    Attributes
    ----------
    model : BuyTillYouDie
        Of purchases and drop-out.
    spend : GammaGamma or None
        Of spend; None where there is none to rely on, and then there is no value in money.
    customers : DataFrame
        By customer: ``p_alive``, ``expected_purchases`` within the horizon, ``expected_spend`` for each of
        them, and ``clv``, the discounted profit.
    interval : tuple of float, or None
        Between which the sum of ``clv`` lies in 19 cases of 20, as far as the estimates go.
    newcomer : float
        Discounted profit that a new customer is expected to bring in the horizon after the first purchase.
    why_no_money : str
        Why there is no ``spend``.
    steadied : list of str
        Models that needed a penalty.
    """

    model: "BuyTillYouDie"
    spend: "GammaGamma | None"
    customers: pd.DataFrame
    interval: tuple[float, float] | None
    newcomer: float
    why_no_money: str
    steadied: list[str]


def forecast(base: Base, why_no_money: str = "") -> Forecast:
    """Fit models to all that is known and look ahead; at money only where no reason is given against it.

    Raises
    ------
    DataError, FitError
        The customers carry no information on who comes back; the message says why.
    """
    settings, steadied = base.settings, list[str]()
    model = purchases(base.customers, steadied)
    frame = base.customers.frame
    table = pd.DataFrame(
        {
            "p_alive": model.p_alive(base.customers),
            "expected_purchases": model.expected_purchases(base.customers, settings.weeks),
        }
    )
    try:
        if why_no_money or base.loses:
            raise InputError(why_no_money or "the goods in these orders cost more than was paid for them.")
        spend = spending(frame, steadied)
    except CrmlabError as error:
        blank = table.assign(expected_spend=np.nan, clv=np.nan)
        return Forecast(model, None, blank, None, float("nan"), str(error), steadied)
    counted = model.discounted_purchases(base.customers, settings.discount, settings.weeks)
    table["expected_spend"] = expected_spend(spend, frame)
    table["clv"] = base.margin * table["expected_spend"] * counted
    fresh = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    repeats = float(model.discounted_purchases(fresh, settings.discount, settings.weeks).iloc[0])
    newcomer = base.margin * spend.mean_spend * repeats
    return Forecast(model, spend, table, _interval(base, model, spend), newcomer, "", steadied)


def purchases(customers: Customers, steadied: list[str]) -> "BuyTillYouDie":
    """Return the model of purchases that fits best: BG/NBD or MBG/NBD, which have as many parameters.

    In the BG/NBD nobody leaves before the second purchase. Where many buy once and never again, the MBG/NBD
    fits better, and tells which of them are gone.
    """
    from crmlab.clv import BGNBD, MBGNBD

    plain, steady = ([kind(penalty=weight) for kind in (BGNBD, MBGNBD)] for weight in (0.0, _STEADY))
    fitted, error = _fits(plain, customers)
    if not fitted:
        fitted, _ = _fits(steady, customers)
        steadied.append("purchases")
    if not fitted:
        raise error or FitError("No model of purchases fits.")
    return max(fitted, key=lambda model: model.loglik_)


def spending(frame: pd.DataFrame, steadied: list[str]) -> "GammaGamma":
    """Return the model of spend, fitted on those who paid for a repeat purchase."""
    from crmlab.clv import GammaGamma

    paying = _paying(frame)
    error: CrmlabError | None = None
    for penalty in (0.0, _STEADY):
        try:
            model = GammaGamma(penalty=penalty).fit(paying)
            assert model.mean_spend > 0
        except (FitError, InputError) as problem:
            error = error or problem
            continue
        if penalty:
            steadied.append("spend")
        return model
    assert error is not None
    raise error


def expected_spend(model: "GammaGamma", frame: pd.DataFrame) -> pd.Series:
    """Return the expected spend of each customer; nothing for who came back and never paid for it."""
    expected: pd.Series = model.expected_spend(_paying(frame))
    return expected.mask(frame["monetary_value"] == 0, 0.0)


def _paying(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what the model of spend reads; who came back but paid nothing tells it nothing."""
    free = frame["monetary_value"] == 0
    part = frame[["frequency", "monetary_value"]]
    return part.assign(
        frequency=part["frequency"].mask(free, 0), monetary_value=part["monetary_value"].mask(free)
    )


def _fits(
    models: Sequence["BuyTillYouDie"], customers: Customers
) -> tuple[list["BuyTillYouDie"], FitError | None]:
    """Return the models that found an estimate, and the first reason why one did not."""
    fitted, error = [], None
    for model in models:
        try:
            fitted.append(model.fit(customers))
        except FitError as problem:
            error = error or problem
    return fitted, error


def _interval(base: Base, model: "BuyTillYouDie", spend: "GammaGamma") -> tuple[float, float] | None:
    """Return between what the base's value lies in 19 cases of 20; None where too many refits fail.

    Customers of one pattern have the same expected purchases, and spend is linear in their mean, so the sum
    over patterns is the sum over customers.
    """
    frame = base.customers.frame
    draws, spends = _draws(model, base.customers), _draws(spend, _paying(frame))
    if draws is None or spends is None:
        return None
    patterns = _patterns(frame)
    sums = []
    for one, other in zip(draws.models(), spends.models(), strict=False):
        assert hasattr(one, "discounted_purchases")
        assert hasattr(other, "expected_spend")
        try:
            each = other.expected_spend(patterns)
        except InputError:  # in this draw the mean spend does not exist
            continue
        count = one.discounted_purchases(_of(patterns), base.settings.discount, base.settings.weeks)
        sums.append(base.margin * float(count @ (each * patterns["paying"])))
    if len(sums) < 0.9 * DRAWS:
        return None
    low, high = np.quantile(sums, [0.025, 0.975])
    return float(low), float(high)


def _draws(model: Any, data: Any) -> "Bootstrap | None":
    """Return refits on redrawn customers; where too many find nothing, of the same model with a penalty."""
    from crmlab.clv import bootstrap

    steady = type(model)(penalty=_STEADY)
    for fitted in (model, steady):
        try:
            chosen = fitted if fitted is model else steady.fit(data)
            bootstrap(chosen, data, _PROBE, seed=_SEED)  # refits that fail take long, so a few come first
            return bootstrap(chosen, data, DRAWS, seed=_SEED)
        except FitError:
            continue
    return None


def _patterns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct patterns of purchases with the paying customers of each and their mean spend."""
    keys = ["frequency", "recency", "T"]
    part = frame[[*keys, "monetary_value"]].assign(paying=frame["monetary_value"] != 0)
    part = part[part["paying"]]
    grouped = part.groupby(keys, sort=True)
    return grouped.agg(monetary_value=("monetary_value", "mean"), paying=("paying", "sum")).reset_index()


def _of(patterns: pd.DataFrame) -> pd.DataFrame:
    return patterns[["frequency", "recency", "T"]]


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


def backtest(base: Base) -> Backtest:
    """Forecast the holdout from the time before it.

    Raises
    ------
    InputError
        There is no holdout.
    DataError, FitError
        The time before it tells too little.
    """
    if base.split is None:
        raise InputError("All orders fall on one day, so no time can be kept back to test a forecast on.")
    split, frame = base.split, base.split.frame
    model = purchases(split, [])
    length = float(frame["holdout_T"].iloc[0])
    expected = model.expected_purchases(split, length)
    try:
        spend = expected_spend(spending(frame, []), frame)
        revenue = float(expected @ spend)
    except CrmlabError:
        revenue = float("nan")
    observed = frame["T"] > 0
    rate = (frame["frequency"] / frame["T"]).where(observed, 0.0)
    return Backtest(
        expected=float(expected.sum()),
        came=float(frame["holdout_frequency"].sum()),
        same_rate=float(rate.sum() * length),
        revenue_expected=revenue,
        revenue_came=float(frame["holdout_amount"].sum()),
        track=_track(base, split, model, length),
        name=short_name(model),
    )


def _track(base: Base, split: Customers, model: "BuyTillYouDie", length: float) -> pd.DataFrame:
    """Return what was expected and what came, step by step from the calibration day to the end."""
    steps = np.linspace(0, length, min(_STEPS, round(length * DAYS[UNIT])) + 1)
    expected = model.expected_purchases(split, [*steps]).sum().to_numpy()
    days = purchase_days(base.transactions)
    later = days.filter(days["date"] > base.calibration.date()).select("customer_id", "date").to_pandas()
    known = later[later["customer_id"].isin(split.frame.index)]
    passed = (pd.to_datetime(known["date"]) - base.calibration).dt.days.sort_values()
    came = np.searchsorted(passed, steps * DAYS[UNIT] + 1e-6, side="right").astype(float)
    dates = base.calibration + pd.to_timedelta(np.round(steps * DAYS[UNIT]), unit="D")
    return pd.DataFrame({"actual": came, short_name(model): expected}, index=pd.DatetimeIndex(dates))


def short_name(model: Any) -> str:
    """Return what the literature calls a model.

    Examples
    --------
    >>> from crmlab.clv import MBGNBD
    >>> short_name(MBGNBD())
    'MBG/NBD'
    """
    return type(model).__name__.replace("NBD", "/NBD")
