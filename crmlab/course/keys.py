"""The keys of a lesson on a case: what its own cells compute, run whole and in order, without a kernel.

Nothing is drawn, for no figure is ever shown. A cell is left out only where its tag says that no key depends
on it: ``solution``, or ``keyless`` on a cell that takes long; a test holds these tags for every lesson and
case.
"""

import ast
import io
import os
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from crmlab.course import cases, catalog
from crmlab.course.exercises import Exercise
from crmlab.course.files import joined
from crmlab.errors import CrmlabError, InputError, short

if TYPE_CHECKING:
    from crmlab.course.lesson import Lesson as Opened

LEFT_OUT = ("parameters", "injected-parameters", "solution", "keyless")
"""Tags of cells that are not run: parameters are set otherwise, and no key depends on the others."""


def values(lesson: catalog.Lesson, case: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the parameters of a run: the lesson's own, replaced by the case's, replaced by those given.

    Raises
    ------
    InputError
        A parameter does not exist, or its value is not allowed.
    """
    own = cases.load(case).lessons.get(lesson.name, {}) | dict(parameters or {})
    defaults = {name: item.default for name, item in lesson.parameters.items()}
    return defaults | lesson.check(own, where=f"lesson {lesson.name}") | {"case": case}


def compute(
    lesson: catalog.Lesson, case: str, parameters: Mapping[str, Any] | None = None
) -> dict[str, Exercise]:
    """Return the exercises of a lesson on a case by name, with their answers.

    The answers are those that the notebook gives. The lesson's code is trusted: it runs in this process.

    Parameters
    ----------
    lesson : crmlab.course.catalog.Lesson
        The lesson, in the instructor's edition: with its cells tagged ``key``.
    case : str
        Name of a bundled case, or path of a case file.
    parameters : mapping, optional
        What differs from the case's and the lesson's own values.

    Raises
    ------
    InputError
        A parameter is wrong, or a cell is no plain Python.
    NotForThisCase
        The lesson says that this case cannot carry it.
    CrmlabError
        The lesson fails on this case with these parameters.

    Examples
    --------
    >>> sorted(compute(catalog.lesson("00_start"), "cdnow"))
    ['a card to those added', 'deeper drawer', 'share by depth', 'your decision']
    """
    held, _ = run(lesson, values(lesson, case, parameters), leave_out=LEFT_OUT)
    return {name: held.exercises[name] for name in lesson.keys if name in held.exercises}


def run(
    lesson: catalog.Lesson,
    parameters: Mapping[str, Any],
    leave_out: Collection[str],
    see: Callable[[Any], object] = lambda _: None,
) -> tuple["Opened", dict[str, Any]]:
    """Run a lesson's cells in this process, without a kernel.

    Parameters
    ----------
    lesson : crmlab.course.catalog.Lesson
        The lesson.
    parameters : mapping
        All its parameters, as `values` returns them.
    leave_out : collection of str
        Tags of cells that are not run.
    see : callable
        Is given what each cell ends in, as a notebook would show it; figures are closed afterwards.

    Returns
    -------
    tuple
        The `crmlab.course.lesson.Lesson` that the cells opened, and all their variables.

    Raises
    ------
    InputError
        A cell is no plain Python, or opens no lesson.
    CrmlabError
        A cell fails.
    """
    from crmlab.course.lesson import Lesson as Opened

    os.environ.setdefault("MPLBACKEND", "agg")
    namespace: dict[str, Any] = {"__name__": f"keys of {lesson.name}"} | dict(parameters)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # a library's old habits are no concern of the key
        for cell, body, last in list(_code(lesson, leave_out)):
            try:
                exec(body, namespace)
                if last is not None:
                    see(eval(last, namespace))
            except CrmlabError:
                raise
            except Exception as error:
                raise CrmlabError(
                    f"The keys of {lesson.name} cannot be computed on the case {parameters['case']}: its "
                    f"cell '{cell}' fails: {type(error).__name__}: {short(str(error), 300)}"
                ) from error
            finally:
                _close_figures()
    opened = [item for item in namespace.values() if isinstance(item, Opened)]
    if not opened:
        raise InputError(f"Lesson {lesson.name}: no cell opens it, with lesson = Lesson(case).")
    return opened[-1], namespace


def _code(lesson: catalog.Lesson, leave_out: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the cells to run: their ids, their statements, and the expression that they end in, compiled."""
    for cell in lesson.notebook["cells"]:
        if cell["cell_type"] != "code" or set(leave_out) & set(cell["metadata"].get("tags", [])):
            continue
        name = str(cell.get("id", "?"))
        where = f"<{lesson.name}, cell {name}>"
        try:
            body = ast.parse(joined(cell["source"])).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            shown = compile(ast.Expression(last.value), where, "eval") if isinstance(last, ast.Expr) else None
            yield name, compile(ast.Module(body, []), where, "exec"), shown
        except SyntaxError as error:
            raise InputError(
                f"Lesson {lesson.name}: the cell '{name}' is no plain Python at its line {error.lineno}: "
                f"'{short((error.text or '').strip())}'. Lessons take no magics such as %time or !ls."
            ) from error


def _close_figures() -> None:
    """Close what a cell would have drawn, for nobody will look at it."""
    import sys

    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
