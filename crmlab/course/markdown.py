"""Markdown of others on a page: shown as they meant it, and never more than text."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~:%&^=@])")


def literal(text: str) -> str:
    r"""Return Markdown that shows a text in one line, sign for sign.

    Examples
    --------
    >>> literal("A <b> of *C*")
    'A \\<b\\> of \\*C\\*'
    """
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def to_html(text: str) -> str:
    """Return Markdown as HTML. HTML in it is shown, not obeyed, and a heading is a paragraph like others.

    Examples
    --------
    >>> to_html("**Now** <script>")
    '<p><strong>Now</strong> &lt;script&gt;</p>'
    """
    return _parser().render(text).strip()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    return parser.enable("table").disable(["heading", "lheading", "image"])
