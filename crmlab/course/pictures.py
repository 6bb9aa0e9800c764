"""Pictures at the end of a cell, shown with their alternative text."""

import base64
import io
from typing import Any

from crmlab.language import tr

_COLOURS = 128


def show_with_alt_text() -> None:
    """Let an Axes or Figure at a cell's end show as a picture that carries its words."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    _load_backend()
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("matplotlib.axes._axes", "Axes", lambda ax, **_: picture(ax.figure))
    one = shell.display_formatter.formatters["image/png"]
    formatter.for_type_by_name("matplotlib.figure", "Figure", lambda figure, **_: _alone(figure, one))


def _alone(figure: Any, formatter: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return a figure as PNG; the notebook's own formatter, which would go before, is taken out."""
    from matplotlib.figure import Figure

    formatter.pop(Figure, None)
    return picture(figure)


def _load_backend() -> None:
    """Let the notebook show a reader's own pictures, wherever in a cell they are drawn.

    Loading its backend says so to matplotlib. Loaded by the suite's first picture instead, that would be
    forgotten with the settings of the suite's style.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    plt.switch_backend(mpl.get_backend())


def picture(figure: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return a figure as PNG with its alternative text, and close it so that it is shown once."""
    from matplotlib import pyplot as plt

    from crmlab.plots.style import alt_of_figure

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    plt.close(figure)
    alt = alt_of_figure(figure) or _words(figure)
    png = base64.b64encode(_with_palette(drawn)).decode("ascii")
    return {"image/png": png, "text/plain": alt}, {"image/png": {"alt": alt}}


def _with_palette(drawn: io.BytesIO) -> bytes:
    """Return a PNG in so few colours that it takes a third of the room and looks the same."""
    from PIL import Image

    small = io.BytesIO()
    coverage = Image.Quantize.MAXCOVERAGE  # keeps a colour that little is drawn in
    picture = Image.open(drawn).convert("RGB").quantize(_COLOURS, coverage, dither=Image.Dither.NONE)
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()


def _words(figure: Any) -> str:
    """Return what is written on a figure that brings no alternative text, such as a reader's own."""
    said = []
    for ax in figure.axes:
        title = next(filter(None, map(ax.get_title, ("left", "center", "right"))), tr("An untitled picture"))
        across, up = (label or tr("no label") for label in (ax.get_xlabel(), ax.get_ylabel()))
        said.append(tr("{title}. Across: {across}. Up: {up}.", title=title, across=across, up=up))
    return " ".join(said)
