"""Pictures of clusters: how many kinds there are by each way, noise beside them, and factors."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, INK, ORANGE, describe, heatmap, label_of, styled
from crmlab.segments.cluster_number import chosen_number

_WAYS = {
    "silhouette": mark("silhouette"),
    "gap": mark("gap"),
    "stability": mark("stability"),
    "bic": mark("likelihood (BIC)"),
}


@styled
def numbers(evidence: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what speaks for each number of kinds, way by way, and which number each would choose.

    It takes what `crmlab.segments.cluster_number.number_of_clusters` returned.
    """
    assert ax is not None
    chosen = chosen_number(evidence)
    scaled = evidence[list(_WAYS)].assign(bic=-evidence["bic"]).T
    least, most = scaled.min(axis=1), scaled.max(axis=1)
    scaled = scaled.sub(least, axis=0).div((most - least).replace(0, 1), axis=0)
    ax.imshow(scaled.to_numpy(), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for row, name in enumerate(_WAYS):
        for column, k in enumerate(evidence.index):
            value = evidence.loc[k, name]
            words = "" if np.isnan(value) else f"{value:,.0f}" if name == "bic" else f"{value:.2f}"
            is_chosen = chosen[name] == k
            ax.text(
                column, row, words, ha="center", va="center", fontweight="bold" if is_chosen else "normal"
            )
            if is_chosen:
                ax.add_patch(_frame(column, row))
    ax.set_xticks(range(len(evidence)), [str(k) for k in evidence.index])
    ax.set_yticks(range(len(_WAYS)), [tr(words) for words in _WAYS.values()])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(tr("number of kinds; framed: what each way chooses"))
    known = chosen.dropna().astype(int)
    counts = known.value_counts()
    if len(counts) == 1:
        title = ntr("Every way finds {n} kind", "Every way finds {n} kinds", int(counts.index[0]))
    elif counts.iloc[0] > 1:
        title = ntr(
            "{many} of {all} ways find {n} kind",
            "{many} of {all} ways find {n} kinds",
            int(counts.index[0]),
            many=counts.iloc[0],
            all=len(chosen),
        )
    else:
        title = tr("The ways do not agree on the number of kinds")
    ax.set_title(title)
    parts = "; ".join(
        tr("{way}: {k}", way=tr(words), k=tr("none of them") if np.isnan(chosen[name]) else int(chosen[name]))
        for name, words in _WAYS.items()
    )
    return describe(
        ax, tr("Table of evidence by number of kinds. What each chooses: {parts}.", parts=parts), evidence
    )


@styled
def beside_noise(
    evidence: pd.DataFrame, noise: pd.DataFrame, way: str = "silhouette", *, ax: Axes | None = None
) -> Axes:
    """Draw one way's evidence for our customers beside that for customers of one kind only.

    It takes `crmlab.segments.cluster_number.number_of_clusters` of both.
    """
    assert ax is not None
    table = pd.DataFrame({"customers": evidence[way], "noise": noise[way]}).dropna()
    sides = [("customers", tr("our customers"), BLUE, "-"), ("noise", tr("one kind only"), ORANGE, "--")]
    for name, words, colour, line in sides:
        ax.plot(table.index, table[name], line, marker="o", color=colour)
        ax.text(table.index[-1] + 0.1, table[name].iloc[-1], words, color=INK, va="center")
    ax.set_xticks(list(table.index))
    ax.set_xlim(table.index[0] - 0.2, table.index[-1] + 0.3 * len(table))
    ax.set_ylim(min(0.0, float(table.min().min())), 1.1 * float(table.max().max()))
    ax.set(xlabel=tr("number of groups"), ylabel=tr(_WAYS[way]))
    ours, theirs = table["customers"].max(), table["noise"].max()
    said = {"way": tr(_WAYS[way]), "ours": ours, "theirs": theirs}
    if ours > theirs:
        title = tr("At its best the {way} is {ours:.2f}, and {theirs:.2f} where there are no kinds", **said)
    else:
        title = tr("The {way} is no better than where there are no kinds: {ours:.2f}", **said)
    ax.set_title(title)
    parts = "; ".join(
        tr("{k} groups: {ours:.2f} and {theirs:.2f}", k=k, ours=row["customers"], theirs=row["noise"])
        for k, row in table.iterrows()
    )
    alt = tr(
        "Lines of the {way} for our customers and for customers of one kind. {parts}.", parts=parts, **said
    )
    return describe(ax, alt, table)


@styled
def loadings(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how far each feature goes with each factor.

    It takes what `crmlab.segments.factors.factor_loadings` returned.
    """
    assert ax is not None
    table = found.drop(columns="communality")
    strongest = table.abs().idxmax(axis=1)
    order = sorted(table.index, key=lambda name: (strongest[name], -abs(table.loc[name, strongest[name]])))
    table = table.loc[order]
    heatmap(ax, table.abs().rename(index=label_of), text="{:.2f}".format)
    for text, value in zip(ax.texts, table.to_numpy().ravel(), strict=True):
        text.set_text(f"{value:.2f}")
    ax.set(xlabel=tr("factor; the darker, the more of the feature it holds"), ylabel="")
    title = tr(
        "{n} factors hold {share:.0%} of {all} features",
        n=table.shape[1],
        share=float(found["communality"].mean()),
        all=len(found),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{factor}: {names}",
            factor=factor,
            names=", ".join(
                f"{label_of(name)} {table.loc[name, factor]:.2f}"
                for name in order
                if strongest[name] == factor
            ),
        )
        for factor in table.columns
    )
    return describe(
        ax,
        tr("Table of loadings. Features by the factor that they go with most. {parts}.", parts=parts),
        found.loc[order],
    )


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, fill=False, edgecolor=INK, linewidth=2)
