"""Pictures of shapes, moves, a platform, the ladder, accounts and the family: words, tables, findings."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from crmlab import pyramid as theory
from crmlab.errors import CrmlabError
from crmlab.plots import alt_text, table
from crmlab.plots.pyramid import accounts, family, ladder, moves, platform, shapes

MODULES = [accounts, family, ladder, moves, platform, shapes]
RNG = np.random.default_rng(1)
SIZES = pd.Series(np.concatenate([RNG.lognormal(8, 0.5, 300), RNG.lognormal(12, 0.5, 100)]))
SHAPE = theory.shape(SIZES, draws=40)
CLASSES = theory.classes(SIZES, [10_000, 60_000])
LEAVING = theory.largest_leave(pd.Series([80.0, 10.0, 10.0]), pd.Series([10.0] * 3), [0, 1])
OWED, CHANCE = pd.Series([100.0] * 80), pd.Series([0.03] * 80)
ALONE, TOGETHER = (theory.default_losses(OWED, CHANCE, correlation=rho, seed=1) for rho in (0.0, 0.3))
TIERS = ["gold", "iron"]
CELLS = pd.MultiIndex.from_product(
    [pd.CategoricalIndex(TIERS, TIERS, ordered=True)] * 2, names=["earlier", "later"]
)
BEYOND = pd.DataFrame(
    {
        "seen": [2, 8, 8, 82], "by_chance": [5.0, 5.0, 5.0, 85.0], "low": [3.0, 4.0, 4.0, 80.0],
        "high": [7.0, 7.0, 7.0, 90.0], "beyond": [-3.0, 3.0, 3.0, -3.0],
    },
    index=CELLS,
)  # fmt: skip
STEP = theory.step_value(
    theory.tiers(pd.Series([90.0, 80.0, 20.0, 10.0]), {"gold": 0.5, "iron": 0.5}),
    pd.Series([90.0, 80.0, 20.0, 10.0]), pd.Series([70.0, 60.0, 30.0, 20.0]),
)  # fmt: skip
SPIRAL = theory.death_spiral(pd.Series([50.0, 14.0, 11.0, 8.0]), pd.Series([0.0] * 4), fixed=40)
INFLUENCE = pd.DataFrame(
    {
        "seen": 90, "by_chance": [30.0, 40.0, 60.0], "low": [20.0, 30.0, 50.0], "high": [40.0, 50.0, 70.0],
        "ratio": [3.0, 2.2, 1.5], "p": [0.01, 0.01, 0.01],
    },
    index=["anybody", "of the same kind", "on another day"],
)  # fmt: skip
SPREADS = {
    "gold": pd.Series({"reached": 90.0, "error": 1.0}), "iron": pd.Series({"reached": 60.0, "error": 2.0})
}  # fmt: skip
MOVES = theory.ladder_moves(0.2, 0.3)
PERIODS = pd.Series([81.9, 60.0, 30.0, np.inf], list("1234"))
CURVE = theory.effort_curve(0.5, 1.0, 1.15, 1.5)
EFFORTS = theory.best_efforts(pd.DataFrame({"k": [30, 20], "sales": [100, 300]}, index=TIERS), 1300)
FAMILY = {"gold": pd.Series(list("aabb")), "iron": pd.Series(list("abab"))}

PICTURES = {
    "humps": partial(shapes.humps, SIZES, SHAPE, unit="EUR"),
    "class_layers": partial(shapes.class_layers, CLASSES),
    "leaving": partial(shapes.leaving, LEAVING, currency="EUR"),
    "bad_years": partial(shapes.bad_years, ALONE, TOGETHER, currency="EUR"),
    "beyond_chance": partial(moves.beyond_chance, BEYOND),
    "steps": partial(moves.steps, STEP, currency="EUR"),
    "spiral": partial(moves.spiral, SPIRAL, currency="EUR"),
    "influence": partial(platform.influence, INFLUENCE),
    "reach": partial(platform.reach, SPREADS, seeds=15),
    "rungs": partial(ladder.rungs, MOVES),
    "way_up": partial(ladder.way_up, PERIODS, without_falls=PERIODS / 3),
    "response": partial(accounts.response, CURVE),
    "shared_out": partial(accounts.shared_out, EFFORTS),
    "agreements": partial(family.agreements, FAMILY),
}
SAID = {
    "humps": "By size, this base is of the shape: dumbbell",
    "class_layers": "Cut at these bounds, the base looks like this: dumbbell",
    "leaving": "Without its largest 1, the base makes a loss",
    "beyond_chance": "80% of gold fell; chance alone would take 50%",
    "steps": "A year later 57% of the gap above iron is left",
    "spiral": "Dropping losers turns 43.00 EUR into 10.00",
    "influence": "Users move one another: the days are not by chance",
    "reach": "Gold reaches 90, iron 60",
    "rungs": "From every rung between, more fall than climb",
    "way_up": "From 1 to the top it takes 81.9 periods on average",
    "response": "Twice the effort brings 24% more, none at all leaves 50%",
    "shared_out": "Where it brings most: 12% more than in proportion to sales",
    "agreements": "Least alike: iron and gold, kappa 0.00",
}
DATA = ["gold", "Gold", "iron", "Iron", "EUR", "p"]


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
    assert drawn == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_words_a_table_and_its_finding(name):
    given = [copied(each) for each in PICTURES[name].args]
    ax = PICTURES[name]()
    assert isinstance(ax, Axes)
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    title = ax.get_title(loc="left")
    assert title == SAID.get(name, title)
    ax.figure.canvas.draw()
    assert not [text for text in ax.texts if "nan" in text.get_text()]
    assert ax._left_title.get_window_extent().x1 <= ax.figure.bbox.width  # the finding is not cut off
    assert all(same(one, other) for one, other in zip(PICTURES[name].args, given, strict=True))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_where_it_is_told(name):
    _, ax = plt.subplots()
    assert PICTURES[name](ax=ax) is ax


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_speaks_the_readers_language(name, bypassing):
    assert bypassing(PICTURES[name], data=DATA) == []


def test_a_bad_year_is_dearer_by_as_much_as_the_table_says():
    ax = PICTURES["bad_years"]()
    worst = table(ax).loc["worst"]
    times = f"{worst['together'] / worst['alone']:.1f} times as costly"
    assert times in ax.get_title(loc="left")
    assert worst["together"] == np.sort(TOGETHER)[int(np.ceil(0.99 * len(TOGETHER))) - 1]


def undecided(name, by_rule):
    return pd.Series({**SHAPE.to_dict(), "shape": "not decided", "by_rule": by_rule, "sure": 0.6}, name=name)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (partial(shapes.humps, SIZES, undecided("shape", "not decided"), unit="EUR"), "it lies between"),
        (partial(shapes.humps, SIZES, undecided("shape", "pyramid"), unit="EUR"), "pyramid in only 60%"),
        (partial(shapes.leaving, LEAVING.assign(result=-1.0), currency="EUR"), "makes a loss as it is"),
        (
            partial(shapes.leaving, LEAVING.assign(result=1.0), currency="EUR"),
            "earns its cost without its largest 1",
        ),
        (partial(shapes.bad_years, 0 * ALONE, 0 * ALONE, currency="EUR"), "There are no losses to speak of"),
        (partial(moves.beyond_chance, BEYOND.assign(seen=[0, 0, 8, 82])), "Nobody was in the highest tier"),
        (partial(moves.spiral, SPIRAL.head(1), currency="EUR"), "nobody is dropped"),
        (
            partial(moves.spiral, SPIRAL[::-1].set_axis(SPIRAL.index), currency="EUR"),
            "raises 10.00 EUR to 43.00",
        ),
        (partial(platform.influence, INFLUENCE.assign(p=[0.01, 0.2, 0.4])), "not because of one another"),
        (partial(platform.influence, INFLUENCE.assign(p=0.4)), "no more than by chance"),
        (partial(platform.reach, {**SPREADS, "iron": SPREADS["gold"]}, seeds=2), "no sure difference"),
        (partial(platform.reach, {"gold": SPREADS["gold"]}, seeds=2), "Gold reaches 90"),
        (partial(ladder.rungs, theory.ladder_moves(0.3, 0.2)), "From no rung between"),
        (partial(ladder.way_up, PERIODS), "From 1 to the top it takes 81.9 periods"),
    ],
)
def test_the_finding_follows_the_data(draw, said):
    assert said in draw().get_title(loc="left")


@pytest.mark.parametrize("name", sorted(set(PICTURES) - {"humps", "bad_years"}))
def test_what_is_not_the_theorys_is_refused(name):
    with pytest.raises(CrmlabError):
        PICTURES[name].func(pd.DataFrame({"a": [1.0]}), **PICTURES[name].keywords)
    assert not plt.get_fignums()
