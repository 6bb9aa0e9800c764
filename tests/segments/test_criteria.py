"""Criteria: what they explain out of sample, groups by lot as the judge of others, and the four checks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.segments.criteria import four_checks, heterogeneity, variance_explained

approx = pytest.approx


def grouped(rng, n, means, spread=1.0):
    code = rng.integers(len(means), size=n)
    return pd.Series(code), pd.Series(np.array(means)[code] + spread * rng.normal(size=n))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-50, 50)), min_size=6, max_size=20).filter(
        lambda rows: len({value for _, value in rows}) > 1
    )
)
def test_leaving_one_out_is_what_its_formula_says(rows):
    labels, value = (pd.Series(each) for each in zip(*rows, strict=True))
    value = value.astype(float)
    missed = alone = 0.0
    for row in value.index:
        others, group = value.drop(row), labels.drop(row) == labels[row]
        guess = others[group].mean() if group.any() else others.mean()
        missed += (value[row] - guess) ** 2
        alone += (value[row] - others.mean()) ** 2
    found = variance_explained(labels, value).iloc[0]
    assert found["out_of_sample"] == approx(1 - missed / alone, abs=1e-9)
    assert found["low"] <= found["out_of_sample"] <= found["high"]
    shuffled = variance_explained(labels[::-1], value.sample(frac=1, random_state=1)).iloc[0]
    assert shuffled.to_numpy() == approx(found.to_numpy(), abs=1e-9, nan_ok=True)


def test_what_is_explained_out_of_sample_is_the_truth_within_its_error():
    rng, truth = np.random.default_rng(5), np.var([0, 1, 2, 3]) / (np.var([0, 1, 2, 3]) + 4)
    found = pd.DataFrame(
        [variance_explained(*grouped(rng, 400, [0, 1, 2, 3], spread=2)).iloc[0] for _ in range(150)]
    )
    error = found["out_of_sample"].std()
    assert found["out_of_sample"].mean() == approx(truth, abs=4 * error / np.sqrt(150))
    said = (found["high"] - found["low"]).mean() / (2 * 1.96)
    assert said == approx(error, rel=0.25)


def test_many_groups_by_lot_explain_in_sample_and_mislead_out_of_it():
    rng = np.random.default_rng(1)
    found = variance_explained(pd.Series(rng.integers(60, size=600)), pd.Series(rng.normal(size=600))).iloc[0]
    assert found["eta_squared"] > 0.08
    assert found["out_of_sample"] < 0
    assert found["p"] > 0.01


@pytest.fixture(scope="module")
def shop():
    """A simulated business: groups of customers, and what they spent in the second year."""
    made = crm.simulate.business(customers=4000, seed=4)
    later = made.transactions[made.transactions["date"] >= "2024-01-01"]
    value = later.groupby("customer_id")["amount"].sum().reindex(made.attributes.index, fill_value=0.0)
    return made.attributes[["age_band", "income_band", "region", "acquisition_channel"]], value, made.truth


def test_the_decoy_is_found_and_income_is_not_one(shop):
    criteria, value, truth = shop
    by_level = variance_explained(criteria, np.log(truth["spend_level"]))
    assert by_level["out_of_sample"].idxmax() == "income_band"  # rises with the spend level, and nothing else
    assert by_level["low"].gt(0).to_dict() == {
        "age_band": False, "income_band": True, "region": False, "acquisition_channel": False,
    }  # fmt: skip
    chance = heterogeneity(criteria, value, draws=199, seed=1)
    assert chance.loc["income_band", "p_adjusted"] < 0.05
    assert chance.loc["region", "p_adjusted"] > 0.05
    assert (chance["p_adjusted"] >= chance["p"]).all()


@pytest.mark.slow
def test_a_criterion_by_lot_is_called_one_as_often_as_it_should_not_be():
    """Of 200 tables of five criteria by lot, about one in twenty has any that is called different."""
    rng, wrong = np.random.default_rng(8), 0
    for seed in range(200):
        criteria = pd.DataFrame(rng.integers(4, size=(80, 5))).rename(columns=str)
        found = heterogeneity(criteria, pd.Series(rng.exponential(size=80)), draws=59, seed=seed)
        wrong += bool((found["p_adjusted"] <= 0.05).any())
    assert abs(wrong - 10) < 4 * np.sqrt(200 * 0.05 * 0.95)


def test_the_four_checks():
    rng = np.random.default_rng(2)
    labels = pd.Series(rng.choice(["a", "b"], size=1000, p=[0.7, 0.3]))
    later = labels.where(rng.random(1000) > 0.1, "b")
    effects = pd.DataFrame(
        {"uplift": [0.0, 0.2], "low": [-0.05, 0.15], "high": [0.05, 0.25]}, index=["a", "b"]
    )
    found = four_checks(labels.where(labels.index > 20), later=later, effects=effects)
    assert found["holds"].all()
    assert found.index.tolist() == ["measurable", "large enough", "stable", "actionable"]
    alike = effects.assign(uplift=[0.1, 0.1])
    assert not four_checks(labels, effects=alike)["holds"]["actionable"]
    assert not four_checks(labels, least=500)["holds"]["large enough"]
    one = four_checks(pd.Series("a", index=range(500)))
    assert not one["holds"]["large enough"]  # a single group divides nobody


@pytest.mark.parametrize(
    ("criteria", "value", "said"),
    [
        (["a", "b", None, "a"], [1, 2, 3, 4], "1 of 4 customers have no 'criterion', for example 2"),
        (["a", "b", "c", "d"], [1, 2, 3, 4], "4 groups for 4 customers"),
        (["a", "b"], [1, 2], "There are 2 customers"),
        (["a", "b", "a", "b"], [3, 3, 3, 3], "nothing to explain"),
        ([], [], "no customers"),
    ],
)
def test_tables_that_tell_nothing(criteria, value, said):
    for function in (variance_explained, lambda *given: heterogeneity(*given, seed=1)):
        with pytest.raises(DataError, match=said):
            function(pd.Series(criteria, dtype=object), pd.Series(value, dtype=float))


def test_wrong_requests():
    labels = pd.Series(["a", "b"] * 5)
    with pytest.raises(InputError, match="draws is 5"):
        heterogeneity(labels, pd.Series(range(10), dtype=float), draws=5, seed=1)
    with pytest.raises(InputError, match="lacks the column 'uplift'"):
        four_checks(labels, effects=pd.DataFrame({"low": [1.0]}))
    with pytest.raises(DataError, match="at least two groups"):
        four_checks(labels, effects=pd.DataFrame({"uplift": [1.0], "low": [0.0], "high": [2.0]}))
    with pytest.raises(DataError, match="No customer has a label"):
        four_checks(pd.Series([None, None]))
    with pytest.raises(DataError, match="more than once"):
        four_checks(pd.concat([labels, labels]))
