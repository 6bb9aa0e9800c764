"""The case of an analysis: the file with which the lessons run on the same orders, now and later."""

import re
import unicodedata
from typing import Any

from crmlab.analysis.base import Base
from crmlab.analysis.settings import UNIT
from crmlab.course import cases
from crmlab.language import tr
from crmlab.reading.names import OPTIONAL, REQUIRED

ORDERS = "transactions.parquet"
_TAKEN = {"site", "failed", *cases.bundled()}
_MARKUP = re.compile(r"[\\`*_\[\]<>&$|#{}!~\"]")  # what Markdown, HTML or mathematics would read in a title


def case(base: Base) -> dict[str, Any]:
    """Return the content of the case file: what the lessons cannot find out for themselves."""
    title = plain(base.settings.name)
    return {
        "name": slug(base.settings.name),
        "title": title,
        "story": tr(
            "These are the audited orders of {title}, from {start:%Y-%m-%d} to {end:%Y-%m-%d}. "
            "**Which customers carry the business, which of them are leaving, and what is to be done?**\n",
            title=title,
            start=base.start,
            end=base.end,
        ),
        "data": {"kind": "file", "path": ORDERS, "columns": _columns(base)},
        "currency": base.currency,
        "unit": UNIT,
        "calibration": base.calibration.date(),
        "end": base.end.date(),
        "lessons": _lessons(base),
    }


def slug(name: str) -> str:
    """Return a name that can be a folder's: small letters, digits and hyphens, whatever it was.

    Examples
    --------
    >>> slug("Müller & Söhne"), slug("../../etc"), slug("茶"), slug("cdnow")
    ('muller-sohne', 'etc', 'shop', 'my-cdnow')
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-") or "shop"
    return f"my-{found}" if found in _TAKEN else found


def plain(text: str) -> str:
    """Return a text without signs that Markdown or HTML would take for more than text.

    Examples
    --------
    >>> plain("Tea & Co <script>"), plain("***")
    ('Tea Co script', 'shop')
    """
    return " ".join(_MARKUP.sub(" ", text).split()) or "shop"


def _columns(base: Base) -> dict[str, str | None]:
    """Say of every part which column plays it, so that nothing has to be found out again."""
    present = base.transactions.columns
    return {part: part if part in present else None for part in [*REQUIRED, *OPTIONAL]}


def _lessons(base: Base) -> dict[str, dict[str, Any]]:
    """Return the margin and the discount rate for the lessons that take them and assume others."""
    from crmlab.course import catalog

    chosen = {}
    for name, lesson in catalog.lessons().items():
        wanted = {}
        if parameter := lesson.parameters.get("margin"):
            costs = base.cost_known and "0 takes the cost" in parameter.comment
            wanted["margin"] = 0.0 if costs else round(base.margin, 4)
        if "discount_rate" in lesson.parameters:
            wanted["discount_rate"] = base.settings.discount_rate
        values = {key: value for key, value in wanted.items() if _fits(lesson.parameters[key], value)}
        if values:
            chosen[name] = values
    return chosen


def _fits(parameter: Any, value: float) -> bool:
    """Whether a value differs from the lesson's own and is one that the lesson takes."""
    from crmlab.errors import InputError

    if value == parameter.default:
        return False
    try:
        parameter.check(value, where="the analysis")
    except InputError:
        return False
    return True
