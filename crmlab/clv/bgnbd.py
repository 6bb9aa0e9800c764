"""BG/NBD and its modified form: after any purchase a customer may leave for good."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from scipy import special

from crmlab.clv.buytillyoudie import BuyTillYouDie, last_of
from crmlab.clv.patterns import Patterns
from crmlab.clv.special import Array, hyp2f1_negative, inner, log_rising, outer, softplus, trigamma

_CHUNK = 16_384


class BGNBD(BuyTillYouDie):
    r"""BG/NBD model of who is still a customer, and how often they will buy.

    While alive, a customer buys at the times of a Poisson process of rate :math:`\lambda \sim
    \mathrm{Gamma}(r, \alpha)`; after each repeat purchase the customer leaves for ever with probability
    :math:`p \sim \mathrm{Beta}(a, b)`. The likelihood of *x* repeat purchases, the last at age :math:`t_x`,
    observed up to age *T* (eq. 6):

    .. math::
        L = \frac{B(a, b+x)}{B(a, b)} \frac{\Gamma(r+x)\, \alpha^r}{\Gamma(r)\, (\alpha+T)^{r+x}}
          + \delta_{x>0} \frac{B(a+1, b+x-1)}{B(a, b)}
            \frac{\Gamma(r+x)\, \alpha^r}{\Gamma(r)\, (\alpha+t_x)^{r+x}}

    P(alive) is the share of the first term. The expected purchases of a new customer are (eq. 9)

    .. math::
        E[X(t)] = \frac{a+b-1}{a-1} \left[1 - \left(\frac{\alpha}{\alpha+t}\right)^r
                  {}_2F_1\!\left(r, b; a+b-1; \frac{t}{\alpha+t}\right)\right]

    which is computed as :math:`\int_0^t \frac{r}{\alpha}\, {}_2F_1(r+1, a; a+b; -\tau/\alpha)\, d\tau`: no
    term cancels, and nothing happens at :math:`a = 1`. For a customer who is alive, *r*, *α*, *b* become
    *r + x*, *α + T*, *b + x* (eq. 10). A customer without a repeat purchase counts as alive.

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)², with time
        in units of the customers' mean age. 0 is maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``r`` and ``alpha`` (in the time unit) of the purchase rates, ``a`` and ``b`` of the drop-out.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int
    unit_ : str

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> model = BGNBD().fit(customers)
    >>> model.params_.round(3).to_dict()
    {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    >>> round(model.loglik_, 1)
    -9582.4
    """

    _names = ("r", "alpha", "a", "b")
    _in_time = ("alpha",)
    _extra: ClassVar[int] = 0  # chances to leave, beside one at each repeat purchase

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:
        rate = data.mean("frequency") / data.mean("T")
        for r, a, b in ((0.5, 0.8, 2.5), (1.0, 0.3, 3.0), (0.1, 2.0, 2.0), (3.0, 0.1, 1.0)):
            yield {"r": r, "alpha": r / rate / 2, "a": a, "b": b}

    def _log_odds(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        """Return the log-odds of having left: the second term of the likelihood over the first."""
        left = np.maximum(x - 1 + self._extra, 0.0) + params["b"]
        odds = np.log(params["a"] / left)
        odds = odds + (params["r"] + x) * np.log1p((T - tx) / (params["alpha"] + tx))
        return odds if self._extra else np.where(x > 0, odds, -np.inf)

    def _by_count(self, params: dict[str, float], x: Array) -> Array:
        """Return the terms of the log-likelihood that depend on x alone."""
        r, a, b, k = params["r"], params["a"], params["b"], x + self._extra
        return log_rising(r, x) + log_rising(b, k) - log_rising(a + b, k)

    def _pointwise(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        r, alpha = params["r"], params["alpha"]
        alive = self._by_count(params, x) - r * np.log1p(T / alpha) - x * np.log(alpha + T)
        return alive + softplus(self._log_odds(params, x, tx, T))

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        value, gradient, hessian = self._count_derivatives(params, data)
        for start in range(0, len(data), _CHUNK):
            part = slice(start, start + _CHUNK)
            x, tx, T = (data[name][part] for name in self._columns)
            more = self._time_derivatives(params, x, tx, T, data.weights[part])
            value, gradient, hessian = value + more[0], gradient + more[1], hessian + more[2]
        return value, gradient, hessian

    def _count_derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        """Differentiate `_by_count` and the power of alpha: a short table, as few distinct x occur."""
        r, alpha, a, b = (params[name] for name in self._names)
        x, codes = data.counts
        w = np.bincount(codes, data.weights, len(x))
        n, k = float(w.sum()), x + self._extra
        value = float(w @ self._by_count(params, x)) + n * r * np.log(alpha)
        psi = special.digamma
        both = float(w @ (psi(a + b) - psi(a + b + k)))
        gradient = np.array(
            [
                float(w @ (psi(r + x) - psi(r))) + n * np.log(alpha),
                n * r / alpha,
                both,
                both + float(w @ (psi(b + k) - psi(b))),
            ]
        )
        hessian = np.zeros((4, 4))
        hessian[0, 0] = w @ (trigamma(r + x) - trigamma(r))
        hessian[0, 1] = hessian[1, 0] = n / alpha
        hessian[1, 1] = -n * r / alpha**2
        hessian[2:, 2:] = w @ (trigamma(a + b) - trigamma(a + b + k))
        hessian[3, 3] += w @ (trigamma(b + k) - trigamma(b))
        return value, gradient, hessian

    def _time_derivatives(
        self, params: dict[str, float], x: Array, tx: Array, T: Array, w: Array
    ) -> tuple[float, Array, Array]:
        """Differentiate what is left: two terms, the log of whose sum has the derivatives of a mixture."""
        r, alpha, a, b = (params[name] for name in self._names)
        end, last, R = 1 / (alpha + T), 1 / (alpha + tx), r + x
        log_end = np.log(alpha + T)
        gap = np.log1p((T - tx) * last)
        chances = np.maximum(x - 1 + self._extra, 0.0) + b
        odds = np.log(a / chances) + R * gap
        if not self._extra:
            odds[x == 0] = -np.inf
        small = np.exp(-np.abs(odds))
        left = np.where(odds > 0, 1.0, small) / (1 + small)
        value = float(inner(np.maximum(odds, 0.0) + np.log1p(small) - R * log_end, w))

        steps = np.stack([gap, R * (end - last), np.full_like(x, 1 / a), -1 / chances])
        wl = w * left
        gradient = inner(steps, wl) - np.array([inner(log_end, w), inner(R * end, w), 0.0, 0.0])
        hessian = outer(steps * (wl * (1 - left)), steps)
        hessian[1, 1] += inner(R * end**2, w) + inner(R * (last**2 - end**2), wl)
        cross = inner(end - last, wl) - inner(end, w)
        hessian[0, 1] += cross
        hessian[1, 0] += cross
        hessian[2, 2] -= wl.sum() / a**2
        hessian[3, 3] += inner(1 / chances**2, wl)
        return value, gradient, hessian

    def _alive(self, x: Array, tx: Array, T: Array) -> Array:
        return np.asarray(special.expit(-self._log_odds(self._p, x, tx, T)))

    def _silence(self, level: float, x: Array, tx: Array, T: Array) -> Array:
        p = self._p
        # The age at which the odds of having left reach (1 - level) / level.
        needed = (
            np.log(1 / level - 1) - np.log(p["a"]) + np.log(np.maximum(x - 1 + self._extra, 0.0) + p["b"])
        )
        age = np.expm1(np.minimum(needed / (p["r"] + x), 700.0)) * (p["alpha"] + tx) + tx
        silence = np.where((x > 0) | (self._extra > 0), age - T, np.inf)
        return np.maximum(silence, 0.0)

    def _scale(self, x: Array, T: Array) -> Array:
        p = self._p
        share = (p["a"] + 1) / (p["a"] + p["b"] + x + self._extra + 1)
        return (p["alpha"] + T) / (1 + (p["r"] + x) * share)

    def _rate(self, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        R, alpha = p["r"] + x, p["alpha"] + T
        return R / alpha * hyp2f1_negative(R + 1, p["a"], p["b"] + x + self._extra, t / alpha)

    def _pmf(self, n: int, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        R, alpha, a, b = p["r"] + x, p["alpha"] + T, p["a"], p["b"] + x + self._extra
        z = t / (alpha + t)
        nbd = log_rising(R, n) - special.gammaln(n + 1) - R * np.log1p(t / alpha) + special.xlogy(n, z)
        chance = np.exp(nbd + log_rising(b, n) - log_rising(a + b, n))
        if n:  # the customer left with the n-th purchase
            chance += np.exp(np.log(a) + log_rising(b, n - 1) - log_rising(a + b, n)) * special.betainc(
                n, R, z
            )
        return np.asarray(chance)

    def _draw(self, T: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        p, size = self._p, len(T)
        rate = rng.gamma(p["r"], 1 / p["alpha"], size)
        leave = np.clip(rng.beta(p["a"], p["b"], size), 1e-300, 1.0)
        # The purchase with which the customer leaves, were time unlimited: geometric, by inversion.
        draw = -rng.exponential(size=size)
        with np.errstate(divide="ignore"):
            last = np.maximum(np.ceil(draw / np.log1p(-leave)), 1.0) - self._extra
        wanted = rng.poisson(rate * T).astype(float)
        x = np.minimum(wanted, last)
        return x, last_of(rng, x, wanted, T)


class MBGNBD(BGNBD):
    r"""MBG/NBD model: as BG/NBD, but a customer may also leave right after the first purchase.

    So a customer who never came back may be lost. The likelihood for all *x* (Batislam et al., their eq. for
    the MBG/NBD):

    .. math::
        L = \frac{B(a, b+x+1)}{B(a, b)} \frac{\Gamma(r+x)\, \alpha^r}{\Gamma(r)\, (\alpha+T)^{r+x}}
          + \frac{B(a+1, b+x)}{B(a, b)} \frac{\Gamma(r+x)\, \alpha^r}{\Gamma(r)\, (\alpha+t_x)^{r+x}}

    and :math:`E[X(t)] = \frac{b}{a-1}\left[1 - \left(\frac{\alpha}{\alpha+t}\right)^r
    {}_2F_1\!\left(r, b+1; a+b; \frac{t}{\alpha+t}\right)\right]`, computed as for `BGNBD`.

    Parameters
    ----------
    penalty : float
        As for `BGNBD`.

    Attributes
    ----------
    params_, covariance_, loglik_, n_customers_, unit_
        As for `BGNBD`.

    References
    ----------
    Batislam, E. P., Denizel, M. and Filiztekin, A. (2007). Empirical validation and comparison of models for
    customer base analysis. International Journal of Research in Marketing 24(3), 201-209.

    Examples
    --------
    >>> from crmlab.clv import MBGNBD
    >>> model = MBGNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="W")
    >>> round(model.expected_purchases_new(39), 2)
    1.18
    """

    _extra = 1
