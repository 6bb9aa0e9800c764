"""How a product spreads among its buyers: Bass's model, its peak, and its estimates from sales."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import DataError, FitError, some
from crmlab.lifecycle.given import need_events
from crmlab.lifecycle.kaplan_meier import length_of

if TYPE_CHECKING:
    from crmlab.lifecycle.markov import Floats

_FEWEST = 5  # periods of sales: fewer do not tell three parameters


@checked
def bass_sales(p: float, q: float, m: float, periods: int) -> pd.DataFrame:
    r"""Return first purchases of a product by period, as Bass's model has them.

    When will the sales of a new product peak, and when has everybody bought? Of those who have not bought,
    some do by themselves (innovation, *p*) and some because others have (imitation, *q*):

    .. math:: \frac{f(t)}{1 - F(t)} = p + q F(t), \qquad
        F(t) = \frac{1 - e^{-(p+q)t}}{1 + (q/p) e^{-(p+q)t}} .

    Parameters
    ----------
    p, q : float
        Coefficients of innovation (above 0) and of imitation (at least 0), a period.
    m : float
        How many will buy in the end.
    periods : int
        How many periods, from the launch on.

    Returns
    -------
    DataFrame by period, from 1 on
        ``sales`` in it, and ``adopters`` by its end.

    Raises
    ------
    InputError
        A parameter is out of its range.

    References
    ----------
    Bass, F. M. (1969). A new product growth for model consumer durables. Management Science 15(5), 215-227.

    Examples
    --------
    >>> from crmlab.lifecycle import bass_sales
    >>> bass_sales(0.03, 0.38, 1000, periods=8)["sales"].round().astype(int).tolist()
    [36, 49, 65, 83, 98, 108, 110, 103]
    """
    _coefficients(p, q)
    number(m, "m", above=0)
    whole(periods, "periods", least=1)
    share = _share(np.arange(periods + 1.0), p, q)
    index = pd.RangeIndex(1, periods + 1, name="period")
    return pd.DataFrame({"sales": m * np.diff(share), "adopters": m * share[1:]}, index=index)


@checked
def bass_peak(p: float, q: float) -> pd.Series:
    r"""Return when Bass's first purchases peak, and how high.

    .. math:: t^* = \frac{\ln(q/p)}{p+q}, \quad F(t^*) = \frac12 - \frac{p}{2q}, \quad
        f(t^*) = \frac{(p+q)^2}{4q} .

    Parameters
    ----------
    p, q : float
        Coefficients of innovation and imitation, a period.

    Returns
    -------
    Series
        ``time`` of the peak in periods, ``adopters`` until then and ``rate`` a period at it, as shares of all
        who buy in the end. Where imitation does not exceed innovation, sales fall from the launch on.

    Raises
    ------
    InputError
        A coefficient is out of its range.

    References
    ----------
    Bass, F. M. (1969). A new product growth for model consumer durables. Management Science 15(5), 215-227.

    Examples
    --------
    >>> from crmlab.lifecycle import bass_peak
    >>> bass_peak(0.03, 0.38).round(3).to_dict()
    {'time': 6.193, 'adopters': 0.461, 'rate': 0.111}
    """
    _coefficients(p, q)
    if q <= p:
        found = {"time": 0.0, "adopters": 0.0, "rate": p}
    else:
        found = {
            "time": np.log(q / p) / (p + q),
            "adopters": 0.5 - p / (2 * q),
            "rate": (p + q) ** 2 / (4 * q),
        }
    return pd.Series(found, name="peak", dtype=float)


@checked
def first_purchases(orders: pd.DataFrame, launch: Any, end: Any, *, unit: str = "Y") -> pd.Series:
    """Return how many bought a product for the first time in each period since its launch.

    Is the product still finding people, or are these the same ones again? Repeat purchases are the customers'
    life, not the product's, and are left out.

    Parameters
    ----------
    orders : DataFrame
        Of one product, or one generation: ``customer_id`` and ``date``.
    launch, end : str or date
        The day of the launch, and the last day observed.
    unit : {"W", "M", "Y"}
        Length of a period, 1 the first.

    Returns
    -------
    Series by ``period``
        ``sales``, those who bought first in it, to hand to `fit_bass`. A last period that is not over is left
        out, for it would look like a fall.

    Raises
    ------
    InputError
        An unknown unit.
    DataError
        Somebody bought before the launch, or no period is over.

    Examples
    --------
    >>> from crmlab.lifecycle import first_purchases
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2023-02-01", "2024-05-01", "2024-06-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates})
    >>> first_purchases(orders, "2023-01-01", "2024-12-31").to_dict()
    {1: 1, 2: 1}
    """
    begin, last = day(launch, "launch"), day(end, "end")
    need_events(orders, "orders")
    length = length_of(unit)
    whole_ones = int(((last - begin).days + 1.5) // length)  # a year of 365 days is one
    if whole_ones < 1:
        raise DataError(f"No period is over by {last:%Y-%m-%d}. Take a shorter unit.")
    first = orders.groupby("customer_id")["date"].min().dt.normalize()
    if (early := first < begin).any():
        raise DataError(
            f"{int(early.sum()):,} customers bought before the launch, for example "
            f"{some(first.index[early])}. Take another day of launch."
        )
    period = ((first - begin).dt.days // length).astype(int) + 1
    count = period.value_counts().reindex(range(1, whole_ones + 1), fill_value=0)
    return count.rename("sales").rename_axis("period")


@checked
def fit_bass(sales: pd.Series) -> pd.DataFrame:
    r"""Estimate Bass's model from a product's sales by period, from its launch on.

    How much is still to come? The plain way are non-linear least squares on the sales of each period,
    :math:`m (F(t) - F(t-1))`; the good one is the likelihood of who bought when, which weighs each period by
    how much it tells, and which takes those who have not bought yet for what they are.

    Parameters
    ----------
    sales : Series
        First purchases in each period, the first one that after the launch.

    Returns
    -------
    DataFrame
        ``p``, ``q`` and ``m`` by method, ``least squares`` and ``likelihood``.

    Raises
    ------
    DataError
        Fewer than five periods, negative or missing sales, or none at all.
    FitError
        The sales do not bend, so that how many will buy in the end cannot be told.

    References
    ----------
    Schmittlein, D. C. and Mahajan, V. (1982). Maximum likelihood estimation for an innovation diffusion model
    of new product acceptance. Marketing Science 1(1), 57-78.

    Srinivasan, V. and Mason, C. H. (1986). Nonlinear least squares estimation of new product diffusion
    models. Marketing Science 5(2), 169-178.

    Examples
    --------
    >>> from crmlab.lifecycle import bass_sales, fit_bass
    >>> fit_bass(bass_sales(0.03, 0.38, 1000, periods=10)["sales"]).round(3).loc["least squares"].to_dict()
    {'p': 0.03, 'q': 0.38, 'm': 1000.0}
    """
    from scipy.optimize import least_squares, minimize

    values = sales.to_numpy(dtype=float)
    if len(values) < _FEWEST:
        raise DataError(
            f"Bass's model needs at least {_FEWEST} periods of sales, and there are {len(values)}."
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise DataError("Sales must be numbers of at least 0 in each period; put 0 where nothing was sold.")
    bought = values.sum()
    if bought == 0:
        raise DataError("Nothing was sold in any period, so nothing can be learned about who will buy.")
    edges = np.arange(len(values) + 1.0)

    def unpack(theta: "Floats") -> tuple[float, float, float]:
        p, q, rest = np.exp(np.clip(theta, -40, 40))
        return float(p), float(q), float(bought * (1 + rest))

    def residuals(theta: "Floats") -> "Floats":
        p, q, m = unpack(theta)
        return np.asarray(m * np.diff(_share(edges, p, q)) - values) / values.max()

    def surprise(theta: "Floats") -> float:
        p, q, m = unpack(theta)
        share = _share(edges, p, q)
        seen = np.maximum(np.diff(share), 1e-300)
        left = max(1 - share[-1], 1e-300)
        # m is the size of the binomial: of m people, so many bought in each period, and the rest did not yet
        from scipy.special import gammaln

        ways = gammaln(m + 1) - gammaln(m - bought + 1)
        return -float(values @ np.log(seen) + (m - bought) * np.log(left) + ways) / bought

    begins = [np.log([p, q, rest]) for p in (0.003, 0.03) for q in (0.1, 0.5) for rest in (0.1, 1.0)]
    plain = min((least_squares(residuals, begin) for begin in begins), key=lambda found: float(found.cost))
    exact: Any = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}
    tried = [
        minimize(surprise, begin, method="Nelder-Mead", options=exact) for begin in (plain.x, *begins[:3])
    ]
    best = min(tried, key=lambda found: float(found.fun))
    made = pd.DataFrame(
        [unpack(plain.x), unpack(best.x)], ["least squares", "likelihood"], ["p", "q", "m"]
    ).rename_axis("method")
    if (made["m"] > 50 * bought).any():
        raise FitError(
            "The sales still rise as fast as at first, so how many will buy in the end cannot be told. Wait "
            "until they bend, or take m from a survey."
        )
    return made


@checked
def fit_so_far(sales: pd.Series, known: Any) -> pd.DataFrame:
    """Fit Bass's model to the first periods alone, as somebody would have who stood there.

    How early can the number of buyers be told? Before the sales bend, hardly at all.

    Parameters
    ----------
    sales : Series
        First purchases in each period since the launch.
    known : iterable of int
        Numbers of periods; those of which there are not so many are left out.

    Returns
    -------
    DataFrame by ``known``
        ``p``, ``q`` and ``m`` by the likelihood, the ``time`` of the peak, and ``bought`` until then. Where
        *m* cannot be told, it and the others are missing.

    Raises
    ------
    DataError
        As for `fit_bass`.

    Examples
    --------
    >>> from crmlab.lifecycle import bass_sales, fit_so_far
    >>> fit_so_far(bass_sales(0.03, 0.38, 1000, periods=12)["sales"], [8, 12])["m"].round().tolist()
    [989.0, 998.0]
    """
    rows = {}
    for periods in known:
        if whole(periods, "known", "a number of periods", least=1) > len(sales):
            continue
        seen = sales.iloc[:periods]
        try:
            fitted = fit_bass(seen).loc["likelihood"].to_dict()
            fitted["time"] = float(bass_peak(min(fitted["p"], 1.0), min(fitted["q"], 10.0))["time"])
        except FitError:
            fitted = dict.fromkeys(("p", "q", "m", "time"), np.nan)
        rows[periods] = fitted | {"bought": float(seen.sum())}
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["p", "q", "m", "time", "bought"]
    ).rename_axis("known")


def _coefficients(p: float, q: float) -> None:
    number(p, "p", "a coefficient of innovation", above=0, most=1)
    number(q, "q", "a coefficient of imitation", least=0, most=10)


def _share(t: "Floats", p: float, q: float) -> "Floats":
    decay = np.exp(-(p + q) * t)
    return np.asarray((1 - decay) / (1 + q / p * decay))
