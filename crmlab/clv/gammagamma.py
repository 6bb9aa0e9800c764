"""Gamma-Gamma: how much a customer spends per purchase."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from crmlab.arguments import whole
from crmlab.clv.base import Model
from crmlab.clv.patterns import Patterns, counts, numbers, require, table
from crmlab.clv.special import Array, inner, log_rising, trigamma
from crmlab.customers import Customers, distinct
from crmlab.engine import double
from crmlab.errors import DataError, InputError

_COLUMNS = ("frequency", "monetary_value")


class GammaGamma(Model):
    r"""Gamma-Gamma model of how much each customer spends per purchase, once luck is taken out.

    Spend per purchase is :math:`z \sim \mathrm{Gamma}(p, \nu)`, and :math:`\nu \sim \mathrm{Gamma}(q, v)`
    differs between customers. The density of a mean spend :math:`\bar z` over *x* repeat purchases (eq. 1a):

    .. math::
        f(\bar z \mid p, q, v; x) = \frac{\Gamma(px+q)}{\Gamma(px)\, \Gamma(q)}
        \frac{v^q\, \bar z^{px-1} x^{px}}{(v + x \bar z)^{px+q}}

    The expected spend of a customer is a weighted mean of the population's and their own (eq. 5):

    .. math::
        E(Z \mid \bar z, x) = \frac{p\,(v + x \bar z)}{px + q - 1}

    A customer without a repeat purchase gets the population's mean, :math:`pv/(q-1)`. The model assumes that
    spend and frequency are independent: look at ``correlation_``.

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)², with `v`
        in units of the mean spend. 0 is maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``p``, ``q``, and ``v`` in money.
    correlation_ : float
        Of frequency and monetary value over the customers fitted on. Far from 0, the independence that the
        model assumes does not hold.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int
        Customers with a repeat purchase.

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value. Note 025.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import GammaGamma
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> spend = GammaGamma().fit(customers)
    >>> spend.params_.round(2).to_dict()
    {'p': 6.25, 'q': 3.74, 'v': 15.44}
    >>> round(spend.mean_spend, 2)
    35.17
    """

    _names = ("p", "q", "v")
    _in_money = ("v",)
    correlation_: float

    def fit(self, customers: Any, unit: str | None = None) -> "GammaGamma":
        """Estimate the parameters from customers with repeat purchases.

        Parameters
        ----------
        customers : Customers or DataFrame
            With frequency and monetary_value, the mean spend per repeat purchase; customers without a repeat
            purchase are passed over. A column ``customers`` counts the customers of a row.
        unit : str, optional
            Of time. Spend does not depend on it.

        Returns
        -------
        The model itself, with the fitted attributes.

        Raises
        ------
        DataError
            Nobody bought again, or a repeat customer's spend is missing or not positive.
        FitError
            There is no estimate to rely on; the message says why and what to try.
        """
        super().fit(customers, unit)
        return self

    def _read(self, data: Any, unit: str | None) -> tuple[Patterns, str | None]:  # noqa: ARG002 - any
        if isinstance(data, Customers) and "frame" not in data.__dict__:
            try:  # the engine counts, so that no row leaves it
                x, spend, weights = _paid(data.spend_patterns())
            except DataError:
                x, spend, weights = _paid(data.frame)  # names customers rather than patterns
        else:
            x, spend, weights = _paid(table(data, _COLUMNS))
        (x, spend), row = distinct([x, spend])
        weights = np.bincount(row, weights).astype(float)
        if isinstance(data, Customers):  # in one order, whoever counted: a bootstrap draws in this order
            order = np.lexsort((spend, x))
            x, spend, weights = x[order], spend[order], weights[order]
        patterns = Patterns({"frequency": x, "monetary_value": spend}, weights)
        if len(patterns) < 3:
            raise DataError(
                f"The repeat customers show only {len(patterns)} different spends: nothing can be estimated."
            )
        return patterns, None

    def _typical(self, data: Patterns) -> float:
        return data.mean("monetary_value")

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:
        mean = data.mean("monetary_value")
        for p, q in ((4.0, 4.0), (1.0, 3.0), (20.0, 10.0), (0.5, 1.5)):
            yield {"p": p, "q": q, "v": mean * max(q - 1, 0.5) / p}

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        p, q, v = (params[name] for name in self._names)
        x, z, w = data["frequency"], data["monetary_value"], data.weights
        values, codes = data.counts
        by_count = np.bincount(codes, w, len(values))
        px, psi, n = p * values, special.digamma, float(w.sum())
        total, power = x * z, p * x + q
        share, rest = total / (v + total), 1 / (v + total)
        log_v = np.log1p(total / v)
        log_share = -np.log1p(v / total)

        value = float(by_count @ (log_rising(px, q) - special.gammaln(q)))
        value += float(inner(p * x * log_share - q * log_v - np.log(z), w))
        gradient = np.array(
            [
                by_count @ (values * (psi(px + q) - psi(px))) + inner(x * log_share, w),
                by_count @ (psi(px + q) - psi(q)) - inner(log_v, w),
                n * q / v - inner(power * rest, w),
            ]
        )
        both = trigamma(px + q)
        hessian = np.zeros((3, 3))
        hessian[0, 0] = by_count @ (values**2 * (both - trigamma(px)))
        hessian[0, 1] = hessian[1, 0] = by_count @ (values * both)
        hessian[1, 1] = by_count @ (both - trigamma(q))
        hessian[0, 2] = hessian[2, 0] = -inner(x * rest, w)
        hessian[1, 2] = hessian[2, 1] = inner(share / v, w)
        hessian[2, 2] = -n * q / v**2 + inner(power * rest**2, w)
        return value, gradient, hessian

    def _advice(self, data: Patterns) -> str:
        if data.customers < 50:
            return f"Only {data.customers:,.0f} customers bought again: too few to learn how spend varies."
        return "Spend may hardly differ between customers, or hardly between one customer's purchases."

    def _adopt(self, best: Any, data: Patterns, unit: str | None) -> None:
        super()._adopt(best, data, unit)
        x, z, w = data["frequency"], data["monetary_value"], data.weights
        spread = np.cov(np.stack([x, z]), aweights=w, bias=True)
        scale = float(np.sqrt(spread[0, 0] * spread[1, 1]))
        self.correlation_ = float(spread[0, 1]) / scale if scale > 0 else 0.0

    @property
    def mean_spend(self) -> float:
        """The population's mean spend per purchase, pv/(q−1); InputError where it does not exist."""
        params = self._p
        if params["q"] <= 1:
            raise InputError(
                f"The population's mean spend does not exist: q is {params['q']:.3g}, and the mean of the "
                "Gamma-Gamma needs q over 1. The tail of spend is too heavy; cap the largest orders, model "
                "those customers apart, or fit with a penalty."
            )
        return params["p"] * params["v"] / (params["q"] - 1)

    def expected_spend(self, customers: Any) -> "pd.Series[float]":
        """Return the expected spend per future purchase of each customer.

        Parameters
        ----------
        customers : Customers or DataFrame
            With frequency and monetary_value, which may be missing where frequency is 0.

        Returns
        -------
        Series by customer_id, in the order given. A customer without a repeat purchase gets the
        population's mean.

        Raises
        ------
        InputError
            q is at most 1, so the mean does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import GammaGamma
        >>> spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
        >>> two = pd.DataFrame({"frequency": [2, 0], "monetary_value": [22.35, None]}, index=["Ann", "Ben"])
        >>> spend.expected_spend(two).round(2).to_dict()
        {'Ann': 24.66, 'Ben': 35.22}
        """
        assert self.mean_spend > 0
        params = self._p
        frame = table(customers, _COLUMNS)
        x = numbers(frame, "frequency")
        require(frame, (x >= 0) & (x == np.floor(x)), "frequency", "be a whole number of at least 0")
        repeat = frame[x > 0]
        z = np.zeros(len(frame))
        z[x > 0] = numbers(repeat, "monetary_value")
        require(repeat, z[x > 0] > 0, "monetary_value", "be over 0 where there are repeat purchases")
        return pd.Series(expected_spend(x, z, **params), index=frame.index, name="expected_spend")

    def simulate(self, frequency: Any, *, seed: int) -> pd.DataFrame:
        """Return simulated mean spends of customers with given frequencies.

        Parameters
        ----------
        frequency : Series or sequence of int
            Repeat purchases of each customer.
        seed : int

        Returns
        -------
        DataFrame with frequency and monetary_value (missing where frequency is 0).

        Examples
        --------
        >>> from crmlab.clv import GammaGamma
        >>> spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
        >>> spend.simulate([1, 0], seed=1)["monetary_value"].round(2).tolist()
        [31.76, nan]
        """
        params, rng = self._p, np.random.default_rng(whole(seed, "seed"))
        try:
            x = np.asarray(frequency, dtype=float)
        except (TypeError, ValueError):
            x = np.full(1, np.nan)
        if x.ndim != 1 or not ((x >= 0) & (x == np.floor(x))).all():
            raise InputError("frequency must be a list of whole numbers of repeat purchases, at least 0.")
        rate = rng.gamma(params["q"], 1 / params["v"], len(x))
        total = rng.gamma(np.maximum(params["p"] * x, 1e-9), 1.0) / rate
        mean = np.where(x > 0, total / np.maximum(x, 1), np.nan)
        index = frequency.index if isinstance(frequency, pd.Series) else pd.RangeIndex(len(x))
        return pd.DataFrame({"frequency": x.astype(np.int64), "monetary_value": mean}, index=index)


def expected_spend(x: Any, z: Any, p: Any, q: Any, v: Any) -> Any:
    """Return eq. 5 of `GammaGamma` for arrays, or for columns of an engine and its doubles.

    Examples
    --------
    >>> from crmlab.clv.gammagamma import expected_spend
    >>> round(expected_spend(2, 22.35, p=6.25, q=3.74, v=15.44), 2)
    24.66
    """
    return p * (v + x * z) / (p * x + q - 1)


def spend_column(model: GammaGamma, table: Any) -> Any:
    """Return the expected spend of an engine's customers as a column; `GammaGamma` says of whom what."""
    params = {name: double(value) for name, value in model._p.items()}
    return expected_spend(table["frequency"], table["monetary_value"].fill_null(0.0), **params)


def _paid(frame: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Return frequency, mean spend and number of those who bought again, checked."""
    x = numbers(frame, "frequency")
    frame, x = frame[x > 0], x[x > 0]
    if not len(frame):
        raise DataError("No customer bought again, so there is no repeat spend to learn from.")
    spend = numbers(frame, "monetary_value")
    require(frame, spend > 0, "monetary_value", "be over 0 where there are repeat purchases")
    return x, spend, counts(frame)
