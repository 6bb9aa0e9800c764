"""Disguises: pseudonyms that can be guessed, and answers with noise that cannot."""

from hashlib import new

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.columns import flags
from crmlab.errors import DataError, InputError, unknown
from crmlab.intervals import normal_limit

_HASHES = ("md5", "sha1", "sha256", "sha512")


@checked
def pseudonyms(values: pd.Series, *, method: str = "sha256", salt: str = "") -> pd.Series:
    """Return what a firm calls pseudonyms: a hash of each value, with a secret before it or without one.

    Parameters
    ----------
    values : Series
        Such as telephone numbers; as text.
    method : str
        md5, sha1, sha256 or sha512.
    salt : str
        A secret. Whoever does not have it cannot guess.

    Raises
    ------
    InputError
        There is no such method.
    DataError
        A value is missing.

    Examples
    --------
    >>> from crmlab.decisions import pseudonyms
    >>> import pandas as pd
    >>> pseudonyms(pd.Series(["69-1234"]), method="md5").str.slice(0, 6).tolist()
    ['4469ab']
    """
    if method not in _HASHES:
        raise unknown("method", method, _HASHES)
    if missing := int(values.isna().sum()):
        raise DataError(f"{missing:,} of {len(values):,} values are missing, and have no pseudonym.")
    made = [new(method, f"{salt}{value}".encode(), usedforsecurity=False).hexdigest() for value in values]
    return pd.Series(made, values.index, dtype="str", name="pseudonym")


@checked
def guessed(given: pd.Series, guesses: pd.Series) -> pd.Series:
    """Return what stands behind pseudonyms, by trying all values that there could be.

    A hash cannot be turned back, and need not be: there are few telephone numbers, birthdays or customer
    numbers, and a computer tries a million in a second.

    Parameters
    ----------
    given : Series
        Pseudonyms.
    guesses : Series
        All values that could stand behind one, tried with each method of `pseudonyms` without a secret.

    Returns
    -------
    Series ``guess``, missing where none fits.

    Examples
    --------
    >>> from crmlab.decisions import guessed, pseudonyms
    >>> import pandas as pd
    >>> all_numbers = pd.Series(range(1000)).map("{:03}".format)
    >>> guessed(pseudonyms(pd.Series(["007"])), all_numbers).tolist()
    ['007']
    """
    values = guesses.dropna().astype("str").drop_duplicates()
    found = pd.Series(None, given.index, dtype="str", name="guess")
    for method in _HASHES:
        known = pd.Series(values.to_numpy(), pseudonyms(values, method=method).to_numpy(), dtype="str")
        found = found.fillna(given.astype("str").str.lower().map(known).astype("str"))
    return found.rename("guess")


@checked
def noisy_count(count: int, epsilon: float, *, draws: int = 1, seed: int) -> pd.Series:
    r"""Return a count with Laplace's noise, which is private for each person in it.

    May we say how many customers have a certain illness? With noise of the scale :math:`1/\varepsilon`, what
    is published is at most :math:`e^{\varepsilon}` times as likely with any one person as without. The noise
    is within :math:`\pm \ln(1/\alpha)/\varepsilon` with the chance :math:`1 - \alpha`. Who asks often gets
    the mean of many answers: each of them spends its own :math:`\varepsilon`.

    Parameters
    ----------
    count : int
        The true one.
    epsilon : float
        :math:`\varepsilon`, above 0: the smaller, the more private and the less exact.
    draws : int
        How many answers.
    seed : int
        Same seed, same answers.

    Returns
    -------
    Series of draws: numbers that may be broken and below 0. To cut or round them does no harm to privacy.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Dwork, C., McSherry, F., Nissim, K. and Smith, A. (2006). Calibrating noise to sensitivity in private data
    analysis. Theory of Cryptography, 265-284.

    Examples
    --------
    >>> from crmlab.decisions import noisy_count
    >>> noisy_count(100, 0.5, draws=3, seed=1).round(1).tolist()
    [100.0, 104.6, 97.5]
    """
    whole(count, "count")
    number(epsilon, "epsilon", above=0)
    rng = np.random.default_rng(whole(seed, "seed"))
    return pd.Series(count + rng.laplace(0, 1 / epsilon, whole(draws, "draws", least=1)), name="answer")


@checked
def randomised_answers(truth: pd.Series, *, honest: float = 0.75, seed: int) -> pd.Series:
    """Return what people say who answer truly with a chance, and else the opposite.

    Parameters
    ----------
    truth : Series of bool
        By person.
    honest : float
        Chance of the true answer, from 0 to 1 and not 0.5.
    seed : int
        Same seed, same answers.

    Examples
    --------
    >>> from crmlab.decisions import randomised_answers
    >>> import pandas as pd
    >>> randomised_answers(pd.Series([True] * 4), honest=0.75, seed=3).tolist()
    [True, True, False, True]
    """
    number(honest, "honest", "a chance", least=0, most=1)
    lies = np.random.default_rng(whole(seed, "seed")).random(len(truth)) >= honest
    return pd.Series(flags(truth, "truth") ^ lies, truth.index, name="answer")


@checked
def randomised_response(yes: int, people: int, *, honest: float = 0.75, level: float = 0.95) -> pd.Series:
    r"""Estimate a share from answers of which each may be a lie that a coin has ordered.

    How many have cheated, when nobody's answer tells? Who says yes may have been told to by the coin. With
    the chance *p* of the true answer, and the share :math:`\lambda` that says yes,

    .. math:: \hat\pi = \frac{\lambda - (1 - p)}{2p - 1}, \qquad
        se = \frac{\sqrt{\lambda (1 - \lambda) / n}}{|2p - 1|}, \qquad
        \varepsilon = \Bigl|\ln \frac{p}{1 - p}\Bigr| .

    Parameters
    ----------
    yes, people : int
        How many said yes, and how many were asked.
    honest : float
        *p*, between 0 and 1, and not 0.5: then answers tell nothing at all.
    level : float
        Of the interval.

    Returns
    -------
    Series
        ``share``, which may lie a little below 0 or above 1; its standard ``error``, ``low`` and ``high``;
        the error ``without`` any coin, for comparison; and ``epsilon``.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Warner, S. L. (1965). Randomized response: a survey technique for eliminating evasive answer bias. Journal
    of the American Statistical Association 60(309), 63-69.

    Examples
    --------
    >>> from crmlab.decisions import randomised_response
    >>> randomised_response(350, 1000)[["share", "error", "epsilon"]].round(3).to_dict()
    {'share': 0.2, 'error': 0.03, 'epsilon': 1.099}
    """
    whole(people, "people", least=1)
    whole(yes, "yes", most=people)
    number(level, "level", "a share", above=0, below=1)
    if number(honest, "honest", "a chance", above=0, below=1) == 0.5:
        raise InputError("honest is 0.5: a coin that lies every second time leaves nothing to learn.")
    said = yes / people
    share = (said - (1 - honest)) / (2 * honest - 1)
    error = np.sqrt(said * (1 - said) / people) / abs(2 * honest - 1)
    half = normal_limit(level) * error
    inside = min(max(share, 0.0), 1.0)
    found = {"share": share, "error": error, "low": share - half, "high": share + half}
    found |= {
        "without": np.sqrt(inside * (1 - inside) / people),
        "epsilon": abs(np.log(honest / (1 - honest))),
    }
    return pd.Series(found, name="answer", dtype=float)
