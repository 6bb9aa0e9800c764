"""The commands around a term: build, diff, grade, and a student's check."""

from pathlib import Path
from typing import Annotated

import typer

from crmlab.cli.commands import app
from crmlab.cli.shared import JOBS, Jobs, for_people, need_course, table
from crmlab.cli.shared import console as _console
from crmlab.errors import InputError, short
from crmlab.language import tr, use

_MOST_LINES = 20
TermFile = Annotated[Path, typer.Argument(metavar="TERM.yaml", help="The term file.")]


@app.command()
@for_people
def build(
    term: TermFile,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the term; its name by default.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the lessons.")] = "en",
    jobs: Jobs = JOBS,
) -> None:
    """Build all that a term needs: pages, a workspace and a key for each student, what to install.

    What has not changed is used again, and an interrupted build goes on where it was.

    Example: crmlab build term.yaml
    """
    from crmlab.course.terms import build as building
    from crmlab.course.terms import term as terms

    need_course()
    opened = terms.load(term)
    folder = out or Path(opened.plan.term)
    made = building.build(opened, folder, jobs, typer.echo, lang)
    typer.echo(
        f"{opened.plan.course}, {opened.plan.term}: {len(opened.lessons)} lessons, {len(opened.students)} "
        f"workspaces, {len(made['files']):,} files in {folder}."
    )
    public, private = folder / "public", folder / "private"
    typer.echo(
        f"Publish {public}, and give each student the zip in {public / 'workspaces'} that "
        f"{private / 'pseudonyms.csv'} names. Keep {private} to yourself."
    )


@app.command()
@for_people
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A built term.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later build.")],
) -> None:
    """Tell what moved between two built terms, and whether data, code or parameters moved it.

    Example: crmlab diff 2026-autumn 2027-spring
    """
    from crmlab.course.terms import diff as differences
    from crmlab.course.terms import manifest

    found = differences.compare(manifest.read(old), manifest.read(new))
    if not found:
        typer.echo("Nothing moved: the two builds are the same.")
        return
    for name, (before, after) in found.versions.items():
        typer.echo(f"{name}: {before} before, {after} now")
    for name, word in {**found.lessons, **found.runs}.items():
        typer.echo(f"{name}: {word}")
    if found.moved:
        shown = table("Numbers that moved", "run", "result", "before", "now", "by", "moved by")
        for item in found.moved:
            numbers = [_short(item.before), _short(item.after), item.by]
            shown.add_row(item.run, item.result, *numbers, ", ".join(item.causes) or "unknown")
        _console().print(shown)
    for lesson, count in found.answers.items():
        typer.echo(f"{lesson}: other answers for {count:,} of those who were there before")
    for kind, counts in (("students", found.students), ("files", found.files)):
        if counts:
            typer.echo(f"{kind}: " + ", ".join(f"{count:,} {word}" for word, count in counts.items()))


@app.command()
@for_people
def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder or zip of what was handed in.")
    ],
    build: Annotated[
        Path, typer.Option("--build", metavar="DIR", help="The term's folder, as it was built.")
    ],
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="DIR", help="Folder with points.csv, overrides.csv …")
    ] = None,
    term: Annotated[
        Path | None, typer.Option("--term", metavar="TERM.yaml", help="Tell what changed since it was built.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the grades.")] = Path("grades"),
) -> None:
    """Grade notebooks by the answers in their outputs and the keys of a built term. Nothing is executed.

    Example: crmlab grade submissions --build 2027-spring
    """
    from crmlab.course.grading import grade as grading
    from crmlab.course.grading import report
    from crmlab.course.grading import rules as ruling
    from crmlab.course.grading.submissions import read
    from crmlab.course.lock import only_one
    from crmlab.course.terms import manifest
    from crmlab.course.terms import term as terms

    if not submissions.exists():
        raise InputError(f"There is no folder of submissions {submissions}. Check the path.")
    built = grading.read_build(build)
    use(built.language)  # in which their answers name what they drew
    for said in manifest.differences(build, terms.load(term) if term else None):
        typer.echo(f"{said} Grades rest on what was handed out.")
    students = list(built.people)
    read_rules = ruling.read(rules, built.exercises(), students, built.due)
    with only_one(out):
        grades = grading.grade(built, read(submissions), read_rules, typer.echo)
        report.save(grades, read_rules, out)
    there = {lesson.student for lesson in grades.lessons if lesson.place}
    typer.echo(f"{len(there)} of {len(students)} students graded. Class report: {out / 'report.html'}")
    _say([f"To look at: {short(place, 100)}: {problem}." for place, problem in grades.problems])
    alike = [
        f"The same wrong answers of {one} and {other}: {', '.join(names)}."
        for one, other, names in grades.alike
    ]
    borrowed = [
        f"Answers of {who} are right for the data of {other}: {', '.join(names)}."
        for who, other, names in grades.borrowed
    ]
    _say([*alike, *borrowed])


@app.command()
@for_people
def check(
    lesson: Annotated[str, typer.Argument(metavar="LESSON", help="A lesson's name, or its notebook.")],
) -> None:
    """Check all answers of a lesson that you have run and saved, in your own workspace.

    Example: crmlab check 22_tiers
    """
    from crmlab.course.grading.check import check as checked
    from crmlab.course.grading.check import find

    results = checked(find(lesson, Path.cwd()))
    shown = table(lesson, tr("exercise"), "", tr("what to know"))
    for item in results:
        shown.add_row(item.exercise, tr(item.state), item.words)
    _console().print(shown)
    right = sum(item.state == "right" for item in results)
    open_ = sum(item.state == "recorded" for item in results)
    said = {"right": right, "all": len(results), "recorded": open_}
    if open_:
        typer.echo(tr("{right} of {all} right, {recorded} recorded.", **said))
    else:
        typer.echo(tr("{right} of {all} right.", **said))


def _say(lines: list[str]) -> None:
    """Print the first lines; the class report has them all."""
    for line in lines[:_MOST_LINES]:
        typer.echo(line)
    if len(lines) > _MOST_LINES:
        typer.echo(f"and {len(lines) - _MOST_LINES:,} more in the class report")


def _short(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
