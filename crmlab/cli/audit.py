"""The command that audits a file of orders."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from crmlab.cli.commands import app
from crmlab.cli.engine import limited
from crmlab.cli.shared import console, for_people
from crmlab.errors import InputError


@app.command()
@for_people
def audit(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Orders: a file, a folder, or a pattern in quotes.")
    ],
    customer: Annotated[str | None, typer.Option(metavar="COL", help="Column of customer ids.")] = None,
    date: Annotated[str | None, typer.Option(metavar="COL", help="Column of dates.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="COL", help="Column of amounts.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=COL", help="Column of another part, such as product=SKU. Can be repeated."
        ),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(metavar="ORDER", help='"day first", "month first", "year first" or a format.'),
    ] = None,
    decimal: Annotated[str | None, typer.Option(metavar="SIGN", help="Sign before the decimals.")] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Where a day begins.")] = None,
    delimiter: Annotated[str | None, typer.Option(metavar="SIGN", help="Of a text file.")] = None,
    encoding: Annotated[str | None, typer.Option(metavar="NAME", help="Of a text file.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME|NUMBER", help="Of a workbook.")] = None,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Of a database file.")] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DECISION=OPTION",
            help='Such as "returns=set aside". Can be repeated; the page lists all.',
        ),
    ] = None,
    today: Annotated[
        str | None, typer.Option(metavar="DAY", help="Later dates lie in the future; YYYY-MM-DD.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write audit.html, audit.json and set-aside.csv to this folder."),
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Show what each decision changes in the key numbers.")
    ] = False,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="What DuckDB may keep in memory, such as 4GB; the rest goes to temporary files.",
        ),
    ] = None,
) -> None:
    """Say what is in a file of orders, what was done about it, and which theories it allows.

    Example: crmlab audit orders.csv --customer Client --choose "returns=set aside" --out audited
    """
    from crmlab import quality

    columns = {"customer_id": customer, "date": date, "amount": amount}
    named: dict[str, str | None] = {part: name for part, name in columns.items() if name is not None}
    for part, name in pairs("--column", column or [], "product=SKU").items():
        named[part] = name or None  # nothing behind the sign: no column plays the part
    options: dict[str, Any] = {
        "dates": dates,
        "decimal": decimal,
        "timezone": timezone,
        "delimiter": delimiter,
        "encoding": encoding,
        "sheet": int(sheet) if sheet and sheet.isdigit() else sheet,
        "table": table,
    }
    choices = pairs("--choose", choose or [], "returns=net")
    with limited(memory, TemporaryDirectory(prefix="crmlab-")):
        found = quality.audit(file, named, choices=choices, today=today, **options)
        changes = found.sensitivity() if sensitivity else None
        written = [] if out is None else found.write(out, changes)
        said = repr(found)
    screen = console()
    screen.print(said)
    if changes is not None:
        screen.print(f"\nWhat each decision changes\n{quality.report.listing(changes)}")
    if written:
        screen.print("\nWritten: " + ", ".join(str(path) for path in written), soft_wrap=True)


def pairs(option: str, items: list[str], example: str) -> dict[str, str]:
    """Split NAME=VALUE."""
    for item in items:
        if "=" not in item or not item.partition("=")[0].strip():
            raise InputError(f"'{option} {item}' says nothing. Write NAME=VALUE, such as {option} {example}.")
    parted = [item.partition("=") for item in items]
    return {name.strip(): value.strip() for name, _, value in parted}
