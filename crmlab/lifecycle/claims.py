"""The famous figures: what each says, what a measurement says of it, and where it would be true."""

from collections.abc import Callable, Mapping, Sequence
from math import inf

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.errors import InputError, unknown
from crmlab.language import mark

CLAIMS = pd.DataFrame(
    [
        (
            mark("winning a customer costs about seven times what keeping one costs"),
            mark("cost of one more won over cost of one more kept"),
            5.0,
            10.0,
            mark("5, 5 to 25 and 7 to 20 times are in circulation; no study was found behind 7"),
        ),
        (
            mark("a stranger buys with a chance of 15 %, a past buyer with 50 %"),
            mark("chance of a past buyer over that of a stranger"),
            2.5,
            4.5,
            mark("ascribed to Bain, without a study; 5 to 20 % against 60 to 70 % circulates as well"),
        ),
        (
            mark("five points more retention raise profit by up to 85 %"),
            mark("rise of the profit a customer"),
            0.30,
            0.85,
            mark("Reichheld and Sasser 1990: 85 % is one bank's branches, 30 % a chain of garages"),
        ),
        (
            mark("one unhappy customer tells eight to ten others"),
            mark("people told by one unhappy customer"),
            8.0,
            10.0,
            mark("TARP at second hand: 9 to 10; 8 to 10 circulates as well"),
        ),
        (
            mark("seven in ten stay if the failure is repaired"),
            mark("share of those repaired who stay"),
            0.60,
            0.80,
            mark(
                "TARP at second hand: 70 % of those whose complaint was settled would buy again after a loss "
                "under 5 dollars, 54 % after one over 100"
            ),
        ),
        (
            mark("50 to 60 % of the customers earn nothing"),
            mark("share of customers whose profit is at most 0"),
            0.50,
            0.60,
            mark("no source was found"),
        ),
        (
            mark("the customers who use most of the after-sales service bring under 20 % of the profit"),
            mark("share of profit of those who cause 70 % of the cost to serve"),
            -inf,
            0.20,
            mark("no source was found"),
        ),
    ],
    index=pd.Index(
        ["seven times", "50 against 15", "five points", "tells ten", "seven in ten", "half earn nothing",
         "service eaters"],
        name="claim",
    ),
    columns=["claim_in_words", "quantity", "from", "to", "source"],
)  # fmt: skip
"""The seven famous figures: what each says, as which quantity it is measured, in what range it holds."""


@checked
def verdicts_on(measured: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return each famous figure beside what was measured here, and what may be said of it.

    Which of them may stand in our board paper? A figure holds here where the limits of what was measured lie
    in its range, does not where they lie outside, and cannot be told where they do both.

    Parameters
    ----------
    measured : mapping of str to Series
        By the names in ``CLAIMS``: ``value``, ``low``, ``high``.

    Returns
    -------
    DataFrame by ``claim``
        ``value``, ``low``, ``high``, the range ``from`` and ``to``, ``verdict`` (holds, does not hold, cannot
        tell, not measured), and the rest of ``CLAIMS``.

    Raises
    ------
    InputError
        There is no such claim.

    Examples
    --------
    >>> from crmlab.lifecycle import measured_share, verdicts_on
    >>> import pandas as pd
    >>> nothing = measured_share(pd.Series([True] * 100 + [False] * 900))
    >>> verdicts_on({"half earn nothing": nothing}).loc["half earn nothing", "verdict"]
    'does not hold'
    """
    for name in measured:
        if name not in CLAIMS.index:
            raise unknown("claim", name, CLAIMS.index)
        if not {"value", "low", "high"} <= set(measured[name].index):
            raise InputError(f"What was measured for '{name}' lacks value, low or high.")
        if not all(isinstance(each, int | float) for each in measured[name][["value", "low", "high"]]):
            raise InputError(f"What was measured for '{name}' holds no numbers.")
    found = pd.DataFrame({name: each[["value", "low", "high"]] for name, each in measured.items()}).T
    found = found.reindex(index=CLAIMS.index, columns=["value", "low", "high"]).astype(float)
    low, high = found["low"], found["high"]
    inside = (low >= CLAIMS["from"]) & (high <= CLAIMS["to"])
    outside = (high < CLAIMS["from"]) | (low > CLAIMS["to"])
    verdict = np.select(
        [found["value"].isna(), inside, outside], ["not measured", "holds", "does not hold"], "cannot tell"
    )
    rest = CLAIMS[["claim_in_words", "quantity", "source"]]
    return found.join(CLAIMS[["from", "to"]]).assign(verdict=verdict).join(rest)


@checked
def claim_region(
    measure: Callable[[float, float], float], columns: Sequence[float], rows: Sequence[float]
) -> pd.DataFrame:
    """Return a famous figure for every pair of margins or rates, to see in which corner it is true.

    Parameters
    ----------
    measure : function
        From a value of the columns and one of the rows to the figure.
    columns, rows : sequence of float
        The values, rising.

    Returns
    -------
    DataFrame
        The figure, rows by columns; missing where it has no value.

    Raises
    ------
    InputError
        The values do not rise, or there are fewer than two.

    Examples
    --------
    >>> from crmlab.lifecycle import claim_region
    >>> rise = claim_region(lambda keeps, rate: 0.05 / (1 + rate - keeps - 0.05), [0.5, 0.9], [0.1, 0.2])
    >>> rise.round(3).values.tolist()
    [[0.091, 0.333], [0.077, 0.2]]
    """
    for values, name in ((columns, "columns"), (rows, "rows")):
        if len(values) < 2 or not (np.diff(np.asarray(values, dtype=float)) > 0).all():
            raise InputError(f"{name} must be two numbers or more that rise.")
    cells = [[float(measure(float(one), float(two))) for one in columns] for two in rows]
    table = pd.DataFrame(cells, index=pd.Index(rows, dtype=float), columns=pd.Index(columns, dtype=float))
    return table.where(np.isfinite(table))
