"""The layers of a customer pyramid: who belongs to which, and who changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab import ranks
from crmlab.arguments import checked, number
from crmlab.customers import Customers
from crmlab.errors import InputError, unknown
from crmlab.groups import complete, labelled, same_customers, transitions
from crmlab.language import mark


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

    Examples
    --------
    >>> from crmlab.pyramid import Scheme
    >>> Scheme({"few": 0.1, "many": 0.9}, loss_tier="none").names
    ['few', 'many', 'none']
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
        (
            "two",
            mark("top"),
            "头部客户",
            mark("the fifth of the customers with the highest value"),
            mark("keep by name"),
        ),
        ("two", mark("rest"), "其他客户", mark("the other four fifths"), mark("serve efficiently")),
        (
            "cpm",
            mark("platinum"),
            "铂金层",
            mark("most profitable, loyal, not price-sensitive"),
            mark("protect and delight"),
        ),
        (
            "cpm",
            mark("gold"),
            "黄金层",
            mark("profitable, but wants discounts or buys elsewhere too"),
            mark("move up"),
        ),
        (
            "cpm",
            mark("iron"),
            "钢铁层",
            mark("keeps the business busy, too small for special care"),
            mark("serve at low cost"),
        ),
        (
            "cpm",
            mark("lead"),
            "重铅层",
            mark("costs more than it brings"),
            mark("repair, reprice, or let go"),
        ),
        (
            "revenue",
            mark("top"),
            "顶端客户",
            mark("first percent by revenue"),
            mark("manage as key accounts"),
        ),
        ("revenue", mark("large"), "大客户", mark("next 4 percent"), mark("give a named contact")),
        ("revenue", mark("medium"), "中客户", mark("next 15 percent"), mark("develop by campaigns")),
        ("revenue", mark("small"), "小客户", mark("remaining 80 percent"), mark("serve by self-service")),
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
        place = ranks.rank_share(value[~losing], best_first=True)
        codes[~losing] = plan.codes(place.to_numpy())
    return labelled(codes, plan.names, value.index, "tier")


@checked
def with_tiers(
    customers: Customers,
    *,
    value: str = "lifetime_value",
    scheme: str | Scheme | Mapping[str, float] = "cpm",
) -> Customers:
    """Add every customer's tier by value, where their rows are.

    The rule is at `tiers`. The cuts are found by counting when this is called; the labels are computed when
    the rows are.

    Parameters
    ----------
    customers : Customers
    value : str
        A column, such as ``lifetime_value`` or ``total``.
    scheme : {"two", "cpm", "revenue"}, Scheme or mapping
        See `tiers`.

    Returns
    -------
    Customers
        With the column ``tier`` added.

    Raises
    ------
    InputError
        No such column or scheme, or shares that do not sum to one.
    DataError
        A value is missing or not finite, or there are no customers.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.pyramid import with_tiers
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> with_tiers(customers, value="total", scheme="two").frame["tier"].value_counts().to_dict()
    {'rest': 1886, 'top': 471}
    """
    plan = scheme_of(scheme)
    tier = ranks.labels(customers, value, plan.codes, plan.names, best_first=True, losses=plan.loss_tier)
    return customers.with_columns(tier=tier)


def scheme_of(scheme: str | Scheme | Mapping[str, float]) -> Scheme:
    """Return a scheme by its name or from its shares, or raise InputError."""
    if isinstance(scheme, Scheme):
        return scheme
    if isinstance(scheme, Mapping):
        return Scheme(scheme)
    if scheme not in SCHEMES:
        raise unknown("scheme", scheme, SCHEMES)
    return SCHEMES[scheme]


@checked
def migration(before: pd.Series, after: pd.Series, *, shares: bool = True) -> pd.DataFrame:
    """Return the moves of customers between tiers of two periods.

    Who climbed, who fell? See `crmlab.groups.transitions` for arguments, result and errors.

    Parameters
    ----------
    before, after : Series
        Tiers of customers at two dates.
    shares : bool
        Divide each row by its sum.

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


NOTHING_BOUGHT = mark("nothing bought")
"""What `later_tiers` calls customers who bought nothing in the later period."""


@checked
def later_tiers(earlier: pd.Series, value: pd.Series, *, silent: pd.Series) -> pd.Series:
    """Give the same customers a tier by what came later, with as many places as before.

    Whoever bought nothing has the same value as many others, and so no place in a ranking: such customers get
    a label of their own. The others are ranked by their later value. The better tiers have as many places as
    they had customers earlier, the last of the earning tiers takes all others who earn, and the last tier
    those who bought and earn nothing. So everybody could have stayed where they were.

    Parameters
    ----------
    earlier : Series
        Tiers as `tiers` returned them, the last one for customers without a profit.
    value : Series
        The same customers' value in the later period.
    silent : Series
        True where a customer bought nothing in it.

    Returns
    -------
    Series
        Ordered Categorical ``later tier`` by customer: the earlier tiers, and "nothing bought".

    Raises
    ------
    DataError
        The customers are not the same, or a value is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import later_tiers, tiers
    >>> earlier = tiers(pd.Series([90.0, 40.0, 20.0, 5.0, -8.0], index=list("abcde")))
    >>> value = pd.Series([-1.0, 60.0, 4.0, -3.0, -1.0], index=list("abcde"))
    >>> silent = pd.Series([True, False, False, False, True], index=list("abcde"))
    >>> later_tiers(earlier, value, silent=silent).tolist()
    ['nothing bought', 'gold', 'iron', 'lead', 'nothing bought']
    """
    complete(value)
    same_customers(earlier, value)
    same_customers(silent, value)
    names = list(earlier.cat.categories)
    places = earlier.value_counts(normalize=True, sort=False).cumsum().to_numpy()[:-2]
    value = ranks.steady(value.reindex(earlier.index))
    quiet = silent.reindex(earlier.index).to_numpy(dtype=bool)
    earns = (value > 0).to_numpy() & ~quiet
    codes = np.where(quiet, len(names), len(names) - 1)
    rank = value[earns].rank(ascending=False) - 0.5
    # A rank share that equals a cut but for rounding belongs above it.
    codes[earns] = np.searchsorted(places, rank.to_numpy() / len(value) - 1e-12)
    return labelled(codes, [*names, NOTHING_BOUGHT], earlier.index, "later tier")
