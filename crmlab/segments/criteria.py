"""Which criterion is worth segmenting by: what it explains of value to come, chance, and four checks."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, some
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@checked
def variance_explained(
    criteria: pd.DataFrame | pd.Series, value: pd.Series, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Return how much of customers' value each criterion explains: in this table, and outside it.

    Which criterion tells customers apart by what they bring next? The plain way is the share of the sum of
    squares that lies between the groups; it rises with each group that is added, also with one by lot:

    .. math:: \eta^2 = \frac{SS_b}{SS_t}, \qquad F = \frac{SS_b / (g - 1)}{SS_w / (n - g)} .

    The good way names each customer's value by the mean of the *others* in the group, and asks by how much
    that is nearer than the mean of all others (leave-one-out cross-validation, which needs no draws):

    .. math:: R^2_{cv} = 1 - \frac{\sum_i (y_i - \bar y_{g(i), -i})^2}{\sum_i (y_i - \bar y_{-i})^2} .

    It is below zero where the groups mislead. Whoever is alone in a group is named by the mean of all others.

    Parameters
    ----------
    criteria : DataFrame or Series
        By customer, a column a criterion: the customer's group by it. Numbers are cut into bands first.
    value : Series
        What the same customers brought in the *next* period.
    level : float
        Of the interval of :math:`R^2_{cv}`, which holds the luck with these customers.

    Returns
    -------
    DataFrame by criterion
        ``groups``; in sample ``eta_squared``, ``F`` and its ``p``; out of sample ``out_of_sample`` with
        ``low`` and ``high``. F and p are missing where nobody shares a group, or there is one group.

    Raises
    ------
    DataError
        The customers differ, a label or value is missing, all values are alike, there are fewer than three
        customers, or a criterion has a group for more than every second customer.

    References
    ----------
    Smith, W. R. (1956). Product differentiation and market segmentation as alternative marketing strategies.
    Journal of Marketing 21(1), 3-8.

    Examples
    --------
    >>> from crmlab.segments.criteria import variance_explained
    >>> import pandas as pd
    >>> criteria = pd.DataFrame({"age": ["young"] * 3 + ["old"] * 3, "region": ["east", "west"] * 3})
    >>> found = variance_explained(criteria, pd.Series([1.0, 2.0, 3.0, 7.0, 8.0, 9.0]))
    >>> found[["eta_squared", "out_of_sample"]].round(2).to_dict("index")["age"]
    {'eta_squared': 0.93, 'out_of_sample': 0.89}
    >>> bool(found.loc["region", "out_of_sample"] < 0)
    True
    """
    from scipy import stats

    number(level, "level", "a share", above=0, below=1)
    y, codes = _read(criteria, value)
    n, total = len(y), float(((y - y.mean()) ** 2).sum())
    alone = ((y - y.mean()) * n / (n - 1)) ** 2  # of naming each by the mean of all others
    z = normal_limit(level)
    rows = {}
    for name, code in codes.items():
        size = np.bincount(code)
        mean = np.bincount(code, y) / size
        between = float((size * (mean - y.mean()) ** 2).sum())
        eta, groups = min(between / total, 1.0), len(size)
        many = size[code]
        others = (y - mean[code]) * many / np.maximum(many - 1, 1)
        error = np.where(many > 1, others**2, alone)
        share = 1 - error.sum() / alone.sum()
        won = alone - error - share * alone
        half = z * np.sqrt(n * won.var(ddof=1)) / alone.sum()
        f = p = np.nan
        if 1 < groups < n:
            f = between / (groups - 1) / ((total - between) / (n - groups)) if eta < 1 - 1e-14 else np.inf
            p = float(stats.f.sf(f, groups - 1, n - groups))
        rows[name] = [groups, eta, f, p, share, share - half, share + half]
    columns = ["groups", "eta_squared", "F", "p", "out_of_sample", "low", "high"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)
    return found.astype({"groups": int}).rename_axis("criterion")


@checked
def heterogeneity(
    criteria: pd.DataFrame | pd.Series, value: pd.Series, *, draws: int = 499, seed: int
) -> pd.DataFrame:
    r"""Return whether the groups of each criterion differ by more than groups by lot of the same sizes would.

    Are these segments, or profiles of noise? The values are dealt out anew among the customers, each time for
    all criteria together: what the criteria then explain is chance. Who tries many criteria finds one that
    "works" by luck; the adjusted *p* is the share of draws in which *any* criterion did as well by its own
    standard (Westfall and Young).

    Parameters
    ----------
    criteria, value
        As for `variance_explained`.
    draws : int
        How often the values are dealt out.
    seed : int
        From which seed.

    Returns
    -------
    DataFrame by criterion
        ``explained`` (:math:`\eta^2`), what it was ``by_chance`` on average and in the highest twentieth of
        the draws (``chance_limit``), ``p``, and ``p_adjusted`` for the number of criteria.

    Raises
    ------
    InputError
        Fewer than 19 draws: no result could be called rare.
    DataError
        As for `variance_explained`.

    References
    ----------
    Westfall, P. H. and Young, S. S. (1993). Resampling-based multiple testing. Wiley.

    Examples
    --------
    >>> from crmlab.segments.criteria import heterogeneity
    >>> import pandas as pd
    >>> criteria = pd.DataFrame({"age": ["young"] * 9 + ["old"] * 9, "region": ["east", "west"] * 9})
    >>> found = heterogeneity(criteria, pd.Series([float(each) for each in range(18)]), seed=1)
    >>> (found["p_adjusted"] < 0.05).to_dict()
    {'age': True, 'region': False}
    """
    whole(draws, "draws", "a number of draws", least=19)
    y, codes = _read(criteria, value)
    rng = np.random.default_rng(whole(seed, "seed"))
    sizes = {name: np.bincount(code) for name, code in codes.items()}
    centred = y - y.mean()
    total = float(centred @ centred)

    def explained(values: Floats) -> list[float]:
        return [
            float((np.bincount(code, values) ** 2 / sizes[name]).sum()) / total
            for name, code in codes.items()
        ]

    seen = np.array(explained(centred))
    chance = np.array([explained(rng.permutation(centred)) for _ in range(draws)])
    table = np.vstack([seen, chance]).round(12)
    # Of each row, seen or dealt, the share of all rows that explain as much: its own p.
    ranked = np.sort(table, axis=0)
    p = np.column_stack(
        [1 - np.searchsorted(ranked[:, at], table[:, at]) / len(table) for at in range(table.shape[1])]
    )
    least = p.min(axis=1)
    found = {
        "explained": seen,
        "by_chance": chance.mean(axis=0),
        "chance_limit": np.quantile(chance, 0.95, axis=0),
        "p": p[0],
        "p_adjusted": [float((least <= each + 1e-12).mean()) for each in p[0]],
    }
    return pd.DataFrame(found, index=pd.Index(list(codes), name="criterion"))


@checked
def four_checks(
    labels: pd.Series,
    *,
    later: pd.Series | None = None,
    effects: pd.DataFrame | None = None,
    known: float = 0.95,
    least: int = 200,
    stable: float = 0.60,
    differ: float = 0.95,
) -> pd.DataFrame:
    r"""Check a criterion: measurable, large enough, stable and actionable, one by one.

    A criterion may explain value and still be of no use: unknown for half of the customers, splitting them
    into groups that are not worth a letter, another one next month, or of groups that answer all alike.

    Parameters
    ----------
    labels : Series
        Group by customer, missing where unknown.
    later : Series, optional
        The same customers' groups a period later: without them stability is not judged. Agreement is Cohen's
        kappa, so that a label most customers share anyway is not taken for a stable one.
    effects : DataFrame, optional
        By group, ``uplift`` with ``low`` and ``high`` (95 %), as `crmlab.decisions.uplift` returns it from a
        treatment given by lot: without it, whether groups can be acted on is not judged. Cochran's *Q* asks
        how sure it is that they do not answer alike:
        :math:`Q = \sum_g (\tau_g - \bar \tau)^2 / s_g^2`.
    known, stable, differ : float
        Least share of customers with a label, least kappa, and least confidence that the answers differ.
    least : int
        Customers that the smallest group must have.

    Returns
    -------
    DataFrame by check
        ``measure`` (what the number is), ``evidence``, ``needed`` and ``holds``. The thresholds are
        conventions to argue about.

    Raises
    ------
    InputError
        A threshold is out of its range, or a column of the effects is missing.
    DataError
        Nobody has a label, a customer stands twice, or fewer than two groups have an effect.

    References
    ----------
    Cochran, W. G. (1954). The combination of estimates from different experiments. Biometrics 10(1), 101-129.

    Kotler, P. and Keller, K. L. Marketing management. Pearson.

    Examples
    --------
    >>> from crmlab.segments.criteria import four_checks
    >>> import pandas as pd
    >>> now = pd.Series(["north", "south"] * 150)
    >>> found = four_checks(now, later=now[::-1].set_axis(now.index), least=100)
    >>> found["holds"].to_dict()
    {'measurable': True, 'large enough': True, 'stable': False}
    """
    for name, value in (("known", known), ("stable", stable), ("differ", differ)):
        number(value, name, "a share", least=0, most=1)
    whole(least, "least", "a number of customers", least=1)
    _once(labels)
    if labels.isna().all():
        raise DataError("No customer has a label, so there is nothing to check.")
    counts = labels.value_counts()
    smallest = int(counts.min()) if len(counts) > 1 else 0
    rows = [
        ("measurable", "share with a label", float(labels.notna().mean()), known),
        ("large enough", "customers in the smallest group", float(smallest), float(least)),
    ]
    if later is not None:
        rows.append(("stable", "agreement a period later (kappa)", _kappa(labels, later), stable))
    if effects is not None:
        rows.append(("actionable", "confidence that groups answer differently", _differ(effects), differ))
    table = pd.DataFrame(rows, columns=["check", "measure", "evidence", "needed"]).set_index("check")
    return table.assign(holds=table["evidence"] >= table["needed"])


def _kappa(labels: pd.Series, later: pd.Series) -> float:
    """Return Cohen's kappa of the customers who have a label at both dates."""
    from sklearn.metrics import cohen_kappa_score

    _once(later)
    both = pd.DataFrame({"now": labels.astype(object), "later": later.astype(object)}).dropna()
    if both.empty:
        raise DataError("No customer has a label at both dates, so stability cannot be judged.")
    one, two = (both[name].astype(str) for name in both)
    if one.nunique() == two.nunique() == 1:  # kappa is not defined where there is one label
        return float(one.iloc[0] == two.iloc[0])
    return float(cohen_kappa_score(one, two))


def _differ(effects: pd.DataFrame) -> float:
    """Return how sure it is that the groups of a randomised treatment do not answer alike."""
    from scipy import stats

    if missing := [name for name in ("uplift", "low", "high") if name not in effects.columns]:
        raise InputError(
            f"effects lacks the column '{missing[0]}'. Give what crmlab.decisions.uplift returned."
        )
    table = effects[["uplift", "low", "high"]].astype(float).dropna()
    error = (table["high"] - table["low"]).to_numpy() / (2 * stats.norm.ppf(0.975))
    if len(table) < 2 or not (error > 0).all():
        raise DataError("effects needs at least two groups with an uplift and an interval that is not empty.")
    effect, weight = table["uplift"].to_numpy(), error**-2
    q = float((weight * (effect - (weight @ effect) / weight.sum()) ** 2).sum())
    return float(stats.chi2.cdf(q, len(table) - 1))


def _read(criteria: pd.DataFrame | pd.Series, value: pd.Series) -> tuple[Floats, dict[str, Codes]]:
    """Return the values and each criterion's groups as codes, of checked customers."""
    if isinstance(criteria, pd.Series):
        criteria = criteria.to_frame(criteria.name if criteria.name is not None else "criterion")
    complete(value)
    same_customers(criteria, value)
    if criteria.shape[1] == 0 or criteria.columns.has_duplicates:
        raise DataError(
            "Give a column of groups for each criterion: there is none, or one name stands twice."
        )
    y = value.reindex(criteria.index).to_numpy(dtype=float)
    n = len(y)
    if n < 3:
        raise DataError(f"There are {n} customers. Explaining their value needs 3 at least.")
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise DataError("All customers have the same value, so there is nothing to explain.")
    codes = {}
    for name in criteria.columns:
        code, _ = pd.factorize(criteria[name])
        if (unknown := code < 0).any():
            raise DataError(
                f"{int(unknown.sum()):,} of {n:,} customers have no '{name}', for example "
                f"{some(criteria.index[unknown])}. Give them a group of their own, such as 'unknown'."
            )
        if (groups := int(code.max()) + 1) > max(n / 2, 2):
            raise DataError(
                f"'{name}' has {groups:,} groups for {n:,} customers. Cut it into bands first, for example "
                "with pandas.qcut."
            )
        codes[str(name)] = code
    return y, codes


def _once(labels: pd.Series) -> None:
    if labels.index.has_duplicates:
        twice = labels.index[labels.index.duplicated()].unique()
        raise DataError(f"Customers stand more than once, for example {some(twice)}. Give one label each.")
