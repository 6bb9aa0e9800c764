"""Customer pyramids: how unequal customers are, tiers, and who changes tier."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError, unknown
from crmlab.segments import complete, labelled, rank_share, same_customers, steady, transitions

__all__ = [
    "MEANINGS",
    "SCHEMES",
    "Scheme",
    "gini",
    "lorenz",
    "migration",
    "preconditions",
    "tiers",
    "top_share",
    "whale_curve",
]


@dataclass(frozen=True)
class Scheme:
    """A way to cut customers into tiers.

    Attributes
    ----------
    shares : mapping
        Tier to its share of the customers, from the best tier to the least. Shares sum to one.
    loss_tier : str or None
        Tier that takes everybody whose value is zero or less, whatever their rank. The shares then divide
        the others.
    """

    shares: Mapping[str, float]
    loss_tier: str | None = None

    def __post_init__(self) -> None:
        is_mapping = isinstance(self.shares, Mapping)
        if is_mapping:
            for name, share in self.shares.items():
                number(share, f"The share of tier '{name}'", "a share of the customers")
        if not is_mapping or not self.shares or any(share <= 0 for share in self.shares.values()):
            raise InputError("A scheme needs tiers with positive shares of the customers, best tier first.")
        if not np.isclose(sum(self.shares.values()), 1):
            total = sum(self.shares.values())
            raise InputError(f"The shares of a scheme's tiers must sum to 1, but these sum to {total:g}.")
        if self.loss_tier in self.shares:
            raise InputError(f"The loss tier '{self.loss_tier}' cannot also have a share of the others.")

    @property
    def names(self) -> list[str]:
        """Tiers from the best to the least."""
        return [*self.shares, *([self.loss_tier] if self.loss_tier else [])]

    def codes(self, place: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        """Return the number of the tier, 0 the best, of customers at a share of the ranks from the best."""
        cuts = np.cumsum(list(self.shares.values()))[:-1]
        # A rank share that equals a cut but for rounding belongs above it.
        return np.searchsorted(cuts, place - 1e-12)


SCHEMES: dict[str, Scheme] = {
    "two": Scheme({"top": 0.20, "rest": 0.80}),
    "cpm": Scheme({"platinum": 0.05, "gold": 0.20, "iron": 0.75}, loss_tier="lead"),
    "revenue": Scheme({"top": 0.01, "large": 0.04, "medium": 0.15, "small": 0.80}),
}
"""Ready schemes: 80/20; platinum, gold, iron, lead; and the standard revenue pyramid."""

MEANINGS = pd.DataFrame(
    [
        ("two", "top", "头部客户", "the fifth of the customers with the highest value", "keep by name"),
        ("two", "rest", "其他客户", "the other four fifths", "serve efficiently"),
        ("cpm", "platinum", "铂金层", "most profitable, loyal, not price-sensitive", "protect and delight"),
        ("cpm", "gold", "黄金层", "profitable, but wants discounts or buys elsewhere too", "move up"),
        ("cpm", "iron", "钢铁层", "keeps the business busy, too small for special care", "serve at low cost"),
        ("cpm", "lead", "重铅层", "costs more than it brings", "repair, reprice, or let go"),
        ("revenue", "top", "顶端客户", "first percent by revenue", "manage as key accounts"),
        ("revenue", "large", "大客户", "next 4 percent", "give a named contact"),
        ("revenue", "medium", "中客户", "next 15 percent", "develop by campaigns"),
        ("revenue", "small", "小客户", "remaining 80 percent", "serve by self-service"),
    ],
    columns=["scheme", "tier", "chinese", "meaning", "action"],
).set_index(["scheme", "tier"])
"""What each tier means and asks for."""


@checked
def tiers(value: pd.Series, scheme: str | Scheme | Mapping[str, float] = "cpm") -> pd.Series:
    r"""Give every customer a tier by value.

    Who belongs to which layer of the pyramid?

    Customers are ranked from the best; those whose rank share falls into a tier's part of the customers
    belong to it. Equal customers share the middle of their ranks and so always share a tier.

    Parameters
    ----------
    value : Series
        One number a customer: profit, revenue or lifetime value.
    scheme : {"two", "cpm", "revenue"}, Scheme or mapping
        ``two`` is 80/20. ``cpm`` is the Customer Pyramid: lead are all customers with no profit, the best
        5 % of the others are platinum, the next 20 % gold, the rest iron. ``revenue`` is the standard pyramid
        of 1, 4, 15 and 80 %. A mapping of tiers to shares of the customers, best first, is a custom scheme.

    Returns
    -------
    Series
        Ordered Categorical ``tier`` by customer, from the best tier down.

    Raises
    ------
    InputError
        An unknown scheme, or shares that do not sum to one.
    DataError
        A value is missing or not finite, or there are no customers.

    References
    ----------
    Zeithaml, V. A., Rust, R. T. and Lemon, K. N. (2001). The customer pyramid. California Management Review
    43(4), 118-142. Curry, J. and Curry, A. (2000). The Customer Marketing Method. Free Press.

    Examples
    --------
    >>> from crmlab.pyramid import tiers
    >>> import pandas as pd
    >>> profit = pd.Series([90.0, 20.0, 20.0, 5.0, -8.0], index=list("abcde"))
    >>> tiers(profit, {"best": 0.2, "others": 0.8}).tolist()
    ['best', 'others', 'others', 'others', 'others']
    >>> tiers(profit).tolist()
    ['gold', 'iron', 'iron', 'iron', 'lead']
    """
    complete(value)
    plan = scheme_of(scheme)
    losing = (value <= 0).to_numpy() if plan.loss_tier else np.zeros(len(value), dtype=bool)
    codes = np.full(len(value), len(plan.names) - 1)
    if not losing.all():
        place = rank_share(value[~losing], best_first=True)
        codes[~losing] = plan.codes(place.to_numpy())
    return labelled(codes, plan.names, value.index, "tier")


def scheme_of(scheme: str | Scheme | Mapping[str, float]) -> Scheme:
    """Return a scheme by its name or from its shares, or raise InputError."""
    if isinstance(scheme, Scheme):
        return scheme
    if isinstance(scheme, Mapping):
        return Scheme(scheme)
    if scheme not in SCHEMES:
        raise unknown("scheme", scheme, SCHEMES)
    return SCHEMES[scheme]


def _shareable(value: pd.Series) -> None:
    """Raise DataError unless a share of the total has a meaning."""
    complete(value)
    if (value < 0).any():
        raise DataError(
            f"{int((value < 0).sum()):,} of {len(value):,} values are negative, so shares of the total "
            "mislead. Use revenue, or draw the whale curve, which is made for losses."
        )
    if value.sum() == 0:
        raise DataError("All values are zero, so there is no total to share.")


@checked
def lorenz(value: pd.Series) -> pd.DataFrame:
    """Return the Lorenz curve, best customers first: which share of customers brings which share of value.

    How unequal are our customers?

    Parameters
    ----------
    value : Series
        One number a customer, zero or more: revenue, orders, value.

    Returns
    -------
    DataFrame
        ``customers_share`` and ``value_share``, both from 0 to 1, one row more than customers.

    Raises
    ------
    DataError
        A value is missing or negative, or all are zero.

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American
    Statistical Association 9(70), 209-219.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import lorenz
    >>> lorenz(pd.Series([6.0, 3.0, 1.0]))["value_share"].round(2).tolist()
    [0.0, 0.6, 0.9, 1.0]
    """
    _shareable(value)
    sums = np.concatenate([[0.0], np.cumsum(np.sort(value.to_numpy(dtype=float))[::-1])])
    share = np.linspace(0, 1, len(sums))
    return pd.DataFrame({"customers_share": share, "value_share": sums / sums[-1]})


@checked
def gini(value: pd.Series) -> float:
    r"""Return the Gini coefficient: 0 where all customers are equal, near 1 where one has everything.

    .. math:: G = \frac{2 \sum_{i=1}^{n} i\, x_{(i)}}{n \sum_i x_i} - \frac{n + 1}{n}

    with :math:`x_{(1)} \le \dots \le x_{(n)}`.

    Raises
    ------
    DataError
        A value is missing or negative, or all are zero.

    References
    ----------
    Gini, C. (1914). Sulla misura della concentrazione e della variabilità dei caratteri. Atti del Reale
    Istituto Veneto 73, 1203-1248.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import gini
    >>> gini(pd.Series([1.0, 1.0, 1.0]))
    0.0
    >>> round(gini(pd.Series([0.0, 0.0, 9.0])), 3)
    0.667
    """
    _shareable(value)
    ordered = np.sort(value.to_numpy(dtype=float))
    n = len(ordered)
    weighted = float(np.arange(1, n + 1) @ ordered)
    return max(0.0, 2 * weighted / (n * float(ordered.sum())) - (n + 1) / n)


@checked
def top_share(value: pd.Series, share: float = 0.20) -> float:
    """Return the share of the total that the best ``share`` of the customers brings.

    Is it really 80/20 here? Read off the Lorenz curve, between two customers by a straight line.

    Raises
    ------
    InputError
        The share is not between 0 and 1.
    DataError
        A value is missing or negative, or all are zero.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import top_share
    >>> top_share(pd.Series([6.0, 2.0, 1.0, 1.0, 0.0]), 0.2)
    0.6
    """
    share = number(share, "The share", "a share of the customers", least=0, most=1)
    curve = lorenz(value)
    return float(np.interp(share, curve["customers_share"], curve["value_share"]))


@checked
def whale_curve(profit: pd.Series) -> pd.DataFrame:
    """Return cumulative profit over customers from the most to the least profitable.

    Who earns the profit, and who destroys it? The curve climbs while customers earn, is highest where the
    last of them is counted, and falls back to the real total as loss-making customers eat the rest.

    Parameters
    ----------
    profit : Series
        Profit by customer after the cost to serve; losses are negative.

    Returns
    -------
    DataFrame
        ``customers_share`` from 0 to 1, ``profit`` cumulative in the currency, and ``profit_share`` as a
        share of the absolute total. One row more than customers.

    Raises
    ------
    DataError
        A value is missing, or the total is zero.

    References
    ----------
    Kaplan, R. S. and Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management 15(5), 5-15.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import whale_curve
    >>> whale_curve(pd.Series([60.0, 50.0, -10.0]))["profit_share"].round(2).tolist()
    [0.0, 0.6, 1.1, 1.0]
    """
    complete(profit)
    sums = np.concatenate([[0.0], np.cumsum(np.sort(profit.to_numpy(dtype=float))[::-1])])
    if sums[-1] == 0:
        raise DataError("Profits and losses cancel to zero, so there is no total to compare with.")
    share = np.linspace(0, 1, len(sums))
    return pd.DataFrame({"customers_share": share, "profit": sums, "profit_share": sums / abs(sums[-1])})


@checked
def migration(before: pd.Series, after: pd.Series, *, shares: bool = True) -> pd.DataFrame:
    """Return the moves of customers between tiers of two periods.

    Who climbed, who fell? See `crmlab.segments.transitions` for arguments, result and errors.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import migration
    >>> from crmlab.pyramid import tiers
    >>> then = tiers(pd.Series([9.0, 5.0, 1.0], index=list("abc")), {"top": 1 / 3, "rest": 2 / 3})
    >>> now = tiers(pd.Series([2.0, 5.0, 1.0], index=list("abc")), {"top": 1 / 3, "rest": 2 / 3})
    >>> int(migration(then, now, shares=False).loc["top", "rest"])
    1
    """
    return transitions(before, after, shares=shares)


@checked
def preconditions(
    customers: Customers,
    value: pd.Series,
    *,
    later: pd.Series | None = None,
    capacity: int = 500,
    repeat: float = 0.30,
    inequality: float = 2.0,
    persistence: float = 0.30,
) -> pd.DataFrame:
    """Ask whether a base deserves tiers at all.

    Tiers pay only where there are too many customers to manage alike, customers come back, they differ in
    value, and who is good now tends to be good later.

    Parameters
    ----------
    customers : Customers
        The base.
    value : Series
        One number a customer; the part below zero counts as zero.
    later : Series, optional
        The same customers' value in a later period; without it the last condition is not judged.
    capacity : int
        Customers that can be looked after one by one.
    repeat : float
        Least share of customers with a repeat purchase.
    inequality : float
        Least ratio of the best fifth's share of value to its share of customers.
    persistence : float
        Least rank correlation between value now and later.

    Returns
    -------
    DataFrame
        One row a condition: ``measure`` (what the number is), ``evidence``, ``needed`` and ``holds``. The
        thresholds are conventions to argue about, not findings.

    Examples
    --------
    >>> from crmlab.pyramid import preconditions
    >>> import crmlab as crm
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    >>> preconditions(base, base.frame["total"])["holds"].tolist()
    [True, True, True]
    """
    frame = customers.frame
    same_customers(value, frame)
    rows = [
        ("too many to manage alike", "customers", float(len(value)), float(capacity)),
        ("repeat trade", "share who came back", float((frame["frequency"] > 0).mean()), repeat),
        (
            "real differences",
            "best fifth's share / 20%",
            top_share(value.clip(lower=0), 0.20) / 0.20,
            inequality,
        ),
    ]
    if later is not None:
        same_customers(value, later)
        after = steady(later.reindex(value.index))
        stable = float(steady(value).corr(after, method="spearman"))
        rows.append(("differences that last", "rank correlation with later", stable, persistence))
    table = pd.DataFrame(rows, columns=["condition", "measure", "evidence", "needed"]).set_index("condition")
    return table.assign(holds=table["evidence"] >= table["needed"])
