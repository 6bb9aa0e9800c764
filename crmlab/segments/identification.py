"""Who will be valuable, seen from the first days: features, an outcome of complete cohorts, and a score."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, FitError, InputError
from crmlab.groups import complete, dated, same_customers


@checked
def early_and_later(
    orders: pd.DataFrame, *, days: int, window: int, end: Any = None, labels: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return what is known of each customer after the first days, and what came in a window after them.

    Who will be valuable, seen from the first order? Only customers whose window is over by the end of the
    data are in the table: whoever came too late has no outcome yet, and whoever is thrown out for having none
    would leave those behind who stayed.

    Parameters
    ----------
    orders : DataFrame
        A line of an order each row: ``customer_id``, ``date``, ``amount``, and where known ``category``.
    days : int
        Days from the first order, its day included, in which features are taken.
    window : int
        Days after them in which the outcome is counted.
    end : date, optional
        Last day observed; without it the day of the last order.
    labels : tuple of str
        Columns of the orders, such as ``channel``, of which the first order's value is a feature.

    Returns
    -------
    DataFrame by customer
        ``first``; the features ``orders`` (days with one), ``amount``, ``first_amount``, ``categories``
        (where known), ``second_after`` (days until the second order, ``days`` where there was none yet) and
        ``first_…`` for each label; the outcome ``later_orders`` and ``later_amount``.
        ``attrs["too_late"]`` counts the customers who were left out.

    Raises
    ------
    InputError
        A number is out of its range, or a label is no column.
    DataError
        A column is missing, a value is missing in it, or nobody came early enough.

    Examples
    --------
    >>> from crmlab.segments.identification import early_and_later
    >>> import pandas as pd
    >>> orders = pd.DataFrame(
    ...     {
    ...         "customer_id": ["Ann", "Ann", "Ann", "Ben"],
    ...         "date": pd.to_datetime(["2024-01-01", "2024-01-20", "2024-03-01", "2024-04-20"]),
    ...         "amount": [10.0, 20.0, 5.0, 8.0],
    ...     }
    ... )
    >>> table = early_and_later(orders, days=30, window=60)
    >>> table[["orders", "amount", "later_amount"]].to_dict("index"), table.attrs["too_late"]
    ({'Ann': {'orders': 2, 'amount': 30.0, 'later_amount': 5.0}}, 1)
    """
    whole(days, "days", "a number of days", least=1)
    whole(window, "window", "a number of days", least=1)
    if unknown := [name for name in labels if name not in orders.columns]:
        raise InputError(f"labels names '{unknown[0]}', which is no column of the orders.")
    orders = dated(orders, "amount")
    if orders.empty:
        raise DataError("There are no orders, so there is nobody to identify.")
    day = orders["date"]
    last = day.max() if end is None else pd.Timestamp(end).normalize()
    lines = orders[day <= last].sort_values("date", kind="stable")
    first = lines.groupby("customer_id")["date"].min().rename("first")
    age = (lines["date"] - lines["customer_id"].map(first)).dt.days
    known = first + pd.Timedelta(days=days + window - 1) <= last
    if not known.any():
        raise DataError(
            f"Nobody's first order lies {days + window:,} days before {last:%Y-%m-%d}, the end of the data, "
            "so no outcome is complete. Take fewer days, or a shorter window."
        )
    early = lines[age < days].groupby("customer_id")
    later = lines[(age >= days) & (age < days + window)].groupby("customer_id")
    begin = lines[age == 0].groupby("customer_id")
    second = age[(age > 0) & (age < days)].groupby(lines["customer_id"]).min()
    table: dict[str, Any] = {
        "first": first,
        "orders": early["date"].nunique(),
        "amount": early["amount"].sum(),
        "first_amount": begin["amount"].sum(),
    }
    if "category" in lines.columns:
        table["categories"] = early["category"].nunique()
    table["second_after"] = second.reindex(first.index).fillna(days)
    for name in labels:
        words = lines[age == 0].assign(word=lines[name].astype(str)).groupby("customer_id")["word"]
        table[f"first_{name}"] = words.min()  # of several on the first day, the first by name
    table["later_orders"] = later["date"].nunique().reindex(first.index).fillna(0)
    table["later_amount"] = later["amount"].sum().reindex(first.index).fillna(0.0)
    found = pd.DataFrame(table)[known].astype({"orders": int, "second_after": int, "later_orders": int})
    found.attrs["too_late"] = int((~known).sum())
    return found


@checked
def identified(
    features: pd.DataFrame, valuable: pd.Series, known: pd.Series, *, way: str = "logistic", seed: int = 1
) -> pd.Series:
    """Learn from customers whose outcome is known, and return how likely the others are to be valuable.

    Parameters
    ----------
    features : DataFrame
        By customer, numbers and texts (which become one column a value).
    valuable : Series of bool
        The outcome; of those not known it is not looked at.
    known : Series of bool
        From whom is learned: *earlier* cohorts than those who are scored, as it will be in use.
    way : str
        ``logistic`` regression on standardised features, lightly penalised, or ``boosting`` of small trees.
    seed : int
        Of the trees.

    Returns
    -------
    Series
        The probability, by customer not known, in the order given.

    Raises
    ------
    InputError
        Another way.
    DataError
        The customers differ, a value is missing, or all are known, or none.
    FitError
        Of those known all are valuable, or none is.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics
    29(5), 1189-1232.

    Examples
    --------
    >>> from crmlab.segments.identification import identified
    >>> import pandas as pd
    >>> features = pd.DataFrame({"orders": [1, 2, 3, 4, 1, 2, 3, 4, 1, 4]})
    >>> valuable, known = features["orders"] > 2, features.index < 8
    >>> (identified(features, valuable, pd.Series(known)) > 0.5).to_dict()
    {8: False, 9: True}
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if way not in ("logistic", "boosting"):
        raise InputError(f"way is {way!r}, but must be logistic or boosting.")
    for side in (valuable, known):
        same_customers(features, side)
    learn = known.reindex(features.index)
    if features.isna().any(axis=None) or not learn.isin([0, 1]).all():
        raise DataError("features and known need a value for each customer. Fill them, or leave them out.")
    mask = learn.to_numpy(dtype=bool)
    if mask.all() or not mask.any():
        raise DataError("Some customers must be known, to learn from, and others not, to be scored.")
    outcome = valuable.reindex(features.index)[mask]
    if not outcome.isin([0, 1]).all():
        raise DataError("valuable must be true or false for each customer whose outcome is known.")
    if outcome.nunique() < 2:
        raise FitError("Of the customers known, all are valuable or none is, so nothing tells them apart.")
    table = pd.get_dummies(features)
    if odd := [str(name) for name in table if not pd.api.types.is_numeric_dtype(table[name])]:
        raise DataError(
            f"'{odd[0]}' is of type {table[odd[0]].dtype}: features are numbers or texts. Drop it."
        )
    for name in table:
        complete(table[name])
    x = table.to_numpy(dtype=float)
    if way == "logistic":
        model: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    else:
        model = HistGradientBoostingClassifier(
            max_iter=150, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=20, random_state=seed
        )
    model.fit(x[mask], outcome.to_numpy(dtype=bool))
    return pd.Series(model.predict_proba(x[~mask])[:, 1], features.index[~mask], name="probability")
