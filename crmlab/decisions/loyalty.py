"""Kinds of loyalty: attitude against behaviour, and why a customer comes again."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.decisions.columns import flags, numbers
from crmlab.errors import InputError, some
from crmlab.groups import labelled, same_customers
from crmlab.language import mark

FOUR_LOYALTIES = pd.DataFrame(
    [
        (mark("true"), "忠诚", mark("likes us and comes often"), mark("keep, and ask for referrals")),
        (mark("latent"), "潜在忠诚", mark("likes us and comes seldom"), mark("take the hindrance away")),
        (
            mark("spurious"),
            "虚假忠诚",
            mark("comes often without liking us"),
            mark("win over, or expect to lose"),
        ),
        (mark("no loyalty"), "不忠诚", mark("neither likes us nor comes often"), mark("serve at low cost")),
    ],
    columns=["loyalty", "chinese", "meaning", "action"],
).set_index("loyalty")
"""Attitude by behaviour, after Dick and Basu: what each field means and asks for."""

LOYALTY_KINDS = pd.DataFrame(
    [
        (mark("kinship"), "亲缘忠诚", mark("has family or friends working here")),
        (mark("monopoly"), "垄断忠诚", mark("has nobody else to go to")),
        (mark("trust"), "信赖忠诚", mark("comes often, and likes us")),
        (mark("benefit"), "利益忠诚", mark("comes often, for the price")),
        (mark("inertia"), "惰性忠诚", mark("comes often, out of habit")),
        (mark("latent"), "潜在忠诚", mark("comes seldom, and likes us")),
        (mark("none"), "不忠诚", mark("comes seldom, and does not like us")),
    ],
    columns=["kind", "chinese", "meaning"],
).set_index("kind")
"""The six kinds of loyalty and those without, in the order in which they are asked: the first that holds."""


@checked
def attitude_behaviour(
    attitude: pd.Series, behaviour: pd.Series, *, fond: float = 7.0, often: float | None = None
) -> pd.Series:
    """Divide customers by whether they like us and whether they come often.

    Who is really loyal? To buy again is half of it: of those who come often, some do so because they like us,
    and some because nothing better is near (spurious loyalty, 虚假忠诚). A rival finds the difference.

    Parameters
    ----------
    attitude : Series
        By customer, how we compare with others, of those who answered.
    behaviour : Series
        By customer, purchases in a time that is the same for all, or a rate.
    fond : float
        The attitude from which on a customer counts as fond of us.
    often : float, optional
        The purchases from which on a customer counts as frequent; without it, the median. With many equal
        numbers more than half may be frequent.

    Returns
    -------
    Series
        Ordered Categorical ``loyalty`` by customer: true, latent, spurious, no loyalty. See `FOUR_LOYALTIES`.

    Raises
    ------
    DataError
        Other customers in the two, or a value that is missing.

    References
    ----------
    Dick, A. S. and Basu, K. (1994). Customer loyalty: toward an integrated conceptual framework. Journal of
    the Academy of Marketing Science 22(2), 99-113.

    Examples
    --------
    >>> from crmlab.decisions import attitude_behaviour
    >>> import pandas as pd
    >>> attitude_behaviour(pd.Series([9, 9, 3, 3]), pd.Series([8, 1, 8, 1])).tolist()
    ['true', 'latent', 'spurious', 'no loyalty']
    """
    number(fond, "fond", "an attitude")
    same_customers(attitude, behaviour)
    likes = numbers(attitude, "attitude") >= fond
    comes = _often(behaviour.reindex(attitude.index), "behaviour", often)
    code = np.select([likes & comes, likes, comes], range(3), 3)
    return labelled(code, list(FOUR_LOYALTIES.index), attitude.index, "loyalty")


@checked
def loyalty_kinds(customers: pd.DataFrame, *, fond: float = 7.0, often: float | None = None) -> pd.Series:
    """Name why each customer comes again: the first of six reasons that holds.

    What keeps them, and would a rival take it away? Family and friends stay; who has nobody else to go to may
    leave when there is somebody; who comes for the price leaves for a lower one; who trusts us stays longest.

    Parameters
    ----------
    customers : DataFrame
        By customer: ``attitude`` and ``behaviour`` as for `attitude_behaviour`; ``alternatives``, other
        suppliers in reach; ``price``, whether the customer comes for the price above all; ``tied``, whether
        family or friends work here.
    fond, often : float
        As for `attitude_behaviour`.

    Returns
    -------
    Series
        Ordered Categorical ``kind`` by customer: kinship, monopoly, trust, benefit, inertia, latent, none.
        See `LOYALTY_KINDS`. The order matters: a friend of the house without any alternative is kinship.

    Raises
    ------
    InputError
        A column is missing.
    DataError
        A value is missing, or customers stand more than once.

    Notes
    -----
    The kinds are those of the Chinese teaching literature. No primary source for them was found.

    Examples
    --------
    >>> from crmlab.decisions import loyalty_kinds
    >>> import pandas as pd
    >>> people = pd.DataFrame({"attitude": [9, 9, 4, 4, 9], "behaviour": [1, 8, 8, 8, 2],
    ...                        "alternatives": [0, 2, 2, 0, 1], "price": [0, 1, 1, 0, 0], "tied": 0})
    >>> loyalty_kinds(people).tolist()
    ['monopoly', 'trust', 'benefit', 'monopoly', 'latent']
    """
    number(fond, "fond", "an attitude")
    needed = ["attitude", "behaviour", "alternatives", "price", "tied"]
    if missing := [name for name in needed if name not in customers.columns]:
        raise InputError(f"customers lacks the column {some([repr(name) for name in missing])}.")
    same_customers(customers, customers)
    likes = numbers(customers["attitude"], "attitude") >= fond
    comes = _often(customers["behaviour"], "behaviour", often)
    alone = numbers(customers["alternatives"], "alternatives", least=0) == 0
    rules = [
        flags(customers["tied"], "tied"),
        alone,
        comes & likes,
        comes & flags(customers["price"], "price"),
    ]
    code = np.select([*rules, comes, likes], range(6), 6)
    return labelled(code, list(LOYALTY_KINDS.index), customers.index, "kind")


def _often(behaviour: pd.Series, name: str, often: float | None) -> np.ndarray:
    many = numbers(behaviour, name, least=0)
    limit = np.median(many) if often is None else number(often, "often", "a number of purchases", above=0)
    return np.asarray((many >= limit) & (many > 0))
