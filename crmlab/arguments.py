"""Checks of arguments that all parts share: the kind that a signature names, and numbers in their range."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from sys import float_info
from types import UnionType
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np
import pandas as pd

from crmlab.errors import InputError, short, unknown

_MOST = float_info.max
P = ParamSpec("P")
R = TypeVar("R")

_WORDS: dict[Any, str] = {
    float: "a number",
    int: "a whole number",
    bool: "True or False",
    str: "a text",
    pd.Series: "a pandas Series",
    pd.DataFrame: "a pandas DataFrame",
    Mapping: "a mapping of names to values, such as {'name': ...}",
    Sequence: "a list",
    tuple: "a tuple",
    type(None): "None",
}


def named(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse an argument by a name that a function does not have, and say the nearest one that it has.

    Examples
    --------
    >>> from crmlab.arguments import named
    >>> @named
    ... def profit(margin: float) -> float:
    ...     return margin
    >>> profit(margins=0.3)
    Traceback (most recent call last):
    crmlab.errors.InputError: There is no argument 'margins' in profit. Did you mean 'margin'? Known: margin.
    """
    names = signature(function).parameters

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in names:
                raise unknown("argument", name, names, where=function.__name__)
        return function(*args, **kwargs)

    return wrapper


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check the kinds of a function's arguments by its signature: a Series, a number, Customers and so on.

    What is annotated as Any is not looked at; ranges are the function's own business.

    Examples
    --------
    >>> from crmlab.arguments import checked
    >>> @checked
    ... def double(value: float) -> float:
    ...     return 2 * value
    >>> double(2)
    4
    >>> double("2")
    Traceback (most recent call last):
    crmlab.errors.InputError: double: value is '2', but must be a number.
    """
    declared = signature(function)
    kinds = {name: _kinds(each.annotation) for name, each in declared.parameters.items()}
    calling = named(function)

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = declared.bind(*args, **kwargs).arguments
        except TypeError:  # Python says best which argument is missing
            return calling(*args, **kwargs)
        for name, value in given.items():
            _check(value, kinds.get(name, ()), f"{function.__name__}: {name}")
        return function(*args, **kwargs)

    return wrapper


def number(
    value: Any,
    name: str,
    what: str = "a number",
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
) -> float:
    """Return a finite number in its range, or raise InputError that names the argument and the range.

    Examples
    --------
    >>> from crmlab.arguments import number
    >>> number(0.3, "margin", least=0, most=1)
    0.3
    >>> number(30, "margin", "a share of revenue", least=0, most=1)
    Traceback (most recent call last):
    crmlab.errors.InputError: margin is 30, but must be a share of revenue from 0 to 1.
    """
    inside = _is(value, float) and abs(value) <= _MOST
    inside = inside and (least is None or value >= least) and (above is None or value > above)
    if not (inside and (most is None or value <= most) and (below is None or value < below)):
        raise InputError(f"{name} is {said(value)}, but must be {what}{_range(least, above, most, below)}.")
    return float(value)


def rate(value: Any, name: str, what: str = "an annual rate", *, least: float = 0.0) -> float:
    """Return a discount rate from 0 to 1, or raise InputError that says how a rate is written.

    Examples
    --------
    >>> from crmlab.arguments import rate
    >>> rate(10, "discount_rate")
    Traceback (most recent call last):
    crmlab.errors.InputError: discount_rate is 10, but must be an annual rate (0.10 is 10%) from 0 to 1.
    """
    return number(value, name, f"{what} (0.10 is 10%)", least=least, most=1)


def whole(
    value: Any, name: str, what: str = "a whole number", *, least: int = 0, most: int | None = None
) -> int:
    """Return a whole number in its range, or raise InputError that names the argument and the range.

    Examples
    --------
    >>> from crmlab.arguments import whole
    >>> whole(5, "bins", least=2, most=9)
    5
    >>> whole(2.5, "n", least=1)
    Traceback (most recent call last):
    crmlab.errors.InputError: n is 2.5, but must be a whole number of at least 1.
    """
    if not _is(value, int) or value < least or (most is not None and value > most):
        raise InputError(f"{name} is {said(value)}, but must be {what}{_range(least, None, most, None)}.")
    return int(value)


def said(value: Any) -> str:
    """Return what a value is called in a message: itself where it is short, else its kind.

    Examples
    --------
    >>> from crmlab.arguments import said
    >>> import pandas as pd
    >>> said("weeks"), said(pd.Series([1, 2])), said([1, 2])
    ("'weeks'", 'a Series', '[1, 2]')
    """
    parts = list(value.values()) if isinstance(value, dict) else [value]
    parts = list(value) if isinstance(value, list | tuple) else parts
    if all(part is None or isinstance(part, str | Real | list | tuple) for part in parts):
        return short(repr(value.item() if isinstance(value, np.generic) else value))
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _range(least: float | None, above: float | None, most: float | None, below: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    if above is not None and below is not None:
        return f" between {above:g} and {below:g}"
    words = [
        f"of at least {least:g}" if least is not None else "",
        f"above {above:g}" if above is not None else "",
        f"up to {most:g}" if most is not None else "",
        f"below {below:g}" if below is not None else "",
    ]
    return " ".join(["", " and ".join(filter(None, words))]).rstrip()


def _check(value: Any, kinds: tuple[Any, ...], name: str) -> None:
    fitting = [kind for kind in kinds if _is(value, get_origin(kind) or kind)]
    if kinds and not fitting:
        wanted = " or ".join(_words(get_origin(kind) or kind) for kind in kinds)
        raise InputError(f"{name} is {said(value)}, but must be {wanted}.")
    if isinstance(value, Mapping) and fitting and get_args(fitting[0]):
        for key, item in value.items():
            _check(item, _kinds(get_args(fitting[0])[1]), f"{name}[{key!r}]")


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Return the kinds that an annotation allows; none where it allows what cannot be told apart."""
    if annotation is Parameter.empty or annotation is Any or isinstance(annotation, str):
        return ()
    if annotation is None:
        return (type(None),)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        parts = [_kinds(part) for part in get_args(annotation)]
        return tuple(kind for part in parts for kind in part) if all(parts) else ()
    return (annotation,) if isinstance(origin or annotation, type) else ()


def _is(value: Any, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind in (float, int):
        is_kind = isinstance(value, Integral if kind is int else Real)
        return is_kind and not isinstance(value, bool | np.bool_)
    if kind is Sequence:
        return isinstance(value, Sequence | np.ndarray | pd.Series | pd.Index) and not isinstance(value, str)
    return isinstance(value, kind)


def _words(kind: Any) -> str:
    source = ", as crmlab.summarise returns them" if kind.__name__ == "Customers" else ""
    return _WORDS.get(kind, f"{kind.__name__}{source}")
