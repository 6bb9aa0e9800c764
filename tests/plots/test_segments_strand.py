"""Pictures of criteria, clusters, baskets, scores and channels: words, tables, findings; inputs unchanged."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from crmlab.errors import CrmlabError
from crmlab.plots import alt_text, table
from crmlab.plots.segments import baskets, channels, clusters, criteria, identification

MODULES = [baskets, channels, clusters, criteria, identification]

EXPLAINED = pd.DataFrame(
    {
        "groups": [3, 4], "eta_squared": [0.2, 0.01], "F": [9.0, 1.0], "p": [0.001, 0.4],
        "out_of_sample": [0.18, -0.01], "low": [0.1, -0.02], "high": [0.26, 0.005],
    },
    index=pd.Index(["age", "region"], name="criterion"),
)  # fmt: skip
CHANCE = pd.DataFrame(
    {
        "explained": [0.2, 0.01], "by_chance": [0.01, 0.01], "chance_limit": [0.02, 0.03], "p": [0.01, 0.5],
        "p_adjusted": [0.02, 0.9],
    },
    index=["age", "region"],
)  # fmt: skip
EVIDENCE = pd.DataFrame(
    {
        "inertia": [9.0, 4.0, 3.0], "silhouette": [np.nan, 0.6, 0.4], "gap": [0.1, 0.9, 0.8],
        "gap_error": 0.02, "stability": [1.0, 1.0, 0.7], "bic": [90.0, 50.0, 60.0],
    },
    index=pd.RangeIndex(1, 4, name="k"),
)  # fmt: skip
NOISE = EVIDENCE.assign(silhouette=[np.nan, 0.3, 0.2], gap=[0.9, 0.5, 0.4], bic=[50.0, 60.0, 70.0])
LOADINGS = pd.DataFrame({"F1": [0.9, 0.1], "F2": [0.0, -0.8], "communality": [0.81, 0.65]}, ["age", "region"])
RULES = pd.DataFrame(
    {
        "if": [("age",), ("age", "region")], "then": [("region",), ("x",)], "lift_then": [2.0, 3.0],
        "lift": [1.8, 0.9], "p_adjusted": [0.001, 0.9],
    }
)  # fmt: skip
KEPT = pd.DataFrame(
    {
        "customers": [50, 50, 100], "promise": [0.2, 0.4, 0.3], "with": [0.25, 0.45, 0.35],
        "without": [0.2, 0.4, 0.3], "effect": 0.05, "low": 0.01, "high": 0.09,
    },
    index=["1", "2", "all"],
)  # fmt: skip
CALIBRATION = pd.DataFrame(
    {"customers": 50, "expected": [0.1, 0.5], "seen": [0.12, 0.3], "low": [0.05, 0.2], "high": [0.2, 0.4]},
    [1, 2],
)
LIFT = pd.DataFrame(
    {
        "share": [0.5, 1.0],
        "lift": [1.5, 0.5],
        "lift_so_far": [1.5, 1.0],
        "found": [0.75, 1.0],
        "highest": [2.0, 1.0],
    },
    index=[1, 2],
)
NET = pd.DataFrame(
    {
        "customers": [0, 1, 2], "valuable": [0, 1, 1], "net": [0.0, 6.0, 2.0], "low": [0.0, 4.0, -1.0],
        "high": [0.0, 8.0, 5.0], "by_lot": [0.0, 1.0, 2.0],
    }
)  # fmt: skip
COHORTS = pd.DataFrame(
    {
        "customers": [40, 50], "share": 0.3, "expected": 0.3, "auc": [0.8, 0.6], "low": [0.75, 0.55],
        "high": [0.85, 0.65],
    },
    index=["2023", "2024"],
)  # fmt: skip
CREDITS = {"age": pd.Series({"x": 10.0, "region": 5.0}), "region": pd.Series({"x": 6.0, "region": 9.0})}
TRUTH = pd.Series({"x": 7.0, "region": 8.0})
BALANCE = pd.DataFrame(
    {
        "treated": 1.0,
        "others": 0.5,
        "difference": [0.6, 0.2],
        "matched": 0.9,
        "difference_matched": [0.02, 0.0],
    },
    index=["age", "region"],
)
EFFECTS = pd.DataFrame(
    {"effect": [4.5, 0.1], "low": [np.nan, -0.2], "high": [np.nan, 0.4]}, index=["age", "region"]
)

PICTURES = {
    "explained": partial(criteria.explained, EXPLAINED),
    "against_chance": partial(criteria.against_chance, CHANCE),
    "numbers": partial(clusters.numbers, EVIDENCE),
    "beside_noise": partial(clusters.beside_noise, EVIDENCE, NOISE),
    "loadings": partial(clusters.loadings, LOADINGS),
    "held": partial(baskets.held, RULES),
    "promises": partial(baskets.promises, KEPT),
    "calibrated": partial(identification.calibrated, CALIBRATION),
    "lift_bars": partial(identification.lift_bars, LIFT),
    "net_curve": partial(identification.net_curve, NET, currency="EUR"),
    "cohorts": partial(identification.cohorts, COHORTS),
    "credit": partial(channels.credit, CREDITS, truth=TRUTH),
    "balanced": partial(channels.balanced, BALANCE),
    "effects": partial(channels.effects, EFFECTS, unit="EUR"),
}
SAID = {
    "explained": "Only age surely explains value to come: 18%",
    "against_chance": "Beyond chance: 1 of 2 criteria",
    "numbers": "Every way finds 2 kinds",
    "beside_noise": "At its best the silhouette is 0.60, and 0.30 where there are no kinds",
    "loadings": "2 factors hold 73% of 2 features",
    "held": "Sure also in later baskets: 1 of 2 rules",
    "promises": "Rules promised 30%; suggestions added 5.0 points",
    "calibrated": "In 1 of 2 groups the probability is right within chance",
    "lift_bars": "The best 50% hold 1.5 times their share, of 2.0 possible",
    "net_curve": "Acting on the best earns 6.00 EUR, on everybody 2.00",
    "cohorts": "The score works better in some cohorts than in others",
    "credit": "Region is nearest to the truth: 1 order misplaced",
    "balanced": "After matching, the compared are alike in all that was seen",
    "effects": "Age: 4.50; region: nothing that is sure",
}


def copied(value):
    return {name: each.copy() for name, each in value.items()} if isinstance(value, dict) else value.copy()


def same(one, other):
    if isinstance(one, dict):
        return all(one[name].equals(other[name]) for name in other)
    return one.equals(other)


def test_no_picture_is_left_out():
    drawn = {
        name
        for module in MODULES
        for name, item in vars(module).items()
        if getattr(item, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    assert drawn == set(PICTURES) == set(SAID)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_words_a_table_and_its_finding(name):
    given = [copied(each) for each in PICTURES[name].args]
    ax = PICTURES[name]()
    assert isinstance(ax, Axes)
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    assert ax.get_title(loc="left") == SAID[name]
    ax.figure.canvas.draw()
    assert not [text for text in ax.texts if "nan" in text.get_text()]
    width = ax.figure.bbox.width
    assert ax._left_title.get_window_extent().x1 <= width  # the finding is not cut off
    assert all(same(one, other) for one, other in zip(PICTURES[name].args, given, strict=True))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_where_it_is_told(name):
    _, ax = plt.subplots()
    assert PICTURES[name](ax=ax) is ax


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_speaks_the_readers_language(name, bypassing):
    data = ["age", "Age", "region", "Region", "x", "EUR", "F", "p"]
    assert bypassing(PICTURES[name], data=data) == []


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (partial(criteria.explained, EXPLAINED.assign(low=-0.1)), "No criterion surely explains anything"),
        (
            partial(criteria.explained, EXPLAINED.assign(low=0.01)),
            "age explains most of the value to come: 18%",
        ),
        (partial(clusters.numbers, NOISE), "2 of 4 ways find 2 kinds"),
        (
            partial(clusters.beside_noise, NOISE, EVIDENCE),
            "The silhouette is no better than where there are no",
        ),
        (partial(baskets.promises, KEPT.assign(low=-0.1)), "suggestions added nothing that is sure"),
        (
            partial(identification.net_curve, NET.assign(net=[0.0, -1.0, -2.0]), currency="EUR"),
            "Acting on nobody",
        ),
        (
            partial(identification.cohorts, COHORTS.assign(low=0.5, high=0.9)),
            "In no cohort does the score work",
        ),
        (
            partial(identification.cohorts, COHORTS.assign(auc=np.nan, low=np.nan, high=np.nan)),
            "In no cohort are",
        ),
        (partial(channels.credit, CREDITS), "The ways differ most on"),
        (
            partial(channels.balanced, BALANCE.assign(difference_matched=0.3)),
            "Matching leaves 2 covariates apart",
        ),
        (partial(channels.effects, EFFECTS.assign(low=0.05), unit="EUR"), "region: 0.10"),
    ],
)
def test_the_finding_follows_the_data(draw, said):
    assert said in draw().get_title(loc="left")


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_not_the_theorys_is_refused(name):
    with pytest.raises(CrmlabError):
        PICTURES[name].func(pd.DataFrame({"a": [1.0]}), **PICTURES[name].keywords)
    assert not plt.get_fignums()
