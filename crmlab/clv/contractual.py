"""What the contractual models share: customers whose leaving is seen, counted at each renewal."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from crmlab.arguments import rate, said, whole
from crmlab.clv.base import Model
from crmlab.clv.patterns import Patterns
from crmlab.clv.special import Array, log_rising, time_rule, trigamma
from crmlab.errors import DataError, InputError

_MOST = 1e150  # tosses whose square a number can still hold
_TERMS = 512  # of a discounted sum that are added one by one; what follows them is integrated


class Contractual(Model):
    """Fit and predictions from the survivor function S(t) = B(alpha, beta + t^c) / B(alpha, beta)."""

    def fit(self, customers: Any, unit: str | None = None) -> "Contractual":
        """Estimate the parameters from a cohort's survivors.

        Parameters
        ----------
        customers : sequence or Series of numbers
            Customers at the start, after the first renewal, after the second, and so on.
        unit : None
            Time is counted in renewals.

        Returns
        -------
        The model itself, with the fitted attributes.

        Raises
        ------
        DataError
            The survivors rise, are negative or missing, or nobody left.
        FitError
            There is no estimate to rely on; the message says why and what to try.
        """
        super().fit(customers, unit)
        return self

    def _read(self, data: Any, unit: str | None) -> tuple[Patterns, str | None]:
        if unit is not None:
            raise InputError(f"{type(self).__name__} counts time in renewals; leave out unit.")
        try:
            alive = np.asarray(data, dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError("Give the survivors as a list of numbers, from the start on.") from error
        if alive.ndim != 1 or len(alive) < len(self._names) + 1:
            raise DataError(
                f"{type(self).__name__} needs the survivors at the start and after at least "
                f"{len(self._names)} renewals, as one list of numbers."
            )
        wrong = ~np.isfinite(alive) | (alive < 0)
        if wrong.any():
            raise DataError(
                f"Survivors must be numbers of at least 0. Renewal {wrong.argmax()} breaks the rule."
            )
        lost = -np.diff(alive)
        if (lost < 0).any():
            raise DataError(f"Survivors cannot rise, but do at renewal {(lost < 0).argmax() + 1}.")
        if not lost.any():
            raise DataError("Nobody left, so nothing can be learned about leaving. Observe more renewals.")
        if alive[-1] == 0 and (lost > 0).sum() == 1:
            raise DataError("All customers left at the same renewal: nothing can be estimated.")
        t = np.arange(1.0, len(alive))
        last = len(alive) - 1.0
        columns = {"t": np.append(t, last), "left": np.append(np.ones_like(t), 0.0)}
        return Patterns(columns, np.append(lost, alive[-1])), None

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:  # noqa: ARG002 - the same for all data
        for alpha, beta in ((0.7, 2.0), (2.0, 8.0), (0.2, 0.5)):
            yield {"alpha": alpha, "beta": beta, "c": 1.0}

    def _advice(self, data: Patterns) -> str:  # noqa: ARG002 - same for all data
        return (
            "The retention rate may be constant: then all customers are alike, and a geometric model will do."
        )

    def _log_survival(self, params: dict[str, float], t: Array) -> Array:
        with np.errstate(over="ignore"):
            u = np.minimum(t ** params.get("c", 1.0), _MOST)
        return _log_tosses(params["alpha"], np.asarray(params["beta"]), u)

    def _survival_derivatives(self, params: dict[str, float], t: Array) -> tuple[Array, Array]:
        """Differentiate the log of S(t) in the parameters: shapes (k, n) and (k, k, n)."""
        a, b, c = params["alpha"], params["beta"], params.get("c", 1.0)
        u, log_t = t**c, np.log(np.maximum(t, 1e-300))
        psi = special.digamma
        both, bend = psi(a + b) - psi(a + b + u), trigamma(a + b) - trigamma(a + b + u)
        du = np.where(t > 0, u * log_t, 0.0)  # of u in c
        slope = psi(b + u) - psi(a + b + u)  # of ln S in u
        curve = trigamma(b + u) - trigamma(a + b + u)
        gradient = np.stack([both, both + psi(b + u) - psi(b), slope * du])
        hessian = np.empty((3, 3, len(t)))
        hessian[0, 0] = hessian[0, 1] = hessian[1, 0] = bend
        hessian[1, 1] = bend + trigamma(b + u) - trigamma(b)
        hessian[0, 2] = hessian[2, 0] = -trigamma(a + b + u) * du
        hessian[1, 2] = hessian[2, 1] = curve * du
        hessian[2, 2] = curve * du**2 + slope * np.where(t > 0, du * log_t, 0.0)
        k = len(self._names)
        return gradient[:k], hessian[:k, :k]

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        t, left, w = data["t"], data["left"] == 1, data.weights
        now = self._log_survival(params, t)
        d_now, dd_now = self._survival_derivatives(params, t)
        value, gradient, hessian = now, d_now, dd_now
        # Who left at the t-th renewal survived t - 1: P = S(t-1) - S(t), here relative to S(t-1).
        before = self._log_survival(params, t - 1)
        d_before, dd_before = self._survival_derivatives(params, t - 1)
        ratio = np.exp(now - before)
        gone = -np.expm1(now - before)
        d = (d_before - ratio * d_now) / gone
        squares = (v[:, None] * v[None, :] for v in (d_before, d_now))
        dd = (dd_before + next(squares) - ratio * (dd_now + next(squares))) / gone - d[:, None] * d[None, :]
        value = np.where(left, before + np.log(gone), value)
        gradient, hessian = np.where(left, d, gradient), np.where(left, dd, hessian)
        some = w > 0  # nobody left at this renewal: no information, whatever the numbers
        return float(w[some] @ value[some]), gradient[:, some] @ w[some], hessian[:, :, some] @ w[some]

    def survival(self, t: Any) -> "pd.Series[float]":
        """Return the share of a cohort still there after each of some renewals.

        Parameters
        ----------
        t : number, or sequence of numbers, at least 0

        Returns
        -------
        Series by renewal.

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> SBG.from_params(alpha=0.704, beta=1.182).survival([0, 1, 12]).round(3).tolist()
        [1.0, 0.627, 0.17]
        """
        times = self._times(t)
        return pd.Series(np.exp(self._log_survival(self._p, times)), index=times, name="survival")

    def retention(self, t: Any) -> "pd.Series[float]":
        """Return the retention rate at each of some renewals, S(t) / S(t−1).

        It rises over time although no customer changes: those likely to leave have left.

        Parameters
        ----------
        t : number, or sequence of numbers, at least 1

        Returns
        -------
        Series by renewal.

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> SBG.from_params(alpha=0.704, beta=1.182).retention([1, 2, 3]).round(3).tolist()
        [0.627, 0.756, 0.819]
        """
        times = self._times(t)
        if (times < 1).any():
            raise InputError("The first renewal is number 1.")
        rate = np.exp(self._log_survival(self._p, times) - self._log_survival(self._p, times - 1))
        return pd.Series(rate, index=times, name="retention")

    def discounted_lifetime(self, renewals: int = 0, *, discount_rate: float) -> float:
        r"""Return the expected discounted number of periods still to come, the current one included.

        .. math:: \sum_{k=0}^{\infty} \frac{S(n+k)}{S(n)} \frac{1}{(1+d)^k}

        Times the profit per period it is the (residual) lifetime value.

        Parameters
        ----------
        renewals : int
            Renewals made so far, *n*.
        discount_rate : float
            Per period, such as 0.10 for 10%, from 0.00001 to 1.

        References
        ----------
        Fader, P. S. and Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting: the perils
        of ignoring heterogeneity. Marketing Science 29(1), 85-93.

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> model = SBG.from_params(alpha=3.80, beta=15.20)
        >>> [round(model.discounted_lifetime(n, discount_rate=0.1), 2) for n in (0, 1, 4)]
        [4.01, 4.14, 4.49]
        """
        return self._one(renewals, discount_rate, saved=False)

    def saved_lifetime(self, renewals: int = 0, *, discount_rate: float) -> float:
        r"""Return the expected discounted number of periods of somebody who is kept from leaving.

        It is somebody who has made *n* renewals, would have left at the next one, and was persuaded to stay
        once more: the period that begins then is included, and after it they decide as before. The next
        failed renewal says something of their own chance to leave, so they stay less long than those who
        renew unasked. With *G(u)* the share that survives *u* tosses,

        .. math::
            \sum_{k=0}^{\infty} \frac{G(n^c + (m+k)^c - m^c) - G((m+k)^c)}{G(n^c) - G(m^c)} \frac{1}{(1+d)^k},
            \qquad m = n + 1.

        Parameters
        ----------
        renewals : int
            Renewals made so far, *n*.
        discount_rate : float
            As for `discounted_lifetime`.

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> model = SBG.from_params(alpha=3.80, beta=15.20)
        >>> round(model.saved_lifetime(discount_rate=0.1), 2)  # as if alpha were one more
        3.5
        >>> round(SBG.from_params(alpha=4.80, beta=15.20).discounted_lifetime(discount_rate=0.1), 2)
        3.5
        """
        return self._one(renewals, discount_rate, saved=True)

    def _one(self, renewals: int, discount_rate: float, *, saved: bool) -> float:
        rate(discount_rate, "discount_rate", "a rate per period", least=1e-5)
        return float(self._lifetimes(self._times(renewals), discount_rate, saved=saved)[0])

    def _lifetimes(self, n: Array, discount_rate: float, *, saved: bool) -> Array:
        """Return discounted lifetimes by renewals made, of all or of those who are kept from leaving."""
        log_stay = self._log_stay_of_saved if saved else self._log_stay
        return np.array([_discounted_sum(partial(log_stay, each), each, discount_rate) for each in n])

    def _log_stay(self, n: float, k: Array) -> Array:
        return self._log_survival(self._p, n + k) - self._log_survival(self._p, np.array(n))

    def _log_stay_of_saved(self, n: float, k: Array) -> Array:
        a, b, power = self._p["alpha"], self._p["beta"], self._p.get("c", 1.0)
        with np.errstate(over="ignore"):
            late, failed, made = (np.minimum(t**power, _MOST) for t in (n + 1 + k, n + 1.0, n))
        kept = np.maximum(made + late - failed, made)
        unmet = np.expm1(_log_tosses(a, b + kept, late - kept))
        gone = np.expm1(_log_tosses(a, b + made, failed - made))
        with np.errstate(divide="ignore", invalid="ignore"):
            return _log_tosses(a, b + made, kept - made) + np.log(unmet / gone)

    def simulate(self, customers: int, *, renewals: int, seed: int) -> "pd.Series[int]":
        """Return the simulated survivors of a cohort after 0, 1, 2, ... renewals.

        Parameters
        ----------
        customers : int
            Size of the cohort.
        renewals : int
        seed : int

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> SBG.from_params(alpha=0.704, beta=1.182).simulate(1000, renewals=3, seed=1).tolist()
        [1000, 633, 494, 403]
        """
        customers, renewals = whole(customers, "customers"), whole(renewals, "renewals")
        whole(seed, "seed")
        share = np.exp(self._log_survival(self._p, np.arange(renewals + 1.0)))
        fates = np.append(-np.diff(share), share[-1])
        lost = np.random.default_rng(seed).multinomial(customers, fates)
        return pd.Series(customers - np.concatenate([[0], np.cumsum(lost[:-1])]), name="survivors")

    def _times(self, t: Any) -> Array:
        assert self._p
        try:
            times = np.atleast_1d(np.asarray(t, dtype=float))
        except (TypeError, ValueError):
            times = np.full(1, np.nan)
        if times.ndim > 1 or not (np.isfinite(times) & (times >= 0)).all():
            raise InputError(f"t is {said(t)}. Give renewals of at least 0.")
        return times


def _log_tosses(a: float, b: Array, u: Array) -> Array:
    """Return ln B(a, b + u) - ln B(a, b), of the share that survives u tosses.

    Which of a and u is added first changes nothing but the digits: the smaller one keeps them.
    """
    less, more = np.minimum(a, u), np.maximum(a, u)
    return log_rising(b, less) - log_rising(b + more, less)


def _discounted_sum(log_stay: Callable[[Array], Array], n: float, discount_rate: float) -> float:
    """Return the sum of exp(log_stay(k)) / (1 + d)^k over all k from 0 on.

    After some hundred terms they change so slowly that the integral over *k* is their sum, but for the first
    terms of the formula of Euler and Maclaurin, half a term and a twelfth of a difference.
    """
    force = np.log1p(discount_rate)

    def terms(k: Array) -> Array:
        return np.asarray(np.exp(log_stay(k) - k * force))

    length = np.ceil(40 / force)  # where the discount alone has come to exp(-40)
    first = float(terms(np.arange(min(_TERMS, length))).sum())
    if length <= _TERMS:
        return first
    before, at, after = terms(_TERMS + np.array([-1.0, 0.0, 1.0]))
    k, weight = time_rule(np.array([length - _TERMS]), np.array([_TERMS + n]))
    tail = float(weight[0] @ terms(_TERMS + k[0]))
    return first + tail + float(at) / 2 - float(after - before) / 24
