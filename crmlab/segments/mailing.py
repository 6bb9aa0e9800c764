"""Test mailings: from which share caused a piece pays, by segment, and what a choice of segments earns."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.groups import complete, same_customers
from crmlab.language import mark

VERDICTS = [mark("pays"), mark("does not pay"), mark("cannot be told"), mark("too few bought")]
"""What a test can say of a segment, see `results`."""
FEW = 5
"""Of fewer who bought, redrawing a test knows too little of what may come."""


@checked
def results(
    segment: pd.Series, profit: pd.Series, *, piece: float, caused: float, draws: int = 200, seed: int = 1
) -> pd.DataFrame:
    r"""Tell by segment from which share caused a piece of mail pays, by those who were tested.

    How much of what they buy must the piece cause, before it earns what it costs? Where a piece costs
    :math:`c`, and a customer of the segment brought a mean gross profit of :math:`\bar g`, the share is

    .. math:: b = c \,/\, \bar g.

    Above 1, a piece costs more than everything that they bought. The test is redrawn within each segment for
    an interval of :math:`b`; it holds the error of the estimate, and nothing of what is unknown about the
    share that a piece really causes.

    Parameters
    ----------
    segment : Series
        Of each customer of the test.
    profit : Series
        Gross profit that the same customers brought in the time after.
    piece : float
        Cost of one piece.
    caused : float
        Share of that profit, up to 1, which a piece is taken to cause.
    draws, seed : int
        How often the test is redrawn, and from which seed.

    Returns
    -------
    DataFrame
        By segment, in the segments' order, empty ones too: ``customers``, ``bought`` (how many of them did),
        ``mean``, ``break_even`` with its 95% interval ``low`` to ``high`` (infinite where nothing came), and
        ``test``: "pays" where all of the interval lies below `caused`, "does not pay" where it lies above,
        "cannot be told" between, and "too few bought" where fewer than five did.

    Raises
    ------
    InputError
        A cost below zero, or a share that is not from 0 to 1.
    DataError
        Customers differ, or a number is missing.

    Examples
    --------
    >>> from crmlab.segments.mailing import results
    >>> import pandas as pd
    >>> segment = pd.Series(["loyal"] * 8 + ["new"] * 4)
    >>> profit = pd.Series([10.0, 30.0] * 4 + [0.0] * 4)
    >>> found = results(segment, profit, piece=2.0, caused=0.25)
    >>> found[["customers", "bought", "mean", "break_even", "test"]].values.tolist()
    [[8, 8, 20.0, 0.1, 'pays'], [4, 0, 0.0, inf, 'too few bought']]
    """
    piece = number(piece, "piece", "the cost of one piece", least=0)
    caused = number(caused, "caused", "a share of the profit", least=0, most=1)
    draws = whole(draws, "draws", least=1)
    same_customers(segment, profit)
    complete(profit)
    rng = np.random.default_rng(seed)
    rows = {}
    for name, values in profit.reindex(segment.index).groupby(segment, observed=False):
        found = values.to_numpy(dtype=float)
        means = [rng.choice(found, len(found)).mean() for _ in range(draws)] if len(found) else [0.0]
        most, least = np.quantile(means, [0.975, 0.025])
        mean = found.mean() if len(found) else 0.0
        ends = [piece / each if each > 0 else np.inf for each in (mean, most, least)]
        rows[name] = [len(found), int((found != 0).sum()), mean, *ends]
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["customers", "bought", "mean", "break_even", "low", "high"]
    )
    table.index.name = segment.name
    judged = np.select([table["high"] < caused, table["low"] >= caused], VERDICTS[:2], VERDICTS[2])
    return table.assign(test=np.where(table["bought"] < FEW, VERDICTS[3], judged))


@checked
def balances(
    mean: pd.Series, segment: pd.Series, profit: pd.Series, *, piece: float, caused: Sequence[float]
) -> pd.DataFrame:
    """Sum what pieces to the segments that paid in a test earn among other customers, by the share caused.

    A segment is written to where the share caused of its mean in the test is more than a piece costs. What a
    piece brings is that share of what each customer really brought, less its cost.

    Parameters
    ----------
    mean : Series
        Mean gross profit by segment in the test, see `results`.
    segment : Series
        Of each customer who was not in the test.
    profit : Series
        Gross profit that the same customers brought in the time after.
    piece : float
        Cost of one piece.
    caused : sequence of float
        Shares of the profit that a piece may cause, each from 0 to 1.

    Returns
    -------
    DataFrame
        By share: the number of ``segments`` and ``pieces``, the ``balance`` of these pieces, and that of
        pieces ``to everybody``. Nobody gets a piece where no segment pays, and the balance is zero.

    Raises
    ------
    InputError
        A cost below zero, or a share that is not from 0 to 1.
    DataError
        Customers differ, or a number is missing.

    Examples
    --------
    >>> from crmlab.segments.mailing import balances
    >>> import pandas as pd
    >>> segment = pd.Series(["loyal", "loyal", "new"])
    >>> profit = pd.Series([30.0, 10.0, 2.0])
    >>> balances(pd.Series({"loyal": 20.0, "new": 1.0}), segment, profit, piece=2.0, caused=[0.05, 0.5])
            segments  pieces  balance  to everybody
    caused
    0.05           0       0      0.0          -3.9
    0.50           1       2     16.0          15.0
    """
    piece = number(piece, "piece", "the cost of one piece", least=0)
    same_customers(segment, profit)
    complete(profit)
    rows = {}
    for each in caused:
        share = number(each, "caused", "a share of the profit", least=0, most=1)
        paying = mean.index[share * mean > piece]
        net = share * profit.reindex(segment.index) - piece
        written = net[segment.isin(paying)]
        rows[share] = [len(paying), len(written), float(written.sum()), float(net.sum())]
    columns = ["segments", "pieces", "balance", "to everybody"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("caused")
