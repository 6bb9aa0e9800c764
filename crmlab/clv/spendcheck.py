"""Does the spend model fit, and where does a forecast of revenue miss? Spend apart from purchases."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import whole
from crmlab.clv.gammagamma import GammaGamma, _paid
from crmlab.clv.patterns import table
from crmlab.clv.special import Array
from crmlab.errors import DataError

CLASSES = 24
"""Classes of mean spend by which a model is held against the customers; the last is open."""


def spend_links(customers: Any) -> "pd.Series[float]":
    """Return what spend per purchase has to do with how often customers buy.

    Where spend and frequency are independent, the mean over purchases and the mean over customers estimate
    the same. Where those who buy often spend more, the mean over purchases is larger.

    Parameters
    ----------
    customers : Customers or DataFrame
        With frequency and monetary_value; those without a repeat purchase are passed over.

    Returns
    -------
    Series
        ``mean per customer``, ``mean per purchase``, their ``ratio`` (per purchase over per customer), the
        ``rank correlation`` of frequency and spend, and the ``largest share`` of all repeat revenue that one
        customer has brought.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import spend_links
    >>> two = pd.DataFrame({"frequency": [1, 4], "monetary_value": [20.0, 40.0]})
    >>> spend_links(two).round(2).tolist()
    [30.0, 36.0, 1.2, 1.0, 0.89]
    """
    x, z, weights = _paid(table(customers, ("frequency", "monetary_value")))
    return pd.Series(_links(x, z, weights), index=["mean per customer", "mean per purchase", *_LINKS])


_LINKS = ["ratio", "rank correlation", "largest share"]


def spend_check(model: GammaGamma, customers: Any, *, shops: int = 200, seed: int) -> pd.DataFrame:
    """Hold a spend model against the customers, beside shops whose customers obey the model.

    Each of these shops has as many customers, with the same frequencies, as the one observed. What lies
    outside 95 of 100 of them is more than chance explains, if the model's parameters were exact.

    Parameters
    ----------
    model : GammaGamma
        A fitted model.
    customers : Customers or DataFrame
        One row a customer, with frequency and monetary_value.
    shops : int
        How many shops are made.
    seed : int

    Returns
    -------
    DataFrame
        Rows: ``misplaced``, the share of customers that lie in another of 24 classes of mean spend than the
        model expects, and from `spend_links` the ``ratio``, ``rank correlation`` and ``largest share``.
        Columns: ``here``; ``lowest`` and ``highest`` of 95 in 100 shops (of ``misplaced`` the lowest is 0,
        for no fit is too good); ``holds``, whether the first lies between them.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import GammaGamma, spend_check
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> check = spend_check(GammaGamma().fit(customers), customers, shops=50, seed=1)
    >>> check["holds"].tolist()
    [False, False, False, False]
    """
    x, z, _ = _paid(table(customers, ("frequency", "monetary_value")))
    shops = whole(shops, "shops", "a number of shops", least=20)
    made = model.simulate(np.repeat(x, shops), seed=seed)["monetary_value"].to_numpy().reshape(len(x), shops)
    edges = np.linspace(0, np.quantile(z, 0.98), CLASSES)
    expected = shares_by_class(made, edges)
    found = [_facts(x, one, edges, expected) for one in made.T]
    low, high = np.quantile(found, [0.025, 0.975], axis=0)
    low[0] = 0.0
    out = pd.DataFrame({"here": _facts(x, z, edges, expected), "lowest": low, "highest": high})
    out["holds"] = out["here"].between(out["lowest"], out["highest"])
    return out.set_axis(["misplaced", *_LINKS])


def _facts(x: Array, z: Array, edges: Array, expected: Array) -> list[float]:
    misplaced = float(np.abs(shares_by_class(z, edges) - expected).sum()) / 2
    return [misplaced, *_links(x, z, np.ones_like(x))[2:]]


def shares_by_class(values: "Array | pd.Series[float]", edges: Array) -> Array:
    """Return the share of values from each edge to the next; the last class is open."""
    counts, _ = np.histogram(values, [*edges, np.inf])
    return np.asarray(counts / values.size)


def _links(x: Array, z: Array, weights: Array) -> list[float]:
    from scipy.stats import rankdata

    each, every = float(np.average(z, weights=weights)), float(np.average(z, weights=weights * x))
    ranks = np.stack([rankdata(x), rankdata(z)])
    spread = np.cov(ranks, aweights=weights, bias=True)
    scale = float(np.sqrt(spread[0, 0] * spread[1, 1]))
    rank = float(spread[0, 1]) / scale if scale > 0 else 0.0
    return [each, every, every / each, rank, float((x * z).max() / (weights * x * z).sum())]


def split_miss(forecast: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    r"""Split the miss of a forecast of revenue into a miss of purchases and one of spend per purchase.

    Revenue is purchases times spend per purchase, so :math:`1 + \text{miss}` of revenue is the product of
    those of the two.

    Parameters
    ----------
    forecast, actual : DataFrame
        One row a customer, with the columns ``purchases`` and ``revenue``.

    Returns
    -------
    DataFrame
        Rows ``purchases``, ``spend per purchase`` and ``revenue``; columns ``forecast``, ``actual``, ``miss``
        (actual over forecast, less 1) and ``se``, the standard error of the miss: chance in what each
        customer did, independent of the others. The forecast is taken as given.

    Raises
    ------
    DataError
        Nothing is forecast, or nothing was bought.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import split_miss
    >>> said = pd.DataFrame({"purchases": [2.0, 1.0], "revenue": [60.0, 30.0]})
    >>> came = pd.DataFrame({"purchases": [3, 1], "revenue": [120.0, 24.0]})
    >>> split_miss(said, came)["miss"].round(2).tolist()
    [0.33, 0.2, 0.6]
    """
    columns = ["purchases", "revenue"]
    said, came = forecast[columns].astype(float), actual[columns].astype(float).reindex(forecast.index)
    expected, got = said.sum(), came.sum()
    if not (expected.gt(0).all() and got["purchases"] > 0 and got["revenue"] > 0):
        raise DataError("A miss is split where something was forecast and something was bought.")
    ratio = got / expected
    luck = (came - said * ratio) / got  # of each customer, as a share of what came
    luck["spend per purchase"] = luck["revenue"] - luck["purchases"]
    sums = pd.DataFrame({"forecast": expected, "actual": got})
    sums.loc["spend per purchase"] = sums.loc["revenue"] / sums.loc["purchases"]
    sums["miss"] = sums["actual"] / sums["forecast"] - 1
    sums["se"] = (1 + sums["miss"]) * np.sqrt((luck**2).sum())
    return sums.loc[["purchases", "spend per purchase", "revenue"]]
