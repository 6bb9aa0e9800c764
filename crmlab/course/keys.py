"""The keys of a lesson on a case, computed without its pictures, its sentences or a kernel.

The statements that the cells tagged ``key`` need are picked from the notebook, from the last to the first,
and only these are executed. A statement is needed if it sets or changes a name that is needed later. What may
change a name is judged with caution: an assignment to part of it, a call of one of its methods whose value is
not used, a method known to change its object, a change of another name for the same object, and any use of a
random generator or an iterator, which the use itself moves on.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmlab.course import cases, catalog
from crmlab.course.exercises.base import Exercise
from crmlab.course.normalise import joined
from crmlab.errors import CrmlabError

_SPOKEN = {"say", "record", "results"}
_CHANGING = {
    *("add", "append", "clear", "discard", "extend", "fill", "fit", "insert", "partial_fit", "pop"),
    *("popitem", "put", "remove", "reverse", "setdefault", "shuffle", "sort", "update"),
}
_MOVING = {"default_rng", "Generator", "RandomState", "Random", "iter", "map", "filter", "zip", "enumerate"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


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
        A parameter is wrong.
    NotForThisCase
        The lesson says that this case cannot carry it.
    CrmlabError
        The lesson fails on this case with these parameters.

    Examples
    --------
    >>> sorted(compute(catalog.lesson("22_tiers"), "cdnow"))
    ['the carpet', 'tiers without mailings', 'top tenth']
    """
    from crmlab.course.lesson import Lesson

    namespace: dict[str, Any] = {"__name__": f"keys of {lesson.name}"} | values(lesson, case, parameters)
    try:
        with warnings.catch_warnings():  # a library's old habits are no concern of the key
            warnings.simplefilter("ignore")
            exec(_compiled(lesson), namespace)
    except CrmlabError:
        raise
    except Exception as error:
        raise CrmlabError(
            f"The keys of {lesson.name} cannot be computed on the case {case}: "
            f"{type(error).__name__}: {error}"
        ) from error
    finally:
        _close_figures(namespace)
    opened = [item for item in namespace.values() if isinstance(item, Lesson)]
    return {name: exercise for item in opened for name, exercise in item.exercises.items()}


def _compiled(lesson: catalog.Lesson) -> Any:
    module = ast.Module(body=needed(lesson), type_ignores=[])
    return compile(module, f"<keys of {lesson.name}>", "exec")


def _close_figures(namespace: Mapping[str, Any]) -> None:
    """Close the figures that the slice drew, for nobody will look at them."""
    import sys

    if any("matplotlib" in type(item).__module__ for item in namespace.values()):
        sys.modules["matplotlib.pyplot"].close("all")


def needed(lesson: catalog.Lesson) -> list[ast.stmt]:
    """Return the statements that the keys need, in their order."""
    steps = list(_steps(lesson))
    _share_changes(steps)
    wanted: set[str] = set()
    kept: list[ast.stmt] = []
    for step in reversed(steps):
        if step.is_root or (step.sets | step.changes) & wanted:
            kept.append(step.statement)
            wanted -= step.sets - step.changes
            wanted |= step.uses
    return kept[::-1]


@dataclass
class _Step:
    """A statement with the names that it uses, sets anew, and changes."""

    statement: ast.stmt
    is_root: bool
    uses: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    names_anew: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of names for what may be one object after this statement."""
    starts_moving: set[str] = field(default_factory=set)
    """Names of generators and iterators that begin here."""


def _steps(lesson: catalog.Lesson) -> Iterator[_Step]:
    imported: set[str] = set()
    for cell in lesson.notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code" or {"parameters", "injected-parameters"} & set(tags):
            continue
        body = ast.parse(joined(cell["source"])).body
        for statement in (part for whole in body for part in _split(whole)):
            step = _step(statement, "key" in tags)
            if isinstance(statement, ast.Import | ast.ImportFrom):
                imported |= step.sets
            step.changes -= imported  # modules are called, not changed
            yield step


def _split(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield ``a = x`` and ``b = y`` for ``a, b = x, y``: a key that uses one need not wait for the other."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=items)):
            whole = len(names) != len(items) or any(isinstance(one, ast.Starred) for one in names + items)
            late = {used for item in items[1:] for used in _loads(item)}
            if not whole and not late & {*_stores(statement), *_changed(statement)}:
                for name, item in zip(names, items, strict=True):
                    yield ast.copy_location(ast.Assign(targets=[name], value=item), statement)
                return
    yield statement


def _step(statement: ast.stmt, in_key: bool) -> _Step:
    step = _Step(statement, is_root=in_key or _is_guard(statement))
    step.uses = set(_loads(statement))
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom):
        step.sets = set(_stores(statement))
    else:
        step.changes = set(_stores(statement))  # perhaps: in a branch or a loop that may not run
    step.changes |= set(_changed(statement))
    if _is_spoken(statement):
        step.sets, step.changes, step.is_root = set(), set(), False
    for target, value in _pairs(statement):
        step.names_anew += [(name, source) for name in _stores(target) for source in _same_object(value)]
        moves = isinstance(value, ast.GeneratorExp) or _called(value) in _MOVING
        if moves and isinstance(target, ast.Name):  # several names take it apart at once
            step.starts_moving.add(target.id)
    return step


def _share_changes(steps: list[_Step]) -> None:
    """Let a change of an object count for all its names, and any use of what moves as a change."""
    group: dict[str, set[str]] = {}
    moving = set().union(*(step.starts_moving for step in steps)) if steps else set()
    for step in steps:
        drawing_from = [(new, old) for new in step.starts_moving for old in step.uses & moving]
        for left, right in [*step.names_anew, *drawing_from]:
            joint = group.get(left, {left}) | group.get(right, {right})
            group.update(dict.fromkeys(joint, joint))
    for step in steps:
        step.changes |= step.uses & moving
        step.changes |= {other for name in step.changes for other in group.get(name, ())}


def _is_guard(statement: ast.stmt) -> bool:
    """Return whether a statement can end the lesson: then its keys end with it."""
    if isinstance(statement, ast.Assert):
        return True
    if isinstance(statement, ast.If):
        return any(isinstance(node, ast.Raise) for node in ast.walk(statement))
    return isinstance(statement, ast.Expr) and _called(statement.value) == "needs"


def _is_spoken(statement: ast.stmt) -> bool:
    """Return whether a statement only speaks to the reader or records a result."""
    return isinstance(statement, ast.Expr) and _called(statement.value) in _SPOKEN


def _called(node: ast.AST | None) -> str:
    """Return the last name of what is called."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of objects that a statement may change in place."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _base(statement.value.func)
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from _base(node)
        elif isinstance(node, ast.AugAssign):
            yield from _base(node.target)
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
                yield from _base(node.func)
            if _called(node) in {"shuffle", "next", *_CHANGING}:
                yield from (name for item in node.args for name in _base(item))


def _base(node: ast.AST) -> Iterator[str]:
    """Yield the name at the beginning of ``name.attribute[index]``; of a call, that of what is called."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _pairs(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target of an assignment with the expression that it may be."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        parts: list[tuple[ast.expr, ast.expr]] = [(target, statement.value)]
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            parts = list(zip(target.elts, statement.value.elts, strict=False))
        yield from parts


def _same_object(value: ast.expr) -> Iterator[str]:
    """Yield the names whose object, or a part of it, an expression without a call may be."""
    if isinstance(value, ast.Tuple | ast.List):
        for item in value.elts:
            yield from _same_object(item)
    elif isinstance(value, ast.IfExp):
        yield from _same_object(value.body)
        yield from _same_object(value.orelse)
    elif isinstance(value, ast.Name | ast.Attribute | ast.Subscript) and not any(
        isinstance(node, ast.Call) for node in ast.walk(value)
    ):
        yield from _base(value)


def _stores(node: ast.AST) -> Iterator[str]:
    """Yield the names that are set, outside comprehensions."""
    if isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif not isinstance(node, (*_COMPREHENSIONS, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _stores(child)


def _loads(node: ast.AST) -> Iterator[str]:
    """Yield the names that are used, without those that a comprehension or a lambda brings itself."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            yield node.id
        return
    inner: Iterable[str] = ()
    if isinstance(node, _COMPREHENSIONS):
        inner = {
            item.id
            for part in node.generators
            for item in ast.walk(part.target)
            if isinstance(item, ast.Name)
        }
    elif isinstance(node, ast.Lambda):
        inner = {item.arg for item in ast.walk(node.args) if isinstance(item, ast.arg)}
    elif isinstance(node, ast.AugAssign):
        yield from _base(node.target)
    for child in ast.iter_child_nodes(node):
        yield from (name for name in _loads(child) if name not in inner)
