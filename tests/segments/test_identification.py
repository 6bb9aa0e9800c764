"""Identification: complete cohorts, scores on later customers, and what a score is worth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

import crmlab as crm
from crmlab.errors import DataError, FitError, InputError
from crmlab.segments.identification import early_and_later, identified
from crmlab.segments.rfm import lift
from crmlab.segments.scoring import by_cohort, calibration, lift_by_part, net_value

approx = pytest.approx


@pytest.fixture(scope="module")
def shop():
    return crm.simulate.business(customers=5000, seed=9)


@pytest.fixture(scope="module")
def table(shop):
    return early_and_later(shop.transactions, days=60, window=180, end="2024-12-31", labels=("channel",))


def test_features_end_where_the_outcome_begins(shop, table):
    lines = shop.transactions
    for who in table.index[::700]:
        mine = lines[lines["customer_id"] == who]
        age = (mine["date"] - mine["date"].min()).dt.days
        assert table.loc[who, "amount"] == approx(mine["amount"][age < 60].sum())
        assert table.loc[who, "later_amount"] == approx(mine["amount"][(age >= 60) & (age < 240)].sum())
        assert table.loc[who, "orders"] == mine["date"][age < 60].nunique()
    assert len(table) + table.attrs["too_late"] == lines["customer_id"].nunique()
    shuffled = early_and_later(
        lines.sample(frac=1, random_state=1), days=60, window=180, end="2024-12-31", labels=("channel",)
    )
    pd.testing.assert_frame_equal(shuffled, table)


def test_only_cohorts_with_a_whole_window_are_in():
    orders = pd.DataFrame({"customer_id": list("abc"), "date": pd.to_datetime(
        ["2024-01-01", "2024-01-02", "2024-01-03"]), "amount": 1.0})  # fmt: skip
    found = early_and_later(orders, days=2, window=3, end="2024-01-06")
    assert found.index.tolist() == ["a", "b"]  # the window of b ends on the 6th, that of c on the 7th
    with pytest.raises(DataError, match="no outcome is complete"):
        early_and_later(orders, days=2, window=3)


def test_a_score_learned_on_early_cohorts_works_on_later_ones(shop, table):
    """It finds those with a high rate, is calibrated, and cannot beat the truth."""
    known = table["first"] < table["first"].quantile(0.6)
    valuable = table["later_orders"] >= 2
    features = table[["orders", "amount", "first_amount", "categories", "second_after", "first_channel"]]
    truth = shop.truth["purchase_rate"].reindex(table.index)
    for way in ("logistic", "boosting"):
        said = identified(features, valuable, known, way=way)
        assert said.index.tolist() == table.index[~known].tolist()
        right = valuable[~known]
        made = calibration(said, right)
        inside = ((made["expected"] >= made["low"]) & (made["expected"] <= made["high"])).sum()
        assert inside >= len(made) - 3
        cohorts = by_cohort(said, right, table["first"].dt.to_period("Q").astype(str)[~known])
        assert cohorts["low"].min() > 0.6
        assert 0.6 < roc_auc_score(right, said) < 1
        assert lift_by_part(said, right)["lift"].iloc[0] > 1.5
        assert said.corr(truth[~known], method="spearman") > 0.3
    mixed = table.sample(frac=1, random_state=2).index
    again = identified(features.reindex(mixed), valuable, known)
    assert again.reindex(table.index[~known]).to_numpy() == approx(
        identified(features, valuable, known).to_numpy(), abs=1e-6
    )


scores = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=3, max_size=40)


@given(scores.filter(lambda rows: 0 < sum(y for _, y in rows) < len(rows)))
def test_identities(rows):
    p, y = (pd.Series(each) for each in zip(*rows, strict=True))
    p = p / 10
    made = calibration(p, y, parts=50)
    parts = made.attrs
    assert parts["brier"] == approx(brier_score_loss(y, p))
    if len(made) == p.nunique():  # Murphy's split is exact where each part has one probability
        whole = parts["reliability"] - parts["resolution"] + parts["uncertainty"]
        assert whole == approx(parts["brier"], abs=1e-12)
    found = lift_by_part(p, y, parts=4)
    assert found["found"].iloc[-1] == approx(1)
    assert found["lift"].mean() == approx(1)
    assert (found["lift_so_far"] <= found["highest"] + 1e-9).all()
    assert found["lift_so_far"].iloc[0] == approx(lift(p, y.astype(float), 0.25))
    acted = net_value(p, y, gain=5, cost=2)
    assert acted["net"].iloc[-1] == approx(5 * y.sum() - 2 * len(y))
    assert acted["net"].iloc[0] == 0
    mixed = list(y.index[::-1])
    pd.testing.assert_frame_equal(net_value(p[mixed], y, gain=5, cost=2), acted)
    auc = by_cohort(p, y, pd.Series("all", index=p.index)).loc["all"]
    assert auc["auc"] == approx(roc_auc_score(y, p))


def test_the_interval_of_a_share_holds_it_as_often_as_it_says():
    rng, inside, of = np.random.default_rng(1), 0, 0
    for _ in range(60):
        p = pd.Series(rng.uniform(0.05, 0.6, size=400))
        made = calibration(p, pd.Series(rng.random(400) < p))
        inside += int(((made["low"] <= made["expected"]) & (made["expected"] <= made["high"])).sum())
        of += len(made)
    assert inside / of == approx(0.95, abs=0.04)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda t: early_and_later(t.drop(columns="amount"), days=1, window=1),
            DataError,
            "lacks the column",
        ),
        (lambda t: early_and_later(t.head(0), days=1, window=1), DataError, "There are no orders"),
        (lambda t: early_and_later(t.assign(date="soon"), days=1, window=1), DataError, "not dates"),
        (lambda t: early_and_later(t.assign(amount=np.inf), days=1, window=1), DataError, "2 of 2 rows lack"),
        (lambda t: early_and_later(t, days=0, window=1), InputError, "days is 0"),
        (lambda t: early_and_later(t, days=1, window=1, labels=("x",)), InputError, "names 'x'"),
        (
            lambda t: early_and_later(t.assign(amount=None), days=1, window=1),
            DataError,
            "'amount' is of type object",
        ),
    ],
)
def test_orders_that_tell_nothing(call, error, said):
    orders = pd.DataFrame(
        {"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-01-05"]), "amount": 1.0}
    )
    with pytest.raises(error, match=said):
        call(orders)


def test_wrong_requests():
    x, y = pd.DataFrame({"a": [1.0, 2.0, 3.0]}), pd.Series([True, False, True])
    known = pd.Series([True, True, False])
    with pytest.raises(InputError, match="way is 'forest'"):
        identified(x, y, known, way="forest")
    with pytest.raises(DataError, match="Some customers must be known"):
        identified(x, y, pd.Series([True] * 3))
    with pytest.raises(FitError, match="nothing tells them apart"):
        identified(x, pd.Series([True, True, False]), known)
    with pytest.raises(DataError, match="is of type datetime64"):
        identified(x.assign(day=pd.Timestamp("2024-01-01")), y, known)
    with pytest.raises(DataError, match="between 0 and 1"):
        calibration(pd.Series([1.0, 2.0, 3.0]), y)
    with pytest.raises(DataError, match="Nobody is valuable"):
        lift_by_part(x["a"], pd.Series([0, 0, 0]))
    with pytest.raises(DataError, match="must be true or false"):
        net_value(x["a"], pd.Series([1, 2, None]), gain=1, cost=1)
    alone = by_cohort(x["a"], pd.Series([True] * 3), pd.Series(["x"] * 3))
    assert alone[["auc", "low"]].isna().all(axis=None)
