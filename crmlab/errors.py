"""What goes wrong, said so that a person can put it right.

Every message says what is wrong, where, and what to do. The command line shows the message alone, without a
traceback; in a notebook the class name tells whether the request or the data is at fault.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class CrmlabError(Exception):
    """Any error that crmlab raises on purpose."""


class InputError(CrmlabError, ValueError):
    """A request that cannot be served: a wrong name, argument, parameter or file."""


class DataError(CrmlabError, ValueError):
    """Data that break the contract: missing columns, unreadable dates, impossible values."""


class FitError(CrmlabError, ValueError):
    """A fit that found no estimate to rely on. The message says why, and what to try."""


class NotForThisCase(CrmlabError):
    """A lesson that a case cannot carry. The message is one sentence that says what the case lacks."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook: where in the code it was said helps nobody."""
        return [f"This lesson is not for this case. {self}"]


def unknown(kind: str, name: object, known: Iterable[object], where: str = "") -> InputError:
    """Return the error for a name that does not exist, with the nearest one that does.

    Parameters
    ----------
    kind : str
        What the name should have been, such as ``lesson``.
    name : object
        The name given.
    known : iterable
        The names that there are.
    where : str
        Where it was looked for.

    Examples
    --------
    >>> from crmlab.errors import unknown
    >>> str(unknown("unit", "weeks", ["D", "W"]))
    "There is no unit 'weeks'. Known: D, W."
    >>> str(unknown("lesson", "22_teirs", ["11_stages", "22_tiers"]))
    "There is no lesson '22_teirs'. Did you mean '22_tiers'? Known: 11_stages, 22_tiers."
    """
    names = [str(item) for item in known]
    near = get_close_matches(str(name), names, n=1)
    place = f" in {where}" if where else ""
    hint = f" Did you mean '{near[0]}'?" if near else ""
    listed = some(names, most=50) or "none"
    return InputError(f"There is no {kind} '{short(str(name))}'{place}.{hint} Known: {listed}.")


def some(values: Iterable[object], most: int = 3) -> str:
    """Return the first few values as text, each at a length that can be read.

    Parameters
    ----------
    values : iterable
        What is to be shown.
    most : int
        How many are shown.

    Examples
    --------
    >>> from crmlab.errors import some
    >>> some([1, 2, 3, 4, 5])
    '1, 2, 3 and 2 more'
    """
    items = [short(str(value)) for value in values]
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most:,} more" if len(items) > most else shown


def short(text: str, most: int = 60) -> str:
    r"""Return a text in one line, with its end cut off where it is too long to read.

    Parameters
    ----------
    text : str
        Of any length.
    most : int
        Characters that are left.

    Examples
    --------
    >>> from crmlab.errors import short
    >>> short("a long text", most=8)
    'a lon...'
    >>> short("two\nlines")
    'two lines'
    """
    text = re.sub(r"\s*[\r\n]\s*", " ", text)
    return text if len(text) <= most else text[: most - 3] + "..."
