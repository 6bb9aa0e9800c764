"""Newton's method for the few parameters of these models."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crmlab.clv.special import Array

Objective = Callable[[Array], tuple[float, Array, Array]]

_LONGEST = 2.0  # of a step in one log-parameter: a factor of seven
_STEPS = 100


@dataclass(frozen=True)
class Optimum:
    """Where the search ended: the point, the value there, its derivatives, and whether it is a minimum."""

    point: Array
    value: float
    gradient: Array
    hessian: Array
    converged: bool
    steps: int


def minimise(objective: Objective, start: Array, tolerance: float = 1e-10) -> Optimum:
    r"""Minimise a smooth function of a few variables, given its value, gradient and Hessian.

    Where the Hessian is not positive definite the step uses the absolute values of its eigenvalues, so it
    still goes down. It has converged when the Newton decrement :math:`\tfrac12 g' H^{-1} g`, the fall that is
    left, is under `tolerance`; one last step is then taken.

    Examples
    --------
    >>> def bowl(v):
    ...     return float(v @ v), 2 * v, 2 * np.eye(2)
    >>> minimise(bowl, np.array([3.0, -4.0])).point.tolist()
    [0.0, 0.0]
    """
    point = np.asarray(start, float)
    value, gradient, hessian = objective(point)
    for step in range(_STEPS):
        if not np.isfinite(value) or not np.isfinite(hessian).all():
            break
        eigenvalues, vectors = np.linalg.eigh(hessian)
        size = np.maximum(np.abs(eigenvalues), 1e-12 * max(1.0, np.abs(eigenvalues).max()))
        move = -vectors @ ((vectors.T @ gradient) / size)
        decrement = -0.5 * float(gradient @ move)
        done = decrement <= tolerance and eigenvalues[0] > 0
        move *= min(1.0, _LONGEST / max(float(np.abs(move).max()), 1e-300))
        if done and np.abs(move).max() < 1e-8:
            return Optimum(point, value, gradient, hessian, True, step)
        found = _down(objective, point, value, move, decrement, sure=done)
        if found is None:
            # Rounding of the value hides any fall that is left.
            done = decrement <= 1e-9 * max(1.0, abs(value)) and eigenvalues[0] > 0
            return Optimum(point, value, gradient, hessian, bool(done), step)
        point, (value, gradient, hessian) = found
        if done:
            return Optimum(point, value, gradient, hessian, True, step + 1)
    return Optimum(point, value, gradient, hessian, False, _STEPS)


def _down(
    objective: Objective, point: Array, value: float, move: Array, decrement: float, sure: bool
) -> tuple[Array, tuple[float, Array, Array]] | None:
    """Halve the step until the function falls enough."""
    for _ in range(30):
        there = point + move
        found = objective(there)
        slack = 1e-13 * abs(value) if sure else 0.0
        if np.isfinite(found[0]) and found[0] <= value - 1e-4 * min(decrement, 1.0) * (not sure) + slack:
            return there, found
        move = move / 2
        decrement /= 2
        if np.abs(move).max() < 1e-10:
            break
    return None
