"""A platform: influence is told from likeness, and seeds are chosen for what they add."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.pyramid import RIGHTS, USER_TIERS, greedy_seeds, influence_test, spread, standing, user_tiers

approx = pytest.approx


def asked(seed, days=30, **options):
    site = crm.simulate.platform(customers=1500, seed=seed, **options)
    adopted = site.table("adoptions").set_index("customer_id")["date"]
    topic = site.table("attributes")["topic"]
    return influence_test(
        site.table("follows"), adopted.reindex(topic.index), topic, days=days, draws=99, seed=1
    )


def test_influence_is_found_where_it_is():
    found = asked(1)
    assert found.loc["on another day", "p"] == approx(0.01)
    assert found.loc["on another day", "ratio"] > 1.1
    assert found["ratio"].is_monotonic_decreasing  # each question takes something away


def test_likeness_alone_is_not_taken_for_influence():
    """Friends adopt together at no influence as well; the days tell that nobody was moved."""
    p = []
    for seed in range(6):
        found = asked(seed, days=200, influence=1e-9, adoption=1.5, homophily=0.9)
        assert found.loc["anybody", "p"] <= 0.05  # who shuffles everybody is fooled each time
        p.append(found.loc["on another day", "p"])
    assert min(p) > 0.01
    assert 0.2 < np.mean(p) < 0.8


def test_standing_is_a_place_in_the_graph():
    site = crm.simulate.platform(customers=300, seed=2)
    follows = site.table("follows")
    found = standing(follows)
    assert found["pagerank"].sum() == approx(1)
    assert found["followers"].sum() == found["follows"].sum() == len(follows)
    mixed = standing(follows.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(mixed, found)
    twice = standing(pd.concat([follows, follows]))
    assert twice["pagerank"].to_numpy() == approx(found["pagerank"].to_numpy())
    # followers say nothing of how readily one moves each of them
    moves = site.truth["influence"][found.index]
    assert abs(moves.corr(found["followers"], method="spearman")) < 4 / np.sqrt(300)


def test_the_cascade_is_that_of_a_chain():
    """Along a chain of chance p the number reached is 1 + p + p^2 and so on."""
    chain = pd.DataFrame({"customer_id": list("bcdef"), "followed": list("abcde")})
    found = spread(chain, pd.Series(0.6, index=list("abcde")), ["a"], draws=4000, seed=1)
    assert found["reached"] == approx(sum(0.6**k for k in range(6)), abs=4 * found["error"])
    both = spread(chain, pd.Series(0.0, index=list("abcde")), ["a", "x"], seed=1)
    assert both.tolist() == [2, 0]  # who has no ties reaches nobody else


def test_what_the_first_seed_adds_is_its_spread():
    site = crm.simulate.platform(customers=400, seed=3, influence=0.1)
    follows, chance = site.table("follows"), site.truth["influence"]
    chosen = greedy_seeds(follows, chance, 3, seed=1)
    alone = spread(follows, chance, chosen.index[:1], draws=2000, seed=2)
    size = len(standing(follows))
    error = np.sqrt(chosen.iloc[0] / size / 10_000) * size
    assert chosen.iloc[0] == approx(alone["reached"], abs=4 * np.hypot(alone["error"], error))


def test_greedy_seeds_reach_more_than_the_most_followed():
    """In two crowds that follow the same stars, the second star of one crowd adds nothing."""
    crowd = [f"f{place}" for place in range(60)]
    rows = [(fan, star) for fan in crowd[:40] for star in ("s1", "s2", "s3")]
    rows += [(fan, "t1") for fan in crowd[40:]]
    follows = pd.DataFrame(rows, columns=["customer_id", "followed"])
    chance = pd.Series(0.9, index=["s1", "s2", "s3", "t1"])
    chosen = greedy_seeds(follows, chance, 2, seed=1)
    assert set(chosen.index[1:]) == {"t1"}
    most = standing(follows)["followers"].nlargest(2).index
    ours, theirs = (spread(follows, chance, each, seed=2)["reached"] for each in (chosen.index, most))
    assert ours > 1.2 * theirs
    site = crm.simulate.platform(customers=1500, seed=4, influence=0.12)
    follows, chance = site.table("follows"), site.truth["influence"]
    greedy = greedy_seeds(follows, chance, 15, seed=1).index
    popular = standing(follows)["followers"].nlargest(15).index
    won = [spread(follows, chance, each, draws=100, seed=5) for each in (greedy, popular)]
    assert won[0]["reached"] - won[1]["reached"] > 2 * np.hypot(won[0]["error"], won[1]["error"])


def test_tiers_are_by_all_three():
    rng = np.random.default_rng(1)
    users = pd.DataFrame(rng.exponential(size=(1000, 3)), columns=["activity", "contribution", "influence"])
    found = user_tiers(users)
    assert set(USER_TIERS) == set(RIGHTS.index) == set(found["tier"].unique())
    assert found["tier"].value_counts().to_dict() == {"core": 50, "active": 200, "ordinary": 750}
    assert found.loc[found["tier"] == "core", "way_up"].isna().all()
    row = found[found["tier"] == "ordinary"].index[0]
    assert found.loc[row, "way_up"] == users.rank().loc[row].idxmin()
    loud = users.assign(influence=0.0, contribution=0.0)
    assert user_tiers(loud)["score"].max() < 0.67  # one measure alone makes no core user


TIES = pd.DataFrame({"customer_id": ["b"], "followed": ["a"]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: standing(TIES.head(0)), DataError, "There are no ties"),
        (lambda: standing(TIES.drop(columns="followed")), DataError, "lack the column 'followed'"),
        (lambda: standing(TIES.assign(followed=None)), DataError, "1 of 1 ties lack a user"),
        (lambda: standing(TIES, damping=1), InputError, "damping is 1"),
        (lambda: spread(TIES, pd.Series({"b": 0.5}), ["a"], seed=1), DataError, "for example a"),
        (lambda: spread(TIES, pd.Series({"a": 1.5}), ["a"], seed=1), DataError, "between 0 and 1"),
        (lambda: spread(TIES, pd.Series({"a": 0.5}), [], seed=1), InputError, "at least one user"),
        (lambda: spread(TIES, pd.Series({"a": 0.5}), ["a", "a"], seed=1), InputError, "each once"),
        (lambda: greedy_seeds(TIES, pd.Series({"a": 0.5}), 3, seed=1), InputError, "count is 3"),
        (lambda: spread(TIES, pd.Series({"a": "often"}), ["a"], seed=1), DataError, "not numbers"),
        (
            lambda: influence_test(TIES, pd.Series([1.0, 2.0]), pd.Series(["x", "x"]), seed=1),
            DataError,
            "not dates",
        ),
        (lambda: user_tiers(pd.DataFrame()), DataError, "There are no users"),
        (
            lambda: influence_test(
                TIES, pd.Series([None, None], list("ab")), pd.Series(["x", "x"], list("ab")), seed=1
            ),
            DataError,
            "0 of 2 users adopted",
        ),
        (
            lambda: influence_test(
                TIES, pd.Series([None, None], list("ab")), pd.Series(["x", None], list("ab")), seed=1
            ),
            DataError,
            "1 users have no kind",
        ),
    ],
)
def test_wrong_requests(call, error, said):
    with pytest.raises(error, match=said):
        call()
