"""Pictures as they travel inside a page: PNG with words for those who cannot see them."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from crmlab.language import tr

_DPI = 150  # sharp on paper at half a page's width


@dataclass(frozen=True)
class Picture:
    """A PNG and its alternative text."""

    png: bytes
    alt: str

    @property
    def uri(self) -> str:
        """The picture as an address that holds it."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


def picture(draw: Callable[..., Any], *args: Any, **options: Any) -> Picture:
    """Draw with one of the suite's plot functions. Signs of mathematics in a text are shown as they are."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from crmlab.plots import alt_text

    with mpl.rc_context({"text.parse_math": False}):
        ax = draw(*args, **options)
        try:
            return Picture(_png(ax.figure), alt_text(ax))
        finally:
            plt.close(ax.figure)


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def drawable(text: str) -> str:
    """Return a text where the font of the pictures has all its signs, and ``money`` where it has not.

    Examples
    --------
    >>> drawable("€"), drawable("元")
    ('€', 'money')
    """
    return text if _has_all_signs(text) else tr("money")


@cache
def _has_all_signs(text: str) -> bool:
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    return all(font.get_char_index(ord(sign)) for sign in text)
