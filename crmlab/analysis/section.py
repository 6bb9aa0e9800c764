"""What every part of the report has: a finding, its reasons, its pictures, its doubts, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crmlab.analysis.pictures import Picture
from crmlab.errors import CrmlabError
from crmlab.language import tr


@dataclass(frozen=True)
class Table:
    """A small table in words: rows whose first cell names them, and a heading a column, which a page says."""

    caption: str
    heads: list[str]
    rows: list[list[str]]


@dataclass
class Section:
    """A part of the report.

    Attributes
    ----------
    name : str
        What the part is about, such as ``pyramid``.
    label : str
        The same as a word for the table of contents.
    title : str
        Its finding.
    valid : bool
        Whether its theory is valid here; where not, the title and the text say why.
    text, caveats, todo : list of str
        Sentences.
    pictures : list of Picture
    tables : list of Table
    facts : dict
        Numbers by name, which the answer is made from.
    """

    name: str
    label: str
    title: str
    valid: bool = True
    text: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def refused(name: str, label: str, why: str) -> Section:
    """Return a section that says why its theory is not valid here."""
    return Section(
        name, label, tr("{label}: not valid for these orders", label=label), valid=False, text=[why]
    )


def guarded(name: str, label: str, make: Callable[[], Section]) -> Section:
    """Make a section; where the data tell too little for it, say so instead."""
    try:
        return make()
    except CrmlabError as error:
        return refused(name, label, str(error))
