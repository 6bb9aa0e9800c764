"""Where tenders stand, and how their chances hang on their value: what the funnel and the forecasts share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.decisions.columns import Floats, numbers, texts
from crmlab.errors import DataError, FitError, InputError, some


def standing(
    deals: pd.DataFrame, steps: pd.DataFrame, order: Sequence[str] | None
) -> tuple[list[str], Any, Any, Any]:
    """Return the steps; by deal the last one that it reached, its outcome, and the day of each (or none)."""
    for table, needed, name in (
        (deals, ["deal_id", "outcome", "closed", "value", "seller", "forecast"], "deals"),
        (steps, ["deal_id", "step", "date"], "steps"),
    ):
        if missing := [column for column in needed if column not in table.columns]:
            raise InputError(f"The {name} lack the column {some([repr(each) for each in missing])}.")
    if deals.empty:
        raise DataError("There are no deals.")
    kind = steps["step"].dtype
    if order is None and not (isinstance(kind, pd.CategoricalDtype) and kind.ordered):
        raise InputError("The steps have no order. Name them from first to last in order=….")
    names = [str(each) for each in (steps["step"].cat.categories if order is None else order)]
    outcome = texts(deals["outcome"], "outcome")
    if odd := sorted(set(outcome) - {"won", "lost", "open"}):
        raise DataError(f"An outcome must be won, lost or open, and some are {some(odd)}.")
    if deals["deal_id"].duplicated().any():
        twice = deals.loc[deals["deal_id"].duplicated(), "deal_id"].unique()
        raise DataError(f"Deals stand more than once, for example {some(twice)}. Give one row each.")
    row = pd.Index(deals["deal_id"]).get_indexer(pd.Index(steps["deal_id"]))
    place = pd.Index(names).get_indexer(pd.Index(steps["step"].astype("str")))
    for bad, said in ((row < 0, "are of deals that are not among them"), (place < 0, "are not in the order")):
        if bad.any():
            shown = some(steps.loc[bad, "deal_id" if said[4] == "o" else "step"].unique())
            raise DataError(f"{int(bad.sum()):,} of {len(steps):,} steps {said}, for example {shown}.")
    entered = np.full((len(deals), len(names)), np.datetime64("NaT", "s"))
    entered[row, place] = pd.to_datetime(steps["date"]).to_numpy().astype("datetime64[s]")
    at = np.full(len(deals), -1)
    np.maximum.at(at, row, place)
    if (at < 0).any():
        without = deals.loc[at < 0, "deal_id"]
        raise DataError(f"{len(without):,} deals have reached no step, for example {some(without)}.")
    return names, at, outcome, entered


def sizes(deals: pd.DataFrame) -> Floats:
    """Return the logarithm of each deal's value over the median."""
    value = numbers(deals["value"], "value", least=0)
    if (value <= 0).any():
        raise DataError(
            f"{int((value <= 0).sum()):,} deals have a value of 0. Leave them out, or value them."
        )
    return np.asarray(np.log(value / np.median(value)))


def fitted_steps(
    names: list[str], at: Any, outcome: Any, size: Floats, *, by_value: bool
) -> list[tuple[Any, Any, int]]:
    """Return of each step the intercept and slope of the log odds to pass it, their covariance, and deals."""
    import statsmodels.api as sm

    found = []
    for place, name in enumerate(names):
        left = (at > place) | ((at == place) & (outcome != "open"))
        if not left.any():
            raise FitError(
                f"No deal has left the step '{name}', so its chance is not known. Wait, or join steps."
            )
        passed = ((at > place) | (outcome == "won"))[left].astype(float)
        # One deal more, in four quarters: few deals then make no chance of 0 or 1.
        y = np.concatenate([passed, [0.0, 0.0, 1.0, 1.0]])
        x = np.concatenate([size[left], [-1.0, 1.0, -1.0, 1.0]])
        weight = np.concatenate([np.ones(left.sum()), np.full(4, 0.25)])
        design = np.column_stack([np.ones(len(y)), x])[:, : 2 if by_value else 1]
        fit = sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=weight).fit()
        theta, cov = np.zeros(2), np.zeros((2, 2))
        theta[: design.shape[1]] = fit.params
        cov[: design.shape[1], : design.shape[1]] = fit.cov_params()
        found.append((theta, cov, int(left.sum())))
    return found


def to_win(at: Any, size: Floats, thetas: list[Floats]) -> Floats:
    """Return the chance of each deal to pass all that is left of its way, by draw of the coefficients."""
    from scipy.special import expit

    chance = np.ones((len(at), len(thetas[0])))
    for place, theta in enumerate(thetas):
        to_go = at <= place
        chance[to_go] *= expit(theta[:, 0] + np.outer(size[to_go], theta[:, 1]))
    return chance
