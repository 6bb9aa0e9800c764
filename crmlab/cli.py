"""The command line: it reads what is asked, calls the course, and prints."""

import errno
import os
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec

import typer

import crmlab
from crmlab.errors import CrmlabError, InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from crmlab.course.plan import Run
    from crmlab.course.runner import Outcome

P = ParamSpec("P")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Lessons = Annotated[
    list[str] | None,
    typer.Argument(metavar="LESSON", help="Names of lessons, or paths of notebooks of your own."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of everything that is built.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="How many lessons to run at a time.")]
JOBS = os.cpu_count() or 1


def _for_people(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with one paragraph instead of a traceback, and with the status that belongs to it."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            _fail("Stopped. What was finished is kept, and the next run goes on from there.", 130)
        except CrmlabError as error:
            _fail(str(error), 2)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            place = f" at {error.filename}" if error.filename else ""
            _fail(
                f"{error.strerror or error}{place}. Put it right and run again, or choose another folder.", 2
            )

    return wrapper


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(" ".join(message.split()), err=True)
    raise typer.Exit(status)


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


@app.command()
@_for_people
def run(
    lessons: Lessons = None,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", metavar="NAME|FILE", help="A bundled case, or a case file. Can be repeated."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", metavar="NAME=VALUE", help="A parameter, for the lessons with it. Can be repeated."
        ),
    ] = None,
    jobs: Jobs = JOBS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run what is unchanged, too.")] = False,
    out: Out = Path("build"),
    no_site: Annotated[bool, typer.Option("--no-site", help="Do not build the site.")] = False,
) -> None:
    """Run lessons on cases and build the site; by default all lessons on all bundled cases.

    Runs whose lesson, data, parameters and package did not change since are skipped.

    Example: crmlab run 22_tiers --case fernhill -p margin=0.4
    """
    from crmlab.course import plan, runner

    _need_course()
    runs = plan.runs(lessons or [], case or [], _given(parameter or []), out)
    out.mkdir(parents=True, exist_ok=True)
    todo = runs if fresh else plan.pending(runs)
    plan.check_data(todo)
    failed = _show(todo, jobs, out, unchanged=len(runs) - len(todo))
    runner.collect(runs, out)
    if not no_site:
        from crmlab.course import site

        with _console().status("Building the site"):
            site.build(out)
        typer.echo(f"Site: {out / 'site' / 'index.html'}")
    if failed:
        raise typer.Exit(1)


@app.command()
@_for_people
def store(lessons: Lessons = None, jobs: Jobs = JOBS, out: Out = Path("build")) -> None:
    """Execute lessons with their default parameters and write them back in place: for authors.

    Example: crmlab store 22_tiers
    """
    from crmlab.course import plan

    _need_course()
    chosen = plan.find_lessons(lessons or [])
    if _show([plan.Run(lesson, None, {}, out) for lesson in chosen], jobs, out):
        raise typer.Exit(1)


@app.command()
@_for_people
def start(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Your workspace.")]) -> None:
    """Copy the lessons to a workspace of your own; what you changed there is never overwritten.

    Example: crmlab start my-lessons
    """
    from crmlab.course import workspace

    done = workspace.start(folder)
    typer.echo(f"{len(done.written)} lessons copied to {folder}.")
    for place in done.kept:
        typer.echo(f"Kept, because you changed it: {place}")
    for place in done.beside:
        typer.echo(f"New version put beside yours: {place}")


@app.command("list")
@_for_people
def list_() -> None:
    """Show the lessons with their parameters, and the cases.

    Example: crmlab list
    """
    from crmlab.course import cases, catalog

    console = _console()
    for lesson in catalog.lessons().values():
        table = _table(f"{lesson.name}: {lesson.title}", "parameter", "default", "meaning")
        for item in lesson.parameters.values():
            if item.name != "case":
                table.add_row(item.name, repr(item.default), item.comment)
        console.print(table)
    table = _table("Cases", "case", "title", "currency", "ends")
    for name in cases.bundled():
        case = cases.load(name)
        table.add_row(case.name, case.title, case.currency, str(case.end))
    console.print(table)


def main() -> None:
    """Run the command line."""
    app()


def _need_course() -> None:
    for module in ("papermill", "ipykernel", "myst_nb", "sphinx_book_theme"):
        if find_spec(module) is None:
            raise InputError(
                f"Running lessons needs {module}. Install the course: pip install 'crmlab[course]'."
            )


def _given(parameters: list[str]) -> dict[str, str]:
    """Split NAME=VALUE."""
    for item in parameters:
        if not item.partition("=")[0].isidentifier() or "=" not in item:
            raise InputError(
                f"'-p {item}' does not set a parameter. Write NAME=VALUE, such as -p margin=0.4."
            )
    return {name: value for name, _, value in (item.partition("=") for item in parameters)}


def _console(**options: Any) -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, **options)


def _table(title: str, *columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _show(todo: list["Run"], jobs: int, out: Path, unchanged: int = 0) -> int:
    """Execute runs and show how they go on; return how many failed."""
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    from crmlab.course import runner

    console, begin = _console(), time.monotonic()
    waiting: list[Run] = list(todo)
    running: dict[Run, float] = {}
    failures: list[tuple[Run, Outcome]] = []

    def rows() -> Table:
        """Return what runs and what waits, as far as the window goes; what is done scrolls away above."""
        table = Table.grid(padding=(0, 2))
        for item, since in running.items():
            table.add_row(_name(item), f"running {time.monotonic() - since:.0f} s", style="bold")
        shown = max(0, console.height - len(running) - 3)
        for item in waiting[:shown]:
            table.add_row(_name(item), "waiting", style="dim")
        if len(waiting) > shown:
            table.add_row(f"and {len(waiting) - shown} more", "waiting", style="dim")
        return table

    live = (
        Live(get_renderable=rows, console=console, transient=True) if console.is_terminal else nullcontext()
    )
    with closing(runner.execute(todo, jobs, out)) as events, live:
        for item, outcome in events:
            if outcome is None:
                waiting.remove(item)
                running[item] = time.monotonic()
                continue
            del running[item]
            if outcome.error:
                failures.append((item, outcome))
            word, style = ("failed", "red") if outcome.error else ("done", "green")
            console.print(Text(f"{word:<7}{_name(item)}, {outcome.seconds:.1f} s", style=style))
    executed = len(todo) - len(failures)
    took = f" in {time.monotonic() - begin:.0f} s" if todo else ""
    typer.echo(f"{executed} executed{took}, {unchanged} unchanged, {len(failures)} failed.")
    for item, outcome in failures:
        _explain(item, outcome)
    return len(failures)


def _name(item: "Run") -> str:
    return f"{item.lesson.name} on {item.case}" if item.case else item.lesson.name


def _explain(item: "Run", outcome: "Outcome") -> None:
    """Say on stderr which cell failed and why; an error of ours is a sentence already."""
    ours = {"CrmlabError", *(kind.__name__ for kind in CrmlabError.__subclasses__())}
    message = " ".join(outcome.message.split())[:500]
    reason = message if outcome.error in ours else f"{outcome.error}: {message}"
    cell = f" in the cell '{outcome.cell}'" if outcome.cell else ""
    kept = f" To read: {os.path.relpath(item.failed)}" if item.failed.is_file() else ""
    typer.echo(f"\n{_name(item)} failed{cell}.\n{reason}\n{kept.strip()}", err=True)
