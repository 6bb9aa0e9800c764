"""Bundled data, verified when it is loaded."""

from functools import cache
from typing import Any

from crmlab import resources


def cdnow(sample: bool = False) -> Any:
    """Return the orders of CDNOW's customers of the first quarter of 1997.

    CDNOW was an online music shop. The cohort made its first purchase between January and March 1997 and is
    followed to the end of June 1998. The data card, ``data/cdnow/README.md``, tells the rest.

    Parameters
    ----------
    sample : bool
        Only the 1/10 sample that the literature uses: 2,357 customers and 6,919 orders instead of 23,570
        and 69,659.

    Returns
    -------
    ibis.Table
        ``customer_id``, ``date``, ``quantity`` (CDs), ``amount`` (US dollars), ``in_sample``.

    Raises
    ------
    DataError
        The file differs from the one that was checked.

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: a case study.
    Interfaces 31(3), S94-S107.

    Examples
    --------
    >>> int(cdnow(sample=True).count().to_pyarrow().as_py())
    6919
    """
    table = _cdnow()
    return table.filter(table["in_sample"]) if sample else table


@cache
def _cdnow() -> Any:
    from crmlab.transactions import read

    path = resources.data() / "cdnow" / "cdnow.parquet"
    resources.verify(path, path.with_name(path.name + ".sha256").read_text(encoding="utf-8").split()[0])
    return read(path)
