"""How sure are we? Refits on reweighted customers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number, said, whole
from crmlab.clv.base import Model
from crmlab.clv.patterns import Patterns
from crmlab.clv.special import Array
from crmlab.errors import FitError, InputError

_MOST = 50_000_000  # values that `predict` may hold: 400 MB
_FAILED = 0.1  # share of refits beyond which their spread says nothing


class Bootstrap:
    """Draws of a model's parameters, and intervals for anything computed from them.

    Attributes
    ----------
    params : DataFrame
        One row a draw, one column a parameter.
    failed : int
        Refits without an estimate, which are left out.
    """

    def __init__(self, model: Model, params: pd.DataFrame, failed: int) -> None:
        self.params = params
        self.failed = failed
        self._model = model

    def __repr__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"Bootstrap({len(self.params):,} draws of {self._model!r}{failed})"

    def interval(self, level: float = 0.95) -> pd.DataFrame:
        """Return the percentile interval of each parameter: ``lower``, ``median``, ``upper``."""
        return interval(self.params, level)

    def models(self) -> Iterator[Model]:
        """Yield a model for each draw."""
        for row in self.params.to_dict("records"):
            yield self._model.from_params(
                unit=self._model.unit_, **{str(k): float(v) for k, v in row.items()}
            )

    def predict(self, function: Callable[[Any], Any]) -> pd.DataFrame:
        """Apply a function to the model of each draw, and return one row a draw.

        Parameters
        ----------
        function : callable
            Takes a model, returns a number or a Series. For a large base let it return a sum or a mean: every
            value of every draw is kept.

        Examples
        --------
        >>> import crmlab as crm
        >>> from crmlab.clv import BGNBD, bootstrap
        >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
        >>> draws = bootstrap(BGNBD().fit(customers), customers, n=50, seed=1)
        >>> year = draws.predict(lambda model: model.expected_purchases_new(52))
        >>> interval(year).round(1).to_numpy().tolist()
        [[1.3, 1.4, 1.6]]
        """
        rows = []
        for model in self.models():
            found = function(model)
            row = found if isinstance(found, pd.Series) else pd.Series({"value": float(found)})
            if len(row) * len(self.params) > _MOST:
                raise InputError(
                    f"{len(self.params):,} draws of {len(row):,} values do not fit into memory. Let the "
                    "function return a sum or a mean, or a part of the customers."
                )
            rows.append(row.to_numpy(float))
            labels = row.index
        return pd.DataFrame(np.stack(rows), columns=labels)


def interval(draws: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the percentile interval of each column of draws: ``lower``, ``median``, ``upper``.

    Examples
    --------
    >>> interval(pd.DataFrame({"x": range(101)}), 0.5).to_numpy().tolist()
    [[25.0, 50.0, 75.0]]
    """
    level = number(level, "level", above=0, below=1)
    tail = (1 - level) / 2
    found = np.quantile(draws.to_numpy(float), [tail, 0.5, 1 - tail], axis=0)
    return pd.DataFrame(found.T, index=draws.columns, columns=["lower", "median", "upper"])


def bootstrap(
    model: Model, customers: Any, n: int = 1000, *, seed: int, jobs: int = 1, progress: bool = False
) -> Bootstrap:
    r"""Refit a model on reweighted customers, to see how far its estimates can be relied on.

    Each refit draws weights from the Bayesian bootstrap: a pattern of *c* customers weighs
    :math:`\mathrm{Gamma}(c, 1)`, scaled to the number of customers. It is the bootstrap's smooth form (each
    customer weighs an exponential instead of a count). No customer ever drops out altogether, so a refit
    cannot lose the few who carry the information on drop-out, and it takes one draw a pattern, not a
    customer.

    Parameters
    ----------
    model : a fitted model
    customers : what it was fitted on
    n : int
        Number of refits. They start from the estimate, so each takes few steps.
    seed : int
        The same draws come whatever `jobs` is.
    jobs : int
        Processes. Starting them takes a second or two, so use them where the refits take longer than that.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Bootstrap

    Raises
    ------
    FitError
        More than a tenth of the refits have no estimate; as soon as that is so, no more are tried.

    References
    ----------
    Rubin, D. B. (1981). The Bayesian bootstrap. Annals of Statistics 9(1), 130-134.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, bootstrap
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> draws = bootstrap(BGNBD().fit(customers), customers, n=200, seed=1)
    >>> draws.interval().loc["r"].round(2).to_dict()
    {'lower': 0.21, 'median': 0.25, 'upper': 0.27}
    """
    if not isinstance(model, Model):
        raise InputError(f"model is {said(model)}, but must be a fitted model, as BGNBD().fit(customers) is.")
    n, jobs, seed = whole(n, "n", least=1), whole(jobs, "jobs", least=1), whole(seed, "seed")
    start = np.log(list(model._p.values()))
    data, _ = model._read(customers, None if model.unit_ is None else _given(customers, model.unit_))
    seeds = np.random.SeedSequence(seed).spawn(n)

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):  # so few numbers at a time are several times slower with threads
        found = _refits(((model, data, start, each) for each in seeds), jobs)
        good = _good(_shown(found, n) if progress else found, n, type(model).__name__)
    params = pd.DataFrame(np.exp(good), columns=list(model._names))
    return Bootstrap(model, params, n - len(good))


def _refits(tasks: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[Array | None]:
    if jobs == 1:
        yield from (_refit(*task) for task in tasks)
        return
    from joblib import Parallel, delayed, parallel_config  # type: ignore[import-untyped]

    # Processes, not threads: between its short NumPy calls a refit holds the interpreter's lock.
    with parallel_config("loky", inner_max_num_threads=1):
        yield from Parallel(jobs, return_as="generator")(delayed(_refit)(*task) for task in tasks)


def _good(points: Iterable[Array | None], n: int, name: str) -> list[Array]:
    """Return the estimates that were found; stop once too many refits found none: those take long."""
    good, failed = [], 0
    for done, point in enumerate(points, start=1):
        if point is not None:
            good.append(point)
            continue
        failed += 1
        if failed > _FAILED * n:
            so_far = f"the first {done:,} of {n:,}" if done < n else f"{n:,}"
            raise FitError(
                f"{failed:,} of {so_far} refits found no estimate: the data hardly determine this model. "
                f"Observe more customers, or steady the fit: {name}(penalty=0.1)."
            )
    return good


def _given(customers: Any, unit: str) -> str | None:
    return unit if isinstance(customers, pd.DataFrame) else None


def _refit(model: Model, data: Patterns, start: Array, seed: np.random.SeedSequence) -> Array | None:
    weights = np.random.default_rng(seed).standard_gamma(data.weights)
    weights *= data.customers / weights.sum()
    try:
        return model._maximise(data.reweighted(weights), start).point
    except FitError:
        return None


def _shown(points: Any, n: int) -> Iterator[Any]:
    from rich.progress import track

    return iter(track(points, description="Refits", total=n))
