"""One style for all pictures, and the alternative text and table that every picture carries."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

from crmlab.arguments import checked, said, whole
from crmlab.errors import DataError, InputError
from crmlab.language import tr

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
    """Give a plot function the suite's style, checks, and an Axes of its own where ``ax`` is not given."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Axes:
        for value in [*args, *kwargs.values()]:
            if isinstance(value, pd.DataFrame | pd.Series | Mapping) and not len(value):
                raise DataError(f"{draw.__name__}: {said(value)} is empty, so there is nothing to draw.")
        with mpl.rc_context(STYLE):
            figure = None
            if kwargs.get("ax") is None:
                figure, kwargs["ax"] = plt.subplots()
            try:
                return draw(*args, **kwargs)
            except Exception as error:
                if figure is not None:
                    plt.close(figure)  # no half picture is left behind
                if not isinstance(error, KeyError | TypeError):
                    raise
                lacks = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be drawn: {error}"
                raise InputError(
                    f"{draw.__name__}: what was given {lacks}. Give what the theory's function returned."
                ) from error

    return checked(wrapper)


def panels(count: int, *, width: float = 10.5, height: float = 4.2, stacked: bool = False) -> Any:
    """Return a figure in the suite's style and its Axes, in a row or stacked, to hand to plot functions."""
    count = whole(count, "count", "a number of pictures", least=1)
    with mpl.rc_context(STYLE):
        return plt.subplots(*((count, 1) if stacked else (1, count)), figsize=(width, height))


def describe(ax: Axes, alt: str, drawn: pd.DataFrame) -> Axes:
    """Attach the alternative text and the table that was drawn."""
    _ALT[ax], _TABLE[ax] = alt, drawn
    return ax


def alt_text(ax: Axes) -> str:
    """Return what the picture shows, in words."""
    return _ALT.get(_drawn(ax), "")


def table(ax: Axes) -> pd.DataFrame:
    """Return the table that the picture was drawn from."""
    if _drawn(ax) not in _TABLE:
        raise InputError("ax was not drawn by crmlab.plots, so it has no table.")
    return _TABLE[ax].copy()


def _drawn(ax: Any) -> Axes:
    if not isinstance(ax, Axes):
        raise InputError(f"ax is {said(ax)}, but must be the Axes that a function of crmlab.plots returned.")
    return ax


def alt_of_figure(figure: Any) -> str:
    """Return the alternative texts of a figure's Axes, in order."""
    return " ".join(text for ax in figure.axes if (text := alt_text(ax)))


def label_of(name: object) -> str:
    """Return what a label of theory, such as a tier or a stage, is called in the reader's language."""
    return tr(str(name))


def thousands(axis: Any) -> None:
    """Write an axis' numbers with thousands marks, and with decimals where the ticks have some."""
    axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def percents(axis: Any) -> None:
    """Write an axis' shares as percentages, with decimals where the ticks have some."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:.10g}%")


def money(amount: float) -> str:
    """Write an amount with cents where it is small money."""
    return f"{amount:z,.2f}" if abs(amount) < 1000 else f"{amount:,.0f}"


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
