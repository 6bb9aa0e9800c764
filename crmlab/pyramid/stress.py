"""What a base withstands: the largest leave, many default together, and a class may not grow as it likes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, FitError, InputError, some
from crmlab.groups import complete, same_customers

_CELLS = 20_000_000  # draws times customers that are held at once


@checked
def largest_leave(
    income: pd.Series, cost: pd.Series, counts: Sequence[int], *, stays: float = 1.0
) -> pd.DataFrame:
    r"""Return what is left of a base's result when its largest customers leave.

    A wealthy client leaves: does the bank survive? Their income goes; of their cost, the share ``stays`` does
    not (offices, systems), and is borne by the others.

    Parameters
    ----------
    income, cost : Series
        By customer, of a year.
    counts : sequence of int
        How many of the largest by income leave, such as 0, 1, 10, 100.
    stays : float
        Share of their cost that stays.

    Returns
    -------
    DataFrame by number who leave
        ``income``, ``lost``, its share that is lost, ``cost``, ``result`` and ``cost_to_income`` (missing
        where no income is left).

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The customers differ, or a value is missing.

    Examples
    --------
    >>> from crmlab.pyramid import largest_leave
    >>> import pandas as pd
    >>> largest_leave(pd.Series([80.0, 10.0, 10.0]), pd.Series([10.0] * 3), [0, 1])["result"].tolist()
    [70.0, -10.0]
    """
    number(stays, "stays", "a share of the cost", least=0, most=1)
    complete(income)
    complete(cost)
    same_customers(income, cost)
    gone = [whole(each, "counts", "a number of customers", least=0, most=len(income)) for each in counts]
    table = pd.DataFrame({"income": income, "cost": cost.reindex(income.index)})
    # Of equal income, whoever costs less leaves first: which of them it is must not hang on the order.
    table = table.sort_values(["income", "cost"], ascending=[False, True], kind="stable")
    money, paid = (np.append(0.0, table[name].cumsum().to_numpy()) for name in ("income", "cost"))
    left = money[-1] - money[gone]
    cost_left = paid[-1] - (1 - stays) * paid[gone]
    found = {
        "income": left,
        "lost": money[gone] / money[-1] if money[-1] else np.full(len(gone), np.nan),
        "cost": cost_left,
        "result": left - cost_left,
        "cost_to_income": np.divide(cost_left, left, out=np.full(len(gone), np.nan), where=left > 0),
    }
    return pd.DataFrame(found, index=pd.Index(gone, name="leave"))


@checked
def default_losses(
    owed: pd.Series,
    chance: pd.Series,
    *,
    lost: float | pd.Series = 1.0,
    correlation: float = 0.0,
    draws: int = 2000,
    seed: int,
) -> pd.Series:
    r"""Simulate a year's losses from defaults, which have a cause in common.

    What if the middle defaults? On average a year is harmless; what breaks a bank is that many fail in the
    *same* year. All share its luck *F*, standard normal (Vasicek):

    .. math::
        P(\text{default} \mid F) = \Phi\left(\frac{\Phi^{-1}(p) - \sqrt{\rho}\,F}{\sqrt{1 - \rho}}\right) .

    Parameters
    ----------
    owed : Series
        By customer, at least 0.
    chance : Series
        *p*, of default in a year, for the same customers.
    lost : float or Series
        Share of what is owed that a default costs.
    correlation : float
        :math:`\rho`, from 0 (each by themselves) to below 1.
    draws, seed : int
        How many years, and from which seed.

    Returns
    -------
    Series
        ``loss`` by year drawn. `expected_and_worst` sums them up.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The customers differ, a value is missing, or a chance or share is not between 0 and 1.

    References
    ----------
    Vasicek, O. (2002). The distribution of loan portfolio value. Risk 15(12), 160-162.

    Examples
    --------
    >>> from crmlab.pyramid import default_losses
    >>> import pandas as pd
    >>> owed, chance = pd.Series([100.0] * 50), pd.Series([0.02] * 50)
    >>> alone, together = (default_losses(owed, chance, correlation=rho, seed=1) for rho in (0, 0.3))
    >>> bool(together.quantile(0.99) > 1.5 * alone.quantile(0.99))
    True
    """
    from scipy.stats import norm

    number(correlation, "correlation", least=0, below=1)
    whole(draws, "draws", "a number of years", least=1)
    share = pd.Series(float(lost), index=owed.index) if not isinstance(lost, pd.Series) else lost
    for each in (owed, chance, share):
        complete(each)
        same_customers(owed, each)
    if (low := owed < 0).any():
        raise DataError(f"{int(low.sum()):,} customers owe less than 0, for example {some(owed.index[low])}.")
    for name, each in (("chance", chance), ("lost", share)):
        if not each.between(0, 1).all():
            raise DataError(f"'{name}' must be between 0 and 1 for each customer.")
    at_risk = (chance > 0) & (owed > 0) & (share > 0)
    money = (owed * share)[at_risk].to_numpy(dtype=float)
    limit = norm.ppf(chance[at_risk].to_numpy(dtype=float))
    rng = np.random.default_rng(whole(seed, "seed"))
    luck = rng.normal(size=draws)
    losses = np.zeros(draws)
    step = max(1, _CELLS // max(len(money), 1))
    for begin in range(0, draws, step):
        year = luck[begin : begin + step, None]
        p = norm.cdf((limit - np.sqrt(correlation) * year) / np.sqrt(1 - correlation))
        losses[begin : begin + step] = (rng.random(p.shape) < p) @ money
    return pd.Series(losses, index=pd.RangeIndex(1, draws + 1, name="year"), name="loss")


@checked
def expected_and_worst(losses: pd.Series, *, level: float = 0.99) -> pd.Series:
    r"""Return the mean of simulated losses, the loss of a bad year, and how sure both are.

    Parameters
    ----------
    losses : Series
        By draw, as `default_losses` returns them.
    level : float
        A bad year is one that this share of the years stays below.

    Returns
    -------
    Series
        ``expected`` with its standard error ``expected_error``; ``worst``, the quantile, with ``worst_low``
        and ``worst_high``, its 95 % interval from the order of the draws; ``beyond``, the mean loss of the
        years at least as bad (expected shortfall).

    Raises
    ------
    InputError
        The level is out of its range.
    DataError
        There are not enough draws for this level: ten years at least must lie beyond it.

    Examples
    --------
    >>> from crmlab.pyramid import expected_and_worst
    >>> import pandas as pd
    >>> found = expected_and_worst(pd.Series(range(1000), dtype=float), level=0.95)
    >>> found[["expected", "worst", "beyond"]].round(1).tolist()
    [499.5, 949.0, 974.0]
    """
    number(level, "level", "a share of the years", above=0, below=1)
    complete(losses)
    x = np.sort(losses.to_numpy(dtype=float))
    n = len(x)
    if n * (1 - level) < 10 * (1 - 1e-9):
        raise DataError(
            f"Of {n:,} draws only {n * (1 - level):.0f} lie beyond a level of {level:g}. Draw "
            f"{int(np.ceil(10 / (1 - level))):,} years at least."
        )
    place = int(np.ceil(n * level - 1e-9)) - 1
    wide = 1.96 * np.sqrt(n * level * (1 - level))
    low, high = (int(np.clip(round(place + side), 0, n - 1)) for side in (-wide, wide))
    found = {
        "expected": x.mean(),
        "expected_error": x.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan,
        "worst": x[place],
        "worst_low": x[low],
        "worst_high": x[high],
        "beyond": x[place:].mean(),
    }
    return pd.Series(found, name="losses")


@checked
def best_growth(classes: pd.DataFrame, capital: float) -> pd.DataFrame:
    r"""Return by how much to grow each class of customers under a limit of capital.

    Which class should the bank grow? Not the one that earns most, but the one that earns most *of what is
    scarce*, until its market is full (a linear programme):

    .. math:: \max_x \sum_c r_c x_c \quad \text{so that} \quad \sum_c k_c x_c \le K, \; 0 \le x_c \le m_c .

    Parameters
    ----------
    classes : DataFrame
        By class: ``earns`` (*r*, a year for each unit of growth), ``needs`` (*k*, capital for it, at least 0)
        and ``most`` (*m*, at least 0).
    capital : float
        *K*.

    Returns
    -------
    DataFrame by class
        ``grow``, ``earned``, ``capital``, ``per_capital`` (what a unit of capital earns in it). In ``attrs``:
        ``earned`` and ``capital`` in all, and ``next``, what one more unit of capital would earn (its shadow
        price).

    Raises
    ------
    InputError
        A column is missing or out of its range, or the capital negative.
    FitError
        Growth has no limit: a class earns, needs no capital and has no most.

    Examples
    --------
    >>> from crmlab.pyramid import best_growth
    >>> import pandas as pd
    >>> table = {"earns": [9.0, 5.0], "needs": [6.0, 2.0], "most": [100.0, 50.0]}
    >>> found = best_growth(pd.DataFrame(table, index=["large", "small"]), capital=400)
    >>> found["grow"].tolist(), found.attrs["next"]
    ([50.0, 50.0], 1.5)
    """
    from scipy.optimize import linprog

    number(capital, "capital", least=0)
    if missing := [name for name in ("earns", "needs", "most") if name not in classes.columns]:
        raise InputError(f"classes lacks the column '{missing[0]}'. It needs earns, needs and most.")
    if classes.index.has_duplicates:
        raise InputError(f"Classes stand more than once: {some(classes.index[classes.index.duplicated()])}.")
    for name in ("earns", "needs", "most"):
        if len(classes) and not pd.api.types.is_numeric_dtype(classes[name]):
            raise InputError(f"'{name}' is of type {classes[name].dtype}, not numbers.")
    earns, needs, most = (classes[name].to_numpy(dtype=float) for name in ("earns", "needs", "most"))
    if not len(earns) or not np.isfinite(earns).all() or not (np.isfinite(needs) & (needs >= 0)).all():
        raise InputError("earns must be numbers, and needs numbers of at least 0, for one class at least.")
    if not (most >= 0).all():
        raise InputError("most must be at least 0 for each class; put inf where there is no limit.")
    limits = [(0.0, None if np.isinf(each) else each) for each in most]
    found = linprog(-earns, A_ub=needs[None, :], b_ub=[capital], bounds=limits, method="highs")
    if not found.success:
        raise FitError(
            "Growth has no limit here: a class earns, needs no capital, and has no most. Give one."
        )
    x = np.asarray(found.x)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(needs > 0, earns / needs, np.where(earns > 0, np.inf, np.nan))
    table = {"grow": x, "earned": earns * x, "capital": needs * x, "per_capital": each}
    made = pd.DataFrame(table, index=classes.index)
    made.attrs |= {
        "earned": float(earns @ x),
        "capital": float(needs @ x),
        "next": float(-found.ineqlin.marginals[0]),
    }
    return made
