"""Pictures of several pyramids of the same customers: how far they agree."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import InputError
from crmlab.language import tr
from crmlab.plots.style import describe, heatmap, label_of, styled
from crmlab.pyramid import agreement


@styled
def agreements(pyramids: Mapping[str, pd.Series], *, ax: Axes | None = None) -> Axes:
    """Draw how far each two pyramids agree on who is in which tier, beyond chance (kappa).

    It takes tiers of the same customers by name of the pyramid, such as `crmlab.pyramid.tiers` returns.
    """
    assert ax is not None
    names = list(pyramids)
    if len(names) < 2:
        raise InputError("pyramids must hold two pyramids at least, to compare them.")
    table = pd.DataFrame(1.0, index=names, columns=names)
    for place, one in enumerate(names):
        for other in names[:place]:
            table.loc[one, other] = table.loc[other, one] = agreement(pyramids[one], pyramids[other])["kappa"]
    below = table.where(np.tril(np.ones(table.shape, dtype=bool), -1)).iloc[1:, :-1]
    words = [label_of(name) for name in names]
    heatmap(ax, below.set_axis(words[1:]).set_axis(words[:-1], axis=1), text="{:.2f}".format)
    ax.set(xlabel="", ylabel="")
    pairs: Any = below.stack()
    pairs = pairs.dropna().sort_values()
    if pairs.empty:
        raise InputError("All customers are in one tier in each pyramid, so nothing can be compared.")
    (one, other), least = pairs.index[0], pairs.iloc[0]
    words_of = {"one": label_of(one), "other": label_of(other), "kappa": least}
    ax.set_title(tr("Least alike: {one} and {other}, kappa {kappa:.2f}", **words_of))
    parts = "; ".join(
        tr("{one} and {other}: {kappa:.2f}", one=label_of(a), other=label_of(b), kappa=value)
        for (a, b), value in pairs[::-1].items()
    )
    return describe(ax, tr("Agreement of pyramids beyond chance (kappa). {parts}.", parts=parts), table)
