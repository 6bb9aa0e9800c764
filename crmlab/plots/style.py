"""One style for all pictures, and the alternative text and table that every picture carries."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

# Okabe and Ito's palette: told apart by colour-blind readers, and by lightness in grey.
BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
PALETTE = [BLUE, ORANGE, GREEN, RED, SKY, PINK, YELLOW]
GREY, LIGHT, INK = "#8A8A8A", "#D9D9D9", "#262626"
SEQUENCE = "viridis"

STYLE: Any = {
    "figure.figsize": (7.2, 4.2),
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": "#E6E6E6",
    "lines.linewidth": 2,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}

_ALT: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()
_TABLE: WeakKeyDictionary[Axes, pd.DataFrame] = WeakKeyDictionary()
P = ParamSpec("P")


def styled(draw: Callable[P, Axes]) -> Callable[P, Axes]:
    """Give a plot function the suite's style, and an Axes of its own where ``ax`` is not given."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Axes:
        with mpl.rc_context(STYLE):
            if kwargs.get("ax") is None:
                kwargs["ax"] = plt.subplots()[1]
            return draw(*args, **kwargs)

    return wrapper


def panels(count: int, *, width: float = 10.5, height: float = 4.2) -> Any:
    """Return a figure in the suite's style and its row of Axes, to hand to plot functions as ``ax``."""
    with mpl.rc_context(STYLE):
        return plt.subplots(1, count, figsize=(width, height))


def describe(ax: Axes, alt: str, drawn: pd.DataFrame) -> Axes:
    """Attach the alternative text and the table that was drawn."""
    _ALT[ax], _TABLE[ax] = alt, drawn
    return ax


def alt_text(ax: Axes) -> str:
    """Return what the picture shows, in words."""
    return _ALT.get(ax, "")


def table(ax: Axes) -> pd.DataFrame:
    """Return the table that the picture was drawn from."""
    return _TABLE[ax].copy()


def alt_of_figure(figure: Any) -> str:
    """Return the alternative texts of a figure's Axes, in order."""
    return " ".join(text for ax in figure.axes if (text := alt_text(ax)))


def thousands(axis: Any) -> None:
    """Write an axis' numbers with thousands marks."""
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def heatmap(
    ax: Axes, cells: pd.DataFrame, *, text: Callable[[float], str], low: float | None = 0, label: str = ""
) -> None:
    """Draw a table as shaded cells with their values; missing cells stay blank."""
    import seaborn as sns

    words = cells.map(lambda value: "" if pd.isna(value) else text(value))
    sns.heatmap(
        cells,
        annot=words,
        fmt="",
        cmap="Blues",
        vmin=low,
        ax=ax,
        linewidths=2,
        linecolor="white",
        cbar=bool(label),
        cbar_kws={"label": label} if label else None,
    )
    ax.tick_params(length=0)
    ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
