"""What is bought together: association rules with their chance, later baskets as judge, and suggestions."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, some
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit

_MEASURES = ["together", "support", "confidence", "lift", "leverage", "p", "p_adjusted"]


@checked
def basket_rules(
    lines: pd.DataFrame, *, item: str = "category", support: float = 0.01, most: int = 3
) -> pd.DataFrame:
    r"""Return what goes with what in baskets, and how sure it is that it is not by chance.

    A rule :math:`A \Rightarrow B` says of baskets that hold all of *A* how often they hold all of *B*:

    .. math::
        \text{support} = P(AB), \quad \text{confidence} = P(B \mid A), \quad
        \text{lift} = \frac{P(AB)}{P(A) P(B)}, \quad \text{leverage} = P(AB) - P(A) P(B) .

    A popular *B* has a high confidence after any *A*, and a lift of one; of rare items a lift of ten may be
    five baskets. So each rule has the exact *p* that as many baskets or more hold both though neither knows
    of the other (Fisher, one-sided), and the same *p* adjusted for the number of rules looked at (Benjamini
    and Hochberg): of rules below 0.05, one in twenty is false.

    Parameters
    ----------
    lines : DataFrame
        A line of an order each row: ``order_id``, and the item.
    item : str
        The column of items, such as ``category`` or ``product``.
    support : float
        Least share of baskets that hold *A* and *B*: above 0.
    most : int
        Items in a rule at most.

    Returns
    -------
    DataFrame
        A row a rule, the highest lift first: ``if`` and ``then``, tuples of items in order, ``together``
        (baskets that hold both), ``support``, ``confidence``, ``lift``, ``leverage``, ``p`` and
        ``p_adjusted``. It has no rows where nothing is bought together often enough. ``attrs["baskets"]``
        holds their number.

    Raises
    ------
    InputError
        The support is not above 0 and up to 1, or ``most`` is below 2.
    DataError
        A column is missing, an order or item is missing in a row, or there are none.

    Notes
    -----
    A basket that holds an item twice holds it once. Baskets are taken as independent: where few customers
    make many orders, *p* is too small by as much.

    References
    ----------
    Agrawal, R. and Srikant, R. (1994). Fast algorithms for mining association rules. VLDB '94, 487-499.

    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
    Statistical Society B 57(1), 289-300.

    Examples
    --------
    >>> from crmlab.segments.baskets import basket_rules
    >>> import pandas as pd
    >>> held = {1: "bread butter", 2: "bread butter", 3: "bread milk", 4: "milk"}
    >>> rows = [(order, item) for order, items in held.items() for item in items.split()]
    >>> lines = pd.DataFrame(rows, columns=["order_id", "product"])
    >>> found = basket_rules(lines, item="product", support=0.5)
    >>> found[["if", "then", "confidence", "lift"]].round(2).to_numpy().tolist()
    [[('bread',), ('butter',), 0.67, 1.33], [('butter',), ('bread',), 1.0, 1.33]]
    """
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    number(support, "support", "a share of the baskets", above=0, most=1)
    whole(most, "most", "a number of items in a rule", least=2)
    held = _held(lines, item)
    known = [*held.columns]
    numbered = held.set_axis(range(len(known)), axis=1)
    sets = fpgrowth(numbered, min_support=support, use_colnames=True, max_len=most)
    names = ["if", "then", *_MEASURES]
    if sets.empty or sets["itemsets"].map(len).max() < 2:
        empty = pd.DataFrame(
            {name: pd.Series(dtype=object if name in names[:2] else float) for name in names}
        )
        empty.attrs["baskets"] = len(held)
        return empty
    found = association_rules(sets, support_only=True, min_threshold=support)

    def said(items: frozenset[int]) -> tuple[object, ...]:
        return tuple(sorted((known[place] for place in items), key=str))

    sides = {"if": found["antecedents"].map(said), "then": found["consequents"].map(said)}
    rules = pd.DataFrame(sides, dtype=object)
    rules = pd.concat([rules, _measured(rules, held)], axis=1)
    words = rules["if"].map(str) + rules["then"].map(str)
    rules = rules.assign(words=words).sort_values(
        ["lift", "support", "words"], ascending=[False, False, True], kind="stable"
    )
    rules = rules.drop(columns="words").reset_index(drop=True)
    rules.attrs["baskets"] = len(held)
    return rules


@checked
def later_rules(rules: pd.DataFrame, lines: pd.DataFrame, *, item: str = "category") -> pd.DataFrame:
    """Return what the same rules are worth in other, later baskets.

    The rules with the highest lift are chosen for their luck as well: in baskets that had no part in the
    choice, most fall back. What is left is what may be believed.

    Parameters
    ----------
    rules : DataFrame
        As `basket_rules` returns them: those that are to be tested.
    lines, item
        As for `basket_rules`, of later orders.

    Returns
    -------
    DataFrame
        A row a rule, in the order given: ``if``, ``then``, ``lift_then`` (as it was found), and the measures
        of `basket_rules` in the later baskets, with *p* adjusted for the number of rules tested. A lift is
        missing where one side does not occur.

    Raises
    ------
    InputError
        The rules are not those of `basket_rules`.
    DataError
        As for `basket_rules`.

    Examples
    --------
    >>> from crmlab.segments.baskets import basket_rules, later_rules
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 2, 3, 4], "product": list("ababac")})
    >>> rules = basket_rules(lines, item="product", support=0.4)
    >>> later_rules(rules, lines, item="product")["lift"].round(2).tolist()
    [1.33, 1.33]
    """
    if missing := [name for name in ("if", "then", "lift") if name not in rules.columns]:
        raise InputError(f"rules lacks the column '{missing[0]}'. Give what basket_rules returned.")
    held = _held(lines, item)
    for name in {part for side in ("if", "then") for items in rules[side] for part in items}:
        if name not in held.columns:
            held[name] = pd.arrays.SparseArray(np.zeros(len(held), dtype=bool))
    table = rules[["if", "then"]].assign(lift_then=rules["lift"])
    made = pd.concat([table, _measured(rules, held).set_index(rules.index)], axis=1)
    made.attrs["baskets"] = len(held)
    return made


@checked
def suggestions(rules: pd.DataFrame, owned: pd.DataFrame, *, by: str = "lift") -> pd.DataFrame:
    """Return for each customer the one item to suggest, by the rules: of those that the customer lacks.

    Parameters
    ----------
    rules : DataFrame
        As `basket_rules` returns them; those with one item in ``then`` are used.
    owned : DataFrame
        By customer, a column an item: whether the customer has bought it.
    by : str
        Which measure decides: ``lift``, ``confidence`` or ``leverage``.

    Returns
    -------
    DataFrame by customer
        ``item`` and its ``promise``, the confidence of the rule: the share that is said to buy it. Both are
        missing where no rule applies. Where two items are as good, that with the higher confidence is taken,
        then the first by name.

    Raises
    ------
    InputError
        A column or measure does not exist.
    DataError
        A customer stands twice.

    Examples
    --------
    >>> from crmlab.segments.baskets import basket_rules, suggestions
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 2, 3, 4], "product": list("ababac")})
    >>> rules = basket_rules(lines, item="product", support=0.4)
    >>> owned = pd.DataFrame({"a": [True, False], "b": [False, True]}, index=["Ann", "Ben"])
    >>> suggestions(rules, owned)["item"].tolist()
    ['b', 'a']
    """
    if by not in ("lift", "confidence", "leverage"):
        raise InputError(f"by is {by!r}, but must be lift, confidence or leverage.")
    if missing := [name for name in ("if", "then", "confidence", by) if name not in rules.columns]:
        raise InputError(f"rules lacks the column '{missing[0]}'. Give what basket_rules returned.")
    if owned.index.has_duplicates:
        twice = owned.index[owned.index.duplicated()].unique()
        raise DataError(f"Customers stand more than once, for example {some(twice)}. Give one row each.")
    single = rules[rules["then"].map(len) == 1]
    order = single.assign(name=single["then"].map(str)).sort_values(
        [by, "confidence", "name"], ascending=[False, False, True], kind="stable"
    )
    item = np.full(len(owned), None, dtype=object)
    promise = np.full(len(owned), np.nan)
    for given, (then,), confidence in zip(order["if"], order["then"], order["confidence"], strict=True):
        if then in owned.columns and all(name in owned.columns for name in given):
            fits = owned[list(given)].to_numpy(dtype=bool).all(axis=1) & ~owned[then].to_numpy(dtype=bool)
            free = fits & np.isnan(promise)
            item[free], promise[free] = then, confidence
    return pd.DataFrame({"item": item, "promise": promise}, index=owned.index)


@checked
def promise_kept(
    promise: pd.Series, suggested: pd.Series, bought: pd.Series, *, parts: int = 4, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare what rules promised with what a suggestion, made by lot, in fact sold.

    Does it sell? A rule's confidence is the share that buys the item *anyway* if they have the other one. A
    suggestion is worth what it adds: the share that buys with it less the share that buys without it.

    Parameters
    ----------
    promise : Series
        By customer, the confidence of the rule that made the suggestion (see `suggestions`).
    suggested : Series of bool
        Whether it was made, by lot.
    bought : Series of bool
        Whether the customer then bought the item.
    parts : int
        Into how many groups of like promise the customers are divided.
    level : float
        Of the interval (normal, of two unequal variances).

    Returns
    -------
    DataFrame by part
        From the lowest promise, and ``all``: ``customers``, mean ``promise``, ``with`` and ``without``, the
        shares that bought, and ``effect`` with ``low`` and ``high``. Missing where one of the two is empty.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The customers differ, a value is missing, or one that should be true or false is neither.

    Examples
    --------
    >>> from crmlab.segments.baskets import promise_kept
    >>> import pandas as pd
    >>> suggested = pd.Series([True, False] * 100)
    >>> bought = pd.Series(([True] * 6 + [False] * 4) * 20)
    >>> found = promise_kept(pd.Series(0.7, index=bought.index), suggested, bought, parts=1)
    >>> found.loc["all", ["promise", "with", "without", "effect"]].round(2).tolist()
    [0.7, 0.6, 0.6, 0.0]
    """
    whole(parts, "parts", "a number of groups", least=1)
    number(level, "level", "a share", above=0, below=1)
    for side in (suggested, bought):
        same_customers(promise, side)
        if not side.isin([0, 1]).all():
            raise DataError("suggested and bought must be true or false for each customer.")
    if promise.empty or promise.isna().any():
        raise DataError(
            f"{int(promise.isna().sum()):,} of {len(promise):,} customers have no promise. Leave out those "
            "for whom no rule applies."
        )
    complete(promise)
    share = promise.rank(method="average") / (len(promise) + 1)
    part = np.floor(share * parts).astype(int) + 1
    table = pd.DataFrame(
        {
            "part": part,
            "promise": promise.astype(float),
            "suggested": suggested.reindex(promise.index).astype(bool),
            "bought": bought.reindex(promise.index).astype(float),
        }
    )
    z = normal_limit(level)
    pieces = {**{str(name): rows for name, rows in table.groupby("part")}, "all": table}
    rows = {}
    for name, piece in pieces.items():
        one, two = (piece.loc[piece["suggested"] == kind, "bought"] for kind in (True, False))
        effect, half = np.nan, np.nan
        if len(one) and len(two):
            effect = one.mean() - two.mean()
        if len(one) > 1 and len(two) > 1:
            half = z * float(np.sqrt(one.var() / len(one) + two.var() / len(two)))
        sides = [one.mean() if len(one) else np.nan, two.mean() if len(two) else np.nan]
        rows[name] = [len(piece), piece["promise"].mean(), *sides, effect, effect - half, effect + half]
    columns = ["customers", "promise", "with", "without", "effect", "low", "high"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return found.astype({"customers": int}).rename_axis("part")


def _held(lines: pd.DataFrame, item: str) -> pd.DataFrame:
    """Return by basket which items it holds, as sparse columns."""
    from scipy import sparse

    for name in ("order_id", item):
        if name not in lines.columns:
            raise DataError(f"The lines lack the column '{name}'. They need order_id and the item.")
    if lines.empty:
        raise DataError("There are no lines, so there are no baskets.")
    gaps = lines[["order_id", item]].isna().any(axis=1)
    if gaps.any():
        raise DataError(
            f"{int(gaps.sum()):,} of {len(lines):,} lines have no order or no item, for example row "
            f"{some(lines.index[gaps])}. Leave them out first."
        )
    row, orders = pd.factorize(lines["order_id"])
    column, items = pd.factorize(lines[item].astype(object), sort=False)
    cells = sparse.coo_matrix((np.ones(len(row), dtype=bool), (row, column)), (len(orders), len(items)))
    make: Any = pd.DataFrame.sparse
    return make.from_spmatrix(cells.tocsr().astype(bool).tocsc(), columns=[*items])


def _measured(rules: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return the measures of rules in baskets."""
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    n = len(held)
    columns: dict[Any, Any] = {name: np.asarray(held[name], dtype=bool) for name in held.columns}
    counted: dict[frozenset[object], int] = {}

    def count(items: frozenset[object]) -> int:
        if items not in counted:
            counted[items] = int(np.logical_and.reduce([columns[name] for name in items]).sum())
        return counted[items]

    sides = [(frozenset(one), frozenset(two)) for one, two in zip(rules["if"], rules["then"], strict=True)]
    a, b, ab = (
        np.array([count(each) for each in which], dtype=float)
        for which in ([one for one, _ in sides], [two for _, two in sides], [one | two for one, two in sides])
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            "together": ab.astype(int),
            "support": ab / n,
            "confidence": np.where(a > 0, ab / a, np.nan),
            "lift": np.where(a * b > 0, n * ab / (a * b), np.nan),
            "leverage": ab / n - a * b / n**2,
            "p": stats.hypergeom.sf(ab - 1, n, a.astype(int), b.astype(int)),
        }
    table = pd.DataFrame(found)
    table["p_adjusted"] = multipletests(table["p"].clip(0, 1), method="fdr_bh")[1] if len(table) else []
    return table
