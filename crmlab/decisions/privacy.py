"""How much a table gives away: small cells, what they share, and two files joined."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, InputError, some, unknown


@checked
def cell_sizes(table: pd.DataFrame, fields: Sequence[str]) -> pd.Series:
    """Return how many people share each person's values: *k*, of k-anonymity (k-匿名).

    How many could be meant, for somebody who knows these fields of a person? Of those who are alone, with a
    *k* of 1, all that the table holds is known. A missing value is a value like others.

    Parameters
    ----------
    table : DataFrame
        A row a person.
    fields : sequence of str
        The quasi-identifiers: what others may know. None at all is no knowledge.

    Returns
    -------
    Series ``k`` by person, in the order given.

    Raises
    ------
    InputError
        There is no such field.
    DataError
        The table has no rows.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty,
    Fuzziness and Knowledge-Based Systems 10(5), 557-570.

    Examples
    --------
    >>> from crmlab.decisions import cell_sizes
    >>> import pandas as pd
    >>> people = pd.DataFrame({"age": [30, 30, 40], "town": ["N", "N", "S"]})
    >>> cell_sizes(people, ["age", "town"]).tolist()
    [2, 2, 1]
    """
    cell = _cells(table, fields)
    return pd.Series(np.bincount(cell)[cell], table.index, name="k")


@checked
def uniqueness(table: pd.DataFrame, fields: Sequence[str], *, least: int = 5) -> pd.DataFrame:
    """Return how many people are alone, as one field after the other is joined.

    No names, so anonymous? Each field is harmless by itself. Together, few are enough to leave most people
    alone in their cell.

    Parameters
    ----------
    table : DataFrame
        A row a person.
    fields : sequence of str
        In the order in which they are joined.
    least : int
        The *k* that is asked for.

    Returns
    -------
    DataFrame by field, joined with those before it
        ``cells`` that somebody is in; the smallest ``k``; ``alone``, the share of people with a *k* of 1, and
        ``under``, the share with less than `least`.

    Raises
    ------
    InputError
        There is no such field, or none is given.
    DataError
        The table has no rows.

    Examples
    --------
    >>> from crmlab.decisions import uniqueness
    >>> import pandas as pd
    >>> people = pd.DataFrame({"age": [30, 30, 40, 40], "town": ["N", "S", "S", "S"]})
    >>> uniqueness(people, ["age", "town"])["alone"].tolist()
    [0.0, 0.5]
    """
    whole(least, "least", "a number of people", least=1)
    if not len(fields):
        raise InputError("Give at least one field to join.")
    rows = []
    for upto in range(1, len(fields) + 1):
        k = cell_sizes(table, fields[:upto])
        row = {"cells": round(float((1 / k).sum())), "k": int(k.min())}
        rows.append(row | {"alone": float((k == 1).mean()), "under": float((k < least).mean())})
    return pd.DataFrame(rows, pd.Index(fields, name="field"))


@checked
def diversity(
    table: pd.DataFrame, fields: Sequence[str], secret: str, *, ordered: bool = False
) -> pd.DataFrame:
    r"""Return what a cell gives away of something secret, even where nobody is alone in it.

    Five people share a cell, and all five are ill: whoever knows that you are one of them knows enough. A
    cell is *l*-diverse with *l* different values of the secret (l-多样性), and *t*-close if their
    distribution is within the distance *t* of that of all (t-接近性); see `distance`.

    Parameters
    ----------
    table : DataFrame
        A row a person.
    fields : sequence of str
        The quasi-identifiers.
    secret : str
        The column that nobody is to learn.
    ordered : bool
        Whether its values have an order, and a near one tells nearly as much.

    Returns
    -------
    DataFrame by cell (a row of values of the fields)
        ``k``; ``l``, different values; ``most``, the share of the most common one, which is the chance to
        guess right; and ``t``, the distance.

    Raises
    ------
    InputError
        There is no such column, or no field is given.
    DataError
        The table has no rows.

    References
    ----------
    Machanavajjhala, A., Kifer, D., Gehrke, J. and Venkitasubramaniam, M. (2007). l-diversity: privacy beyond
    k-anonymity. ACM Transactions on Knowledge Discovery from Data 1(1), article 3. Li, N., Li, T. and
    Venkatasubramanian, S. (2007). t-closeness: privacy beyond k-anonymity and l-diversity. ICDE, 106-115.

    Examples
    --------
    >>> from crmlab.decisions import diversity
    >>> import pandas as pd
    >>> people = pd.DataFrame({"town": ["N", "N", "S", "S"], "ill": ["yes", "yes", "yes", "no"]})
    >>> diversity(people, ["town"], "ill")[["k", "l", "most"]].loc["N"].tolist()
    [2.0, 1.0, 1.0]
    """
    if secret not in table.columns:
        raise unknown("column", secret, table.columns)
    if not len(fields):
        raise InputError("Give at least one field: without any, all are one cell.")
    cell = _cells(table, fields)
    value, values = pd.factorize(table[secret], use_na_sentinel=False, sort=ordered)
    counts = np.zeros((cell.max() + 1, len(values)))
    np.add.at(counts, (cell, value), 1)
    k = counts.sum(axis=1)
    share = counts / k[:, None]
    gap = _distance(share, counts.sum(axis=0) / counts.sum(), ordered)
    made = {"k": k.astype(int), "l": (counts > 0).sum(axis=1), "most": share.max(axis=1), "t": gap}
    first = np.unique(cell, return_index=True)[1]
    names = table[list(fields)].iloc[first]
    index = pd.MultiIndex.from_frame(names) if len(fields) > 1 else pd.Index(names.iloc[:, 0])
    return pd.DataFrame(made, index)


@checked
def distance(part: pd.Series, everybody: pd.Series, *, ordered: bool = True) -> float:
    r"""Return how far the values of a few are from those of all: the *t* of t-closeness.

    It is the work of moving one distribution into the other. Values with an order, of which there are *m* in
    all, lie one step of :math:`1/(m-1)` apart:

    .. math:: t = \frac{1}{m-1} \sum_{i=1}^{m} \Bigl| \sum_{j \le i} (p_j - q_j) \Bigr| ;

    values without one are all equally far apart, and :math:`t = \tfrac12 \sum |p_i - q_i|`.

    Parameters
    ----------
    part, everybody : Series
        The values of the few, and of all; with an order, they can be sorted.
    ordered : bool
        Whether they have an order.

    Raises
    ------
    DataError
        One is empty or has missing values, or the few have a value that nobody has.

    References
    ----------
    Li, N., Li, T. and Venkatasubramanian, S. (2007). t-closeness: privacy beyond k-anonymity and l-diversity.
    ICDE, 106-115.

    Examples
    --------
    >>> from crmlab.decisions import distance
    >>> import pandas as pd
    >>> distance(pd.Series([3, 4, 5]), pd.Series(range(3, 12)))
    0.375
    """
    for values, name in ((part, "part"), (everybody, "everybody")):
        if values.empty or values.isna().any():
            raise DataError(f"{name} is empty or has missing values, so it has no distribution.")
    names = pd.Index(everybody.unique())
    names = names.sort_values() if ordered else names
    place = names.get_indexer(pd.Index(part))
    if (place < 0).any():
        raise DataError(
            f"Nobody has the value {some(part[place < 0].unique())}: everybody must hold the few."
        )
    p = np.bincount(place, minlength=len(names)) / len(part)
    q = np.bincount(names.get_indexer(pd.Index(everybody)), minlength=len(names)) / len(everybody)
    return float(_distance(p[None, :], q, ordered)[0])


@checked
def reidentified(known: pd.DataFrame, released: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    """Return whom somebody finds in a released table, who knows a few fields of people by name.

    Two harmless files, joined: the one has names, the other has secrets, and both have the same fields.

    Parameters
    ----------
    known : DataFrame
        By person, with names or the like as the index.
    released : DataFrame
        A row a person, without names.
    on : sequence of str
        The fields in both.

    Returns
    -------
    DataFrame by known person
        ``candidates``, rows of the released table with the same values; and ``found``, the index of the only
        one, missing where there is none or more than one. Whether it is the right one is not sure: the known
        person may not be in the table at all.

    Raises
    ------
    InputError
        There is no such field in one of the two, or none is given.
    DataError
        A table has no rows.

    Examples
    --------
    >>> from crmlab.decisions import reidentified
    >>> import pandas as pd
    >>> known = pd.DataFrame({"town": ["N", "S"]}, index=["Ann", "Ben"])
    >>> released = pd.DataFrame({"town": ["S", "N", "N"]}, index=["p1", "p2", "p3"])
    >>> reidentified(known, released, ["town"])["found"].tolist()
    [nan, 'p1']
    """
    if not len(on):
        raise InputError("Give at least one field that both files have.")
    for table in (known, released):
        _cells(table, on)
    fields = list(on)
    both = _cells(pd.concat([known[fields].astype(object), released[fields].astype(object)]), fields)
    mine, theirs = both[: len(known)], both[len(known) :]
    count = np.bincount(theirs, minlength=both.max() + 1)
    only = np.zeros(both.max() + 1, dtype=int)
    only[theirs] = np.arange(len(theirs))
    found = pd.Series(released.index[only[mine]].to_numpy(), known.index, dtype=object)
    return pd.DataFrame({"candidates": count[mine], "found": found.where(count[mine] == 1)}, known.index)


def _cells(table: pd.DataFrame, fields: Sequence[str]) -> Any:
    """Return the number of the cell of each row; missing values count as a value."""
    if odd := [name for name in fields if name not in table.columns]:
        raise unknown("field", odd[0], table.columns)
    if table.empty:
        raise DataError("There are no people in the table.")
    cell = np.zeros(len(table), dtype=np.int64)
    for name in fields:
        value, values = pd.factorize(table[name], use_na_sentinel=False)
        cell = pd.factorize(cell * len(values) + value)[0]
    return cell


def _distance(share: Any, whole_: Any, ordered: bool) -> Any:
    gap = share - whole_
    if ordered:
        return np.abs(np.cumsum(gap, axis=1)).sum(axis=1) / max(gap.shape[1] - 1, 1)
    return np.abs(gap).sum(axis=1) / 2
