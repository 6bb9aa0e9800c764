"""Tables at the end of a cell, with columns of words to the left and of numbers to the right."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LEFT = ' style="text-align: left;"'


def show_words_to_the_left() -> None:
    """Let a notebook show tables with words to the left, wherever the notebook is shown."""
    from IPython import get_ipython

    if shell := get_ipython():
        shell.display_formatter.formatters["text/html"].for_type_by_name(
            "pandas.core.frame", "DataFrame", html
        )


def html(frame: "pd.DataFrame") -> str | None:
    """Return a table as pandas shows it in a notebook, with words to the left.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = html(pd.DataFrame({"stage": ["decline"], "customers": [7]}))
    >>> [line.strip() for line in shown.splitlines() if "decline" in line or ">7<" in line]
    ['<td style="text-align: left;">decline</td>', '<td>7</td>']
    """
    shown: str | None = frame._repr_html_()  # type: ignore[operator]
    if shown is None:
        return None
    left = [_is_words(frame.iloc[:, place]) for place in range(frame.shape[1])]
    rows = re.split(r"(?=<tr)", shown)
    return rows[0] + "".join(_row(row, left, frame.index.nlevels) for row in rows[1:])


def _is_words(column: "pd.Series") -> bool:
    from pandas.api import types

    return not (
        types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column) or types.is_bool_dtype(column)
    )


def _row(row: str, left: list[bool], levels: int) -> str:
    """Return a row with style in the cells of words; one that is cut short with dots stays as it is."""
    cells = re.findall(r"<t[dh][^>]*>", row)
    heads = len(cells) - len(left)
    if not 0 < heads <= levels:
        return row
    places = iter([True] * heads + left)
    return re.sub(r"<(t[dh])(?=[^>]*>)", lambda cell: f"<{cell[1]}{_LEFT if next(places) else ''}", row)
