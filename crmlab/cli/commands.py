"""The command line itself, to which the other files of this folder add their commands."""

from typing import Annotated

import typer

import crmlab

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def _crmlab(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """Lessons on customer relationship management that run on any business's transactions.

    Example: crmlab run
    """
    if version:
        typer.echo(f"crmlab {crmlab.__version__}")
        raise typer.Exit
