"""From a laptop to a cluster: DuckDB with a limit on its memory, and Spark.

Tables of both carry the same expressions: customers are computed, labelled and valued where their rows are,
by `with_stages`, `with_tiers` and the like. Models fit on patterns, in NumPy.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from crmlab.arguments import checked, whole
from crmlab.errors import InputError, short, unknown

ENGINES = ("duckdb", "spark")
"""Where the rows of orders may be."""
_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


@checked
def limit_memory(limit: str, *, threads: int | None = None, folder: str | Path | None = None) -> None:
    """Limit what DuckDB keeps in memory; what does not fit is written to disk for the time.

    Python itself and what is read out of the engine come on top: some hundred megabytes, and more for models
    of many patterns.

    Parameters
    ----------
    limit : str
        Such as ``"4GB"`` or ``"500MB"``, for the rest of the session.
    threads : int, optional
        Every thread needs memory of its own, so fewer help where the limit is tight.
    folder : path, optional
        Where to write; a temporary folder by default. Leave room for about the size of the orders.

    Raises
    ------
    InputError
        The limit is no amount of memory, there is no thread, or the folder does not exist.

    Examples
    --------
    >>> from crmlab.engines import limit_memory
    >>> limit_memory("4 gigs")
    Traceback (most recent call last):
    crmlab.errors.InputError: The limit is '4 gigs'. Write an amount of memory, such as 4GB or 500MB.
    """
    import ibis

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])I?B\s*", str(limit).upper())
    if match is None or float(match[1]) == 0:
        raise InputError(
            f"The limit is {short(str(limit))!r}. Write an amount of memory, such as 4GB or 500MB."
        )
    if threads is not None:
        whole(threads, "threads", least=1)
    if folder is not None and not Path(folder).is_dir():
        raise InputError(f"There is no folder {folder} to write to. Make it, or leave it out.")
    backend = ibis.get_backend()
    spill = str(folder or _spill()).replace("'", "''")
    backend.raw_sql(f"SET temp_directory = '{spill}'")
    backend.raw_sql(f"SET memory_limit = '{match[1]}{match[2]}B'")
    backend.raw_sql("SET preserve_insertion_order = false")  # which would hold back whole results
    backend.raw_sql("SET enable_progress_bar = false")
    if threads is not None:
        backend.raw_sql(f"SET threads = {threads}")


@cache
def _spill() -> str:
    """Return a folder that is removed when Python ends."""
    import atexit

    folder = tempfile.mkdtemp(prefix="crmlab-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def spark(master: str = "local[*]", *, memory: str | None = None, **settings: str) -> Any:
    """Open a Spark session, on this machine or on a cluster.

    Parameters
    ----------
    master : str
        ``"local[*]"`` for all cores of this machine, or a cluster: ``"spark://host:7077"``, ``"yarn"``,
        ``"k8s://…"``.
    memory : str, optional
        Memory of this machine's part, such as ``"4g"`` or ``"4GB"``. It holds where no session is open yet.
    **settings : str
        Spark's own, with _ for the dots: ``spark_sql_shuffle_partitions="200"``.

    Returns
    -------
    ibis.backends.pyspark.Backend
        Its ``read_parquet``, ``table`` and so on give tables that `crmlab.read` takes.

    Raises
    ------
    InputError
        PySpark or Java is missing, or the session does not start; the message says what to do.

    Examples
    --------
    >>> from crmlab.engines import spark
    >>> spark("local[2]", memory="plenty")
    Traceback (most recent call last):
    crmlab.errors.InputError: The memory is 'plenty'. Write an amount as Spark does, such as 4g or 500m.
    """
    if memory is not None and re.fullmatch(r"\d+[kmgt]b?", str(memory).lower()) is None:
        raise InputError(
            f"The memory is {short(str(memory))!r}. Write an amount as Spark does, such as 4g or 500m."
        )
    _check_spark()
    import ibis
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    chosen = _QUIET | {name.replace("_", "."): value for name, value in settings.items()}
    if master.startswith("local"):  # Spark's own 200 parts are for a cluster
        chosen.setdefault("spark.sql.shuffle.partitions", str(4 * (os.cpu_count() or 1)))
    if memory is not None:
        chosen["spark.driver.memory"] = memory.lower().removesuffix("b")
    builder = SparkSession.builder.appName("crmlab").master(master)
    for name, value in chosen.items():
        builder = builder.config(name, value)
    with _java_silent() as said:
        try:
            session = builder.getOrCreate()
        except Exception as error:  # the Java side raises whatever it likes
            reason = short(" ".join([str(error).strip(), *said()[-1:]]), most=300)
            raise InputError(
                f"Spark did not start with master {master!r}: {reason} Check the address and the settings; "
                "Spark 4 runs on Java 17 or 21."
            ) from error
    session.sparkContext.setLogLevel("ERROR")
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel("CRITICAL")  # repeats what it raises, in pages
    return ibis.pyspark.connect(session)


@contextmanager
def _java_silent() -> Generator[Callable[[], list[str]]]:
    """Let Java, which is started here, write to a file what it has to say; give a function that reads it."""
    with tempfile.TemporaryFile() as file:

        def said() -> list[str]:
            file.seek(0)
            return file.read().decode(errors="replace").splitlines()

        own = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(own, 2)
            os.close(own)


def _check_spark() -> None:
    """Raise InputError unless PySpark and Java are there."""
    from importlib.util import find_spec

    if find_spec("pyspark") is None:
        raise InputError(
            "Spark is not installed: Python finds no pyspark. Install it (about 450 MB) with python -m pip "
            "install 'pyspark>=4.0,<4.1', or use the embedded engine, which needs nothing."
        )
    home = os.environ.get("JAVA_HOME")
    java = Path(home) / "bin" / "java" if home else "java"
    if shutil.which(str(java)) is None:
        where = f"JAVA_HOME points to {home}, where there is no bin/java" if home else "there is no java"
        raise InputError(
            f"Spark runs on Java, and {where}. Install Java 17 or 21 (Debian and Ubuntu: apt-get install "
            "openjdk-17-jre-headless; macOS: brew install openjdk@17; conda: conda install openjdk=17) and "
            "open a new terminal, or use the embedded engine, which needs no Java."
        )


@checked
def open_orders(
    path: str | Path, engine: str = "duckdb", *, master: str = "local[*]", delimiter: str = ","
) -> Any:
    """Open orders in an engine, as a table that `crmlab.read` takes.

    For DuckDB, `crmlab.read` takes the path itself and more kinds of files. For Spark it is Parquet, or CSV
    with a header in which dates are YYYY-MM-DD and numbers plain.

    Parameters
    ----------
    path : path or URL
        A file, a folder of files, or a pattern. Spark also takes ``hdfs://``, ``s3a://`` and the like.
    engine : {"duckdb", "spark"}
    master : str
        Of Spark, see `spark`.
    delimiter : str
        Of a CSV file that Spark reads.

    Returns
    -------
    ibis.Table

    Raises
    ------
    InputError
        An unknown engine, no such file, another kind of file, or Spark is missing.

    Examples
    --------
    >>> from crmlab.engines import open_orders
    >>> open_orders("orders.parquet", engine="spork")
    Traceback (most recent call last):
    crmlab.errors.InputError: There is no engine 'spork'. Did you mean 'spark'? Known: duckdb, spark.
    """
    if engine == "duckdb":
        from crmlab.reading.options import Options
        from crmlab.reading.sources import open_source

        return open_source(path, Options(), lambda _: True).table
    if engine != "spark":
        raise unknown("engine", engine, ENGINES)
    kind = _kind(str(path))
    backend = spark(master)
    from pyspark.errors import AnalysisException

    try:
        if kind == "parquet":
            return backend.read_parquet(str(path))
        # All is text, so that an id such as 007 stays as it is; a quotation mark is doubled, not escaped.
        return backend.read_csv(
            str(path), header=True, inferSchema=False, sep=delimiter, quote='"', escape='"'
        )
    except AnalysisException as error:
        reason = short(str(error).splitlines()[0], most=200)
        raise InputError(f"Spark cannot open {path}: {reason} Check the path.") from error


def _kind(path: str) -> str:
    """Return the kind of a file, or of the files in a folder, by their names."""
    names = [item.name for item in Path(path).iterdir()] if Path(path).is_dir() else [path]
    shown = [name.lower() for name in names if not name.startswith((".", "_"))]
    for kind, endings in {"csv": (".csv", ".csv.gz", ".tsv", ".txt"), "parquet": (".parquet",)}.items():
        if any(name.endswith(endings) for name in shown):
            return kind
    if "." not in Path(path).name:  # a folder out of this machine's sight
        return "parquet"
    raise InputError(
        f"Spark reads Parquet (.parquet) and CSV (.csv), and {Path(path).name} is neither. Save the orders "
        "as one of them, or read them with the embedded engine."
    )
