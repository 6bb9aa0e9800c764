"""What customers are expected to do and to bring: the fits, and how sure they are.

All of it rests on patterns: customers of one pattern of purchases have the same expected purchases, and
expected spend is linear in their mean spend. So sums over patterns are sums over customers, however many.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.analysis.base import Base
from crmlab.clv.gammagamma import spend_column
from crmlab.clv.predictions import of_patterns
from crmlab.clv.value import residual_value
from crmlab.customers import PATTERN, Customers
from crmlab.engine import choose, sum_of
from crmlab.errors import CrmlabError, DataError, FitError, InputError
from crmlab.language import mark, tr

if TYPE_CHECKING:
    from crmlab.clv.buytillyoudie import BuyTillYouDie
    from crmlab.clv.gammagamma import GammaGamma
    from crmlab.clv.resampling import Bootstrap

DRAWS = 100
FORECAST = ["p_alive", "expected_purchases", "expected_spend", "clv"]
"""What is said of each customer."""
_SEED = 1
_MANY = 1_000_000  # patterns beyond which refits take minutes, and chance in the estimates is small
_SOME = 1_000  # patterns that tell by how much each draw of the estimates moves the value
_NO_ESTIMATE = mark("No interval can be given: refits on redrawn customers too often find no estimate.")
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
    patterns : DataFrame
        By ``frequency, recency, T``: ``p_alive``, ``expected_purchases`` within the horizon, and
        ``discounted_purchases``.
    interval : tuple of float, or None
        Between which the sum of CLV lies by all but the outermost 5 % of refits to customers drawn anew: the
        doubt about the estimates, without chance in what customers do.
    why_no_interval : str
        Why there is no ``interval``.
    newcomer : float
        Discounted profit that a new customer is expected to bring in the horizon after the first purchase.
    why_no_money : str
        Why there is no ``spend``.
    steadied : list of str
        Models that needed a penalty.
    """

    model: "BuyTillYouDie"
    spend: "GammaGamma | None"
    patterns: pd.DataFrame
    interval: tuple[float, float] | None
    why_no_interval: str
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
    patterns = of_patterns(model, base.customers, settings.weeks)
    try:
        if why_no_money or base.loses:
            lost = tr("the goods in these orders cost more than was paid for them.")
            raise InputError(why_no_money or lost)
        spend = spending(base.customers, steadied)
    except CrmlabError as error:
        return Forecast(model, None, patterns, None, "", float("nan"), str(error), steadied)
    each = base.customers.one_each()
    counted = model.discounted_purchases(each, discount_rate=settings.discount_rate, horizon=settings.weeks)
    patterns["discounted_purchases"] = counted.to_numpy()
    fresh = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    repeats = float(
        model.discounted_purchases(fresh, discount_rate=settings.discount_rate, horizon=settings.weeks).iloc[
            0
        ]
    )
    newcomer = residual_value(base.margin, spend.mean_spend, repeats)
    interval, why = _interval(base, model, spend)
    return Forecast(model, spend, patterns, interval, why, newcomer, "", steadied)


def purchases(
    customers: Customers, steadied: list[str], kinds: "Sequence[type[BuyTillYouDie]]" = ()
) -> "BuyTillYouDie":
    """Return the model of purchases that fits best: BG/NBD or MBG/NBD, which have as many parameters.

    In the BG/NBD nobody leaves before the second purchase. Where many buy once and never again, the MBG/NBD
    fits better, and tells which of them are gone.
    """
    from crmlab.clv import BGNBD, MBGNBD

    kinds = kinds or (BGNBD, MBGNBD)
    plain, steady = ([kind(penalty=weight) for kind in kinds] for weight in (0.0, _STEADY))
    fitted, error = _fits(plain, customers)
    if not fitted:
        fitted, _ = _fits(steady, customers)
        steadied.append(mark("purchases"))
    if not fitted:
        raise error or FitError("No model of purchases fits.")
    return max(fitted, key=lambda model: model.loglik_)


def spending(customers: Customers, steadied: list[str]) -> "GammaGamma":
    """Return the model of spend, fitted on those who paid for a repeat purchase."""
    from crmlab.clv import GammaGamma

    paying = _paying(customers)
    error: CrmlabError | None = None
    for penalty in (0.0, _STEADY):
        try:
            model = GammaGamma(penalty=penalty).fit(paying)
            assert model.mean_spend > 0
        except (FitError, InputError) as problem:
            error = error or problem
            continue
        if penalty:
            steadied.append(mark("spend"))
        return model
    assert error is not None
    raise error


def _paying(customers: Customers) -> pd.DataFrame:
    """Return what the model of spend reads; who came back but paid nothing tells it nothing."""
    patterns = customers.spend_patterns()
    patterns = patterns[patterns["monetary_value"] > 0]
    if patterns.empty:
        raise DataError("Nobody who came back paid for it, so there is no repeat spend to learn from.")
    return patterns


def expected_spend(model: "GammaGamma", table: Any) -> Any:
    """Return the expected spend of an engine's customers; nothing for who came back and never paid for it."""
    free = (table["monetary_value"] == 0).fill_null(False)
    return choose([(free, 0.0)], spend_column(model, table))


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


def _interval(
    base: Base, model: "BuyTillYouDie", spend: "GammaGamma"
) -> tuple[tuple[float, float] | None, str]:
    """Return between what doubt about the estimates leaves the base's value; or why that is not known."""
    patterns = spenders(base.customers)
    if len(patterns) > _MANY:
        return None, tr(
            "With {number:,} customers chance in the estimates is small, so no interval is computed; whether "
            "the future is as the past is the larger doubt, which the test below speaks of.",
            number=base.size,
        )
    draws, spends = _draws(model, base.customers), _draws(spend, _paying(base.customers))
    if draws is None or spends is None:
        return None, tr(_NO_ESTIMATE)
    some = patterns[:: -(-len(patterns) // _SOME)]
    moved = _moved(base, some, zip(draws.models(), spends.models(), strict=False))
    if len(moved) < 0.9 * DRAWS:
        return None, tr(_NO_ESTIMATE)
    value, of_some = (_value(base, part, model, spend) for part in (patterns, some))
    low, high = value * np.quantile(moved, [0.025, 0.975]) / of_some
    return (float(low), float(high)), ""


def _moved(base: Base, patterns: pd.DataFrame, draws: Iterable[tuple[Any, Any]]) -> list[float]:
    """Return the value of some patterns by each draw of the estimates for which there is one."""
    found = []
    for model, spend in draws:
        with suppress(InputError):  # in this draw the mean spend does not exist
            found.append(_value(base, patterns, model, spend))
    return found


def _value(base: Base, patterns: pd.DataFrame, model: Any, spend: Any) -> float:
    """Return what the customers of patterns are worth."""
    each = spend.expected_spend(patterns) * patterns["paying"]
    count = model.discounted_purchases(
        patterns[[*PATTERN]], discount_rate=base.settings.discount_rate, horizon=base.settings.weeks
    )
    return base.margin * float(count @ each)


def _draws(model: Any, data: Any) -> "Bootstrap | None":
    """Return refits on redrawn customers; where too many find nothing, of the same model with a penalty."""
    from crmlab.clv import bootstrap

    steady = type(model)(penalty=_STEADY)
    for fitted in (model, steady):
        try:
            return bootstrap(fitted if fitted is model else steady.fit(data), data, DRAWS, seed=_SEED)
        except FitError:
            continue
    return None


def spenders(customers: Customers) -> pd.DataFrame:
    """Return the patterns of purchases with the paying customers of each and their mean spend."""
    table = customers.table
    paying = table.filter((table["monetary_value"] != 0).fill_null(True))
    grouped = paying.group_by([*PATTERN]).aggregate(
        monetary_value=sum_of(paying["monetary_value"]) / paying.count(), paying=paying.count()
    )
    found: pd.DataFrame = grouped.order_by([*PATTERN]).to_pyarrow().to_pandas()
    return found


def short_name(model: Any) -> str:
    """Return what the literature calls a model.

    Examples
    --------
    >>> from crmlab.clv import MBGNBD
    >>> short_name(MBGNBD())
    'MBG/NBD'
    """
    return type(model).__name__.replace("NBD", "/NBD")
