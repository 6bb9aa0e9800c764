"""The engine of a command: orders opened in it, its errors in a sentence, and Ctrl-C in the midst of it."""

import logging
import re
import signal
import threading
import warnings
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from crmlab.errors import InputError, short, unknown


@contextmanager
def opened(
    file: str,
    engine: str,
    master: str | None,
    memory: str | None,
    out: Path,
    force: bool,
    given: dict[str, Any],
) -> Generator[Any]:
    """Give orders as an engine takes them; what of the options ``given`` the engine has used is taken out."""
    from crmlab import engines

    if engine not in engines.ENGINES:
        raise unknown("engine", engine, engines.ENGINES)
    if engine == "spark":
        with _spark(file, master, memory, out, force, given) as orders:
            yield orders
        return
    if master is not None:
        raise InputError("--master is Spark's. Add --engine spark, or leave it out.")
    from crmlab.analysis import folder

    with limited(memory, folder.spilling(out, force) if memory else nullcontext()):
        yield file


@contextmanager
def limited(memory: str | None, spilling: AbstractContextManager[Any]) -> Generator[None]:
    """Limit DuckDB's memory; what does not fit goes to the folder that the context gives."""
    import duckdb

    from crmlab import engines

    with spilling as place:
        if memory:
            engines.limit_memory(memory, folder=place)
        try:
            yield
        except duckdb.Error as error:
            advice = (
                "Give it more with --memory." if memory else "Limit it with --memory, and it uses the disk."
            )
            if not isinstance(error, duckdb.OutOfMemoryException):
                advice = "If this happens again, please report it."
            raise InputError(f"DuckDB gave up: {_reason(error)} {advice}") from error


@contextmanager
def _spark(
    file: str, master: str | None, memory: str | None, out: Path, force: bool, given: dict[str, Any]
) -> Generator[Any]:
    from crmlab import engines
    from crmlab.analysis import folder

    for name in ("encoding", "sheet", "table"):
        if given[name] is not None:
            raise InputError(
                f"--{name} is for the embedded engine. Leave it out, or leave --engine spark out."
            )
    folder.check(out, force=force, sources=[Path(file)])
    master, delimiter = master or "local[*]", given.pop("delimiter") or ","
    logging.disable()  # whatever goes wrong is said in a sentence, not in the pages of Spark's connection
    with ThreadPoolExecutor(1) as starter:  # in the main thread Spark would take Ctrl-C for itself
        starter.submit(engines.spark, master, memory=memory).result()
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with interruptible(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it warns of an error before it raises it, in pages
            yield engines.open_orders(file, "spark", master=master, delimiter=delimiter)
    except (PySparkException, Py4JError) as error:
        raise InputError(f"Spark gave up: {_reason(error)} Nothing was written.") from error
    finally:
        logging.disable(logging.NOTSET)


def _reason(error: Exception) -> str:
    """Return the line of an engine's message that says most: what caused the rest, else the first."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    said = re.sub(r"^Caused by: [\w.$]+: ", "", causes[-1]) if causes else lines[0]
    return short(said.rstrip("."), most=300) + "."


@contextmanager
def interruptible() -> Generator[None]:
    """Let whatever an engine raises once Ctrl-C was pressed end as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, pressed = signal.getsignal(signal.SIGINT), threading.Event()

    def press(number: int, frame: Any) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, press)
    try:
        yield
    except Exception as error:
        if pressed.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
