"""The command of the analyst: from a file of orders to a report, all customers' standing, and lessons."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmlab.cli.audit import pairs
from crmlab.cli.commands import app
from crmlab.cli.engine import interruptible, opened
from crmlab.cli.shared import JOBS, Jobs, console, fail, for_people
from crmlab.errors import InputError

if TYPE_CHECKING:
    from crmlab.analysis.work import Analysis


@app.command()
@for_people
def analyse(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Your orders: a file, a folder or a pattern.")],
    customer: Annotated[str | None, typer.Option(metavar="COL", help="Column of the customer.")] = None,
    date: Annotated[str | None, typer.Option(metavar="COL", help="Column of the date.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="COL", help="Column of the amount.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=COL",
            help="Column of another part, such as cost=Goods; PART= for none. Can be repeated.",
        ),
    ] = None,
    dates: Annotated[
        str | None, typer.Option(help="Order of dates: day first, month first, year first, or a format.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="Sign before the decimals, . or ,")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone in which a day begins.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Sign between the columns of a text file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook, by name or number.")] = None,
    table: Annotated[str | None, typer.Option(help="Table of a database.")] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DECISION=OPTION",
            help="A decision of the audit, such as returns='set aside'. Can be repeated.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the results.")] = Path("analysis"),
    name: Annotated[str, typer.Option(help="What the business is called.")] = "shop",
    currency: Annotated[str, typer.Option(help="What amounts are counted in; only shown.")] = "EUR",
    margin: Annotated[
        float | None,
        typer.Option(help="Profit as a share of revenue; by default from the cost of goods, else 0.3."),
    ] = None,
    horizon: Annotated[str, typer.Option(help="How far to look ahead, such as 52W or 12M.")] = "52W",
    discount: Annotated[float, typer.Option(help="Discount rate, a year: 0.10 is 10%.")] = 0.10,
    calibration: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day that the test of the forecast learns from.")
    ] = None,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Put pseudonyms in place of ids.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(metavar="KEYFILE", help="Key of the pseudonyms; made where there is none.")
    ] = None,
    no_lessons: Annotated[bool, typer.Option("--no-lessons", help="Do not run the lessons.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the results of an earlier analysis.")
    ] = False,
    jobs: Jobs = JOBS,
    today: Annotated[
        str | None, typer.Option(metavar="DAY", help="Later dates lie in the future; YYYY-MM-DD.")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="duckdb, on this machine; or spark, without an audit.")
    ] = "duckdb",
    master: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of Spark; by default local[*], this machine.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="What the engine may keep in memory, such as 4GB.")
    ] = None,
) -> None:
    """Turn a file of orders into a report, a table of all customers, and the lessons on these orders.

    Example: crmlab analyse orders.xlsx --currency GBP --name "My shop"
    """
    from crmlab.analysis import analyse as run

    if pseudonymise != (key is not None):
        raise InputError("Pseudonyms need both --pseudonymise and --key KEYFILE, a file that stays with you.")
    if engine == "spark" and (choose or pseudonymise):
        raise InputError("--choose and --pseudonymise need the embedded engine: leave --engine spark out.")
    columns = {"customer_id": customer, "date": date, "amount": amount}
    named: dict[str, str | None] = {part: given for part, given in columns.items() if given}
    for part, given in pairs("--column", column or [], "cost=Goods").items():
        named[part] = given or None  # nothing behind the sign: no column plays the part
    options: dict[str, Any] = {
        "delimiter": delimiter,
        "encoding": encoding,
        "sheet": int(sheet) if sheet and sheet.isdigit() else sheet,
        "table": table,
    }
    with _progress(out) as progress, opened(file, engine, master, memory, out, force, options) as source:
        done = run(
            source,
            named,
            choices=pairs("--choose", choose or [], "returns=net"),
            out=out,
            key=key,
            force=force,
            lessons=not no_lessons,
            jobs=jobs,
            progress=progress,
            name=name,
            margin=margin,
            horizon=horizon,
            discount_rate=discount,
            currency=currency,
            calibration=calibration,
            today=today,
            dates=dates,
            decimal=decimal,
            timezone=timezone,
            **options,
        )
    _show(done, out)


@contextmanager
def _progress(out: Path) -> Generator[Callable[[str], None]]:
    """Show what is being done: in place on a terminal, else a line a step. Ctrl-C leaves all as it was."""
    screen, begin = console(stderr=True), time.monotonic()
    try:
        with interruptible():
            if not screen.is_terminal:
                yield lambda step: print(
                    f"{time.monotonic() - begin:5.1f} s  {step}", file=sys.stderr, flush=True
                )
                return
            with screen.status("Starting") as status:
                yield lambda step: status.update(f"{step} ({time.monotonic() - begin:.0f} s)")
    except KeyboardInterrupt:
        kept = f"{out} is as it was." if out.exists() else "Nothing was written."
        fail(f"Stopped. {kept}", 130)


def _show(done: "Analysis", out: Path) -> None:
    """Print the answer as the report gives it, and where everything lies."""
    screen = console()
    for sentence in done.answer:
        screen.print(sentence)
        screen.print()
    for note in done.notes:
        screen.print(note)
        screen.print()
    for lesson in done.lessons:
        if lesson.state == "failed":
            screen.print(f"Lesson {lesson.name} failed: {lesson.why}")
    screen.print(f"Report: {out / 'report.html'}", soft_wrap=True)
    kinds = [kind for kind in (".csv", ".xlsx", ".parquet") if (out / f"customers{kind}").exists()]
    screen.print(f"Customers: {out / 'customers'}{', '.join(kinds)}", soft_wrap=True)
