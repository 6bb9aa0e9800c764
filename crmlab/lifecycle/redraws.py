"""How far what is at stake would scatter if other customers of the same kind had come: a bootstrap."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.lifecycle.losses import at_stake, precision_at, right_in
from crmlab.lifecycle.markov import total
from crmlab.lifecycle.moves import rescued, stage_value

Floats = npt.NDArray[np.float64]


@checked
def redrawn_stakes(
    before: pd.Series, after: pd.Series, profit: pd.Series, *, draws: int, seed: int = 1
) -> pd.DataFrame:
    """Compute the ``stake`` of `at_stake` anew on customers drawn by lot, with replacement.

    How sure is it? Each stage keeps its size.

    Parameters
    ----------
    before, after, profit : Series
        As for `at_stake`.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    DataFrame
        One row a draw, one column a stage; missing where a draw kept nobody or lost nobody.

    Examples
    --------
    >>> from crmlab.groups import labelled
    >>> from crmlab.lifecycle import STAGES, redrawn_stakes
    >>> import pandas as pd
    >>> who = pd.RangeIndex(6)
    >>> before = labelled([2] * 6, list(STAGES.index), who, "stage")
    >>> after = labelled([2, 2, 2, 3, 3, 3], list(STAGES.index), who, "stage")
    >>> drawn = redrawn_stakes(before, after, pd.Series([9.0, 9, 9, 1, 1, 1], who), draws=50)
    >>> drawn["stability"].dropna().unique().tolist()
    [8.0]
    """
    at_stake(before, after, profit)
    rows = []
    for counts, sums in _redrawn(before, after, profit, draws, seed):
        lost = np.nan_to_num(sums[:, -1]) / _some(counts[:, -1])
        rows.append(sums[:, :-1].sum(axis=1) / _some(counts[:, :-1].sum(axis=1)) - lost)
    return pd.DataFrame(rows, columns=before.cat.categories).rename_axis(columns="stage")


@checked
def redrawn_rescues(
    before: pd.Series,
    after: pd.Series,
    profit: pd.Series,
    *,
    steps: int,
    step_rate: float,
    draws: int,
    seed: int = 1,
) -> pd.DataFrame:
    """Compute the ``rescue`` of `stage_value` anew on customers drawn by lot, with replacement.

    How sure is it? Each stage keeps its size.

    Parameters
    ----------
    before, after, profit, steps, step_rate
        As for `stage_value`.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    DataFrame
        One row a draw, one column a stage; missing where nobody was, or a draw has everybody slide.

    Examples
    --------
    >>> from crmlab.groups import labelled
    >>> from crmlab.lifecycle import STAGES, redrawn_rescues
    >>> import pandas as pd
    >>> who = pd.RangeIndex(4)
    >>> before = labelled([2, 2, 3, 3], list(STAGES.index), who, "stage")
    >>> after = labelled([2, 3, 3, 3], list(STAGES.index), who, "stage")
    >>> drawn = redrawn_rescues(
    ...     before, after, pd.Series([12.0, 12, 0, 0], who), steps=1, step_rate=0.0, draws=50
    ... )
    >>> drawn["stability"].dropna().unique().tolist()
    [12.0]
    """
    stage_value(before, after, profit, steps=steps, step_rate=step_rate)
    rows = []
    for counts, sums in _redrawn(before, after, profit, draws, seed):
        sizes = counts.sum(axis=1)
        there = sizes > 0
        moves = counts[np.ix_(there, there)] / sizes[there, None]
        mean = sums.sum(axis=1)[there] / sizes[there]
        value = total(moves / (1 + step_rate), mean, steps)
        row = np.full(len(counts), np.nan)
        row[there] = rescued(moves, value, step_rate)
        rows.append(row)
    return pd.DataFrame(rows, columns=before.cat.categories).rename_axis(columns="stage")


@checked
def redrawn_precisions(
    scores: Mapping[str, pd.Series], gone: pd.Series, calls: int, *, draws: int, seed: int = 1
) -> pd.DataFrame:
    """Compute `precision_at` anew on customers drawn by lot, with replacement.

    Is one rule surely right more often than another? All rules meet the same draws, so that their differences
    can be looked at.

    Parameters
    ----------
    scores : mapping of str to Series
        By rule, a score of each customer, the surest loss highest.
    gone : Series
        By customer, whether it came true.
    calls : int
        How many each rule calls lost.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    DataFrame
        One row a draw, one column a rule.

    Examples
    --------
    >>> from crmlab.lifecycle import redrawn_precisions
    >>> import pandas as pd
    >>> gone = pd.Series([True, False] * 50)
    >>> drawn = redrawn_precisions({"knows": gone * 1, "guesses": gone * 0}, gone, 20, draws=50)
    >>> drawn.mean().round(1).to_dict()
    {'knows': 1.0, 'guesses': 0.5}
    """
    whole(draws, "draws", "a number of draws", least=1)
    for score in scores.values():
        precision_at(score, gone, calls)
    rng, true = np.random.default_rng(seed), gone.to_numpy(dtype=float)
    values = {name: score.loc[gone.index].to_numpy(dtype=float) for name, score in scores.items()}
    rows = []
    for _ in range(draws):
        drawn = rng.integers(0, len(true), len(true))
        rows.append({name: right_in(each[drawn], true[drawn], calls) for name, each in values.items()})
    return pd.DataFrame(rows)


def _redrawn(
    before: pd.Series, after: pd.Series, profit: pd.Series, draws: int, seed: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield how many customers moved from each stage to each, and what they brought, draw by draw."""
    whole(draws, "draws", "a number of draws", least=1)
    names = list(before.cat.categories)
    k, rng = len(names), np.random.default_rng(seed)
    code = before.cat.codes.to_numpy().astype(np.int64)
    later = pd.Categorical(after.loc[before.index], categories=names).codes
    cell, worth = code * k + later, profit.loc[before.index].to_numpy(dtype=float)
    groups = [np.flatnonzero(code == place) for place in range(k)]
    for _ in range(draws):
        chosen = np.concatenate(
            [group[rng.integers(0, len(group), len(group))] for group in groups if len(group)]
        )
        counts = np.bincount(cell[chosen], minlength=k * k).astype(float)
        sums = np.bincount(cell[chosen], worth[chosen], minlength=k * k).astype(float)
        yield counts.reshape(k, k), sums.reshape(k, k)


def _some(number: Floats) -> Floats:
    """Return numbers to divide by: none is no number."""
    return np.where(number > 0, number, np.nan)
