"""Pictures of customer equity and of an index: words, tables and findings that follow from the theory."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from crmlab import clv
from crmlab.plots import alt_text, table
from crmlab.plots.clv import equity, index

TERMS = {"margin": 50, "discount_rate": 0.15, "acquired": (0.2, 5, 0.4), "retained": (0.5, 10, 0.7)}
YEARS = pd.DataFrame({"have": [90.0, 60, 40], "to_come": [-20.0, 20, 60]}, index=[1, 2, 3])
MARKS = pd.DataFrame(np.random.default_rng(3).gamma(2, size=(200, 2)), columns=["profit", "orders"])
WEIGHTS = pd.Series({"profit": 0.7, "orders": 0.3})
WAYS = pd.DataFrame({"equal": [0.5, 0.5], "judged": [0.8, 0.2]}, index=["profit", "orders"])


@pytest.fixture(scope="module")
def pictures():
    return {
        "parts": partial(equity.parts, YEARS, currency="EUR"),
        "budgets": partial(equity.budgets, **TERMS, currency="EUR"),
        "weights": partial(index.weights, WAYS),
        "kept": partial(index.kept, clv.top_list_kept(MARKS, WEIGHTS)),
        "certain": partial(index.certain, clv.top_list_chances(MARKS, WEIGHTS, draws=50)),
    }


NAMES = ["parts", "budgets", "weights", "kept", "certain"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_a_table_and_a_finding_and_is_drawn_where_it_is_told(pictures, name):
    _, ax = plt.subplots()
    before = [each.copy() for each in pictures[name].args]
    assert pictures[name](ax=ax) is ax
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    assert all(one.equals(other) for one, other in zip(before, pictures[name].args, strict=True))
    own = pictures[name]()
    own.figure.canvas.draw()
    assert own._left_title.get_window_extent().x1 <= own.figure.bbox.x1 + 1


def title(ax) -> str:
    return ax.get_title(loc="left")


def test_findings_are_those_of_the_theory(pictures):
    assert title(pictures["parts"]()) == "Of 250.00 EUR, 24% lie in customers to come"
    assert "add nothing" in title(equity.parts(YEARS.assign(to_come=-1.0), currency="EUR"))
    assert "worth -" in title(equity.parts(-YEARS.abs(), currency="EUR"))
    best = clv.equity_test(**TERMS)
    assert (
        title(pictures["budgets"]()) == "A prospect is worth 9.62 EUR today, and 12.91 at the best spending"
    )
    drawn = table(pictures["budgets"]())
    assert (drawn <= best["equity"] + 1e-9).all(axis=None)
    at = {name: float(best[f"{name}_spending"]) for name in ("acquisition", "retention")}
    share = {name: float(best[name]) for name in at}
    there = TERMS | {
        "acquired": (share["acquisition"], at["acquisition"], 0.4),
        "retained": (share["retention"], at["retention"], 0.7),
    }
    assert "today is the best" in title(equity.budgets(**there, currency="EUR"))
    assert title(pictures["weights"]()) == "Profit weighs 50% by equal, and 80% by judged"
    assert title(index.weights(WAYS[["equal"]])) == "All ways of weighing agree"
    least = clv.top_list_kept(MARKS, WEIGHTS)[["less", "more"]].min(axis=None)
    assert title(pictures["kept"]()) == f"One weight 50% off: at least {least:.0%} of the top list stay"
    alone = clv.top_list_kept(MARKS, pd.Series({"profit": 1.0, "orders": 0.0}))
    assert title(index.kept(alone)) == "No weight, 50% less or more, changes the top list"
    chances = clv.top_list_chances(MARKS, WEIGHTS, draws=50)
    always = int((chances == 1).sum())
    assert title(pictures["certain"]()).startswith(
        f"{always} customers are on the top list whatever the weights"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    data = ["profit", "orders", "Profit", "Orders", "equal", "judged", "EUR"]
    assert bypassing(pictures[name], data=data) == []
