"""Records of the same people in two sources: published names, identities, and people who are found again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import DataError, InputError

approx = pytest.approx


@settings(max_examples=8)
@given(st.lists(st.tuples(st.text("ABC", max_size=6), st.text("ABC", max_size=6)), min_size=1, max_size=20))
def test_similarity_is_even_handed_and_in_order(rows):
    one, other = (pd.Series([each[side] for each in rows], dtype="str") for side in (0, 1))
    made = decisions.name_similarity(one, other)
    back = decisions.name_similarity(other, one)
    assert made["jaro"].to_numpy() == approx(back["jaro"].to_numpy())
    assert ((made["jaro"] >= 0) & (made["jaro_winkler"] <= 1) & (made["jaro"] <= made["jaro_winkler"])).all()
    same = (one == other) & (one != "")
    assert (made.loc[same, "jaro"] == 1).all()


def test_missing_names_are_not_alike_and_the_index_stays():
    made = decisions.name_similarity(pd.Series(["A", None], index=["x", "y"]), pd.Series(["A", "A"]))
    assert made["jaro"].to_dict() == {"x": 1.0, "y": approx(np.nan, nan_ok=True)}


def misspelt(rng: np.random.Generator, names: pd.Series, share: float) -> pd.Series:
    """Return the names, two neighbouring letters of some of them turned round."""

    def turned(name: str) -> str:
        at = int(rng.integers(1, len(name) - 1))
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]

    return names.where(rng.random(len(names)) >= share, names.map(turned))


@pytest.fixture(scope="module")
def sources() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two sources with 300 people in both and 200 in each alone; the index is who it is."""
    rng = np.random.default_rng(9)
    letters = np.array(list("ABCDEFGHIKLMNOPRSTUVWZ"))
    pool = ["".join(rng.choice(letters, 7)) for _ in range(400)]
    people = pd.DataFrame(
        {"name": rng.choice(pool, 700), "born": rng.integers(1940, 2005, 700), "town": rng.choice(20, 700)}
    ).astype({"name": "str"})
    one = people.iloc[:500].add_prefix("").set_axis([f"s{place}" for place in range(500)])
    other = people.iloc[200:].sample(frac=1, random_state=1)
    other = other.set_axis([f"w{place}" for place in other.index])
    other["name"] = misspelt(rng, other["name"], 0.2)
    other["town"] = other["town"].where(rng.random(500) > 0.1)  # unknown of some
    moved = rng.random(500) < 0.1
    other.loc[moved, "town"] = rng.choice(20, moved.sum())
    return one, other.astype({"town": "Int64"}).astype({"town": object})


def found_again(links: pd.DataFrame) -> tuple[float, float]:
    right = [one[1:] == other[1:] for one, other in links.index]
    return float(np.mean(right)), sum(right) / 300


def test_people_are_found_again(sources):
    fields = ["name", "born", "town"]
    pairs = decisions.compared(*sources, fields, alike={"name": 0.9})
    assert len(pairs) == 250_000
    u = decisions.agreement_by_chance(pairs)
    assert u["born"] == approx(1 / 65, rel=0.15)
    assert u["town"] == approx(1 / 20, rel=0.15)
    weights = decisions.field_weights({"name": 0.97, "born": 0.99, "town": 0.9}, u.to_dict())
    links = decisions.linked(pairs, weights, threshold=np.log2(250_000 / 300))
    precision, recall = found_again(links)
    assert precision > 0.95
    assert recall > 0.93
    exact = decisions.compared(*sources, fields)
    weights = decisions.field_weights(
        {"name": 0.8, "born": 0.99, "town": 0.9}, decisions.agreement_by_chance(exact).to_dict()
    )
    worse = decisions.linked(exact, weights, threshold=np.log2(250_000 / 300))
    assert found_again(worse)[1] < recall  # misspelt names are lost
    few = decisions.linked(
        pairs, decisions.field_weights(dict.fromkeys(fields, 0.9), u.to_dict()), threshold=12
    )
    assert found_again(few)[0] >= precision
    assert len(few) < len(links)


def test_links_are_one_to_one_and_a_block_leaves_those_within(sources):
    blocked = decisions.compared(*sources, ["name", "town"], alike={"name": 0.9}, block="born")
    every = decisions.compared(*sources, ["name", "town", "born"], alike={"name": 0.9})
    assert blocked.sort_index().equals(every[every["born"] == 1][["name", "town"]].sort_index())
    weights = decisions.field_weights({"name": 0.9, "town": 0.9}, {"name": 0.01, "town": 0.05})
    links = decisions.linked(blocked, weights, threshold=2)
    assert links.index.get_level_values("one").is_unique
    assert links.index.get_level_values("other").is_unique
    assert links["weight"].is_monotonic_decreasing
    turned = decisions.linked(blocked.sample(frac=1, random_state=3), weights, threshold=2)
    pd.testing.assert_frame_equal(turned, links)


def test_twins_are_not_linked_but_told():
    shop = pd.DataFrame({"name": ["Ann"]}, index=["s1"])
    web = pd.DataFrame({"name": ["Ann", "Ann"]}, index=["w1", "w2"])
    made = decisions.linked(
        decisions.compared(shop, web, ["name"]),
        decisions.field_weights({"name": 0.9}, {"name": 0.1}),
        threshold=0,
    )
    assert made.empty
    assert made.attrs["tied"] == 2


A, B = pd.DataFrame({"name": ["Ann"]}), pd.DataFrame({"name": ["Ben"]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.name_similarity(A["name"], A["name"][:0]), DataError, "1 names and 0 others"),
        (lambda: decisions.field_weights({"x": 0.9}, {"y": 0.1}), InputError, "x, y has a chance in one"),
        (lambda: decisions.field_weights({"x": 0.1}, {"x": 0.9}), InputError, "must agree more often"),
        (lambda: decisions.field_weights({"x": 1.0}, {"x": 0.9}), InputError, r"m\['x'\] is 1.0"),
        (lambda: decisions.compared(A, B, ["nam"]), InputError, "no field 'nam' in one.*'name'"),
        (lambda: decisions.compared(A, B, []), InputError, "at least one field"),
        (lambda: decisions.compared(A, B[:0], ["name"]), DataError, "no records in other"),
        (lambda: decisions.compared(pd.concat([A, A]), B, ["name"]), DataError, "more than once"),
        (lambda: decisions.compared(A, B, ["name"], alike={"name": 2}), InputError, "alike"),
        (
            lambda: decisions.compared(*[pd.DataFrame({"name": ["A"] * 3000})] * 2, ["name"]),
            InputError,
            "9,000,000 pairs.*Give a block",
        ),
        (
            lambda: decisions.linked(
                A.rename(columns={"name": "x"}), decisions.field_weights({}, {}), threshold=1
            ),
            InputError,
            "no weight of a field 'x'",
        ),
        (lambda: decisions.agreement_by_chance(pd.DataFrame({"x": [np.nan]})), DataError, "In x, no pair"),
    ],
)
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
