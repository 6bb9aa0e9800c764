"""The commands around lessons: run, store, edit, start, list."""

import os
import shlex
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlab.cli.commands import app
from crmlab.cli.shared import JOBS, Cases, Jobs, Lessons, Out, console, for_people, need_course, table
from crmlab.errors import InputError

if TYPE_CHECKING:
    from crmlab.course.plan import Run
    from crmlab.course.runner import Outcome


@app.command()
@for_people
def run(
    lessons: Lessons = None,
    case: Cases = None,
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
    from crmlab.course.lock import only_one

    need_course()
    _say_workspace()
    runs = plan.runs(lessons or [], case or [], _given(parameter or []), out)
    with only_one(out):
        todo = runs if fresh else plan.pending(runs)
        plan.check_data(todo)
        failed = _show(todo, jobs, out, unchanged=len(runs) - len(todo))
        runner.collect(runs, out)
        if not no_site:
            from crmlab.course import site

            with console().status("Building the site"):
                site.build(out, with_package=True)
            typer.echo(f"Site: {out / 'site' / 'index.html'}")
    if failed:
        raise typer.Exit(1)


@app.command()
@for_people
def store(lessons: Lessons = None, jobs: Jobs = JOBS, out: Out = Path("build")) -> None:
    """Execute lessons with their default parameters and write them back in place: for authors.

    Example: crmlab store 22_tiers
    """
    from crmlab.course import plan
    from crmlab.course.lock import only_one

    need_course()
    _say_workspace()
    chosen = plan.find_lessons(lessons or [])
    with only_one(out):
        failed = _show([plan.Run(lesson, None, {}, out) for lesson in chosen], jobs, out)
    if failed:
        raise typer.Exit(1)


@app.command()
@for_people
def edit(
    lesson: Annotated[str, typer.Argument(metavar="LESSON", help="A lesson's name, or its notebook.")],
    stores: Annotated[
        bool, typer.Option("--store", help="Take the script back into the notebook, and execute it.")
    ] = False,
    out: Out = Path("build"),
) -> None:
    """Write a lesson as a script to edit, or take it back with the ids and tags of its cells: for authors.

    Example: crmlab edit 22_tiers
    """
    from crmlab.course import editing, plan
    from crmlab.course.catalog import Lesson
    from crmlab.course.lock import only_one

    _say_workspace()
    (chosen,) = plan.find_lessons([lesson])
    script = out / "edit" / f"{chosen.name}.py"
    back = f"crmlab edit {shlex.quote(lesson)} --store{'' if out == Path('build') else f' --out {out}'}"
    if not stores:
        editing.begin(chosen, script)
        typer.echo(f"Edit {script}, then run {back}")
        return
    need_course()
    with only_one(out):
        edited = editing.take_back(chosen, script)
        if _show([plan.Run(edited, None, {}, out)], 1, out):
            typer.echo(f"{chosen.path.name} stays as it was. Mend {script}, and run {back}", err=True)
            raise typer.Exit(1)
        script.write_text(editing.to_script(Lesson(chosen.path)), encoding="utf-8")
    cells = ", ".join(f"{count} {word}" for word, count in editing.moved(chosen, edited).items())
    typer.echo(f"{chosen.path} is stored: cells {cells}.")


@app.command()
@for_people
def extremes(
    lessons: Annotated[list[str], typer.Argument(metavar="LESSON...", help="Names, or your notebooks.")],
    case: Cases = None,
) -> None:
    """Run lessons under extreme parameters, and find what they then say wrongly: for authors.

    Example: crmlab extremes 22_tiers --case cdnow
    """
    from crmlab.course import cases, plan
    from crmlab.course import extremes as hostile

    need_course()
    found = 0
    for lesson in plan.find_lessons(lessons):
        suited = [name for name in cases.bundled() if cases.load(name).suits(lesson)]
        for name in case or suited:
            for what, values in {"as recommended": {}, **hostile.sets(lesson)}.items():
                said = hostile.run(lesson, name, values)
                wrong = list(hostile.faults(said))
                ended = f"does not run: {said.refused}" if said.refused else "runs"
                typer.echo(f"{lesson.name} on {name}, {what}: {ended} ({said.seconds:.1f} s)")
                for each in wrong:
                    typer.echo(f"  {each}")
                found += len(wrong)
    if found:
        raise typer.Exit(1)


@app.command()
@for_people
def start(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Your workspace.")],
    archive: Annotated[
        Path | None,
        typer.Option("--from", metavar="ZIP", help="Unpack or renew the workspace that you were given."),
    ] = None,
) -> None:
    """Copy the lessons to a workspace of your own; what you changed there is never overwritten.

    Example: crmlab start my-lessons
    """
    from crmlab.course import workspace

    done = workspace.unpack(archive, folder) if archive else workspace.start(folder)
    what = f"{len(done.written)} {'files' if archive else 'lessons'} copied to {folder}."
    typer.echo(what if done.written else "Nothing new to copy.")
    for place in done.kept:
        typer.echo(f"{place} has changes of yours and stays as it is.")
    for place in done.beside:
        typer.echo(f"{place} is new: the course's latest version of a lesson that you changed.")
    for place, kept in done.aside.items():
        typer.echo(
            f"{place} is again as it was handed out, for answers are checked with it. Yours is {kept}."
        )
    for place in done.outdated:
        typer.echo(f"The data beside {place} are new, so its answers may be, too. Run it again.")
    if found := workspace.lessons(folder):
        typer.echo(f"Begin with: jupyter lab {shlex.quote(str(next(iter(found.values())).path))}")


@app.command("list")
@for_people
def list_() -> None:
    """Show the lessons with their parameters and the cases that they run on, and the cases.

    Example: crmlab list
    """
    from crmlab.course import cases, plan

    screen = console()
    _say_workspace()
    known = [cases.load(name) for name in cases.bundled()]
    for lesson in plan.course().values():
        shown = table(f"{lesson.name}: {lesson.title}", "parameter", "default", "meaning")
        for item in lesson.parameters.values():
            if item.name != "case":
                shown.add_row(item.name, repr(item.default), item.comment)
        on = ", ".join(case.name for case in known if case.suits(lesson)) or "no bundled case"
        shown.caption = f"Needs {', '.join(lesson.tables) or 'no table'}; runs on {on}."
        screen.print(shown)
    shown = table("Cases", "case", "title", "tables", "currency", "ends")
    for case in known:
        shown.add_row(case.name, case.title, ", ".join(case.tables), case.currency, str(case.end))
    screen.print(shown)


def _say_workspace() -> None:
    """Say in one line whose lessons are used, where they are not the package's."""
    from crmlab.course import workspace

    if folder := workspace.find():
        typer.echo(f"Lessons are those of your workspace, {folder}.")


def _given(parameters: list[str]) -> dict[str, str]:
    """Split NAME=VALUE."""
    for item in parameters:
        if not item.partition("=")[0].isidentifier() or "=" not in item:
            raise InputError(
                f"'-p {item}' does not set a parameter. Write NAME=VALUE, such as -p margin=0.4."
            )
    return {name: value for name, _, value in (item.partition("=") for item in parameters)}


def _show(todo: list["Run"], jobs: int, out: Path, unchanged: int = 0) -> int:
    """Execute runs and show how they go on; return how many failed."""
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    from crmlab.course import runner

    screen, begin = console(), time.monotonic()
    waiting: list[Run] = list(todo)
    running: dict[Run, float] = {}
    failures: list[tuple[Run, Outcome]] = []

    def rows() -> Table:
        """Return what runs and what waits, as far as the window goes; what is done scrolls away above."""
        table = Table.grid(padding=(0, 2))
        for item, since in running.items():
            table.add_row(_name(item), f"running {time.monotonic() - since:.0f} s", style="bold")
        shown = max(0, screen.height - len(running) - 3)
        for item in waiting[:shown]:
            table.add_row(_name(item), "waiting", style="dim")
        if len(waiting) > shown:
            table.add_row(f"and {len(waiting) - shown} more", "waiting", style="dim")
        return table

    live = Live(get_renderable=rows, console=screen, transient=True) if screen.is_terminal else nullcontext()
    unsuited = 0
    with closing(runner.execute(todo, jobs, out)) as events, live:
        for item, outcome in events:
            if outcome is None:
                waiting.remove(item)
                running[item] = time.monotonic()
                continue
            del running[item]
            word, style = "done", "green"
            if item.case and outcome.is_unsuited:
                unsuited += 1
                screen.print(Text(f"not for this case: {_name(item)}. {outcome.reason}", style="yellow"))
                continue
            if outcome.error:
                failures.append((item, outcome))
                word, style = "failed", "red"
            screen.print(Text(f"{word:<7}{_name(item)}, {outcome.seconds:.1f} s", style=style))
    executed = len(todo) - len(failures) - unsuited
    took = f" in {time.monotonic() - begin:.0f} s" if todo else ""
    apart = f"{unsuited} not for their case, " if unsuited else ""
    typer.echo(f"{executed} executed{took}, {unchanged} unchanged, {apart}{len(failures)} failed.")
    for item, outcome in failures:
        _explain(item, outcome)
    return len(failures)


def _name(item: "Run") -> str:
    return f"{item.lesson.name} on {item.case}" if item.case else item.lesson.name


def _explain(item: "Run", outcome: "Outcome") -> None:
    """Say on stderr which cell failed and why."""
    cell = f" in the cell '{outcome.cell}'" if outcome.cell else ""
    kept = f"To read: {os.path.relpath(item.failed)}" if item.failed.is_file() else ""
    typer.echo(f"\n{_name(item)} failed{cell}.\n{outcome.reason}\n{kept}", err=True)
