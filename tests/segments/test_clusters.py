"""Clusters and factors: kinds that are known come out, and noise is told from them."""

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError, InputError
from crmlab.segments.cluster_number import chosen_number, number_of_clusters, stability
from crmlab.segments.clusters import k_means, mixture, one_kind, same_groups, scaled
from crmlab.segments.factors import factor_loadings, factor_scores

approx = pytest.approx


def kinds(seed=1, n=300, apart=6.0):
    """Three kinds of customers, and which is whose."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, size=n, p=[0.5, 0.3, 0.2])
    centre = np.array([[0, 0], [apart, 0], [0, apart]])[kind]
    index = pd.Index([f"C{place:04}" for place in range(n)], name="customer_id")
    return pd.DataFrame(centre + rng.normal(size=(n, 2)), index, ["a", "b"]), pd.Series(kind, index)


@pytest.fixture(scope="module")
def evidence():
    table, _ = kinds()
    noise = one_kind(table, seed=3)
    return {
        "kinds": number_of_clusters(table, most=4, draws=5, bootstraps=5, seed=2),
        "noise": number_of_clusters(noise, most=4, draws=5, bootstraps=5, seed=2),
    }


def test_the_number_of_kinds_is_found_by_every_way(evidence):
    assert chosen_number(evidence["kinds"]).tolist() == [3, 3, 3, 3]
    assert evidence["kinds"]["inertia"].is_monotonic_decreasing


def test_in_noise_k_means_finds_groups_and_gap_stability_and_likelihood_do_not(evidence):
    table, _ = kinds()
    noise = one_kind(table, seed=3)
    assert noise.mean().to_numpy() == approx(table.mean().to_numpy(), abs=4 * 3 / np.sqrt(300))
    assert k_means(noise, 4, seed=1).value_counts().min() > 20  # it always finds them
    found = chosen_number(evidence["noise"])
    assert found["silhouette"] >= 2  # it cannot say "one"
    assert found[["gap", "stability", "bic"]].tolist() == [1, 1, 1]


def test_kinds_are_recovered_and_no_order_matters():
    table, kind = kinds()
    groups = k_means(table, 3, seed=1)
    assert same_groups(groups, kind) > 0.97
    assert groups.value_counts().index.tolist() == [1, 2, 3]
    mixed = table.sample(frac=1, random_state=4)
    assert k_means(mixed, 3, seed=1).reindex(table.index).tolist() == groups.tolist()
    likely = mixture(table, 3, seed=1)
    assert likely.sum(axis=1).to_numpy() == approx(1.0)
    assert same_groups(likely.idxmax(axis=1), kind) > 0.97
    again = mixture(mixed, 3, seed=1).reindex(table.index)
    assert again.to_numpy() == approx(likely.to_numpy(), abs=1e-9)
    twice = pd.concat([table, table.set_axis("D" + table.index)])
    both = k_means(twice, 3, seed=1)
    assert both.iloc[:300].tolist() == both.iloc[300:].tolist()  # equal customers, equal groups


def test_scale_decides():
    """In money and visits, money alone divides; on one scale both do."""
    rng = np.random.default_rng(2)
    kind = pd.Series(rng.integers(2, size=400))
    table = pd.DataFrame(
        {"visits": 1 + 6 * kind + rng.normal(size=400), "money": rng.exponential(500, size=400)}
    )
    assert same_groups(k_means(table, 2, seed=1), kind) < 0.1
    assert same_groups(k_means(scaled(table.clip(lower=0), logs=["money"]), 2, seed=1), kind) > 0.5
    made = scaled(table)
    assert made.mean().abs().max() < 1e-9
    assert made.std(ddof=0).tolist() == approx([1, 1])


def test_stability_is_one_where_kinds_are_far_apart():
    assert (stability(kinds(apart=50)[0], 3, bootstraps=5, seed=1) == 1).all()


def test_factors_that_made_the_features_come_out():
    rng = np.random.default_rng(6)
    hidden = rng.normal(size=(3000, 2))
    weights = np.array([[0.9, 0, 0.8, 0, 0.7], [0, 0.9, 0, 0.8, 0.5]])
    noise = rng.normal(size=(3000, 5)) * np.sqrt(1 - (weights**2).sum(axis=0))
    table = pd.DataFrame(hidden @ weights + noise, columns=list("abcde"))
    found = factor_loadings(table.corr(), 2)
    plain = factor_loadings(table.corr(), 2, rotate=False)
    assert found["communality"].to_numpy() == approx(plain["communality"].to_numpy())  # a turn loses nothing
    assert found.attrs["explained"] == approx(sum(found.attrs["eigenvalues"][:2]) / 5)
    assert found.loc[["a", "c"], "F2"].abs().max() < 0.15
    assert found.loc[["b", "d"], "F1"].abs().max() < 0.15
    scores = factor_scores(table, found)
    # Two thirds of what one would know from the noiseless features, and each its own factor
    assert np.corrcoef(scores["F1"], hidden[:, 0])[0, 1] > 0.9
    assert np.corrcoef(scores["F2"], hidden[:, 1])[0, 1] > 0.9
    assert abs(np.corrcoef(scores["F1"], hidden[:, 1])[0, 1]) < 0.2


def test_the_varimax_of_the_textbook():
    """Johnson and Wichern's consumer preferences, turned."""
    names = ["taste", "good buy", "flavour", "snack", "energy"]
    upper = [[0.02, 0.96, 0.42, 0.01], [0.13, 0.71, 0.85], [0.50, 0.11], [0.79]]
    r = np.eye(5)
    for row, values in enumerate(upper):
        r[row, row + 1 :] = r[row + 1 :, row] = values
    found = factor_loadings(pd.DataFrame(r, names, names), 2)
    assert found["F1"].tolist() == approx([0.020, 0.937, 0.129, 0.842, 0.965], abs=0.0006)
    assert found["F2"].tolist() == approx([0.989, -0.011, 0.979, 0.428, -0.016], abs=0.0006)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: k_means(pd.DataFrame({"a": [1.0, 1.0]}), 2, seed=1), InputError, "only 1 different"),
        (lambda: k_means(pd.DataFrame({"a": ["x"]}), 1, seed=1), DataError, "not numbers"),
        (lambda: k_means(pd.DataFrame({"a": []}, dtype=float), 1, seed=1), DataError, "no customers"),
        (lambda: k_means(pd.DataFrame(index=[1, 2]), 1, seed=1), DataError, "column of numbers"),
        (
            lambda: number_of_clusters(pd.DataFrame({"a": [1.0, 2.0]}), most=2, seed=1),
            InputError,
            "more than",
        ),
        (lambda: scaled(pd.DataFrame({"a": [1.0, 1.0]})), DataError, "the same for all"),
        (lambda: scaled(pd.DataFrame({"a": [-1.0, 2.0]}), logs=["a"]), DataError, "has no logarithm"),
        (lambda: scaled(pd.DataFrame({"a": [1.0, 2.0]}), logs=["b"]), InputError, "no feature 'b'"),
        (lambda: same_groups(pd.Series([1]), pd.Series([None])), DataError, "a group in both"),
        (lambda: factor_loadings(pd.DataFrame({"a": [1.0, None]}).corr(), 2), DataError, "no correlation"),
        (lambda: factor_loadings(pd.DataFrame([[1.0]], ["a"], ["a"]), 1), InputError, "cannot be turned"),
        (lambda: factor_loadings(pd.DataFrame([[2.0]], ["a"], ["a"]), 1), DataError, "must be symmetric"),
        (lambda: chosen_number(pd.DataFrame({"gap": [1.0]})), InputError, "no column 'silhouette'"),
    ],
)
def test_wrong_requests(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_one_customer_and_all_alike_are_one_group():
    assert k_means(pd.DataFrame({"a": [3.0]}), 1, seed=1).tolist() == [1]
    alike = pd.DataFrame({"a": [3.0] * 5})
    assert k_means(alike, 1, seed=1).tolist() == [1] * 5
    assert mixture(alike, 1, seed=1)[1].tolist() == [1.0] * 5
