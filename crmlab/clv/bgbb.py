"""BG/BB: purchases that can only happen at given opportunities, such as yearly donations."""

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from crmlab.arguments import whole
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.clv.patterns import Patterns, numbers, require
from crmlab.clv.special import Array, log_beta, log_rising, trigamma
from crmlab.customers import Customers
from crmlab.errors import InputError


class BGBB(BuyTillYouDie):
    r"""BG/BB model of who still takes part, and at how many opportunities they will buy.

    At each opportunity a customer first leaves for ever with probability :math:`\theta \sim
    \mathrm{Beta}(\gamma, \delta)`; one who stays buys with probability :math:`p \sim \mathrm{Beta}(\alpha,
    \beta)`. The likelihood of *x* purchases at *n* opportunities, the last at the :math:`t_x`-th (eq. 5):

    .. math::
        L = \frac{B(\alpha+x, \beta+n-x)}{B(\alpha, \beta)} \frac{B(\gamma, \delta+n)}{B(\gamma, \delta)}
          + \sum_{i=0}^{n-t_x-1} \frac{B(\alpha+x, \beta+t_x-x+i)}{B(\alpha, \beta)}
            \frac{B(\gamma+1, \delta+t_x+i)}{B(\gamma, \delta)}

    P(alive) at the *n*-th opportunity is the share of the first term. For a customer who is alive, *α*, *β*,
    *δ* become *α + x*, *β + n − x*, *δ + n*, and the expected purchases at the next *m* opportunities are

    .. math::
        E[X(m)] = \frac{\alpha}{\alpha+\beta} \sum_{k=1}^{m} \frac{B(\gamma, \delta+k)}{B(\gamma, \delta)}

    Methods take a table with ``frequency`` (x), ``recency`` (the opportunity of the last purchase, 0 for
    none) and ``n``. Horizons and ``ahead`` are whole numbers of opportunities; ``discount_rate`` is per
    opportunity, too. As everywhere here, ``ahead`` supposes silence until then; the paper's eq. 11, P(alive)
    at n + 1 whatever happens there, is P(alive) times (δ + n) / (γ + δ + n).

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)². 0 is
        maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``alpha`` and ``beta`` of the purchases, ``gamma`` and ``delta`` of the drop-out.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Shang, J. (2010). Customer-base analysis in a discrete-time
    noncontractual setting. Marketing Science 29(6), 1086-1108.

    Examples
    --------
    >>> from crmlab.clv import BGBB
    >>> model = BGBB.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> model.expected_purchases_new([1, 2, 3]).round(2).tolist()
    [0.5, 0.92, 1.3]
    """

    _names = ("alpha", "beta", "gamma", "delta")
    _columns = ("frequency", "recency", "n")

    def _checked(self, frame: pd.DataFrame) -> list[Array]:
        x, tx, n = (numbers(frame, name) for name in self._columns)
        for name, values in zip(self._columns, (x, tx, n), strict=True):
            require(
                frame, (values >= 0) & (values == np.floor(values)), name, "be a whole number, at least 0"
            )
        require(frame, tx <= n, "recency", "not be over n")
        require(frame, x <= tx, "frequency", "not be over recency: one purchase an opportunity at most")
        require(frame, (x > 0) | (tx == 0), "recency", "be 0 where there is no purchase")
        return [x, tx, n]

    def _unit(self, data: Any, unit: str | None) -> None:
        if isinstance(data, Customers) or unit is not None:
            raise InputError(
                "BGBB counts opportunities, not time. Give a DataFrame with frequency, recency and n, the "
                "number of opportunities, and no unit."
            )

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:  # noqa: ARG002 - the same for all data
        for alpha, beta, gamma, delta in ((1.0, 1.0, 0.7, 2.5), (0.5, 2.0, 0.3, 3.0), (3.0, 1.0, 2.0, 10.0)):
            yield {"alpha": alpha, "beta": beta, "gamma": gamma, "delta": delta}

    def _terms(self, params: dict[str, float], x: Array, tx: Array, n: Array) -> tuple[Array, Array, Array]:
        """Return the log of each term of the likelihood, how long alive it supposes, and whether it has left.

        Shape (patterns, terms): first the term of the living, then one an opportunity at which the customer
        may have left; terms that a pattern does not have are minus infinity.
        """
        most = int((n - tx).max(initial=0))
        x, tx, n = x[:, None], tx[:, None], n[:, None]
        alive = np.concatenate([n, np.minimum(tx + np.arange(most), np.maximum(n - 1, tx))], axis=1)
        left = np.broadcast_to(np.arange(most + 1) > 0, alive.shape).astype(float)
        a, b, g, d = (params[name] for name in self._names)
        with np.errstate(divide="ignore"):
            logs = log_beta(a + x, b + alive - x) - log_beta(a, b)
            logs = logs + log_beta(g + left, d + alive) - log_beta(g, d)
        logs[:, 1:][np.broadcast_to(tx + np.arange(most) >= n, (len(x), most))] = -np.inf
        return logs, alive, left

    def _pointwise(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        return np.asarray(special.logsumexp(self._terms(params, x, tx, T)[0], axis=1))

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        a, b, g, d = (params[name] for name in self._names)
        x, w = data["frequency"][:, None], data.weights
        logs, alive, left = self._terms(params, data["frequency"], data["recency"], data["n"])
        total = special.logsumexp(logs, axis=1)
        share = np.exp(logs - total[:, None])
        steps, curves = [], []
        for (p, p0), (q, q0) in (((a + x, a), (b + alive - x, b)), ((g + left, g), (d + alive, d))):
            psi, both = special.digamma, special.digamma(p + q) - special.digamma(p0 + q0)
            steps += [psi(p) - psi(p0) - both, psi(q) - psi(q0) - both]
            both = trigamma(p + q) - trigamma(p0 + q0)
            curves += [trigamma(p) - trigamma(p0) - both, trigamma(q) - trigamma(q0) - both, -both]
        step = np.stack([np.broadcast_to(v, share.shape) for v in steps])
        weight = w[:, None] * share
        mean = np.einsum("knj,nj->kn", step, share)
        flat = step.reshape(4, -1)
        hessian = (flat * weight.ravel()) @ flat.T - (mean * w) @ mean.T
        for i, j, curve in zip((0, 1, 0, 2, 3, 2), (0, 1, 1, 2, 3, 3), curves, strict=True):
            hessian[i, j] += float((weight * curve).sum())
            hessian[j, i] = hessian[i, j]
        return float(w @ total), mean @ w, hessian

    # Predictions

    def _length(self, value: Any, name: str = "horizon") -> float:
        assert self._p
        count = int(value) if isinstance(value, float) and value.is_integer() else value
        return float(whole(count, name, "a whole number of opportunities"))

    def _alive(self, x: Array, tx: Array, T: Array) -> Array:
        shape = T.shape
        x, tx, T = (np.ravel(v) for v in np.broadcast_arrays(x, tx, T))
        logs = self._terms(self._p, x, tx, T)[0]
        return np.exp(logs[:, 0] - special.logsumexp(logs, axis=1)).reshape(shape)

    def _silence(self, *_: Any) -> Array:
        raise InputError("BGBB counts opportunities: ask p_alive(customers, ahead=1), ahead=2 and so on.")

    def _integral(self, t: Array, x: Array, T: Array, force: float) -> Array:
        """Sum the discounted purchases over the next t opportunities of customers alive."""
        p = self._p
        most = int(np.max(np.minimum(t, np.ceil(40 / force) if force > 0 else np.inf), initial=0))
        stay, total = np.ones_like(x), np.zeros_like(x)
        for k in range(1, most + 1):
            stay = stay * (p["delta"] + T + k - 1) / (p["gamma"] + p["delta"] + T + k - 1)
            total += np.where(k <= t, stay * np.exp(-force * k), 0.0)
        return (p["alpha"] + x) / (p["alpha"] + p["beta"] + T) * total

    def _force(self, discount_rate: float) -> float:
        return float(np.log1p(discount_rate))

    def _pmf(self, n: int, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        a, b, g, d = p["alpha"] + x, p["beta"] + T - x, p["gamma"], p["delta"] + T
        total = np.zeros_like(x)
        for i in range(n, int(np.max(t, initial=0)) + 1):  # opportunities before leaving, or all
            ways = log_rising(n + 1.0, i - n) - special.gammaln(i - n + 1)
            bought = ways + log_beta(a + n, b + i - n) - log_beta(a, b)
            stayed = np.where(i == t, log_beta(g, d + i), log_beta(g + 1, d + i)) - log_beta(g, d)
            total += np.where(i <= t, np.exp(bought + stayed), 0.0)
        return total

    def tracking(self, *_: Any, **__: Any) -> pd.DataFrame:
        """Refuse: opportunities have no dates. Use `expected_purchases_new` with a list."""
        raise InputError("BGBB has no dates to track by. Use expected_purchases_new([1, 2, 3, ...]).")

    def simulate(self, T: Any, *, seed: int) -> pd.DataFrame:
        """Return simulated customers that follow the fitted model.

        Parameters
        ----------
        T : Series or sequence of int
            Opportunities of each customer.
        seed : int

        Returns
        -------
        DataFrame with frequency, recency and n.

        Examples
        --------
        >>> from crmlab.clv import BGBB
        >>> model = BGBB.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> model.simulate([6, 6, 6], seed=1)["recency"].tolist()
        [2, 5, 6]
        """
        if not all(float(n).is_integer() for n in np.ravel(T) if isinstance(n, Real)):
            raise InputError("T must be whole numbers of opportunities.")
        return super().simulate(T, seed=seed).rename(columns={"T": "n"}).astype(np.int64)

    def _draw(self, T: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        p, size = self._p, len(T)
        buys, leaves = rng.beta(p["alpha"], p["beta"], size), rng.beta(p["gamma"], p["delta"], size)
        x, tx, here = np.zeros(size), np.zeros(size), np.ones(size, bool)
        for k in range(1, int(T.max(initial=0)) + 1):
            here &= (k <= T) & (rng.random(size) >= leaves)
            bought = here & (rng.random(size) < buys)
            x, tx = x + bought, np.where(bought, float(k), tx)
        return x, tx
