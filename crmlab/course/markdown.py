"""Markdown of others on a page: shown as they meant it, and never more than text."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~:%&^=@])")

LESSON_LINK = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?!\w+:)(?:[^()\s]*/)?(?P<name>[^/()\s]+)\.ipynb(?P<anchor>#[^()\s]*)?\)"
)
"""A link to another lesson."""


def without_lesson_links(text: str) -> str:
    """Return Markdown in which links to other lessons are their words, where those may not be at hand.

    Examples
    --------
    >>> without_lesson_links("It builds on [Start here](../0_start/00_start.ipynb).")
    'It builds on Start here.'
    """
    return LESSON_LINK.sub(r"\g<text>", text)


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
