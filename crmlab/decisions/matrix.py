"""The customer value matrix: past profit by value to come, and what each corner asks for."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import Customers
from crmlab.engine import choose, double, one
from crmlab.groups import complete, labelled, same_customers
from crmlab.language import mark

CORNERS = pd.DataFrame(
    [
        (mark("protect"), "重点保护", True, True,
         mark("high so far and to come: first in service, no discount they do not need")),
        (mark("develop"), "培育发展", False, True,
         mark("little so far, more to come: show them the next category")),
        (mark("win back"), "挽回", True, False,
         mark("brought much, little to come: ask why, and make one personal offer")),
        (mark("serve simply"), "简化服务", False, False, mark("cheap channels, no campaign")),
    ],
    columns=["corner", "chinese", "past", "future", "meaning"],
).set_index("corner")  # fmt: skip
"""The corners of the matrix: whether past profit and value to come are over their means, and what to do."""

_EQUAL = 1e-9  # share of the mean: what lies over it by less is equal to it but for rounding


@checked
def value_matrix(past: pd.Series, future: pd.Series) -> pd.Series:
    r"""Put every customer into a corner of the value matrix.

    In whom should we invest, and how? Whoever brought much need not bring much. Past profit and value to come
    are each cut at their mean :math:`m`: over it is whoever has more than :math:`m + 10^{-9} |m|`, so that
    equal customers are not parted by rounding.

    Parameters
    ----------
    past : Series
        Profit of each customer so far.
    future : Series
        Profit to come of the same customers, such as CLV.

    Returns
    -------
    Series
        Ordered Categorical ``quadrant`` by customer, as in ``CORNERS``: ``protect`` (high in both),
        ``develop`` (high in value to come), ``win back`` (high in past profit), ``serve simply``.

    Raises
    ------
    DataError
        Customers differ, or a number is missing.

    Examples
    --------
    >>> from crmlab.decisions import value_matrix
    >>> import pandas as pd
    >>> past = pd.Series([90.0, 80.0, 5.0, 5.0], index=list("abcd"))
    >>> value_matrix(past, pd.Series([50.0, 1.0, 60.0, 2.0], index=list("abcd"))).tolist()
    ['protect', 'win back', 'develop', 'serve simply']
    """
    same_customers(past, future)
    complete(past)
    complete(future)
    aligned = future.reindex(past.index)
    rich, promising = past > _over(past.mean()), aligned > _over(aligned.mean())
    codes = _corner(rich, promising, range(len(CORNERS)))
    return labelled(codes, list(CORNERS.index), past.index, "quadrant")


@checked
def with_corners(customers: Customers, *, past: str, future: str) -> Customers:
    """Add every customer's corner of the value matrix, where their rows are.

    The rule is at `value_matrix`. The means are taken when this is called.

    Parameters
    ----------
    customers : Customers
    past, future : str
        Columns of profit so far and of profit to come.

    Returns
    -------
    Customers
        With the column ``quadrant`` added.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.decisions import with_corners
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True))
    >>> cut = with_corners(base, past="total", future="frequency")
    >>> cut.frame["quadrant"].value_counts().to_dict()
    {'serve simply': 1529, 'protect': 501, 'develop': 235, 'win back': 92}
    """
    customers.need(past, future)
    table = customers.table
    # Sums of whole parts would miss a mean such as 1/3 by more than what is taken for rounding.
    found = one(table, past=table[past].mean().fill_null(0.0), future=table[future].mean().fill_null(0.0))
    rich = table[past] > double(_over(found["past"]))
    promising = table[future] > double(_over(found["future"]))
    return customers.with_columns(quadrant=_corner(rich, promising, [*CORNERS.index]))


def _over(mean: float) -> float:
    """Return what a value must exceed to lie over the mean."""
    return mean + _EQUAL * abs(mean)


def _corner(rich: Any, promising: Any, names: Sequence[Any]) -> Any:
    """Return the corners, called by the names given in the order of ``CORNERS``."""
    sides = zip(CORNERS["past"], CORNERS["future"], strict=True)
    fitting = [(rich if past else ~rich) & (promising if future else ~promising) for past, future in sides]
    *pairs, (_, last) = zip(fitting, names, strict=True)
    return choose(pairs, last)
