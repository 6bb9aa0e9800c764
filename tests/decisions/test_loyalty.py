"""Kinds of loyalty: total, one for equal customers, those of the survey's world, and what a rival does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.decisions.loyalty import FOUR_LOYALTIES, LOYALTY_KINDS
from crmlab.errors import DataError, InputError
from crmlab.simulate import survey

PEOPLE = st.tuples(st.integers(1, 10), st.integers(0, 9), st.integers(0, 2), st.booleans(), st.booleans())
COLUMNS = ["attitude", "behaviour", "alternatives", "price", "tied"]


@given(st.lists(PEOPLE, min_size=1, max_size=30))
def test_everybody_has_one_kind_whatever_the_order(rows):
    people = pd.DataFrame(rows, columns=COLUMNS)
    kind = decisions.loyalty_kinds(people)
    assert kind.notna().all()
    assert list(kind.cat.categories) == list(LOYALTY_KINDS.index)
    assert decisions.loyalty_kinds(people[::-1]).equals(kind[::-1])
    assert people.assign(kind=kind.astype(str)).groupby(COLUMNS)["kind"].nunique().max() == 1
    four = decisions.attitude_behaviour(people["attitude"], people["behaviour"])
    assert list(four.cat.categories) == list(FOUR_LOYALTIES.index)
    free = (people["alternatives"] > 0) & ~people["tied"]
    assert (four[free & (kind == "trust")] == "true").all()
    assert (kind[free & (four == "latent")] == "latent").all()
    assert kind[free & (four == "spurious")].isin(["benefit", "inertia"]).all()


def test_kinds_by_hand():
    rows = [
        (9, 9, 2, 1, 1),
        (9, 9, 0, 1, 0),
        (7, 9, 1, 1, 0),
        (6, 9, 1, 1, 0),
        (6, 9, 1, 0, 0),
        (7, 1, 1, 1, 0),
    ]
    people = pd.DataFrame([*rows, (6, 0, 1, 1, 0)], columns=COLUMNS)
    assert decisions.loyalty_kinds(people, often=2).tolist() == list(LOYALTY_KINDS.index)
    nobody_buys = people.assign(behaviour=0)
    assert decisions.loyalty_kinds(nobody_buys).tolist()[2:] == ["latent", "none", "none", "latent", "none"]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Return those who answered, with what the firm sees, and with their true kind."""
    chain = survey(12_000, seed=4)
    answers = chain.table("survey").set_index("customer_id")
    orders, towns = chain.table("orders"), chain.table("towns")
    rival = towns["rival_from"].dropna().iloc[0]
    early = orders["date"] < rival
    seen = answers[["attitude", "alternatives", "price", "tied"]].join(chain.table("attributes")["town"])
    seen["kind_true"] = chain.truth["kind"]
    seen["rival"] = seen["town"].map(towns["rival_from"]).notna()
    days = (rival - orders["date"].min()).days, (orders["date"].max() - rival).days - 60
    late = orders["date"] >= rival + pd.Timedelta(days=60)  # by then, who leaves has left
    for name, part, span in (("before", orders[early], days[0]), ("after", orders[late], days[1])):
        many = part.groupby("customer_id").size().reindex(seen.index, fill_value=0)
        seen[name] = many * 365.25 / span
    return seen.assign(behaviour=seen["before"])


def test_what_is_seen_names_the_true_kind_of_most(people):
    kind = decisions.loyalty_kinds(people)
    assert (kind.astype(str) == people["kind_true"]).mean() > 0.75
    exact = kind.isin(["kinship", "monopoly"])  # what does not hang on marks or on luck
    assert (kind[exact].astype(str) == people["kind_true"][exact]).all()


def test_a_rival_finds_the_difference(people):
    kind = decisions.loyalty_kinds(people)
    found = decisions.difference_in_differences(
        people["before"], people["after"], people["rival"], cluster=people["town"], by=kind
    )
    lost = found["effect"] / found["treated_before"]
    assert lost["monopoly"] < -0.3  # who had nobody else leaves most
    assert found.loc["monopoly", "high"] < 0
    assert found.loc["kinship", "low"] < 0.2
    assert found.loc["kinship", "high"] > 0
    assert lost["benefit"] < lost["trust"]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"attitude": None}, DataError, "'attitude'"),
        ({"behaviour": -1}, DataError, "numbers of at least 0"),
        ({"tied": 2}, DataError, "neither true nor false"),
        ({"price": "often"}, DataError, "neither true nor false"),
    ],
)
def test_what_tells_nothing_is_refused(change, error, said):
    rows = pd.DataFrame([(9, 9, 2, 1, 1)], columns=COLUMNS).assign(**change)
    with pytest.raises(error, match=said):
        decisions.loyalty_kinds(rows)


def test_missing_columns_and_other_customers_are_told():
    with pytest.raises(InputError, match="lacks the column 'price', 'tied'"):
        decisions.loyalty_kinds(pd.DataFrame(columns=COLUMNS[:3]))
    with pytest.raises(DataError, match="no rows"):
        decisions.loyalty_kinds(pd.DataFrame(columns=COLUMNS, dtype=float))
    with pytest.raises(DataError, match="only one of the two"):
        decisions.attitude_behaviour(pd.Series([1, 2]), pd.Series([1]))
    with pytest.raises(DataError, match="more than once"):
        decisions.loyalty_kinds(pd.DataFrame([(9, 9, 2, 1, 1)] * 2, columns=COLUMNS, index=["a", "a"]))
    with pytest.raises(InputError, match="often is 0"):
        decisions.attitude_behaviour(pd.Series([1]), pd.Series([1]), often=0.0)
    assert np.array_equal(FOUR_LOYALTIES["chinese"].str.len() > 0, [True] * 4)
