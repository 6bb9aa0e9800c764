"""Whether groups divide the customers: nobody in two (mutually exclusive), nobody in none (exhaustive)."""

import pandas as pd

from crmlab.arguments import checked
from crmlab.errors import DataError, some


@checked
def partition(groups: pd.DataFrame | pd.Series) -> pd.Series:
    """Count the customers who are in no group, in one and in several.

    Does the segmentation leave anybody out, and does it count anybody twice? Only if all are in exactly one
    do the groups' numbers add up to those of the base.

    Parameters
    ----------
    groups : DataFrame or Series
        By customer, a column a group, true for those who are in it. Or one label a row, missing for no group;
        who is in two groups then has two rows.

    Returns
    -------
    Series
        ``customers``, ``in none``, ``in one`` and ``in several``. ``attrs["none"]`` and ``attrs["several"]``
        hold who they are, in the order given.

    Raises
    ------
    DataError
        There are no customers, a cell is neither true nor false, or a customer has two rows in a table.

    References
    ----------
    Minto, B. (1987). The pyramid principle. Pitman.

    Examples
    --------
    >>> from crmlab.segments import partition
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"VIP": [True, False, False], "online": [True, True, False]}, list("abc"))
    >>> found = partition(groups)
    >>> found.to_dict(), found.attrs["several"]
    ({'customers': 3, 'in none': 1, 'in one': 1, 'in several': 1}, ['a'])
    """
    times = _members(groups).sum(axis=1)
    found = {
        "customers": len(times),
        "in none": int((times == 0).sum()),
        "in one": int((times == 1).sum()),
        "in several": int((times > 1).sum()),
    }
    made = pd.Series(found, name="partition")
    made.attrs |= {"none": times.index[times == 0].tolist(), "several": times.index[times > 1].tolist()}
    return made


@checked
def overlaps(groups: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Count the customers whom each two groups share.

    Which groups overlap? On the diagonal stand the groups' sizes; elsewhere a division has zeros.

    Parameters
    ----------
    groups
        As for `partition`.

    Returns
    -------
    DataFrame
        Rows and columns are the groups.

    Raises
    ------
    DataError
        As for `partition`.

    Examples
    --------
    >>> from crmlab.segments import overlaps
    >>> import pandas as pd
    >>> overlaps(pd.DataFrame({"VIP": [True, False], "online": [True, True]})).to_numpy().tolist()
    [[1, 1], [1, 2]]
    """
    table = _members(groups).astype(int)
    return (table.T @ table).rename_axis(index="group", columns="group")


def _members(groups: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return by customer which groups hold them."""
    if groups.empty or (isinstance(groups, pd.DataFrame) and not groups.shape[1]):
        raise DataError("There are no customers, or no groups, so there is no division to check.")
    if isinstance(groups, pd.Series):
        who = pd.unique(groups.index)
        held = groups.astype(object).dropna()
        if held.empty:
            return pd.DataFrame({"no group": False}, index=pd.Index(who, name=groups.index.name))
        return pd.crosstab(held.index, held.to_numpy()).gt(0).reindex(who, fill_value=False)
    if groups.index.has_duplicates:
        twice = groups.index[groups.index.duplicated()].unique()
        raise DataError(f"Customers stand more than once, for example {some(twice)}. Give one row each.")
    if groups.columns.has_duplicates:
        twice = groups.columns[groups.columns.duplicated()].unique()
        raise DataError(f"Groups stand more than once: {some(twice)}. Give them names of their own.")
    if not (right := groups.isin([0, 1])).all(axis=None):
        odd = groups.columns[~right.all()]
        raise DataError(f"'{odd[0]}' must be true or false for each customer: who is in it, and who is not.")
    return groups.astype(bool)
