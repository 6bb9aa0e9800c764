"""Word of mouth as a branching process: how many customers one brings, and whether the chain dies out."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError
from crmlab.language import mark


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
def mixed_offspring(mean: float, spread: float) -> pd.Series:
    r"""Return the chances of bringing 0, 1, 2, … customers, if customers differ in how much they tell.

    Each customer's own mean is Gamma distributed around the common one, and what each brings is Poisson
    around the own mean: a negative binomial with :math:`\mathrm{Var}(X) = m + s\,m^2`. At the same mean, more
    bring nobody and a few bring many.

    Parameters
    ----------
    mean : float
        Customers that one brings, on average: at least 0, at most 100.
    spread : float
        *s*, the variance of customers' own means over the square of the common one; 0 gives
        `poisson_offspring`. At most 100.

    Returns
    -------
    Series
        ``chance`` by number; what is left out has a chance below 1e-9.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Lloyd-Smith, J. O., Schreiber, S. J., Kopp, P. E. and Getz, W. M. (2005). Superspreading and the effect of
    individual variation on disease emergence. Nature 438, 355-359.

    Examples
    --------
    >>> from crmlab.lifecycle import extinction, mixed_offspring
    >>> mixed_offspring(1.0, 3.0).head(3).round(3).tolist()
    [0.63, 0.157, 0.079]
    >>> round(extinction(mixed_offspring(1.2, 0.0)), 3), round(extinction(mixed_offspring(1.2, 3.0)), 3)
    (0.686, 0.914)
    """
    from scipy import stats

    number(mean, "mean", "how many customers one brings on average", least=0, most=100)
    number(spread, "spread", "how much customers differ", least=0, most=100)
    if mean == 0 or spread < 1e-9:
        return poisson_offspring(mean)
    law = stats.nbinom(1 / spread, 1 / (1 + spread * mean))
    brought = pd.RangeIndex(int(law.isf(1e-10)) + 2, name="brought")
    return pd.Series(law.pmf(brought), index=brought, name="chance")


@checked
def ended_by(offspring: pd.Series, generations: int) -> pd.Series:
    r"""Return the chance that a chain has ended by each generation: the generating function, again and again.

    A chain has ended by generation *g* if everybody whom the first one brought begins a chain that has ended
    by generation *g* - 1. So :math:`q_g = G(q_{g-1})`, from :math:`q_0 = 0`, with
    :math:`G(s) = \sum_k p_k s^k`. It rises to `extinction`.

    Parameters
    ----------
    offspring : Series
        Chance by number of customers brought.
    generations : int
        How many.

    Returns
    -------
    Series
        ``ended`` by ``generation``, from 1: that nobody was brought is an end by generation 1.

    Raises
    ------
    InputError
        As for `extinction`, or a number of generations that is not whole.

    Examples
    --------
    >>> from crmlab.lifecycle import ended_by, poisson_offspring
    >>> ended_by(poisson_offspring(0.5), 3).round(3).tolist()
    [0.607, 0.821, 0.915]
    """
    number_, chance = _offspring(offspring)
    every = pd.RangeIndex(1, whole(generations, "generations", least=1, most=100_000) + 1, name="generation")
    found, q = [], 0.0
    for _ in every:
        q = float(chance @ q**number_)
        found.append(min(q, 1.0))
    return pd.Series(found, index=every, name="ended")


@checked
def delight_price(brought: float, times: float, cost: float, *, caused: float = 1.0) -> float:
    r"""Return what one more customer costs whom delighted guests bring: :math:`c / (e m (t - 1))`.

    A satisfied guest brings *m* others, a delighted one *t* times as many. Of those brought, a share *e*
    would not have come otherwise. So a delighted guest brings :math:`e m (t - 1)` more than a satisfied one,
    and that is what the cost *c* of delight buys.

    Parameters
    ----------
    brought : float
        *m*, at least 0.
    times : float
        *t*, at least 0. From one on, delight brings more.
    cost : float
        *c*, of delighting one guest, at least 0.
    caused : float
        *e*, from 0 to 1.

    Returns
    -------
    float
        Infinite where delight brings nobody more.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import delight_price
    >>> delight_price(0.2, 6, 10, caused=0.5), delight_price(0.2, 1, 10)
    (20.0, inf)
    """
    number(brought, "brought", "how many a satisfied guest brings", least=0)
    number(times, "times", "how many times as many a delighted guest brings", least=0)
    number(cost, "cost", "the cost of delighting a guest", least=0)
    number(caused, "caused", "a share of those brought", least=0, most=1)
    more = caused * brought * (times - 1)
    return cost / more if more > 0 else float("inf")


@checked
def delight_prices(brought: float, times: float, cost: float, *, caused: float) -> pd.DataFrame:
    """Return `delight_price` with each assumption halved and doubled alone.

    Which of them decides?

    Parameters
    ----------
    brought, times, cost, caused : float
        As for `delight_price`. A share doubled is at most 1.

    Returns
    -------
    DataFrame by assumption
        ``half``, ``as it is`` and ``double``: the price of one more customer; infinite where delight brings
        nobody more.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import delight_prices
    >>> delight_prices(0.2, 6, 10, caused=0.5).round(1).loc["times as many"].tolist()
    [50.0, 20.0, 9.1]
    """
    given = {"brought": brought, "times": times, "cost": cost, "caused": caused}
    words = [mark("brought by a satisfied guest"), mark("times as many"), mark("cost of delight"),
             mark("share caused by the word")]  # fmt: skip
    rows = [
        [
            delight_price(**{**given, name: min(value * by, 1.0) if name == "caused" else value * by})
            for by in (0.5, 1.0, 2.0)
        ]
        for name, value in given.items()
    ]
    index = pd.Index(words, name="assumption")
    return pd.DataFrame(rows, index=index, columns=["half", "as it is", "double"])


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
