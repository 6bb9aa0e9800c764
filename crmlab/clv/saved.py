"""Saved models: each field is checked when it is read, for the file may have been changed since."""

import json
from typing import Any

import numpy as np

from crmlab.arguments import number, said, whole
from crmlab.clv.special import Array
from crmlab.customers import DAYS
from crmlab.errors import InputError

_FIELDS = ("model", "version", "options", "params", "unit", "covariance", "loglik", "n_customers", "events")


def read(text: Any, name: str, params: tuple[str, ...], options: list[str]) -> dict[str, Any]:
    """Return the fields of the JSON of a model; raise InputError where one cannot be.

    Parameters
    ----------
    text : str
        What ``to_json`` wrote.
    name : str
        Class of the model.
    params, options : sequence of str
        Names of its parameters and of the options of its constructor.
    """
    try:
        return _checked(_fields(text, name), params, options)
    except InputError as error:
        raise InputError(
            f"This is not the JSON of a {name}: {str(error).rstrip('.')}. Save the model again with to_json."
        ) from error


def _fields(text: Any, name: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(str(error)) from error
    if not isinstance(fields, dict):
        raise InputError(f"it holds {said(fields)}")
    missing = [field for field in _FIELDS if field not in fields]
    if missing:
        raise InputError(f"'{missing[0]}' is missing")
    if fields["model"] != name:
        kind = fields["model"]
        if isinstance(kind, str) and kind.isidentifier():
            raise InputError(f"the text holds a {kind}, which {kind}.from_json reads")
        raise InputError(f"its model is {said(kind)}")
    return fields


def _checked(fields: dict[str, Any], params: tuple[str, ...], options: list[str]) -> dict[str, Any]:
    for name, known in (("params", list(params)), ("options", options)):
        given = fields[name]
        if not isinstance(given, dict) or sorted(given) != sorted(known):
            raise InputError(f"{name} is {said(given)}, but must have the names {', '.join(known)}")
    for param, value in fields["params"].items():
        number(value, f"parameter {param}", above=0)
    number(fields["options"].get("penalty", 0.0), "penalty", least=0)
    unit = fields["unit"]
    if unit is not None and (not isinstance(unit, str) or unit not in DAYS):
        raise InputError(f"unit is {said(unit)}, but must be one of {', '.join(DAYS)}")
    if not isinstance(fields["version"], str):
        raise InputError(f"version is {said(fields['version'])}, but must be a text")
    if fields["loglik"] is not None:
        number(fields["loglik"], "loglik")
    whole(fields["n_customers"], "n_customers")
    number(fields["events"], "events", least=0)
    covariance = fields["covariance"]
    return fields | {"covariance": None if covariance is None else _covariance(covariance, len(params))}


def _covariance(rows: Any, size: int) -> Array:
    """Return the covariance of the estimates: square, finite, and one that estimates can have."""
    is_square = isinstance(rows, list) and len(rows) == size
    if not is_square or not all(isinstance(row, list) and len(row) == size for row in rows):
        raise InputError(f"covariance must have {size} rows of {size} numbers")
    matrix = np.array([[number(value, "a covariance") for value in row] for row in rows])
    deviation = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    scale = np.outer(deviation, deviation)
    if not (scale > 0).all() or not np.isfinite(scale).all():
        raise InputError("covariance must have variances above 0 on its diagonal")
    correlation = matrix / scale
    is_symmetric = bool(np.allclose(correlation, correlation.T, rtol=0.0, atol=1e-8))
    if not is_symmetric or np.linalg.eigvalsh(correlation)[0] < -1e-8:
        raise InputError("covariance is none that estimates can have")
    return matrix
