"""Pareto/NBD: a customer may leave at any moment, buying or not."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import special

from crmlab.clv.buytillyoudie import BuyTillYouDie, last_of
from crmlab.clv.patterns import Index, Patterns
from crmlab.clv.special import Array, gauss_legendre, inner, log_rising, outer, softplus, trigamma
from crmlab.customers import distinct

_DROP = 38.0  # the integrand is cut where it has fallen to exp(-38) of its peak
_POINTS = 20_000  # nodes that are worked on at once


class ParetoNBD(BuyTillYouDie):
    r"""Pareto/NBD model of who is still a customer, and how often they will buy.

    While alive, a customer buys at the times of a Poisson process of rate :math:`\lambda \sim
    \mathrm{Gamma}(r, \alpha)`, and leaves at a time that is exponential with rate :math:`\mu \sim
    \mathrm{Gamma}(s, \beta)`. The likelihood of *x* repeat purchases, the last at age :math:`t_x`, observed
    up to age *T*:

    .. math::
        L = \frac{\Gamma(r+x)\, \alpha^r \beta^s}{\Gamma(r)} \left\{
            \frac{1}{(\alpha+T)^{r+x} (\beta+T)^s}
            + s \int_{t_x}^{T} \frac{dt}{(\alpha+t)^{r+x} (\beta+t)^{s+1}} \right\}

    The papers write the integral as a difference of two :math:`{}_2F_1`, which cancels and has two cases.
    Here it is integrated: the integrand is positive and, over ln time, smooth. So a few nodes give
    all digits, and the same nodes give the gradient and the Hessian.

    P(alive) is the share of the first term. For a customer who is alive, *r*, *α*, *β* become *r + x*,
    *α + T*, *β + T*, and the expected purchases are

    .. math::
        E[X(t)] = \frac{r \beta}{\alpha (s-1)} \left[1 - \left(\frac{\beta}{\beta+t}\right)^{s-1}\right]

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)², with time
        in units of the customers' mean age. 0 is maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``r`` and ``alpha`` of the purchase rates, ``s`` and ``beta`` of the drop-out rates; ``alpha`` and
        ``beta`` in the time unit.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int
    unit_ : str

    References
    ----------
    Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987). Counting your customers: who are they and what
    will they do next? Management Science 33(1), 1-24.

    Fader, P. S. and Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related expressions.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import ParetoNBD
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> ParetoNBD().fit(customers).params_.round(2).to_dict()
    {'r': 0.55, 'alpha': 10.58, 's': 0.61, 'beta': 11.67}
    """

    _names = ("r", "alpha", "s", "beta")
    _in_time = ("alpha", "beta")

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:
        age = data.mean("T")
        rate = data.mean("frequency") / age
        for r, s, beta in ((0.8, 0.6, 0.4), (0.3, 1.0, 1.0), (1.5, 0.2, 0.2), (3.0, 2.0, 5.0)):
            yield {"r": r, "alpha": r / rate / 2, "s": s, "beta": beta * age}

    def _pointwise(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        r, alpha, s, beta = (params[name] for name in self._names)
        alive = log_rising(r, x) - r * np.log1p(T / alpha) - x * np.log(alpha + T) - s * np.log1p(T / beta)
        return alive + softplus(self._log_odds(params, x, tx, T))

    def _log_odds(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        """Return the log-odds of having left: the second term of the likelihood over the first."""
        result = np.full(x.shape, -np.inf)
        for rows, _, log_height in _deaths(params, x, tx, T):
            peak = log_height.max(axis=1)
            with np.errstate(under="ignore"):
                result[rows] = peak + np.log(np.exp(log_height - peak[:, None]).sum(axis=1))
        return result

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        r, alpha, s, beta = (params[name] for name in self._names)
        x, tx, T, w = data["frequency"], data["recency"], data["T"], data.weights
        values, codes = data.counts
        by_count = np.bincount(codes, w, len(values))
        n, R, ends, falls = float(w.sum()), r + x, 1 / (alpha + T), 1 / (beta + T)
        log_a, log_b = np.log(alpha + T), np.log(beta + T)

        value = float(by_count @ log_rising(r, values)) + n * (r * np.log(alpha) + s * np.log(beta))
        value -= float(inner(R * log_a + s * log_b, w))
        gradient = np.array(
            [
                by_count @ (special.digamma(r + values) - special.digamma(r))
                + n * np.log(alpha)
                - inner(log_a, w),
                n * r / alpha - inner(R * ends, w),
                n * np.log(beta) - inner(log_b, w),
                n * s / beta - s * inner(falls, w),
            ]
        )
        hessian = np.zeros((4, 4))
        hessian[0, 0] = by_count @ (trigamma(r + values) - trigamma(r))
        hessian[0, 1] = hessian[1, 0] = n / alpha - inner(ends, w)
        hessian[1, 1] = -n * r / alpha**2 + inner(R * ends**2, w)
        hessian[2, 3] = hessian[3, 2] = n / beta - inner(falls, w)
        hessian[3, 3] = -n * s / beta**2 + s * inner(falls**2, w)

        # The log of 1 + the odds of having left. The nodes are the terms of a mixture, each with its own
        # derivatives, here relative to those of the term of the living.
        for rows, t, log_height in _deaths(params, x, tx, T):
            top = np.maximum(log_height.max(axis=1), 0.0)[:, None]
            share = np.exp(log_height - top)
            total = share.sum(axis=1, keepdims=True) + np.exp(-top)
            value += float(inner((np.log(total) + top)[:, 0], w[rows]))
            share /= total
            Tn, Rn, wn = T[rows, None], R[rows, None], w[rows, None]
            at, bt, aT, bT = 1 / (alpha + t), 1 / (beta + t), ends[rows, None], falls[rows, None]
            gap = Tn - t
            steps = np.stack(
                [
                    np.log1p(gap * at),
                    -Rn * gap * at * aT,
                    1 / s + np.log1p(gap * bt),
                    -((s + 1) * bt - s * bT),
                ]
            )
            weight = wn * share
            mean = np.einsum("knj,nj->kn", steps, share)
            flat = steps.reshape(4, -1)
            gradient += inner(flat, weight.ravel())
            hessian += outer(flat * weight.ravel(), flat) - outer(mean * wn[:, 0], mean)
            cross = -float((weight * (at - aT)).sum())
            hessian[0, 1] += cross
            hessian[1, 0] += cross
            hessian[1, 1] += float((weight * Rn * (at**2 - aT**2)).sum())
            hessian[2, 2] -= float(weight.sum()) / s**2
            cross = -float((weight * (bt - bT)).sum())
            hessian[2, 3] += cross
            hessian[3, 2] += cross
            hessian[3, 3] += float((weight * ((s + 1) * bt**2 - s * bT**2)).sum())
        return value, gradient, hessian

    def _alive(self, x: Array, tx: Array, T: Array) -> Array:
        return np.asarray(special.expit(-self._log_odds(self._p, x, tx, T)))

    def _alive_rows(self, x: Array, tx: Array, T: Array) -> Array:
        (x, tx, T), row = distinct([x, tx, T])  # an integral each, so once for equal customers
        return self._alive(x, tx, T)[row]

    def _scale(self, x: Array, T: Array) -> Array:  # noqa: ARG002 - BG/NBD's depends on x
        return (self._p["beta"] + T) / (1 + self._p["s"])

    def _rate(self, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        return (p["r"] + x) / (p["alpha"] + T) * np.exp(-p["s"] * np.log1p(t / (p["beta"] + T)))

    def _count(self, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        beta = p["beta"] + T
        grown = np.log1p(t / beta)
        # exprel takes the limit at s = 1.
        return (p["r"] + x) / (p["alpha"] + T) * beta * grown * special.exprel((1 - p["s"]) * grown)

    def _pmf(self, n: int, t: Array, x: Array, T: Array) -> Array:
        p = self._p
        R, alpha, s, beta = p["r"] + x, p["alpha"] + T, p["s"], p["beta"] + T
        ways = log_rising(R, n) - special.gammaln(n + 1)
        t = np.maximum(t, 1e-270)  # none at all still gives a chance of 1 for n = 0

        def height(w: Array) -> Array:
            """Log of the density of leaving at exp(w), on the scale of w, after n purchases."""
            time = np.exp(w)
            bought = -n * np.log1p(alpha / time) - R * np.log1p(time / alpha)
            return bought - s * np.log1p(time / beta) - np.log1p(beta / time)

        def rises(w: Array) -> Any:
            time = np.exp(w)
            return (n + 1) > (R + n) * time / (alpha + time) + (s + 1) * time / (beta + time)

        # As a function of w its log is concave: find the peak, and where it has dropped on either side.
        end = np.log(t)
        start = np.maximum(np.minimum(end, np.log(np.minimum(alpha, beta) / (R + n + s + 1))) - 45, -640.0)
        peak = _boundary(rises, start, end)
        floor = height(peak) - _DROP
        left = _boundary(lambda w: height(w) < floor, start, peak)
        right = _boundary(lambda w: height(w) > floor, peak, end)
        node, weight = gauss_legendre(96)
        width = (right - left)[:, None]
        w = left[:, None] + width * node
        R, alpha, beta = R[:, None], alpha[:, None], beta[:, None]
        leavers = s * (np.exp(ways[:, None] + height(w)) * weight * width).sum(axis=1)
        R, alpha, beta = R[:, 0], alpha[:, 0], beta[:, 0]
        bought = -n * np.log1p(alpha / t) - R * np.log1p(t / alpha)
        return np.asarray(leavers + np.exp(ways + bought - s * np.log1p(t / beta)))

    def _draw(self, T: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        p, size = self._p, len(T)
        rate = rng.gamma(p["r"], 1 / p["alpha"], size)
        leave = np.maximum(rng.gamma(p["s"], 1 / p["beta"], size), np.finfo(float).tiny)
        active = np.minimum(T, rng.exponential(size=size) / leave)
        x = rng.poisson(rate * active).astype(float)
        return x, last_of(rng, x, x, active)


def _deaths(params: dict[str, float], x: Array, tx: Array, T: Array) -> Iterator[tuple[Index, Array, Array]]:
    """Yield rows, times t of leaving, and the log of the weighted integrand over the term of the living.

    The integral runs over v = ln((m + t) / (m + tx)), with m the smaller of alpha and beta; there the log of
    the integrand is concave. Where it has dropped by `_DROP` the range is cut. Rows that need about the same
    number of nodes go together. Rows with tx = T have nothing to integrate and are left out.
    """
    r, alpha, s, beta = (params[name] for name in ParetoNBD._names)
    m, far = min(alpha, beta), abs(alpha - beta)
    R = r + x
    near = R if alpha <= beta else np.full_like(R, s + 1)  # power of the factor with m
    other = R + s + 1 - near
    c = m + tx
    v = np.log1p((T - tx) / c)

    def height(v: Array) -> Array:
        return (1 - near) * v - other * np.log1p(c / (far + c) * np.expm1(v))

    # The peak is where c e^v (near + other - 1) = (1 - near) far, if that is inside.
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = np.clip(np.nan_to_num(np.log((1 - near) * far / (c * (R + s)))), 0.0, v)
    end, floor = v.copy(), height(peak) - _DROP
    steep = np.flatnonzero(height(v) < floor)
    if steep.size:
        end[steep] = _cut(steep, peak, v, near, other, c, far, floor)
    drop = np.minimum((R + s) * end, _DROP)
    nodes = _nodes_needed(drop, end)
    for count in np.unique(nodes):
        if count == 0:
            continue
        every = np.flatnonzero(nodes == count)
        u, weight = gauss_legendre(int(count))
        size = max(1, _POINTS // int(count))
        for i in range(0, every.size, size):
            rows = every[i : i + size]
            cn, span = c[rows, None], end[rows, None]
            vn = span * u
            t = tx[rows, None] + cn * np.expm1(vn)
            t = np.minimum(t, T[rows, None])
            gap = T[rows, None] - t
            log_height = R[rows, None] * np.log1p(gap / (alpha + t)) + s * np.log1p(gap / (beta + t))
            log_height += np.log(s * cn * span * weight) + vn - np.log(beta + t)
            yield rows, t, log_height


def _cut(
    rows: Index, peak: Array, v: Array, near: Array, other: Array, c: Array, far: float, floor: Array
) -> Array:
    """Return where right of the peak the log of the integrand reaches the floor, by bisection."""
    low, high = peak[rows], v[rows]
    near, other, share, floor = near[rows], other[rows], c[rows] / (far + c[rows]), floor[rows]
    for _ in range(12):
        middle = (low + high) / 2
        over = (1 - near) * middle - other * np.log1p(share * np.expm1(middle)) > floor
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    for _ in range(40):  # a peak very narrow in a long range needs more halvings
        if not (high - low > 0.05 * (high - peak[rows])).any():
            break
        middle = (low + high) / 2
        over = (1 - near) * middle - other * np.log1p(share * np.expm1(middle)) > floor
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return high


def _boundary(holds: Callable[[Array], Any], low: Array, high: Array) -> Array:
    """Return where a condition that holds at first ceases to, by bisection; `high` if it never does."""
    result = high
    low, high = low.copy(), high.copy()
    never = holds(high)
    for _ in range(50):
        middle = (low + high) / 2
        held = holds(middle)
        low, high = np.where(held, middle, low), np.where(held, high, middle)
    return np.where(never, result, high)


def _nodes_needed(drop: Array, length: Array) -> Array:
    """Return how many Gauss-Legendre nodes give about twelve digits; 0 for an empty range."""
    need = np.full(length.shape, 48)
    need[(length <= 6) & (drop <= _DROP)] = 32
    need[(length <= 2.5) & (drop <= 20)] = 20
    need[(length <= 1.5) & (drop <= 6)] = 12
    need[(length <= 0.7) & (drop <= 2)] = 8
    need[length == 0] = 0
    return need
