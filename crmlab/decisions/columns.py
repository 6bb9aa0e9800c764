"""Columns of numbers and of yes and no, checked alike wherever a decision rests on them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.errors import DataError, some

Floats = npt.NDArray[np.float64]


def numbers(values: pd.Series, name: str, least: float = -np.inf, most: float = np.inf) -> Floats:
    """Return a column as floats, or raise DataError where one is missing, no number, or out of its range.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.decisions.columns import numbers
    >>> numbers(pd.Series([1, 2]), "marks", 1, 10).tolist()
    [1.0, 2.0]
    """
    if values.empty:
        raise DataError(f"There are no rows in '{name}'. Check the filters before it.")
    if not pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"The values in '{name}' are of type {values.dtype}, not numbers. Convert them with "
            "pd.to_numeric."
        )
    found = values.to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(found) & (found >= least) & (found <= most))
    if wrong.any():
        within = "that are finite" if least == -np.inf else f"of at least {least:g}"
        within = within if most == np.inf else f"from {least:g} to {most:g}"
        raise DataError(
            f"{int(wrong.sum()):,} of {len(found):,} values in '{name}' are missing or out of their range, "
            f"for example {some(values[wrong])}. Give numbers {within}, or leave these rows out."
        )
    return found


def flags(values: pd.Series, name: str) -> npt.NDArray[np.bool_]:
    """Return a column of yes and no, or raise DataError where one is missing or anything else.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.decisions.columns import flags
    >>> flags(pd.Series([1, 0]), "stayed").tolist()
    [True, False]
    """
    if values.empty:
        raise DataError(f"There are no rows in '{name}'. Check the filters before it.")
    wrong = ~values.isin([0, 1])
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum()):,} of {len(values):,} values in '{name}' are neither true nor false, for "
            f"example {some(values[wrong].unique())}."
        )
    return values.to_numpy(dtype=bool)


def texts(values: pd.Series, name: str) -> npt.NDArray[np.object_]:
    """Return a column of labels as text, or raise DataError where one is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.decisions.columns import texts
    >>> texts(pd.Series(["north", "south"]), "town").tolist()
    ['north', 'south']
    """
    if values.empty:
        raise DataError(f"There are no rows in '{name}'. Check the filters before it.")
    if values.isna().any():
        missing = values.index[values.isna()]
        raise DataError(
            f"{len(missing):,} of {len(values):,} rows have no '{name}', for example {some(missing)}. Name "
            "it, or leave them out."
        )
    return values.astype("str").to_numpy(dtype=object)
