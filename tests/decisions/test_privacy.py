"""Cells, disguises and choices of fields: by hand, by enumeration, and by an attack that succeeds."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from crmlab import decisions
from crmlab.errors import DataError, InputError
from crmlab.simulate import campaign

approx = pytest.approx
ROWS = st.lists(st.tuples(*[st.sampled_from("ab?")] * 3), min_size=1, max_size=30)
FIELDS = ["age", "town", "kids"]


@given(ROWS)
def test_cells_are_those_of_a_count_and_more_fields_never_hide(rows):
    table = pd.DataFrame(rows, columns=FIELDS).replace("?", None)
    k = decisions.cell_sizes(table, FIELDS)
    plain = table.fillna("?").groupby(FIELDS)["age"].transform("size")
    assert k.tolist() == plain.tolist()
    assert decisions.cell_sizes(table[::-1], FIELDS)[::-1].equals(k)
    found = decisions.uniqueness(table, FIELDS, least=3)
    assert found[["alone", "under"]].diff().dropna().ge(0).all(axis=None)
    assert found["k"].diff().dropna().le(0).all()
    assert found["cells"].iloc[-1] == len(set(map(tuple, table.fillna("?").to_numpy())))
    assert decisions.cell_sizes(table, []).eq(len(table)).all()


def test_what_a_cell_gives_away():
    table = pd.DataFrame({"town": ["N"] * 4 + ["S"] * 4, "ill": [1, 1, 1, 1, 1, 2, 3, 3], "x": "same"})
    found = decisions.diversity(table, ["town"], "ill", ordered=True)
    assert found["l"].tolist() == [1, 3]
    assert found["most"].tolist() == [1, 0.5]
    for name in ("N", "S"):
        part = table.loc[table["town"] == name, "ill"]
        assert found.loc[name, "t"] == approx(decisions.distance(part, table["ill"]))
        plain = decisions.diversity(table, ["town", "x"], "ill").loc[(name, "same"), "t"]
        assert plain == approx(decisions.distance(part, table["ill"], ordered=False))
    assert decisions.distance(table["ill"], table["ill"]) == 0
    assert decisions.distance(pd.Series([1]), pd.Series([1, 2])) == approx(0.5)
    assert decisions.diversity(table, ["x"], "ill")["t"].tolist() == approx([0])


def test_two_harmless_files_name_people():
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"born": rng.integers(0, 2000, 400), "town": rng.integers(0, 5, 400)})
    released = people.assign(secret=rng.integers(0, 9, 400)).sample(frac=1, random_state=1)
    found = decisions.reidentified(people, released, ["born", "town"])
    alone = decisions.cell_sizes(people, ["born", "town"]) == 1
    assert (found["found"].notna() == alone).all()
    assert (found.loc[alone, "found"] == people.index[alone]).all()
    assert (found["candidates"] == decisions.cell_sizes(people, ["born", "town"])).all()
    stranger = pd.DataFrame({"born": [9999], "town": [0]}, index=["Eve"])
    assert decisions.reidentified(stranger, released, ["born"]).loc["Eve", "candidates"] == 0


def test_coarser_classes():
    born = pd.Series(pd.to_datetime(["1990-05-17", None]))
    assert decisions.coarser(born, 7).tolist()[0] == "1990-05"
    assert decisions.coarser(born, 4).isna().tolist() == [False, True]
    assert decisions.coarser(pd.Series([18, 19.5, np.nan, -1]), 5).tolist()[:2] == ["15-19", "15-19"]
    assert decisions.coarser(pd.Series([7]), 1).tolist() == ["7"]
    assert decisions.coarser(pd.Series(["603", None]), 0).isna().tolist() == [False, True]
    assert decisions.coarser(pd.Series(["60", "603250"]), 3).tolist() == ["60", "603***"]


def test_the_field_that_matters_is_worth_keeping():
    rng, size = np.random.default_rng(3), 2000
    people = pd.DataFrame({name: rng.choice(list("abcd"), size) for name in ("drives", "noise", "other")})
    y = 2.0 * (people["drives"] == "a") + 1.0 * (people["drives"] == "b") + rng.normal(size=size)
    found = decisions.fields_worth(people, ["drives", "noise", "other"], y, least=20)
    assert len(found) == 7
    truth = 1 - 1 / np.var(
        2.0 * (people["drives"] == "a") + 1.0 * (people["drives"] == "b") + rng.normal(size=size)
    )
    assert abs(found.loc["drives", "explained"] - truth) < 4 * found.loc["drives", "error"]
    assert abs(found.loc["noise", "explained"]) < 0.01
    assert found.loc["drives", "allowed"]
    assert not found.loc["drives + noise + other", "allowed"] or found["k"].iloc[-1] >= 20
    everything = decisions.uniqueness(people, ["drives", "noise", "other"], least=20).iloc[-1]
    assert found.loc["drives + noise + other", ["k", "under"]].tolist() == everything[["k", "under"]].tolist()
    turned = decisions.fields_worth(people[::-1], ["drives", "noise", "other"], y, least=20)
    assert turned["explained"].to_numpy() == approx(found["explained"].to_numpy())


def test_what_is_foreseen_is_what_a_ridge_regression_foresees():
    rng = np.random.default_rng(8)
    people = pd.DataFrame({"a": rng.choice(list("xyz"), 300), "b": rng.choice(list("xy"), 300)})
    y = pd.Series(rng.normal(size=300) + (people["a"] == "x"))
    found = decisions.fields_worth(people, ["a", "b"], y, folds=3)
    # The same parts: by the hash of the ids, and then by lot.
    part = np.empty(300, dtype=int)
    hashed = pd.util.hash_pandas_object(people.index, index=False).to_numpy()
    part[np.argsort(hashed)] = np.random.default_rng(1).permutation(300) % 3
    x = pd.get_dummies(people).to_numpy(dtype=float)
    guess, mean = np.empty(300), np.empty(300)
    for fold in range(3):
        train = part != fold
        model = Ridge(alpha=1.0).fit(x[train], y[train])
        guess[~train], mean[~train] = model.predict(x[~train]), y[train].mean()
    assert found.loc["a + b", "explained"] == approx(1 - ((y - guess) ** 2).sum() / ((y - mean) ** 2).sum())


def test_the_mailing_s_world_has_decoys():
    shop = campaign(6000, seed=2)
    people = shop.table("attributes")
    gain = shop.truth["mailing"].dropna() == "persuadable"
    found = decisions.fields_worth(people.loc[gain.index], ["age_band", "income_band", "region"], gain)
    assert found["explained"].idxmax().startswith("age_band")
    assert found.loc["region", "explained"] < 0.001 < 0.005 < found.loc["age_band", "explained"]


# -- disguises


def test_pseudonyms_of_a_small_space_are_guessed_and_salted_ones_are_not():
    phones = pd.Series(range(3000)).map("069-{:04}".format)
    for method in ("md5", "sha256"):
        made = decisions.pseudonyms(phones[::7], method=method)
        assert made.iloc[1] == hashlib.new(method, b"069-0007").hexdigest()
        assert decisions.guessed(made.str.upper(), phones).tolist() == phones[::7].tolist()
    salted = decisions.pseudonyms(phones[::7], salt="s3cret")
    assert decisions.guessed(salted, phones).isna().all()


def test_a_noisy_count_is_as_private_and_as_exact_as_it_says():
    one, other = (decisions.noisy_count(n, 0.5, draws=200_000, seed=n) for n in (40, 41))
    assert one.mean() == approx(40, abs=4 * np.sqrt(8 / 200_000))
    assert (np.abs(one - 40) > np.log(1 / 0.05) / 0.5).mean() == approx(0.05, abs=0.003)
    bins = np.arange(34, 47, 1.0)
    with_it, without = (np.histogram(each, bins)[0] / 200_000 for each in (one, other))
    assert (with_it <= np.exp(0.5) * without * 1.08).all()
    assert (without <= np.exp(0.5) * with_it * 1.08).all()


@settings(max_examples=15)
@given(st.floats(0.05, 0.95), st.sampled_from([0.1, 0.3, 0.6, 0.75, 0.9]))
def test_the_share_behind_randomised_answers_is_found(share, honest):
    truth = pd.Series(np.arange(4000) < 4000 * share)
    said = decisions.randomised_answers(truth, honest=honest, seed=int(1e6 * share))
    found = decisions.randomised_response(int(said.sum()), 4000, honest=honest)
    assert abs(found["share"] - truth.mean()) < 4.5 * found["error"]
    assert found["error"] > found["without"]
    likely = max(honest / (1 - honest), (1 - honest) / honest)
    assert np.exp(found["epsilon"]) == approx(likely)


ONE = pd.DataFrame({"age": [1, 2], "town": ["N", "S"]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.cell_sizes(ONE, ["agee"]), InputError, "no field 'agee'.*Did you mean 'age'"),
        (lambda: decisions.cell_sizes(ONE[:0], ["age"]), DataError, "no people"),
        (lambda: decisions.uniqueness(ONE, []), InputError, "at least one field"),
        (lambda: decisions.uniqueness(ONE, ["age"], least=0), InputError, "least is 0"),
        (lambda: decisions.diversity(ONE, ["age"], "ill"), InputError, "no column 'ill'"),
        (lambda: decisions.distance(pd.Series([3]), pd.Series([1, 2])), DataError, "Nobody has the value 3"),
        (lambda: decisions.distance(pd.Series([None]), pd.Series([1])), DataError, "missing values"),
        (lambda: decisions.reidentified(ONE, ONE, []), InputError, "at least one field"),
        (lambda: decisions.reidentified(ONE, ONE[["age"]], ["town"]), InputError, "no field 'town'"),
        (lambda: decisions.coarser(pd.Series([1]), 0), InputError, "detail is 0"),
        (lambda: decisions.fields_worth(ONE, ["age"], pd.Series([1, 1])), DataError, "same for all"),
        (lambda: decisions.fields_worth(ONE, ["age"] * 9, pd.Series([1, 2])), InputError, "9 fields"),
        (lambda: decisions.fields_worth(ONE, ["age"], pd.Series([1, 2])), InputError, "folds is 5"),
        (
            lambda: decisions.fields_worth(
                pd.DataFrame({"id": range(3000)}), ["id"], pd.Series(range(3000), dtype=float)
            ),
            InputError,
            "3,000 classes.*Make id coarser",
        ),
        (lambda: decisions.pseudonyms(ONE["town"], method="rot13"), InputError, "no method 'rot13'"),
        (lambda: decisions.pseudonyms(pd.Series(["a", None])), DataError, "1 of 2 values are missing"),
        (lambda: decisions.noisy_count(5, 0, seed=1), InputError, "epsilon is 0"),
        (lambda: decisions.randomised_response(5, 4), InputError, "yes is 5"),
        (lambda: decisions.randomised_response(2, 4, honest=0.5), InputError, "leaves nothing to learn"),
        (lambda: decisions.randomised_answers(pd.Series([2]), seed=1), DataError, "neither true nor false"),
    ],
)
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
