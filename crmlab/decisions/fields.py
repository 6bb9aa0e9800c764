"""Which fields may stay: coarser classes, and what each choice of fields gives away and is good for."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.decisions.columns import Floats, numbers
from crmlab.decisions.privacy import cell_sizes
from crmlab.errors import DataError, InputError
from crmlab.groups import same_customers

_MOST = 8  # fields: their sets double with each more
_CLASSES = 2000  # of all fields


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
        if low.empty:
            return low.astype("str")
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
    regression on the classes of each field, with a penalty of 1.

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
        There is no such field, none or more than eight, more than 2,000 classes in all, or too many folds for
        the customers.
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
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if not 1 <= len(fields) <= _MOST:
        raise InputError(f"There are {len(fields)} fields. Give 1 to {_MOST}: their sets double with each.")
    same_customers(table, outcome)
    sizes = {chosen: cell_sizes(table, chosen) for chosen in _sets(fields)}
    y = numbers(outcome.reindex(table.index), "outcome")
    if np.ptp(y) == 0:
        raise DataError("The outcome is the same for all, so that no field foresees it.")
    whole(folds, "folds", least=2, most=len(y))
    # Parts by id and not by place, so that the order of the customers plays no part.
    lot = np.argsort(pd.util.hash_pandas_object(table.index, index=False).to_numpy(), kind="stable")
    part = np.empty(len(y), dtype=int)
    part[lot] = np.random.default_rng(whole(seed, "seed")).permutation(len(y)) % folds
    moments = _moments(table, fields, y, part, folds)
    rows = {}
    for chosen, k in sizes.items():
        with threadpool_limits(limits=1):  # threads wait for each other longer than so few numbers take
            rest, all_ = np.array([_foreseen(moments, chosen, test) for test in range(folds)]).T
        found = 1 - rest / np.where(all_ > 0, all_, np.nan)
        row: dict[str, Any] = {"k": int(k.min()), "under": float((k < least).mean())}
        row |= {"allowed": bool(k.min() >= least), "explained": float(1 - rest.sum() / all_.sum())}
        rows[" + ".join(chosen)] = row | {"error": float(np.nanstd(found, ddof=1) / np.sqrt(folds))}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("fields")


def _sets(fields: Sequence[str]) -> list[tuple[str, ...]]:
    return [each for size in range(1, len(fields) + 1) for each in combinations(fields, size)]


def _moments(table: pd.DataFrame, fields: Sequence[str], y: Floats, part: Any, folds: int) -> dict[str, Any]:
    """Return the sums of squares and products of the classes and the outcome, by part of the customers."""
    from scipy.sparse import csr_array

    codes = [pd.factorize(table[name], use_na_sentinel=False) for name in fields]
    many = [len(names) for _, names in codes]
    if sum(many) > _CLASSES:
        finest = fields[int(np.argmax(many))]
        raise InputError(
            f"The fields have {sum(many):,} classes, and {_CLASSES:,} are the most. Make {finest} coarser."
        )
    begin = np.concatenate([[0], np.cumsum(many)])
    column = np.concatenate([code + at for (code, _), at in zip(codes, begin[:-1], strict=True)])
    row = np.tile(np.arange(len(y)), len(fields))
    x = csr_array((np.ones(len(row)), (row, column)), shape=(len(y), int(begin[-1])))
    sums = []
    for fold in range(folds):
        mine = x[part == fold]
        own = y[part == fold]
        sums.append(
            ((mine.T @ mine).toarray(), mine.T @ own, mine.sum(axis=0), own.sum(), own @ own, len(own))
        )
    place = {name: np.arange(begin[at], begin[at + 1]) for at, name in enumerate(fields)}
    return {"sums": sums, "place": place, "all": [sum(each) for each in zip(*sums, strict=True)]}


def _foreseen(moments: dict[str, Any], chosen: tuple[str, ...], test: int) -> tuple[float, float]:
    """Return the squared errors in one part of a ridge regression on the others, and of their mean."""
    at = np.concatenate([moments["place"][name] for name in chosen])
    gram, product, count, total, square, size = moments["sums"][test]
    others = [one - other for one, other in zip(moments["all"], moments["sums"][test], strict=True)]
    n, mean = others[5], others[3] / others[5]
    centre = others[2][at] / n
    inner = others[0][np.ix_(at, at)] - n * np.outer(centre, centre) + np.eye(len(at))
    slope = np.linalg.solve(inner, others[1][at] - n * centre * mean)
    base = mean - centre @ slope

    def squared(level: float) -> float:
        return float(square - 2 * level * total + size * level**2)

    cross = slope @ (product[at] - base * count[at])
    rest = squared(base) - 2 * cross + slope @ gram[np.ix_(at, at)] @ slope
    return float(rest), squared(mean)
