"""Special functions where the usual forms overflow or cancel: differences of log-gamma, 2F1, integrals."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]

_NODES = 128  # of the trapezoid rule over the logit of p; see `hyp2f1_negative`
_DROP = 34.0  # the integrand is cut where it has fallen to exp(-34) of its peak
_TERMS = 400  # of the power series, enough for z <= 0.9


def inner(rows: Array, weights: Array) -> Any:
    """Return the weighted sum over the last axis.

    NumPy's own loops, not BLAS: for arrays this thin BLAS gains little, and its threads stall each other as
    soon as the machine has other work (measured: a fit twenty times slower).
    """
    return np.einsum("...n,n->...", rows, weights)


def outer(left: Array, right: Array) -> Array:
    """Return the matrix of the inner products of rows, without BLAS for the same reason."""
    return np.einsum("in,jn->ij", left, right)


@lru_cache(maxsize=256)
def gauss_legendre(nodes: int) -> tuple[Array, Array]:
    """Return nodes and weights of the Gauss-Legendre rule on [0, 1].

    Examples
    --------
    >>> x, w = gauss_legendre(3)
    >>> round(float(w @ x**5), 12)  # the integral of x^5
    0.166666666667
    """
    x, w = special.roots_legendre(nodes)
    return (x + 1) / 2, w / 2


def log_rising(z: Any, n: Any) -> Array:
    r"""Return :math:`\ln\Gamma(z+n) - \ln\Gamma(z)` without the loss of digits at large `z` and small `n`.

    Parameters
    ----------
    z, n : array of float
        Positive `z`, and `n` of at least 0.

    Examples
    --------
    >>> float(log_rising(3.0, 2.0)) == float(np.log(12.0))
    True
    """
    z, n = np.broadcast_arrays(np.asarray(z, float), np.asarray(n, float))
    result = np.asarray(special.gammaln(z + n) - special.gammaln(z))
    far = z > 20
    if far.any():
        y, d = z[far], n[far]
        stirling = (y - 0.5) * np.log1p(d / y) + d * np.log(y + d) - d
        result[far] = stirling + _stirling_rest(y + d) - _stirling_rest(y)
    return result


def _stirling_rest(z: Array) -> Array:
    s = 1 / (z * z)
    return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / z


def log_beta(a: Any, b: Any) -> Array:
    r"""Return :math:`\ln B(a, b)`, exact to rounding also where one argument is large.

    Examples
    --------
    >>> round(float(np.exp(log_beta(2.0, 3.0))), 12)
    0.083333333333
    """
    small, large = np.minimum(a, b), np.maximum(a, b)
    return np.asarray(special.gammaln(small) - log_rising(large, small))


def trigamma(z: Any) -> Array:
    """Return the second derivative of log-gamma."""
    return np.asarray(special.zeta(2.0, z))


def softplus(z: Array) -> Array:
    """Return ln(1 + exp(z))."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def hyp2f1_negative(R: Any, a: float, b: Any, y: Any) -> Array:
    r"""Return :math:`{}_2F_1(R, a; a+b; -y)` for positive `R`, `a`, `b` and `y` of at least 0.

    It is the mean of :math:`(1 + p y)^{-R}` over :math:`p \sim \mathrm{Beta}(a, b)`: the chance of surviving
    a risk that lasts. For small :math:`z = y / (1+y)` the Pfaff form
    :math:`(1+y)^{-a} {}_2F_1(a, a+b-R; a+b; z)` is summed; it is given up for an element whose terms cancel.
    There, and for `z` near 1, the mean is integrated. To make both ends of the integrand fall, use

    .. math::
        E_{a,b}[f] = f(1) + \frac{b}{(a+b)(a+b+1)}
        E_{a+1,b+1}\!\left[(a+b) \frac{f(p) - f(1)}{1-p} - f'(p)\right],

    in which every term is positive, so nothing cancels whatever the parameters.

    Parameters
    ----------
    R, b, y : array of float
        They are broadcast.
    a : float
        The same for all.

    Returns
    -------
    ndarray
        In (0, 1], relative error about 1e-11.

    Examples
    --------
    >>> hyp2f1_negative(1.0, 1.0, 1.0, [1.0, 3.0]).round(6).tolist()  # ln(1 + y) / y
    [0.693147, 0.462098]
    """
    R, b, y = (np.atleast_1d(v).astype(float) for v in np.broadcast_arrays(R, b, y))
    shape = y.shape
    R, b, y = R.ravel(), b.ravel(), y.ravel()
    result = np.full(y.size, np.nan)
    near = np.flatnonzero(y < 9.0)
    for part in _slices(near.size, 8192):
        rows = near[part]
        result[rows] = _series(R[rows], a, b[rows], y[rows])
    rest = np.flatnonzero(np.isnan(result))
    for part in _slices(rest.size, 256):
        rows = rest[part]
        result[rows] = _beta_integral(R[rows], a, b[rows], y[rows])
    return result.reshape(shape)


def _slices(size: int, step: int) -> list[slice]:
    return [slice(i, i + step) for i in range(0, size, step)]


def _series(R: Array, a: float, b: Array, y: Array) -> Array:
    """Sum the Pfaff form; NaN where its terms cancel or it has not converged."""
    c, z = a + b, y / (1 + y)
    d = c - R
    term, total, size = np.ones_like(z), np.ones_like(z), np.ones_like(z)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(_TERMS):
            term = term * ((a + k) * (d + k) / ((c + k) * (1.0 + k)) * z)
            total += term
            size += np.abs(term)
            if k % 8 == 7 and not (np.abs(term) > 1e-17 * size * (1 - z)).any():
                break
        trusted = (size < 1e3 * np.abs(total)) & (np.abs(term) <= 1e-14 * np.abs(total) * (1 - z))
        return np.where(trusted, np.exp(-a * np.log1p(y)) * total, np.nan)


def _beta_integral(R: Array, a: float, b: Array, y: Array) -> Array:
    """Integrate over u = logit(p) by the trapezoid rule, which converges geometrically here."""
    A, B = a + 1, b + 1

    def height(u: Array) -> tuple[Array, Array, Array]:
        odds = np.exp(u)
        p = odds / (1 + odds)
        return A * u - (A + B) * np.log1p(odds) - R * np.log1p(p * y), odds, p

    mode = _mode(R, A, B, y)
    peak = height(mode)[0]
    low, high = mode.copy(), mode.copy()
    for end, sign in ((low, -1.0), (high, 1.0)):
        end += sign * _width(lambda u: height(u)[0], mode, peak, sign)
    step = (high - low) / (_NODES - 1)
    u = low[:, None] + step[:, None] * np.arange(_NODES)
    R, B, y, b, peak = R[:, None], B[:, None], y[:, None], b[:, None], peak[:, None]
    log_weight, odds, p = height(u)
    rest = 1 / (1 + odds)  # 1 - p
    ratio = y / (1 + p * y)
    secant = -np.expm1(-R * np.log1p(rest * ratio)) / rest
    integral = (np.exp(log_weight - peak) * ((a + b) * secant + R * ratio)).sum(axis=1) * step
    b, y, R, B, peak = b[:, 0], y[:, 0], R[:, 0], B[:, 0], peak[:, 0]
    scale = np.log(b / ((a + b) * (a + b + 1))) - log_beta(A, B) + peak
    with np.errstate(under="ignore"):
        return np.exp(-R * np.log1p(y)) + np.exp(scale + np.log(integral))


def _mode(R: Array, A: float, B: Array, y: Array) -> Array:
    """Return the logit of the only peak of p^A (1-p)^B (1+py)^-R in (0, 1), a root of a quadratic."""
    q2, q1 = y * (R - A - B), A * (y - 1) - B - R * y
    root = np.sqrt(np.maximum(q1 * q1 - 4 * q2 * A, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(q1 <= 0, 2 * A / (root - q1), (-q1 - root) / (2 * q2))
    p = np.clip(p, 1e-300, 1 - 1e-16)
    return np.asarray(np.log(p) - np.log1p(-p))


def _width(height: Callable[[Array], Array], mode: Array, peak: Array, sign: float) -> Array:
    """Return how far from the peak, on one side, the log of the integrand has dropped by `_DROP`."""
    inner, outer = np.zeros_like(mode), np.full_like(mode, 0.01)
    while (short := (peak - height(mode + sign * outer) < _DROP)).any():
        inner = np.where(short, outer, inner)
        outer = np.where(short, outer * 2, outer)
    for _ in range(4):
        middle = (inner + outer) / 2
        short = peak - height(mode + sign * middle) < _DROP
        inner, outer = np.where(short, middle, inner), np.where(short, outer, middle)
    return outer


def time_rule(length: Array, scale: Array) -> tuple[Array, Array]:
    r"""Return nodes and weights to integrate over time from 0 to `length` what changes on a log scale.

    With :math:`w = \ln(1 + t/\text{scale})` the integrands of these models are smooth: flat at first, then a
    power of time, or an exponential.

    Parameters
    ----------
    length, scale : array of float, shape (n,)
        The end of the integral, and the time at which the integrand begins to change.

    Returns
    -------
    t, weight : ndarray, shape (n, nodes)
    """
    width = np.log1p(length / scale)
    longest = float(width.max(initial=1e-3))
    rho = 2.4 / longest + np.hypot(1.0, 2.4 / longest)
    x, v = gauss_legendre(int(np.ceil(13.5 / np.log(rho))) + 4)
    w = width[:, None] * x
    return scale[:, None] * np.expm1(w), (scale * width)[:, None] * np.exp(w) * v
