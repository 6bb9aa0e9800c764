"""A race of forecasters on one holdout: who is ahead, and whether that lead is more than chance."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.clv.patterns import table
from crmlab.errors import DataError, FitError, InputError, unknown

_BLOCK = 2_000_000  # counts that a block of draws holds: 16 MB
_BETTER, _AS_GOOD, _WORSE, _UNTOLD = "better", "as good", "worse", "cannot be told"


def fit_each(
    kinds: Mapping[str, type[BuyTillYouDie]], customers: Any, unit: str | None = None, *, penalty: float = 0.1
) -> dict[str, BuyTillYouDie]:
    """Fit models of several kinds on the same customers.

    Parameters
    ----------
    kinds : mapping of str to type
        Classes of models by the names that they shall have.
    customers, unit
        As for their ``fit``.
    penalty : float
        The fit is plain. Where it does not come to rest, the model is fitted again with this penalty.

    Returns
    -------
    dict of str to model

    Raises
    ------
    FitError
        A model cannot be fitted with the penalty either.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, ParetoNBD, fit_each
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> models = fit_each({"BG/NBD": BGNBD, "Pareto/NBD": ParetoNBD}, customers)
    >>> {name: round(model.loglik_) for name, model in models.items()}
    {'BG/NBD': -9582, 'Pareto/NBD': -9595}
    """
    number(penalty, "penalty", "the weight of a penalty", above=0)
    fitted = {}
    for name, kind in kinds.items():
        try:
            fitted[name] = kind(penalty=0.0).fit(customers, unit)
        except FitError:
            fitted[name] = kind(penalty=penalty).fit(customers, unit)
    return fitted


def fit_small(
    model: BuyTillYouDie, customers: Any, sizes: Sequence[int], *, fits: int = 20, seed: int = 0
) -> pd.DataFrame:
    """Fit a model on few customers, drawn by lot, and let it forecast the holdout of them all.

    Parameters
    ----------
    model : BuyTillYouDie
        Not fitted. Give it a penalty, for a few customers can lead a plain fit anywhere.
    customers : Customers
        With a holdout.
    sizes : sequence of int
        How many customers to draw; at most all of them.
    fits : int
        Fits of each size, each on customers drawn anew.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame, one row a fit
        ``size``, and ``total_error``: the forecast of the sum over its actual value, less 1. It is missing
        where so few customers allow no fit.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, fit_small
    >>> customers = crm.summarise(
    ...     crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    ... )
    >>> found = fit_small(BGNBD(penalty=0.1), customers, [100, 1000], fits=3, seed=1)
    >>> found.groupby("size")["total_error"].median().round(2).tolist()
    [-0.03, -0.14]
    """
    whole(fits, "fits", "a number of fits", least=1)
    frame = table(customers, ("frequency", "recency", "T", "holdout_frequency", "holdout_T"))
    actual, horizon = frame["holdout_frequency"].sum(), float(frame["holdout_T"].iloc[0])
    if not actual:
        raise DataError("0 purchases were made in the holdout, so no forecast can be held against them.")
    rng, rows = np.random.default_rng(seed), []
    for size in sizes:
        whole(size, "size", "a number of customers", least=1, most=len(frame))
        for _ in range(fits):
            chosen = frame.iloc[rng.choice(len(frame), size, replace=False)]
            error = float("nan")
            with suppress(DataError, FitError):
                fitted = type(model)(penalty=model.penalty).fit(chosen, unit=customers.unit)
                error = float(np.sum(fitted.expected_purchases(customers, horizon))) / actual - 1
            rows.append({"size": size, "total_error": error})
    return pd.DataFrame(rows)


@checked
def on_list(values: pd.Series | pd.DataFrame, places: float) -> pd.Series | pd.DataFrame:
    """Return which share of a place each customer has on a list of those with the largest values.

    Customers with equal values share the places that are left alike. The shares add up to the places, so no
    list is longer than another.

    Parameters
    ----------
    values : Series or DataFrame
        A value for each customer; of several forecasters, one column each.
    places : float
        Length of the list, at most the number of customers.

    Returns
    -------
    Series or DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import on_list
    >>> on_list(pd.Series({"Ann": 5, "Ben": 2, "Cem": 2, "Dan": 0}), 2).to_dict()
    {'Ann': 1.0, 'Ben': 0.5, 'Cem': 0.5, 'Dan': 0.0}
    """
    number(places, "places", "a length of a list", above=0, most=len(values))
    first = values.rank(ascending=False, method="min")
    last = values.rank(ascending=False, method="max")
    return ((places - first + 1) / (last - first + 1)).clip(0, 1)


@checked
def score(means: pd.DataFrame, chances: pd.DataFrame, actual: pd.Series, *, places: float) -> pd.DataFrame:
    """Return five errors of each forecaster, of which less is better.

    Parameters
    ----------
    means, chances : DataFrame
        Each customer's purchases (row) as a forecaster (column) expects them, and the chance of any.
    actual : Series
        What each customer did buy.
    places : float
        Length of the lists of best customers; see `on_list`.

    Returns
    -------
    DataFrame, one row a forecaster
        ``total``: how far the sum is off, as a share of the actual sum. ``MAE``, ``RMSE``: the mean absolute
        error of a customer, and the root of the mean squared one. ``Brier``: the mean squared error of the
        chances. ``missed``: the share of the best customers who are not on the forecaster's list.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review
    78(1), 1-3.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import score
    >>> actual = pd.Series({"Ann": 3, "Ben": 0, "Cem": 1})
    >>> means = pd.DataFrame({"Ida": [2.0, 1.0, 1.0], "Jon": [0.0, 0.0, 4.0]}, index=actual.index)
    >>> score(means, (means > 0).astype(float), actual, places=1).round(2)
         total   MAE  RMSE  Brier  missed
    Ida    0.0  0.67  0.82   0.33     0.0
    Jon    0.0  2.00  2.45   0.33     1.0
    """
    errors = means.sub(actual, axis=0)
    best: Any = on_list(actual, places)
    if not actual.sum():
        raise DataError("0 purchases were made, so no forecast can be held against them.")
    found = pd.DataFrame({"total": errors.sum().abs() / actual.sum(), "MAE": errors.abs().mean()})
    found["RMSE"] = (errors**2).mean() ** 0.5
    found["Brier"] = (chances.sub(actual > 0, axis=0) ** 2).mean()
    found["missed"] = 1 - on_list(means, places).mul(best, axis=0).sum() / best.sum()
    return found


@checked
def redraw(
    losses: pd.DataFrame, per: pd.DataFrame | pd.Series | None = None, *, draws: int = 500, seed: int = 0
) -> pd.DataFrame:
    """Draw the customers again, with replacement, and score all forecasters on the same draw.

    Forecasts stay as they are. What is drawn again is who the customers are, so the scores scatter as they
    would among other customers of the same kind, in the same time.

    Parameters
    ----------
    losses : DataFrame
        What a forecaster (column) loses by a customer (row).
    per : DataFrame or Series, optional
        What the loss is a loss per: a score is the sum of the losses over the sum of these, such as the loss
        per letter on each forecaster's list, which keeps the number of letters fixed. By default a customer.
    draws : int
        Number of draws.
    seed : int
        Of the draws. The same seed draws the same customers, so scores by several measures stay paired.

    Returns
    -------
    DataFrame, one row a draw and one column a forecaster

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7(1), 1-26.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import redraw
    >>> losses = pd.DataFrame({"rule": [1.0, 0.0, 2.0, 1.0], "model": [0.5, 0.0, 1.5, 0.5]})
    >>> drawn = redraw(losses, draws=200, seed=1)
    >>> drawn.shape, bool((drawn["model"] <= drawn["rule"]).all())
    ((200, 2), True)
    """
    whole(draws, "draws", "a number of draws", least=1)
    weight = pd.Series(1.0, losses.index) if per is None else per
    if not weight.index.equals(losses.index):
        raise InputError("losses and per must have the same customers, in the same order.")
    shares = weight.to_frame() if isinstance(weight, pd.Series) else weight[losses.columns]
    rng, people = np.random.default_rng(seed), len(losses)
    above, below = losses.to_numpy(float), shares.to_numpy(float)
    block, rows = max(1, _BLOCK // people), []
    for done in range(0, draws, block):
        size = min(block, draws - done)
        counts = rng.multinomial(people, np.full(people, 1 / people), size=size).astype(float)
        rows.append((counts @ above) / (counts @ below))
    return pd.DataFrame(np.concatenate(rows), columns=losses.columns)


@checked
def verdicts(
    scores: pd.Series, drawn: pd.DataFrame, *, near: float, against: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Say of each forecaster whether it is worse than another, as good, or whether that cannot be told.

    "As good" is more than "no difference was found": the whole interval of the difference must lie under a
    margin of equivalence, which you choose by what a difference is worth to you. A forecaster that is worse
    for sure, but by less than the margin, counts as good.

    Parameters
    ----------
    scores : Series
        Each forecaster's score, of which lower is better.
    drawn : DataFrame
        The same scores for customers drawn again, from `redraw`.
    near : float
        Margin of equivalence, in the scores' unit.
    against : str, optional
        The forecaster to compare with. By default the one with the lowest score. Since that one was picked
        by the same holdout, luck flatters it a little.
    level : float
        Probability of the intervals.

    Returns
    -------
    DataFrame, one row for each other forecaster
        ``estimate``, ``lower`` and ``upper`` of how far it lies behind, and the ``verdict``: "better", "as
        good", "worse" or "cannot be told".

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics
    15(6), 657-680.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import redraw, verdicts
    >>> losses = pd.DataFrame({"model": [0.0, 1.0] * 50, "rule": [0.01, 1.01] * 50, "habit": [0.5, 1.5] * 50})
    >>> verdicts(losses.mean(), redraw(losses, draws=100), near=0.05)["verdict"].to_dict()
    {'rule': 'as good', 'habit': 'worse'}
    """
    number(near, "near", "a margin of equivalence", least=0)
    number(level, "level", "a probability", above=0, below=1)
    leader = str(scores.idxmin()) if against is None else against
    if leader not in scores.index:
        raise unknown("forecaster", leader, scores.index)
    others = scores.index.drop(leader)
    behind = drawn[others].sub(drawn[leader], axis=0)
    ends = behind.quantile([(1 - level) / 2, (1 + level) / 2]).round(12)
    found = pd.DataFrame({"estimate": scores[others] - scores[leader]})
    found["lower"], found["upper"] = ends.iloc[0], ends.iloc[1]
    is_as_good, is_worse = found["upper"] <= near, found["lower"] > 0
    said = np.select([found["upper"] < 0, is_as_good, is_worse], [_BETTER, _AS_GOOD, _WORSE], _UNTOLD)
    return found.assign(verdict=said)
