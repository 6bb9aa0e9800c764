"""Word of mouth as a branching process: how many customers one brings, and whether the chain dies out."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError


@checked
def poisson_offspring(mean: float) -> pd.Series:
    r"""Return the chances of bringing 0, 1, 2, … customers, if each telling wins somebody by itself.

    Parameters
    ----------
    mean : float
        Customers that one brings, on average: at least 0, at most 100.

    Returns
    -------
    Series
        ``chance`` by number; what is left out has a chance below 1e-12.

    Raises
    ------
    InputError
        The mean is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import poisson_offspring
    >>> poisson_offspring(1.0).head(3).round(3).tolist()
    [0.368, 0.368, 0.184]
    """
    from scipy import stats

    number(mean, "mean", "how many customers one brings on average", least=0, most=100)
    most = int(stats.poisson.isf(1e-13, mean)) + 1 if mean else 0
    brought = pd.RangeIndex(most + 1, name="brought")
    return pd.Series(stats.poisson.pmf(brought, mean) if mean else [1.0], index=brought, name="chance")


@checked
def offspring(referred_by: pd.Series) -> pd.Series:
    """Return the shares of customers who brought 0, 1, 2, … others.

    Parameters
    ----------
    referred_by : Series
        By customer, who brought the customer; missing where nobody did.

    Returns
    -------
    Series
        ``chance`` by number. Young customers have had little time to bring anybody, so take those who could.

    Raises
    ------
    DataError
        There are no customers, or one was brought by somebody who is none of them.

    Examples
    --------
    >>> from crmlab.lifecycle import offspring
    >>> import pandas as pd
    >>> offspring(pd.Series([None, "a", "a", "b"], index=list("abcd"))).to_dict()
    {0: 0.5, 1: 0.25, 2: 0.25}
    """
    if referred_by.empty:
        raise DataError("There are no customers, so nobody brought anybody.")
    by = referred_by.dropna()
    strange = by[~by.isin(referred_by.index)]
    if len(strange):
        raise DataError(
            f"{len(strange):,} of {len(referred_by):,} customers were brought by somebody who is not among "
            f"them, such as '{strange.iloc[0]}'. Give all customers, or leave those names out."
        )
    brought = by.value_counts().reindex(referred_by.index, fill_value=0)
    shares = brought.value_counts(normalize=True).sort_index()
    every = pd.RangeIndex(int(brought.max()) + 1, name="brought")
    return shares.reindex(every, fill_value=0.0).rename("chance")


@checked
def extinction(offspring: pd.Series) -> float:
    r"""Return the chance that the chain which one customer begins dies out.

    Does word of mouth carry itself? A chain ends when nobody of a generation brings anybody. With the
    generating function :math:`G(s) = \sum_k p_k s^k` of who brings how many, the chance is the smallest root
    of :math:`s = G(s)`: one where the mean is at most one.

    Parameters
    ----------
    offspring : Series
        Chance by number of customers brought.

    Raises
    ------
    InputError
        Numbers that are not whole, or chances that do not sum to one.

    References
    ----------
    Harris, T. E. (1963). The theory of branching processes. Springer.

    Examples
    --------
    >>> from crmlab.lifecycle import extinction, poisson_offspring
    >>> round(extinction(poisson_offspring(1.5)), 3), extinction(poisson_offspring(0.9))
    (0.417, 1.0)
    """
    from scipy.optimize import brentq

    number_, chance = _offspring(offspring)
    if chance[number_ == 0].sum() == 0:
        return 0.0
    if number_ @ chance <= 1:
        return 1.0

    def above(s: float) -> float:
        return float(chance @ s**number_ - s)

    high = 1 - 1e-3
    while above(high) >= 0:  # the mean is a hair above one, and the root a hair below it
        high = (1 + high) / 2
        if high == 1:
            return 1.0
    return float(brentq(above, 0.0, high, xtol=1e-14))


@checked
def chain_size(mean: float) -> float:
    r"""Return how many customers come of one, with this one, on average: :math:`1 / (1 - m)`.

    What is a referral worth? Where each customer brings *m* others, and each of them again as many, a
    customer counts for so many. The mean says little of a single chain: most end at once, a few run long.

    Parameters
    ----------
    mean : float
        Customers that one brings, on average. From one on, the number has no bound.

    Raises
    ------
    InputError
        The mean is negative.

    Examples
    --------
    >>> from crmlab.lifecycle import chain_size
    >>> chain_size(0.5), chain_size(1.0)
    (2.0, inf)
    """
    number(mean, "mean", "how many customers one brings on average", least=0)
    return float("inf") if mean >= 1 else 1 / (1 - mean)


@checked
def simulated_chains(offspring: pd.Series, *, chains: int, seed: int, most: int = 100_000) -> pd.DataFrame:
    """Return chains of word of mouth, each from one customer to its end.

    Parameters
    ----------
    offspring : Series
        Chance by number of customers brought.
    chains : int
        How many begin.
    seed : int
    most : int
        Customers at which a chain is taken for endless.

    Returns
    -------
    DataFrame by chain
        ``customers`` in it, with the first; ``generations`` until it ended; whether it ``ended``.

    Raises
    ------
    InputError
        As for `extinction`, or a number is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import poisson_offspring, simulated_chains
    >>> made = simulated_chains(poisson_offspring(1.1), chains=2000, seed=1)
    >>> float(made["customers"].median()), bool(made["ended"].mean() > 0.75)
    (3.0, True)
    """
    number_, chance = _offspring(offspring)
    whole(chains, "chains", least=1, most=1_000_000)
    whole(most, "most", least=1)
    rng = np.random.default_rng(whole(seed, "seed"))
    alive = np.ones(chains, dtype=np.int64)
    size, generations = alive.copy(), np.zeros(chains, dtype=np.int64)
    while (going := (alive > 0) & (size < most)).any():
        of = np.repeat(np.flatnonzero(going), alive[going])
        brought = number_[rng.choice(len(number_), len(of), p=chance)]
        alive = np.where(going, np.bincount(of, brought, minlength=chains).astype(np.int64), alive)
        size += np.where(going, alive, 0)
        generations += going & (alive > 0)
    made = {"customers": size, "generations": generations, "ended": alive == 0}
    return pd.DataFrame(made, index=pd.RangeIndex(chains, name="chain"))


@checked
def telling_break_even(good: float, bad: float) -> float:
    r"""Return the share of unhappy customers at which bad tellings equal the good ones: :math:`g / (g + b)`.

    A saying of shop floors has it that a happy customer tells 5 others, an unhappy one 30 and a delighted one
    60. From which share of unhappy customers on is more bad than good told?

    Parameters
    ----------
    good, bad : float
        How many others a satisfied, and an unsatisfied, customer tells: above 0.

    Raises
    ------
    InputError
        A number is not above 0.

    Examples
    --------
    >>> from crmlab.lifecycle import telling_break_even
    >>> round(telling_break_even(good=5, bad=30), 3)
    0.143
    """
    number(good, "good", "how many are told", above=0)
    number(bad, "bad", "how many are told", above=0)
    return good / (good + bad)


def _offspring(chances: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    try:
        brought = chances.index.to_numpy(dtype=float)
        chance = chances.to_numpy(dtype=float)
    except (TypeError, ValueError):
        brought, chance = np.array([0.5]), np.array([1.0])
    if not len(brought) or (brought != np.round(brought)).any() or (brought < 0).any():
        raise InputError("offspring must be indexed by whole numbers of customers brought: 0, 1, 2, …")
    if not (np.isfinite(chance) & (chance >= 0)).all() or abs(chance.sum() - 1) > 1e-6:
        raise InputError(
            f"The chances in offspring sum to {chance.sum():.4g}, but must be shares that sum to 1."
        )
    return brought.astype(np.int64), chance / chance.sum()
