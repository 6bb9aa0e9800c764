"""What all commands share: errors in one paragraph, tables, and the options that several take."""

import errno
import os
import re
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec

import typer

from crmlab.errors import CrmlabError, InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

P = ParamSpec("P")

Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="NAME|FILE", help="A bundled case, or a case file. Can be repeated."),
]
Lessons = Annotated[
    list[str] | None,
    typer.Argument(metavar="LESSON", help="Names of lessons, or paths of notebooks of your own."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of everything that is built.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="How many lessons to run at a time.")]
JOBS = os.cpu_count() or 1


def for_people(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with one paragraph instead of a traceback, and with the status that belongs to it."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            fail("Stopped. What was finished is kept, and the next run goes on from there.", 130)
        except CrmlabError as error:
            fail(as_options(str(error)), 2)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            place = f" at {error.filename}" if error.filename else ""
            fail(
                f"{error.strerror or error}{place}. Put it right and run again, or choose another folder.", 2
            )

    return wrapper


def as_options(message: str) -> str:
    """Return advice to call a function in the words of the command line.

    Examples
    --------
    >>> as_options('Name it with columns={"customer_id": "your column"}, or with decimal="," there.')
    'Name it with --customer "your column", or with --decimal "," there.'
    """
    message = re.sub(r'columns={"(\w+)": "([^"]*)"}', _column, message)
    return re.sub(r"\b(dates|decimal|timezone|delimiter|encoding|sheet|table)=(?=\"| )", r"--\1 ", message)


def _column(found: re.Match[str]) -> str:
    part, column = found.groups()
    names = {"customer_id": "--customer", "date": "--date", "amount": "--amount"}
    return f'{names[part]} "{column}"' if part in names else f'--column "{part}={column}"'


def fail(message: str, status: int) -> NoReturn:
    """End with one paragraph on stderr."""
    typer.echo(" ".join(message.split()), err=True)
    raise typer.Exit(status)


def need_course() -> None:
    """Raise InputError where what runs lessons is not installed."""
    for module in ("papermill", "ipykernel", "myst_nb", "sphinx_book_theme"):
        if find_spec(module) is None:
            raise InputError(
                f"Running lessons needs {module}, and more beside it. In the folder of the crmlab that you "
                "installed, run pip install -r requirements.lock."
            )


def console(**options: Any) -> "Console":
    """Return a console that prints text as it is."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, **options)


def table(title: str, *columns: str) -> "Table":
    """Return an empty table in the style of all commands."""
    from rich import box
    from rich.table import Table

    empty = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        empty.add_column(column, overflow="fold")
    return empty
