"""Linking records: the same person in two sources with different ids, by how much agreement tells."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError, InputError, some, unknown

_MOST = 5_000_000  # pairs that are compared at once


@checked
def name_similarity(one: pd.Series, other: pd.Series) -> pd.DataFrame:
    r"""Return how alike two names are, by Jaro and by Jaro and Winkler.

    Are Martha and Marhta one person? With *m* letters that match within half the longer name, of which *t*
    pairs are out of order,

    .. math:: J = \tfrac13 \left(\frac{m}{|a|} + \frac{m}{|b|} + \frac{m - t}{m}\right), \qquad
        JW = J + 0.1\,\ell\,(1 - J) ,

    with :math:`\ell` letters, up to four, that both begin with. Both count letters only: what sounds alike or
    is short for it is not alike. Case counts.

    Parameters
    ----------
    one, other : Series of text
        Compared in their order.

    Returns
    -------
    DataFrame with the first one's index
        ``jaro`` and ``jaro_winkler``, from 0 to 1, missing where a name is.

    Raises
    ------
    DataError
        They differ in length.

    References
    ----------
    Jaro, M. A. (1989). Advances in record-linkage methodology as applied to matching the 1985 census of
    Tampa, Florida. Journal of the American Statistical Association 84(406), 414-420. Winkler, W. E. (1990).
    String comparator metrics and enhanced decision rules in the Fellegi-Sunter model of record linkage.
    Proceedings of the Section on Survey Research Methods, American Statistical Association, 354-359.

    Examples
    --------
    >>> from crmlab.decisions import name_similarity
    >>> import pandas as pd
    >>> name_similarity(pd.Series(["MARTHA"]), pd.Series(["MARHTA"])).round(3).iloc[0].tolist()
    [0.944, 0.961]
    """
    import duckdb

    if len(one) != len(other):
        raise DataError(f"There are {len(one):,} names and {len(other):,} others. Give one other a name.")
    pairs = pd.DataFrame({"a": one.astype("str").array, "b": other.astype("str").array}).astype("str")
    few = pairs.drop_duplicates(ignore_index=True)  # names are few: what comes twice is compared once
    with duckdb.connect() as engine:
        engine.register("pairs", few)
        found = engine.execute(
            "SELECT jaro_similarity(a, b) AS jaro, jaro_winkler_similarity(a, b) AS jaro_winkler FROM pairs"
        ).fetchnumpy()
    alike = few.assign(**{name: np.ma.filled(each, np.nan) for name, each in found.items()})
    made = pairs.merge(alike, on=["a", "b"], how="left")
    return made[["jaro", "jaro_winkler"]].astype(float).set_axis(one.index)


@checked
def field_weights(m: Mapping[str, float], u: Mapping[str, float]) -> pd.DataFrame:
    r"""Return what it tells that two records agree in a field, or disagree, in bits.

    With the chance *m* that the same person's records agree, and the chance *u* that two persons' do,

    .. math:: \log_2 \frac{m}{u}, \qquad \log_2 \frac{1 - m}{1 - u} .

    To agree in a rare surname tells more than to agree in the sex.

    Parameters
    ----------
    m, u : mapping of fields to chances
        Both between 0 and 1.

    Returns
    -------
    DataFrame by field
        ``agree`` and ``disagree``.

    Raises
    ------
    InputError
        A chance is out of its range, a field is in one only, or *m* is not above *u*: then to agree would
        speak against.

    References
    ----------
    Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical
    Association 64(328), 1183-1210.

    Examples
    --------
    >>> from crmlab.decisions import field_weights
    >>> field_weights({"birth month": 0.95}, {"birth month": 1 / 12}).round(2).iloc[0].tolist()
    [3.51, -4.2]
    """
    if odd := sorted(set(m) ^ set(u)):
        raise InputError(f"{some(odd)} has a chance in one of m and u only. Give both.")
    rows = {}
    for name in m:
        same = number(m[name], f"m[{name!r}]", "a chance", above=0, below=1)
        chance = number(u[name], f"u[{name!r}]", "a chance", above=0, below=1)
        if same <= chance:
            raise InputError(
                f"In '{name}', m is {same:g} and u is {chance:g}: records of one person must agree more "
                "often than those of two."
            )
        rows[name] = {"agree": np.log2(same / chance), "disagree": np.log2((1 - same) / (1 - chance))}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["agree", "disagree"]).rename_axis("field")


@checked
def compared(
    one: pd.DataFrame,
    other: pd.DataFrame,
    on: Sequence[str],
    *,
    alike: Mapping[str, float] | None = None,
    block: str | None = None,
) -> pd.DataFrame:
    """Return in which fields the records of two sources agree, for each pair of them.

    Parameters
    ----------
    one, other : DataFrame
        By id of the source, with the fields in both.
    on : sequence of str
        The fields.
    alike : mapping, optional
        Of names, the `name_similarity` (Jaro and Winkler) from which on they agree, such as 0.9; the other
        fields agree if they are equal.
    block : str, optional
        A field in both in which pairs must be equal to be compared at all. Pairs that differ in it, by a
        mistake, are lost.

    Returns
    -------
    DataFrame by pair of ids, ``one`` and ``other``
        A column a field: 1 where they agree, 0 where they do not, missing where a value is.

    Raises
    ------
    InputError
        There is no such field, or more than five million pairs: give a block.
    DataError
        A source is empty, or an id stands more than once.

    Examples
    --------
    >>> from crmlab.decisions import compared
    >>> import pandas as pd
    >>> shop = pd.DataFrame({"name": ["Martha"], "town": ["N"]}, index=["s1"])
    >>> web = pd.DataFrame({"name": ["Marhta", "Ben"], "town": ["N", "N"]}, index=["w1", "w2"])
    >>> compared(shop, web, ["name", "town"], alike={"name": 0.9})["name"].tolist()
    [1.0, 0.0]
    """
    close = dict(alike or {})
    for table, name in ((one, "one"), (other, "other")):
        for field in [*on, *close, *([block] if block else [])]:
            if field not in table.columns:
                raise unknown("field", field, table.columns, where=name)
        if table.empty:
            raise DataError(f"There are no records in {name}.")
        if table.index.has_duplicates:
            twice = table.index[table.index.duplicated()].unique()
            raise DataError(
                f"Ids in {name} stand more than once, for example {some(twice)}. Give one row each."
            )
    if not len(on):
        raise InputError("Give at least one field to compare.")
    left, right = _pairs(one, other, block)
    made = {}
    for field in on:
        a, b = one[field].iloc[left], other[field].iloc[right]
        if field in close:
            least = number(close[field], f"alike[{field!r}]", "a similarity", above=0, most=1)
            score = name_similarity(a, b)["jaro_winkler"].to_numpy()
            same = score >= least - 1e-12
            unknown_ = np.isnan(score)
        else:
            value = pd.factorize(pd.concat([a.astype(object), b.astype(object)]))[0].reshape(2, -1)
            same, unknown_ = value[0] == value[1], (value < 0).any(axis=0)
        made[field] = np.where(unknown_, np.nan, same.astype(float))
    index = pd.MultiIndex.from_arrays([one.index[left], other.index[right]], names=["one", "other"])
    return pd.DataFrame(made, index)


@checked
def linked(pairs: pd.DataFrame, weights: pd.DataFrame, *, threshold: float) -> pd.DataFrame:
    """Return which records are taken for one person: each with its best partner, if that is good enough.

    Parameters
    ----------
    pairs : DataFrame
        As `compared` returns it.
    weights : DataFrame
        As `field_weights` returns it, for each field of the pairs.
    threshold : float
        Bits from which on a pair is linked. With *n* by *N* records of which about *d* are in both, even odds
        that a pair is the same person are at :math:`log_2 (n N / d)`.

    Returns
    -------
    DataFrame by pair of ids, the best first
        ``weight``, the sum over fields (a missing one adds nothing). Pairs whose record has as good a partner
        elsewhere are not linked, and are counted in ``attrs["tied"]``: look at these by hand.

    Raises
    ------
    InputError
        A field has no weights.

    References
    ----------
    Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical
    Association 64(328), 1183-1210.

    Examples
    --------
    >>> from crmlab.decisions import compared, field_weights, linked
    >>> import pandas as pd
    >>> shop = pd.DataFrame({"name": ["Martha", "Ben"], "town": ["N", "S"]}, index=["s1", "s2"])
    >>> web = pd.DataFrame({"name": ["Marhta", "Ben"], "town": ["N", "N"]}, index=["w1", "w2"])
    >>> weights = field_weights({"name": 0.9, "town": 0.9}, {"name": 0.01, "town": 0.5})
    >>> pairs = compared(shop, web, ["name", "town"], alike={"name": 0.9})
    >>> linked(pairs, weights, threshold=3).index.tolist()
    [('s1', 'w1'), ('s2', 'w2')]
    """
    number(threshold, "threshold")
    for field in pairs.columns:
        if field not in weights.index:
            raise unknown("weight of a field", field, weights.index)
    agree, disagree = (weights.loc[list(pairs.columns), name].to_numpy() for name in ("agree", "disagree"))
    same = pairs.to_numpy(dtype=float)
    each = np.where(np.isnan(same), 0.0, np.where(same == 1, agree, disagree))
    table = pd.DataFrame({"weight": each.sum(axis=1)}, pairs.index)
    table = table[table["weight"] >= threshold]
    best: Any = np.ones(len(table), dtype=bool)
    tied = np.zeros(len(table), dtype=bool)
    for side in ("one", "other"):
        grouped = table.groupby(level=side)["weight"]
        top = np.isclose(table["weight"], grouped.transform("max"))
        many = pd.Series(top, table.index).groupby(level=side).transform("sum") > 1
        best &= top
        tied |= top & many.to_numpy()
    made = (
        table[best & ~tied]
        .reset_index()
        .sort_values(["weight", "one", "other"], ascending=[False, True, True])
    )
    made = made.set_index(["one", "other"])
    made.attrs["tied"] = int((best & tied).sum())
    return made


@checked
def agreement_by_chance(pairs: pd.DataFrame) -> pd.Series:
    """Estimate how often records of two persons agree in each field: *u*.

    Nearly all pairs of two sources are two persons. Compare without a block, or with one that is not a field
    of these, and not among pairs that were chosen because they are alike.

    Parameters
    ----------
    pairs : DataFrame
        As `compared` returns it.

    Returns
    -------
    Series ``u`` by field, with half a pair added on either side, so that it is never 0 or 1.

    Raises
    ------
    DataError
        In a field no pair can be compared.

    Examples
    --------
    >>> from crmlab.decisions import agreement_by_chance
    >>> import pandas as pd
    >>> agreement_by_chance(pd.DataFrame({"sex": [1.0, 0.0, 1.0, 0.0]})).tolist()
    [0.5]
    """
    known = pairs.notna().sum()
    if (known == 0).any():
        raise DataError(f"In {some(known.index[known == 0])}, no pair has both values. Leave the field out.")
    return ((pairs.sum() + 0.5) / (known + 1)).rename("u")


def _pairs(one: pd.DataFrame, other: pd.DataFrame, block: str | None) -> tuple[Any, Any]:
    """Return the places of the records of each pair."""
    count, keys = len(one) * len(other), np.zeros(len(one) + len(other), dtype=np.int64)
    if block is not None:
        values = pd.concat([one[block].astype(object), other[block].astype(object)])
        keys = pd.factorize(values)[0]
        many = keys.max() + 2
        sizes = [np.bincount(side + 1, minlength=many) for side in (keys[: len(one)], keys[len(one) :])]
        count = int((sizes[0] * sizes[1])[1:].sum())
    if count > _MOST:
        raise InputError(
            f"There are {count:,} pairs, and {_MOST:,} are the most. Give a block, or a finer one, within "
            "which records are compared."
        )
    left, right = (
        pd.DataFrame({"key": side, "at": np.arange(len(side))})[side >= 0]
        for side in (keys[: len(one)], keys[len(one) :])
    )
    both = left.merge(right, on="key", suffixes=("_one", "_other"))
    return both["at_one"].to_numpy(), both["at_other"].to_numpy()
