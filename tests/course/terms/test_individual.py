"""Individual data: the student's own, found again with the key, and as hard as everybody else's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.course import cases
from crmlab.course.terms import individual
from crmlab.errors import InputError

KEY = b"0123456789abcdef"
text = st.text(min_size=0, max_size=12)


@given(text, text, text, text, text, text)
def test_seed_is_injective_in_its_parts(a, b, c, d, e, f):
    same = individual.seed(KEY, a, b, c) == individual.seed(KEY, d, e, f)
    assert same == ((a, b, c) == (d, e, f))


def test_seed_needs_the_key():
    assert individual.seed(KEY, "t", "s", "l") != individual.seed(KEY + b"x", "t", "s", "l")
    assert individual.pseudonym(KEY, "t", "s") != individual.pseudonym(KEY + b"x", "t", "s")
    assert "s01" not in individual.pseudonym(KEY, "t", "s01")


@pytest.fixture(scope="module")
def statistics():
    """Key statistics of the data of 24 students."""
    case, rows = cases.load("fernhill"), []
    for number in range(24):
        mine = individual.draw(case, "22_tiers", individual.seed(KEY, "t", str(number), "22_tiers"), 1500)
        customers = crm.summarise(mine.tables["orders"], end=case.end, unit="W")
        total = customers.frame["total"]
        profit = crm.pyramid.profit(customers, order_cost=3, account_cost=4, contacts=mine.tables["contacts"])
        rows.append(
            {
                "mean": total.mean(),
                "repeat": (customers.frame["frequency"] > 0).mean(),
                "gini": crm.pyramid.gini(total),
                "top": crm.pyramid.top_share(total, 0.1),
                "losing": (profit < 0).mean(),
            }
        )
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def test_answers_differ_between_students(statistics):
    for name, values in statistics.items():
        apart = np.abs(values[:, None] / values[None, :] - 1)[np.triu_indices(len(values), 1)]
        assert np.mean(apart > 0.002) > 0.9, name
    vectors = np.column_stack(list(statistics.values()))
    assert len(np.unique(vectors.round(4), axis=0)) == len(vectors)


def test_difficulty_does_not(statistics):
    bounds = {"repeat": (0.5, 0.8), "gini": (0.55, 0.75), "top": (0.4, 0.65), "losing": (0.12, 0.5)}
    for name, (low, high) in bounds.items():
        assert low < statistics[name].min() <= statistics[name].max() < high, name


@pytest.mark.parametrize("name", ["fernhill", "cdnow"])
def test_what_is_written_is_what_was_drawn(name, tmp_path):
    mine = individual.draw(cases.load(name), "22_tiers", 5, customers=300)
    case = cases.load(str(mine.write(tmp_path, "22_tiers")))
    orders = case.transactions().to_pandas()
    assert orders["customer_id"].nunique() == 300
    assert orders["amount"].sum() == pytest.approx(mine.tables["orders"]["amount"].sum(), abs=1e-6)
    assert case.truth() is None
    if "contacts" in mine.tables:
        assert case.contacts()["cost"].sum() == pytest.approx(mine.tables["contacts"]["cost"].sum())
        assert set(case.attributes().index) == set(mine.tables["attributes"].index)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    individual.draw(cases.load(name), "22_tiers", 5, customers=300).write(tmp_path, "22_tiers")
    assert written == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_what_is_true_of_the_case_is_not_claimed_of_its_likeness():
    case = cases.load("fernhill")
    assert "reference" in case.lessons["42_bgnbd"]
    assert "reference" not in individual.draw(case, "42_bgnbd", 1, 300).parameters


@settings(max_examples=25)
@given(st.integers(0, 2**62))
def test_survivors_are_drawn_anew_and_fall(number):
    case = cases.load("fernhill")
    drawn = individual.draw(case, "45_contractual", number, 300).parameters["survivors"]
    given_ = case.lessons["45_contractual"]["survivors"]
    assert drawn != given_
    assert len(drawn) == len(given_)
    assert drawn == sorted(drawn, reverse=True)
    assert drawn[-1] > 100


def test_too_few_customers_to_sample_from():
    with pytest.raises(InputError, match="at most"):
        individual.check_customers(20_000, cases.load("cdnow"))
    individual.check_customers(1_500, cases.load("cdnow"))
