"""The command that downloads data sets."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlab.cli.commands import app
from crmlab.cli.shared import console, for_people, table

if TYPE_CHECKING:
    from crmlab.downloads import Remote


@app.command()
@for_people
def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A data set; without it, all are shown.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for it; else a cache of yours.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="HEX", help="Its checksum, where you know it.")
    ] = None,
) -> None:
    """Download a public data set; what is there already is not downloaded again.

    A download that was cut goes on where it stopped. Where no checksum is known, the first download is
    trusted: its checksum is recorded, and the file must stay the same.

    Example: crmlab fetch online-retail-ii
    """
    from crmlab import datasets

    if name is None:
        _show(datasets.REMOTE)
        return
    file = _download(name, out, sha256)
    remote = datasets.REMOTE[name]
    path = shlex.quote(str(file))
    typer.echo(f"{remote.title}: {file}")
    typer.echo(f"Cite: {remote.citation} Licence: {remote.licence}.")
    typer.echo(f"Its checksum is recorded in {file.parent}; what is read later is held against it.")
    typer.echo(f"Go on: crmlab audit {path}\n       crmlab analyse {path}")


def _download(name: str, out: Path | None, sha256: str | None) -> Path:
    """Fetch with a bar that shows how much has come, then how long the workbook is being read."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeElapsedColumn, TransferSpeedColumn

    from crmlab import datasets

    columns = [BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn()]
    with Progress("{task.description}", *columns, console=console(), transient=True) as shown:
        task = shown.add_task("Looking", total=None)

        def progress(have: int, whole: int | None) -> None:
            words = "Reading the workbook" if have == whole else "Downloading"
            shown.update(task, description=words, completed=have, total=whole)

        return datasets.fetch(name, out, sha256=sha256, progress=progress)


def _show(known: dict[str, "Remote"]) -> None:
    screen, shown = console(), table("Data sets to fetch", "name", "title", "licence", "page")
    for remote in known.values():
        shown.add_row(remote.name, remote.title, remote.licence, remote.page)
    screen.print(shown)
