"""The plain formulas of customer equity: multiples of the margin, their elasticities, and two budgets."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, rate, whole
from crmlab.errors import FitError, InputError, unknown
from crmlab.groups import check_moves


@checked
def margin_multiple(retention: float, *, discount_rate: float, growth: float = 0.0) -> float:
    r"""Return what a customer is worth, in yearly margins to come, if all stay with one chance.

    What may one year's margin be multiplied with? With the retention rate *r*, the discount rate *i* and the
    growth *g* of the margin, whose first comes a year from now,

    .. math:: \sum_{t=1}^{\infty} \frac{r^t (1+g)^{t-1}}{(1+i)^t} = \frac{r}{1+i-r(1+g)} .

    On a base of customers whose chances differ it errs: `crmlab.clv.SBG` does not.

    Parameters
    ----------
    retention : float
        Share of customers who stay, a year.
    discount_rate : float
        A year.
    growth : float
        Of the margin, a year.

    Raises
    ------
    InputError
        A rate is out of its range, or the margin grows faster than it is discounted, and the sum has no end.

    References
    ----------
    Gupta, S. and Lehmann, D. R. (2003). Customers as assets. Journal of Interactive Marketing 17(1), 9-24.

    Examples
    --------
    >>> from crmlab.clv import margin_multiple
    >>> round(margin_multiple(0.9, discount_rate=0.10), 2)
    4.5
    """
    number(retention, "retention", "a share of customers a year", least=0, most=1)
    rate(discount_rate, "discount_rate")
    number(growth, "growth", "growth of the margin a year", least=-1, most=1)
    rest = 1 + discount_rate - retention * (1 + growth)
    if rest <= 0:
        raise InputError(
            f"With a retention of {retention:g} and a growth of {growth:g} the margin grows as fast as a "
            f"discount rate of {discount_rate:g} shrinks it, so the sum has no end. Lower one of the two."
        )
    return retention / rest


@checked
def value_elasticities(retention: float, *, discount_rate: float) -> pd.Series:
    r"""Return by how many percent a customer's value moves when each lever moves by one percent.

    Is it better to improve retention, the margin, or the price of money? From :math:`m r / (1+i-r)`,

    .. math:: \frac{1+i}{1+i-r}, \qquad 1, \qquad -\frac{i}{1+i-r} .

    It says what a change would bring, not what it would cost.

    Parameters
    ----------
    retention : float
        Share of customers who stay, a year.
    discount_rate : float
        A year.

    Returns
    -------
    Series
        ``retention``, ``margin`` and ``discount rate``.

    Raises
    ------
    InputError
        A rate is out of its range.

    References
    ----------
    Gupta, S., Lehmann, D. R. and Stuart, J. A. (2004). Valuing customers. Journal of Marketing Research
    41(1), 7-18.

    Examples
    --------
    >>> from crmlab.clv import value_elasticities
    >>> value_elasticities(0.9, discount_rate=0.12).round(2).to_dict()
    {'retention': 5.09, 'margin': 1.0, 'discount rate': -0.55}
    """
    margin_multiple(retention, discount_rate=discount_rate)
    rest = 1 + discount_rate - retention
    found = {"retention": (1 + discount_rate) / rest, "margin": 1.0, "discount rate": -discount_rate / rest}
    return pd.Series(found, name="elasticity")


@checked
def promoted_value(
    margin: float, promotion: float, retention: float, *, discount_rate: float, years: int
) -> float:
    r"""Return a customer's value where each later year costs a promotion half a year before its margin comes.

    .. math:: GC \sum_{i=0}^{n} \frac{r^i}{(1+d)^i} - M \sum_{i=1}^{n} \frac{r^{i-1}}{(1+d)^{i-0.5}} .

    Parameters
    ----------
    margin : float
        Gross contribution a year, the first of it now: *GC*.
    promotion : float
        Cost a year of keeping the customer: *M*.
    retention : float
        Share of customers who stay, a year: *r*.
    discount_rate : float
        A year: *d*.
    years : int
        Years after the first: *n*.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Berger, P. D. and Nasr, N. I. (1998). Customer lifetime value: marketing models and applications. Journal
    of Interactive Marketing 12(1), 17-30, case 1.

    Examples
    --------
    >>> from crmlab.clv import promoted_value
    >>> round(promoted_value(260, 50, 0.75, discount_rate=0.20, years=10), 2)
    568.78
    """
    number(margin, "margin")
    number(promotion, "promotion", least=0)
    number(retention, "retention", "a share of customers a year", least=0, most=1)
    rate(discount_rate, "discount_rate")
    year = np.arange(whole(years, "years", least=0) + 1)
    earned = margin * ((retention / (1 + discount_rate)) ** year).sum()
    spent = promotion * (retention ** (year[1:] - 1) / (1 + discount_rate) ** (year[1:] - 0.5)).sum()
    return float(earned - spent)


@checked
def retention_uplift(
    retention: float, *, points: float = 0.05, discount_rate: float, acquisition_share: float = 0.0
) -> float:
    r"""Return by which share profit rises if so many points more of the customers stay.

    Do "five points more retention" raise profit by up to 85 %? With the value :math:`m (1+d)/(1+d-r)` of a
    customer, of which the share *k* went into winning the customer, and :math:`\Delta` points more,

    .. math:: \frac{\Delta}{(1+d-r-\Delta)(1-k)} .

    Parameters
    ----------
    retention : float
        Share of customers who stay, a year: *r*.
    points : float
        By how much it rises: 0.05 are five points.
    discount_rate : float
        A year: *d*.
    acquisition_share : float
        Cost of winning the customer as a share of the value before: *k*, below 1.

    Raises
    ------
    InputError
        A rate is out of its range, or more than all would stay.

    References
    ----------
    Reichheld, F. F. and Sasser, W. E. (1990). Zero defections: quality comes to services. Harvard Business
    Review 68(5), 105-111. The formula is not theirs: they report what firms saw.

    Examples
    --------
    >>> from crmlab.clv import retention_uplift
    >>> round(retention_uplift(0.8, discount_rate=0.10), 3)
    0.2
    """
    number(retention, "retention", "a share of customers a year", least=0, most=1)
    number(points, "points", "a share of customers", least=0, most=1)
    rate(discount_rate, "discount_rate")
    number(acquisition_share, "acquisition_share", "a share of the value", least=0, below=1)
    if retention + points > 1 or 1 + discount_rate - retention - points <= 0:
        raise InputError(
            f"A retention of {retention:g} cannot rise by {points:g} at a discount rate of "
            f"{discount_rate:g}: more than all would stay, or their value would have no end."
        )
    return points / (1 + discount_rate - retention - points) / (1 - acquisition_share)


@checked
def acquisition_share_for(
    uplift: float, retention: float, *, points: float = 0.05, discount_rate: float
) -> float:
    r"""Return how much of a customer's value must go into winning the customer for such a rise of profit.

    Where is the saying true? `retention_uplift` without cost, :math:`u_0`, becomes *u* where the share
    :math:`k = 1 - u_0 / u` of the value is spent before; below 0, it is larger without any cost.

    Parameters
    ----------
    uplift : float
        The rise of profit: 0.85 is 85 %.
    retention, points, discount_rate
        As for `retention_uplift`.

    Raises
    ------
    InputError
        As for `retention_uplift`, or the rise is not above 0.

    Examples
    --------
    >>> from crmlab.clv import acquisition_share_for
    >>> round(acquisition_share_for(0.85, 0.8, discount_rate=0.10), 3)
    0.765
    """
    number(uplift, "uplift", "a share of profit", above=0)
    return 1 - retention_uplift(retention, points=points, discount_rate=discount_rate) / uplift


@checked
def equity_test(
    *,
    margin: float,
    discount_rate: float,
    acquired: tuple[float, float, float],
    retained: tuple[float, float, float],
) -> pd.Series:
    r"""Return what to spend on winning and on keeping customers, by the customer equity test.

    Where does the next euro go, into prospects or into customers? A manager says what share is won now, at
    which spending a prospect, and at the most (*ceiling*); and the same for keeping. Through both points goes

    .. math:: a = c_a (1 - e^{-k_a A}), \qquad r = c_r (1 - e^{-k_r R}),

    and the equity of a prospect is, with :math:`r' = r / (1+d)`,

    .. math:: a m - A + a \left(m - \frac{R}{r}\right) \frac{r'}{1 - r'} .

    Parameters
    ----------
    margin : float
        Of a customer a year: *m*.
    discount_rate : float
        A year: *d*.
    acquired, retained : tuple of (share, spending, ceiling)
        The share won (kept) now, what is spent on each prospect (customer) for it, and the share that no
        spending would exceed.

    Returns
    -------
    Series
        ``k_acquisition``, ``k_retention``; the best ``retention_spending`` a customer and the ``retention``
        that it keeps; the best ``acquisition_spending`` a prospect and the share ``acquisition`` that it
        wins; the ``equity`` of a prospect then.

    Raises
    ------
    InputError
        A share is not below its ceiling, or a number is out of its range.
    FitError
        No spending on prospects pays.

    References
    ----------
    Blattberg, R. C. and Deighton, J. (1996). Manage marketing by the customer equity test. Harvard Business
    Review 74(4), 136-144.

    Examples
    --------
    >>> from crmlab.clv import equity_test
    >>> best = equity_test(margin=50, discount_rate=0.15, acquired=(0.2, 5, 0.4), retained=(0.5, 10, 0.7))
    >>> best[["acquisition_spending", "retention_spending"]].round(2).tolist()
    [10.41, 15.17]
    """
    from scipy.optimize import minimize_scalar

    number(margin, "margin", above=0)
    rate(discount_rate, "discount_rate")
    k_won, won_most = _steepness(acquired, "acquired")
    k_kept, kept_most = _steepness(retained, "retained")

    def later(spending: float) -> float:
        return _later(spending, margin, discount_rate, k_kept, kept_most)

    most = 50 * margin
    found = minimize_scalar(lambda x: -later(x), bounds=(0, most), method="bounded", options={"xatol": 1e-9})
    spending = float(found.x) if -found.fun > 0 else 0.0
    worth = margin + later(spending)
    slope = won_most * k_won * worth  # of what is won in the first euro
    if slope <= 1:
        raise FitError(
            f"The first euro spent on prospects wins {slope:.3g}, so no spending on them pays. Win them at "
            "less, or earn more of a customer."
        )
    acquisition = float(np.log(slope) / k_won)
    won = float(won_most * -np.expm1(-k_won * acquisition))
    best = {
        "k_acquisition": k_won,
        "k_retention": k_kept,
        "retention_spending": spending,
        "retention": float(kept_most * -np.expm1(-k_kept * spending)),
        "acquisition_spending": acquisition,
        "acquisition": won,
        "equity": won * worth - acquisition,
    }
    return pd.Series(best, name="best")


@checked
def prospect_equity(
    acquisition: float,
    retention: float,
    *,
    margin: float,
    discount_rate: float,
    acquired: tuple[float, float, float],
    retained: tuple[float, float, float],
) -> float:
    r"""Return the equity of a prospect at any spending on winning and on keeping, by the same test.

    What does a euro too much or too little cost? See `equity_test` for the equation, whose best spending no
    other exceeds.

    Parameters
    ----------
    acquisition, retention : float
        Spending on a prospect, and on a customer a year: at least 0.
    margin, discount_rate, acquired, retained
        As for `equity_test`.

    Raises
    ------
    InputError
        As for `equity_test`.

    Examples
    --------
    >>> from crmlab.clv import prospect_equity
    >>> terms = {"margin": 50, "discount_rate": 0.15, "acquired": (0.2, 5, 0.4), "retained": (0.5, 10, 0.7)}
    >>> round(prospect_equity(5, 10, **terms), 2), round(prospect_equity(10.41, 15.17, **terms), 2)
    (9.62, 12.91)
    """
    number(acquisition, "acquisition", "a spending", least=0)
    number(retention, "retention", "a spending", least=0)
    number(margin, "margin", above=0)
    rate(discount_rate, "discount_rate")
    k_won, won_most = _steepness(acquired, "acquired")
    k_kept, kept_most = _steepness(retained, "retained")
    worth = margin + _later(retention, margin, discount_rate, k_kept, kept_most)
    return float(won_most * -np.expm1(-k_won * acquisition)) * worth - acquisition


def _later(spending: float, margin: float, discount_rate: float, k: float, most: float) -> float:
    """Return what a customer won brings after the first year, less what keeping costs."""
    kept = most * -np.expm1(-k * spending)
    stays = kept / (1 + discount_rate)
    return float((margin - spending / kept) * stays / (1 - stays)) if kept > 0 else 0.0


@checked
def switching_value(
    moves: pd.DataFrame,
    brand: str,
    *,
    purchases: float,
    years: float,
    contribution: float,
    discount_rate: float,
) -> pd.Series:
    r"""Return what a customer is worth to a brand among which customers switch, by the brand bought last.

    What does it bring to be chosen a little more often? With the switching matrix *M*, *f* purchases a year
    and the contribution *c* of one,

    .. math:: CLV_i = \sum_{t=1}^{fT} (1+d)^{-t/f}\, c\, (M^t)_{ij} \quad \text{of brand } j,

    the last purchase not counted.

    Parameters
    ----------
    moves : DataFrame
        Chance that the next purchase is of each brand (columns), by the brand bought last (rows).
    brand : str
        Whose value it is.
    purchases : float
        A year: *f*.
    years : float
        How far ahead: *T*.
    contribution : float
        Of a purchase to the brand: *c*.
    discount_rate : float
        A year: *d*.

    Returns
    -------
    Series
        ``value`` by the brand bought last.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, there is no such brand, or a number is out of its range.

    References
    ----------
    Rust, R. T., Lemon, K. N. and Zeithaml, V. A. (2004). Return on marketing: using customer equity to focus
    marketing strategy. Journal of Marketing 68(1), 109-127.

    Examples
    --------
    >>> from crmlab.clv import switching_value
    >>> import pandas as pd
    >>> moves = pd.DataFrame([[0.7, 0.3], [0.5, 0.5]], ["ours", "theirs"], ["ours", "theirs"])
    >>> terms = {"purchases": 12, "years": 3, "contribution": 10, "discount_rate": 0.10}
    >>> switching_value(moves, "ours", **terms).round(2).to_dict()
    {'ours': 195.84, 'theirs': 193.37}
    """
    check_moves(moves)
    if brand not in moves.index:
        raise unknown("brand", brand, moves.index, where="moves")
    number(purchases, "purchases", "purchases a year", above=0, most=366)
    number(years, "years", above=0, most=100)
    number(contribution, "contribution")
    rate(discount_rate, "discount_rate")
    bought = (moves.columns == brand).astype(float)
    value = np.zeros(len(moves))
    for _ in range(round(purchases * years)):  # Horner's scheme: the last purchase first
        value = (
            moves.to_numpy(dtype=float)
            @ (contribution * bought + value)
            * (1 + discount_rate) ** (-1 / purchases)
        )
    return pd.Series(value, index=moves.index, name="value")


def _steepness(said: tuple[float, float, float], name: str) -> tuple[float, float]:
    """Return k and the ceiling of the curve through what a manager says."""
    if len(said) != 3:
        raise InputError(
            f"{name} must be a share, the spending for it, and the ceiling, such as (0.2, 5, 0.4)."
        )
    share, spending, ceiling = said
    number(ceiling, f"{name}: ceiling", "a share", above=0, most=1)
    number(share, f"{name}: share", "a share below its ceiling", above=0, below=ceiling)
    number(spending, f"{name}: spending", above=0)
    return float(-np.log1p(-share / ceiling) / spending), ceiling
