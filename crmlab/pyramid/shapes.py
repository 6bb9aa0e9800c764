"""The shape of a base: single, dumbbell or pyramid, by a stated rule that may say it cannot tell."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, some
from crmlab.groups import complete, same_customers
from crmlab.language import mark

Floats = npt.NDArray[np.float64]

SHAPES = (mark("single"), mark("dumbbell"), mark("pyramid"))
"""The shapes of a base, as `shape` calls them: one hump of like customers, two humps with little between
them, or many small customers under few who have most."""

UNDECIDED = mark("not decided")

_BINS = 400  # of the logarithm of the size
_FEWEST = 30


@checked
def shape(
    sizes: pd.Series,
    *,
    valley: float = 0.7,
    least: float = 0.1,
    steep: float = 0.6,
    flat: float = 0.4,
    sure: float = 0.95,
    draws: int = 200,
    seed: int = 1,
) -> pd.Series:
    r"""Return the shape of a base by its customers' sizes, and how sure the rule is of it.

    Dumbbell or pyramid? A histogram in money shows a pyramid whatever there is, for all that is large is
    rare; tiers show one by the way they are cut. So the rule looks at the logarithm of the sizes, smoothed
    (a normal kernel with Silverman's bandwidth), and at who has what:

    1. **dumbbell** where the density has a valley, no higher than ``valley`` of the lower of the two humps
       beside it, with a share ``least`` of the customers on each side;
    2. otherwise **pyramid** where the largest fifth of the customers has ``steep`` or more of the whole, and
       **single** where it has ``flat`` or less;
    3. otherwise, and where less than ``sure`` of the bases drawn anew from these customers have the same
       shape, **not decided**.

    Parameters
    ----------
    sizes : Series
        By customer, such as the balance: above 0.
    valley, least, steep, flat, sure : float
        The rule's thresholds, between 0 and 1: conventions to argue about.
    draws, seed : int
        Bases drawn anew from the customers, with replacement, and from which seed.

    Returns
    -------
    Series
        ``shape``; ``by_rule``, the shape without asking how sure it is; ``sure``, the share of draws that
        agree; ``valley``, the height of the deepest valley over that of the lower hump (1 where there is
        none); ``top_fifth``, its share of the whole.

    Raises
    ------
    InputError
        A threshold is out of its range, or ``flat`` is above ``steep``.
    DataError
        A size is missing, no number, or not above 0, or there are fewer than 30 customers.

    References
    ----------
    Silverman, B. W. (1986). Density estimation for statistics and data analysis. Chapman and Hall.

    Examples
    --------
    >>> from crmlab.pyramid import shape
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> few, many = rng.lognormal(12, 0.5, size=300), rng.lognormal(8, 0.5, size=700)
    >>> shape(pd.Series(np.concatenate([few, many])))["shape"], shape(pd.Series(many))["shape"]
    ('dumbbell', 'single')
    """
    for name, value in (("valley", valley), ("least", least), ("steep", steep), ("flat", flat)):
        number(value, name, "a share", above=0, below=1)
    number(sure, "sure", "a share of the draws", above=0, most=1)
    if flat > steep:
        raise InputError(f"flat is {flat:g} and steep is {steep:g}, but flat must not be above steep.")
    whole(draws, "draws", "a number of draws", least=20)
    x = _sizes(sizes)
    if len(x) < _FEWEST:
        raise DataError(f"There are {len(x)} customers, and a shape needs {_FEWEST} at least.")
    x = np.sort(x)
    rng = np.random.default_rng(whole(seed, "seed"))

    def ruled(times: npt.NDArray[np.int64]) -> tuple[str, float, float]:
        depth = _valley(np.log(x), times, least)
        fifth = _top(x, times, 0.2)
        if depth <= valley:
            return "dumbbell", depth, fifth
        return ("pyramid" if fifth >= steep else "single" if fifth <= flat else UNDECIDED), depth, fifth

    found, depth, fifth = ruled(np.ones(len(x), dtype=np.int64))
    again = [ruled(np.bincount(rng.integers(len(x), size=len(x)), minlength=len(x)))[0] for _ in range(draws)]
    agree = float(np.mean([each == found for each in again]))
    said = found if agree >= sure else UNDECIDED
    made = {"shape": said, "by_rule": found, "sure": agree, "valley": depth, "top_fifth": fifth}
    return pd.Series(made, name="shape", dtype=object)


@checked
def classes(sizes: pd.Series, bounds: Sequence[float]) -> pd.DataFrame:
    """Cut customers into classes by size, and say what shape the classes seem to have.

    Does the shape change with the bounds? Drawn as bars by class, one and the same base can be made to look
    like a pyramid, a dumbbell or a block: the bounds decide.

    Parameters
    ----------
    sizes : Series
        By customer: above 0.
    bounds : sequence of float
        Where classes meet, rising; a customer at a bound is in the class above.

    Returns
    -------
    DataFrame by class
        From the lowest: ``from``, ``customers``, ``customers_share``, ``total``, ``total_share``.
        ``attrs["looks"]`` says what it looks like: a pyramid where each class has fewer customers than that
        below it; a dumbbell where some class has fewer than one below and one above it; else single.

    Raises
    ------
    InputError
        The bounds do not rise, or there is none.
    DataError
        A size is missing, no number, or not above 0.

    Examples
    --------
    >>> from crmlab.pyramid import classes
    >>> import pandas as pd
    >>> sizes = pd.Series([1.0, 2.0, 3.0, 8.0, 9.0, 9.5])
    >>> classes(sizes, [4, 7]).attrs["looks"], classes(sizes, [9]).attrs["looks"]
    ('dumbbell', 'pyramid')
    """
    x = _sizes(sizes)
    edges = np.asarray(bounds, dtype=float)
    if not len(edges) or not np.isfinite(edges).all() or not (np.diff(edges) > 0).all():
        raise InputError(f"bounds is {list(bounds)!r}, but must be numbers that rise, at least one.")
    place = np.searchsorted(edges, x, side="right")
    count = np.bincount(place, minlength=len(edges) + 1)
    total = np.bincount(place, x, minlength=len(edges) + 1)
    names = [
        f"below {edges[0]:,g}",
        *(f"{low:,g} to {high:,g}" for low, high in pairwise(edges)),
    ]
    index = pd.Index([*names, f"from {edges[-1]:,g}"], name="class")
    table = {
        "from": [0.0, *edges],
        "customers": count,
        "customers_share": count / count.sum(),
        "total": total,
        "total_share": total / total.sum(),
    }
    made = pd.DataFrame(table, index=index)
    highest_below = np.maximum.accumulate(count)
    highest_above = np.maximum.accumulate(count[::-1])[::-1]
    inside = (count < highest_below) & (count < highest_above)
    falls = (np.diff(count) < 0).all()
    made.attrs["looks"] = "dumbbell" if inside.any() else "pyramid" if falls else "single"
    return made


@checked
def class_results(
    label: pd.Series, income: pd.Series, cost: pd.Series, *, share: float = 0.1
) -> pd.DataFrame:
    r"""Return what each class of customers brings and costs, and on how few of them it hangs.

    Parameters
    ----------
    label : Series
        Class by customer.
    income, cost : Series
        Of the same customers.
    share : float
        Of the customers of a class, the largest by income: for ``top_share``.

    Returns
    -------
    DataFrame by class, and ``all``
        ``customers``, ``income``, ``cost``, ``result``, ``cost_to_income`` (missing where there is no
        income), ``top_share``, the share of the class's income that its largest ``share`` of customers
        brings, and ``herfindahl``, :math:`\sum_i s_i^2` of the shares :math:`s_i` of its income: 1 where one
        customer brings it all.

    Raises
    ------
    InputError
        The share is out of its range.
    DataError
        The customers differ, or a value is missing or, of the income, negative.

    Examples
    --------
    >>> from crmlab.pyramid import class_results
    >>> import pandas as pd
    >>> label = pd.Series(["rich", "rest", "rest"])
    >>> found = class_results(label, pd.Series([80.0, 10.0, 10.0]), pd.Series([20.0, 15.0, 15.0]))
    >>> found["cost_to_income"].round(2).to_dict()
    {'rest': 1.5, 'rich': 0.25, 'all': 0.5}
    """
    number(share, "share", "a share of the customers", above=0, most=1)
    for each in (income, cost):
        complete(each)
        same_customers(label, each)
    if label.isna().any():
        raise DataError(f"{int(label.isna().sum()):,} of {len(label):,} customers have no class.")
    brought = income.reindex(label.index)
    if (low := brought < 0).any():
        raise DataError(
            f"The income of {int(low.sum()):,} customers is negative, for example {some(low.index[low])}: "
            "shares of it have no meaning."
        )
    table = pd.DataFrame({"label": label, "income": brought, "cost": cost.reindex(label.index)})
    pieces = [*table.groupby("label", observed=True), ("all", table)]
    rows = {}
    for name, piece in pieces:
        money = np.sort(piece["income"].to_numpy(dtype=float))
        whole_income = money.sum()
        top = _top(money, np.ones(len(money), dtype=np.int64), share) if whole_income else np.nan
        parts = float(((money / whole_income) ** 2).sum()) if whole_income else np.nan
        paid = float(piece["cost"].sum())
        ratio = paid / whole_income if whole_income else np.nan
        rows[name] = [len(piece), whole_income, paid, whole_income - paid, ratio, top, parts]
    columns = ["customers", "income", "cost", "result", "cost_to_income", "top_share", "herfindahl"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return found.astype({"customers": int}).rename_axis("class")


def _sizes(sizes: pd.Series) -> Floats:
    """Return sizes as numbers, or raise DataError unless all are above 0."""
    complete(sizes)
    x = sizes.to_numpy(dtype=float)
    if (wrong := x <= 0).any():
        raise DataError(
            f"The size of {int(wrong.sum()):,} of {len(x):,} customers is not above 0, for example of "
            f"{some(sizes.index[wrong])}. Leave them out, and say so: they have no place in a shape."
        )
    return np.asarray(x)


def _top(x: Floats, times: npt.NDArray[np.int64], share: float) -> float:
    """Return the share of the whole that the largest share of rising values brings, each so many times."""
    people, money = np.cumsum(times[::-1]), np.cumsum((times * x)[::-1])
    return float(np.interp(share * people[-1], np.append(0, people), np.append(0.0, money)) / money[-1])


def _valley(x: Floats, times: npt.NDArray[np.int64], least: float) -> float:
    """Return the height of the deepest valley over the lower hump beside it: 1 where there is none."""
    from scipy.ndimage import gaussian_filter1d

    low, high = float(x[0]), float(x[-1])
    if high - low <= 1e-9:
        return 1.0
    n = times.sum()
    mean = times @ x / n
    people = np.cumsum(times)
    quarter, three = x[np.searchsorted(people, [n / 4, 3 * n / 4])]
    spread = min(np.sqrt(times @ (x - mean) ** 2 / n), (three - quarter) / 1.34 or np.inf)
    step = (high - low) / _BINS
    width = 0.9 * spread * n**-0.2 / step
    place = np.minimum(((x - low) / step).astype(int), _BINS - 1)
    count = np.bincount(place, times, minlength=_BINS)
    edge = int(4 * width) + 1  # nothing is beyond the ends
    density = gaussian_filter1d(np.pad(count, edge), max(width, 0.5), mode="constant")
    left = np.maximum.accumulate(density)
    right = np.maximum.accumulate(density[::-1])[::-1]
    below = np.cumsum(np.pad(count, edge)) / n
    inside = (below >= least) & (below <= 1 - least)
    lower = np.minimum(left, right)
    ratio = np.divide(density, lower, out=np.ones_like(density), where=lower > 0)
    return float(ratio[inside].min()) if inside.any() else 1.0
