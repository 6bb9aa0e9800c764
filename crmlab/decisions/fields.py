"""Which fields may stay: coarser classes, and what each choice of fields gives away and is good for."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.decisions.columns import numbers
from crmlab.decisions.privacy import cell_sizes
from crmlab.errors import DataError, InputError
from crmlab.groups import same_customers

_MOST = 8  # fields: their sets double with each more


@checked
def coarser(values: pd.Series, detail: int) -> pd.Series:
    """Return values in coarser classes: the first characters of a text or a date, or bands of a number.

    Which age band, which part of the postcode, which part of the birthday is fine enough? Of a date as
    2024-05-17, four characters are the year and seven the month.

    Parameters
    ----------
    values : Series
        Texts, dates or numbers.
    detail : int
        Characters that stay, 0 for none; of numbers, the width of a band, at least 1.

    Returns
    -------
    Series of text in the order given, missing where the value is.

    Raises
    ------
    InputError
        The detail is out of its range.

    Examples
    --------
    >>> from crmlab.decisions import coarser
    >>> import pandas as pd
    >>> coarser(pd.Series(["60325", "60487"]), 3).tolist(), coarser(pd.Series([34, 61]), 10).tolist()
    (['603**', '604**'], ['30-39', '60-69'])
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        whole(detail, "detail", "a width", least=1)
        low = values.astype(float) // detail * detail
        ends = [low.map("{:.0f}".format), (low + detail - 1).map("{:.0f}".format)]
        band = ends[0] + "-" + ends[1] if detail > 1 else ends[0]
        return band.astype("str").where(values.notna())
    whole(detail, "detail", "a number of characters")
    is_date = pd.api.types.is_datetime64_any_dtype(values)
    text = values.dt.strftime("%Y-%m-%d") if is_date else values.astype("str").where(values.notna())
    kept = text.str.slice(0, detail)
    return kept if is_date else kept + text.str.slice(detail).str.replace(r".", "*", regex=True)


@checked
def fields_worth(
    table: pd.DataFrame,
    fields: Sequence[str],
    outcome: pd.Series,
    *,
    least: int = 5,
    folds: int = 5,
    seed: int = 1,
) -> pd.DataFrame:
    r"""Return what each choice of fields gives away, and how well an outcome can be foreseen from it.

    Which fields may stay? For each set of them: the smallest cell, and what a forecast of the outcome from
    them explains among customers whom it was not made from,

    .. math:: 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2 .

    What a field removed costs is the difference to the set that has it, too. The forecast is a ridge
    regression on the classes of each field.

    Parameters
    ----------
    table : DataFrame
        By customer, fields in classes (see `coarser`).
    fields : sequence of str
        Up to eight.
    outcome : Series
        By customer, what is to be decided by: money, or 1 and 0.
    least : int
        The *k* that is asked for.
    folds : int
        Parts of the customers, drawn by lot, of which each is foreseen from the others.
    seed : int
        Same seed, same parts.

    Returns
    -------
    DataFrame by set, ``fields`` joined by " + ", the fewest fields first
        ``k``, the smallest cell; ``under``, the share of people in cells of less than `least`; ``allowed``,
        whether there are none; ``explained``, and its standard ``error`` over the folds.

    Raises
    ------
    InputError
        There is no such field, none or more than eight, or too many folds for the customers.
    DataError
        Other customers in the two, or an outcome that is missing or the same for all.

    Examples
    --------
    >>> from crmlab.decisions import fields_worth
    >>> import pandas as pd
    >>> people = pd.DataFrame({"age": ["y", "o"] * 20, "town": ["N"] * 20 + ["S"] * 20})
    >>> made = fields_worth(people, ["age", "town"], pd.Series([9.0, 1.0] * 20))
    >>> made["k"].tolist(), made["explained"].idxmax()
    ([20, 20, 10], 'age')
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    if not 1 <= len(fields) <= _MOST:
        raise InputError(f"There are {len(fields)} fields. Give 1 to {_MOST}: their sets double with each.")
    same_customers(table, outcome)
    y = numbers(outcome.reindex(table.index), "outcome")
    if np.ptp(y) == 0:
        raise DataError("The outcome is the same for all, so that no field foresees it.")
    whole(folds, "folds", least=2, most=len(y))
    parts = [*KFold(folds, shuffle=True, random_state=seed).split(y)]
    rows = {}
    for size in range(1, len(fields) + 1):
        for chosen in combinations(fields, size):
            k = cell_sizes(table, chosen)
            x = table[list(chosen)].astype("str").fillna("?")
            found = []
            for train, test in parts:
                encoder = OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist")
                model = make_pipeline(encoder, Ridge(alpha=1.0)).fit(x.iloc[train], y[train])
                rest = ((y[test] - model.predict(x.iloc[test])) ** 2).mean()
                found.append(1 - rest / ((y[test] - y[train].mean()) ** 2).mean())
            row: dict[str, Any] = {"k": int(k.min()), "under": float((k < least).mean())}
            row |= {"allowed": bool(k.min() >= least), "explained": float(np.mean(found))}
            rows[" + ".join(chosen)] = row | {"error": float(np.std(found, ddof=1) / np.sqrt(folds))}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("fields")
