"""Care, discounts and credit for key accounts: how an account answers effort, and what terms cost."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, FitError, InputError


@checked
def effort_curve(nothing: float, now: float, half_more: float, saturation: float) -> pd.Series:
    r"""Return the curve of an account's sales by effort, through four answers of the one who knows it.

    What would one more visit bring? The seller says what sales, relative to the present ones, would be
    without any effort, with the present effort, with half as much again, and with all one could do. Through
    them goes

    .. math:: r(x) = r_0 + (r_\infty - r_0) \frac{x^c}{d + x^c},

    with the effort *x* relative to the present one.

    Parameters
    ----------
    nothing, now, half_more, saturation : float
        :math:`r(0) < r(1) < r(1.5) < r(\infty)`.

    Returns
    -------
    Series
        ``low``, ``high``, ``c`` and ``d``, for `effort_response`.

    Raises
    ------
    InputError
        The four do not rise.

    References
    ----------
    Little, J. D. C. (1970). Models and managers: the concept of a decision calculus. Management Science
    16(8), B466-B485.

    Examples
    --------
    >>> from crmlab.pyramid import effort_curve
    >>> effort_curve(0.5, 1.0, 1.15, 1.5).round(3).to_dict()
    {'low': 0.5, 'high': 1.5, 'c': 1.527, 'd': 1.0}
    """
    said = [
        number(each, "sales", "relative sales", least=0) for each in (nothing, now, half_more, saturation)
    ]
    if not (np.diff(said) > 0).all():
        raise InputError(
            f"Sales must rise with effort, and these are {', '.join(f'{each:g}' for each in said)}."
        )
    odds_now, odds_more = ((each - nothing) / (saturation - each) for each in (now, half_more))
    c = float(np.log(odds_more / odds_now) / np.log(1.5))
    return pd.Series({"low": nothing, "high": saturation, "c": c, "d": 1 / odds_now}, name="curve")


@checked
def effort_response(curve: pd.Series, effort: Sequence[float]) -> pd.Series:
    """Return relative sales by relative effort, on a curve of `effort_curve`.

    Parameters
    ----------
    curve : Series
        With ``low``, ``high``, ``c`` and ``d``.
    effort : sequence of float
        Relative to the present one: at least 0.

    Raises
    ------
    InputError
        An effort is negative.

    Examples
    --------
    >>> from crmlab.pyramid import effort_curve, effort_response
    >>> effort_response(effort_curve(0.5, 1.0, 1.15, 1.5), [0, 1, 2]).round(2).tolist()
    [0.5, 1.0, 1.24]
    """
    x = np.asarray(effort, dtype=float)
    if not (x >= 0).all():
        raise InputError("Effort must be at least 0, relative to the present one.")
    low, high, c, d = (float(curve[name]) for name in ("low", "high", "c", "d"))
    return pd.Series(low + (high - low) * x**c / (d + x**c), index=pd.Index(x, name="effort"), name="sales")


@checked
def best_efforts(returns: pd.DataFrame, budget: float, *, power: float = 0.5) -> pd.DataFrame:
    r"""Return how to share out a budget of effort so that it brings most, and what other ways would bring.

    Who gets the visits? If account *i* brings :math:`k_i x^{\beta}` for the effort *x*, effort goes where one
    more brings most, until it brings the same everywhere:

    .. math:: x_i = B\, \frac{k_i^{1/(1-\beta)}}{\sum_j k_j^{1/(1-\beta)}} .

    Parameters
    ----------
    returns : DataFrame
        By account: ``k``, above 0, and ``sales`` for the habit of the trade, effort in proportion to sales.
    budget : float
        Effort in all: *B*.
    power : float
        :math:`\beta`, between 0 and 1: 0.5 is a square root.

    Returns
    -------
    DataFrame by account
        ``effort`` and what it ``brings``; ``equal`` and ``by_sales``, what the account brings if all get the
        same, or in proportion to their sales.

    Raises
    ------
    InputError
        A column is missing, a return is not above 0, sales are negative, or a number is out of its range.

    Examples
    --------
    >>> from crmlab.pyramid import best_efforts
    >>> import pandas as pd
    >>> accounts = pd.DataFrame({"k": [30, 20, 10], "sales": [100, 300, 100]}, index=list("abc"))
    >>> best_efforts(accounts, 1400)["effort"].tolist()
    [900.0, 400.0, 100.0]
    """
    number(budget, "budget", above=0)
    number(power, "power", "a power", above=0, below=1)
    if missing := [name for name in ("k", "sales") if name not in returns.columns]:
        raise InputError(f"returns lacks the column '{missing[0]}'.")
    k, sales = (returns[name].to_numpy(dtype=float) for name in ("k", "sales"))
    if not len(k) or not ((k > 0) & (sales >= 0)).all() or sales.sum() == 0:
        raise InputError("k must be above 0 for each account, and sales at least 0 and not 0 for all.")
    weight = k ** (1 / (1 - power))
    effort = budget * weight / weight.sum()
    table = {
        "effort": effort,
        "brings": k * effort**power,
        "equal": k * (budget / len(k)) ** power,
        "by_sales": k * (budget * sales / sales.sum()) ** power,
    }
    return pd.DataFrame(table, index=returns.index)


@checked
def effort_returns(effort: pd.Series, sales: pd.Series, *, power: float = 0.5) -> pd.Series:
    r"""Estimate what each account returns, from last year's effort and what it brought.

    It is :math:`k = s / x^{\beta}`. Where sellers visit those who buy anyway, it takes the buying for an
    effect of the visits: only effort that was varied by lot shows what it does.

    Parameters
    ----------
    effort, sales : Series
        By account, both above 0.
    power : float
        As for `best_efforts`.

    Raises
    ------
    DataError
        An account had no effort or no sales.

    Examples
    --------
    >>> from crmlab.pyramid import effort_returns
    >>> import pandas as pd
    >>> effort_returns(pd.Series([100.0, 25.0]), pd.Series([300.0, 100.0])).tolist()
    [30.0, 20.0]
    """
    number(power, "power", "a power", above=0, below=1)
    x, s = effort.to_numpy(dtype=float), sales.reindex(effort.index).to_numpy(dtype=float)
    if not ((x > 0) & (s > 0)).all():
        bad = int((~((x > 0) & (s > 0))).sum())
        raise DataError(f"{bad:,} of {len(x):,} accounts had no effort or no sales. Leave them out.")
    return pd.Series(s / x**power, index=effort.index, name="k")


@checked
def order_costs(
    quantities: Sequence[float],
    *,
    demand: float,
    order_cost: float,
    holding: float,
    prices: Sequence[tuple[float, float]],
) -> pd.Series:
    r"""Return what a customer pays a year by the size of an order, under a discount on all units.

    Who orders more because of a discount? With the demand *D* a year, the cost *K* of an order, the price
    *c(Q)* and the cost *h* of holding stock, as a share of its price a year,

    .. math:: D\,c(Q) + K D / Q + h\,c(Q)\,Q / 2 .

    Parameters
    ----------
    quantities : sequence of float
        Sizes of an order: *Q*.
    demand, order_cost, holding : float
        *D*, *K* and *h*.
    prices : sequence of (least, price)
        Price of a unit for orders of at least so many, from 0 on.

    Returns
    -------
    Series
        ``cost`` a year by quantity.

    Raises
    ------
    InputError
        A number is out of its range, or no price is given from 0 on.

    References
    ----------
    Nahmias, S. Production and operations analysis. McGraw-Hill.

    Examples
    --------
    >>> from crmlab.pyramid import order_costs
    >>> terms = {"demand": 600, "order_cost": 8, "holding": 0.20}
    >>> prices = [(0, 0.30), (500, 0.29), (1000, 0.28)]
    >>> order_costs([400, 500, 1000], **terms, prices=prices).round(1).tolist()
    [204.0, 198.1, 200.8]
    """
    number(demand, "demand", above=0)
    number(order_cost, "order_cost", least=0)
    number(holding, "holding", "a share of the price a year", least=0)
    q = np.asarray(quantities, dtype=float)
    if not (q > 0).all():
        raise InputError("Quantities must be above 0.")
    steps = sorted((float(least), float(price)) for least, price in prices)
    if not steps or steps[0][0] > 0 or min(price for _, price in steps) <= 0:
        raise InputError(
            "prices must name a price above 0 for orders of at least 0, and then for larger ones."
        )
    least, price = np.array(steps).T
    unit = price[np.searchsorted(least, q, side="right") - 1]
    cost = demand * unit + order_cost * demand / q + holding * unit * q / 2
    return pd.Series(cost, index=pd.Index(q, name="quantity"), name="cost")


@checked
def credit_cost(discount: float, *, early: int, late: int) -> float:
    r"""Return the rate a year that a customer pays who does not take a cash discount.

    What does "2/10 net 30" cost who pays late? Who forgoes 2 % borrows the other 98 for 20 days:

    .. math:: \left(1 + \frac{s}{1-s}\right)^{365 / (\text{late} - \text{early})} - 1 .

    Parameters
    ----------
    discount : float
        *s*, between 0 and 1.
    early, late : int
        Days until which the discount holds, and until which all is due.

    Raises
    ------
    InputError
        The discount is not between 0 and 1, or the days do not rise.

    Examples
    --------
    >>> from crmlab.pyramid import credit_cost
    >>> round(credit_cost(0.02, early=10, late=30), 3)
    0.446
    """
    number(discount, "discount", "a share of the bill", above=0, below=1)
    whole(early, "early", "a number of days")
    whole(late, "late", "a number of days", least=early + 1)
    return float((1 + discount / (1 - discount)) ** (365 / (late - early)) - 1)


@checked
def within_budget(costs: pd.Series, worths: pd.Series, budget: float) -> pd.DataFrame:
    """Choose whom to serve, if each costs and brings something, and the budget does not reach for all.

    Taking the best worth a cost first is nearly always nearly right; the best choice is a whole-number
    programme, and parts of a customer, where there are any, bring the most that either could.

    Parameters
    ----------
    costs, worths : Series
        By customer; costs above 0.
    budget : float

    Returns
    -------
    DataFrame by customer
        ``best`` and ``greedy``, who is chosen, and ``part``, which share of each if parts can be had.

    Raises
    ------
    InputError
        A cost is not above 0, or the budget is negative.
    FitError
        The programme was not solved.

    References
    ----------
    Dantzig, G. B. (1957). Discrete-variable extremum problems. Operations Research 5(2), 266-288.

    Examples
    --------
    >>> from crmlab.pyramid import within_budget
    >>> import pandas as pd
    >>> costs, worths = pd.Series([10, 20, 30], list("abc")), pd.Series([60, 100, 120], list("abc"))
    >>> within_budget(costs, worths, 50)["best"].tolist()
    [False, True, True]
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    number(budget, "budget", least=0)
    cost, worth = costs.to_numpy(dtype=float), worths.reindex(costs.index).to_numpy(dtype=float)
    if not (cost > 0).all() or np.isnan(worth).any():
        raise InputError("Each customer needs a cost above 0 and a worth.")
    found = milp(
        -worth, integrality=np.ones(len(cost), dtype=np.int64), bounds=Bounds(0, 1),
        constraints=LinearConstraint(cost[None, :], -np.inf, budget),
    )  # fmt: skip
    if found.x is None:
        raise FitError(f"The best choice was not found: {found.message}")
    turn = np.argsort(-worth / cost, kind="stable")
    left, greedy, part = budget, np.zeros(len(cost), dtype=bool), np.zeros(len(cost))
    rest = budget
    for place in turn:
        if worth[place] <= 0:
            break
        part[place] = min(1.0, rest / cost[place])
        rest -= part[place] * cost[place]
        if cost[place] <= left:
            greedy[place] = True
            left -= cost[place]
    return pd.DataFrame({"best": found.x > 0.5, "greedy": greedy, "part": part}, index=costs.index)
