"""Kaplan and Meier's curve, hazards and cohorts against closed forms and against a world's known rates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import cohort_table, lives, mean_life, retention_by_age, survival

approx = pytest.approx
END = "2024-12-31"
# Freireich's remission times (weeks) with 6-mercaptopurine, the textbook example of censoring.
MERCAPTOPURINE = pd.DataFrame(
    {
        "days": [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0],
        "left": [True] * 9 + [False] * 12,
    }
)


@st.composite
def known(draw) -> pd.DataFrame:
    rows = draw(st.lists(st.tuples(st.integers(1, 400), st.booleans()), min_size=1, max_size=60))
    days, left = zip(*rows, strict=True)
    return pd.DataFrame({"days": np.array(days, dtype=float), "left": left})


@pytest.fixture(scope="module")
def steady():
    """An operator whose customers leave for reasons of their own alone: half a year in every year."""
    made = crm.simulate.contracts(4000, seed=5, firm=1e-9, competitor=1e-9, customer=0.5)
    return made, lives(made.table("contracts"), END)


def test_the_textbook_curve():
    found = survival(MERCAPTOPURINE)
    shown = found["survival"][found["left"] > 0]
    assert shown.to_numpy() == approx(
        [0.857143, 0.806723, 0.752941, 0.690196, 0.627451, 0.537815, 0.448179], abs=1e-6
    )
    assert found.loc[6.0, "standard_error"] == approx(0.0764, abs=1e-4)
    assert found.loc[10.0, "standard_error"] == approx(0.0963, abs=1e-4)


@given(known())
def test_the_curve_is_one_of_shares(made):
    found = survival(made)
    assert (found["survival"].diff().dropna() <= 1e-12).all()
    inside = found[(found["survival"] > 0) & (found["survival"] < 1)]
    assert (inside["low"] <= inside["survival"]).all()
    assert (inside["survival"] <= inside["high"]).all()
    assert found["low"].between(0, 1).all()
    assert found["high"].between(0, 1).all()
    pd.testing.assert_frame_equal(found, survival(made[::-1]))
    if made["left"].all():  # without censoring it is the plain share
        assert found["survival"].to_numpy() == approx([(made["days"] > day).mean() for day in found.index])
        assert mean_life(made)["restricted"] == approx(made["days"].mean() / 365.25)


@given(known())
def test_ages_add_up(made):
    if made["days"].max() < 7:
        return
    found = retention_by_age(made, unit="W")
    whole = 7 * len(found)
    assert found["exposure"].sum() * 7 == approx(made["days"].clip(upper=whole).sum())
    assert found["left"].sum() == (made["left"] & (made["days"] < whole)).sum()
    assert found["retention"].cumprod().dropna().to_numpy() == approx(
        found["survival"][found["retention"].notna()].to_numpy()
    )


def test_a_steady_hazard_is_found(steady):
    _, table = steady
    found = retention_by_age(table, unit="Y").loc[0]
    assert found["low"] < 0.5 < found["high"]
    curve = survival(table)
    row = curve[curve.index <= 365.25].iloc[-1]
    assert row["survival"] == approx(np.exp(-0.5), abs=4 * row["standard_error"])
    life = mean_life(table, horizon=2.5)
    assert life["restricted"] == approx((1 - np.exp(-1.25)) / 0.5, abs=4 * life["standard_error"])
    assert life["median"] == approx(np.log(2) / 0.5, abs=0.12)
    assert life["of_leavers"] < 0.6 * 2  # the true mean is two years
    heads = cohort_table(table)
    share = heads.div(heads[0], axis=0)
    error = np.sqrt(np.exp(-0.5) * (1 - np.exp(-0.5)) / heads[0])
    assert ((share[12] - np.exp(-0.5)).abs() < 4 * error).all()


@pytest.mark.slow
def test_limits_hold_as_often_as_they_say():
    rng, held = np.random.default_rng(1), []
    for _ in range(150):
        life, seen = rng.exponential(100, 60), rng.uniform(30, 250, 60)
        table = pd.DataFrame({"days": np.minimum(life, seen), "left": life <= seen})
        row = survival(table).loc[:50].iloc[-1]
        mean = mean_life(table, horizon=0.25)
        truth = 100 / 365.25 * (1 - np.exp(-0.25 * 365.25 / 100))
        held.append([row["low"] < np.exp(-0.5) < row["high"], mean["low"] < truth < mean["high"]])
    assert np.mean(held, axis=0) == approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 150))


def test_revenue_by_age_adds_up_to_the_bills(steady):
    world, table = steady
    bills = world.table("orders")
    money = cohort_table(table, bills)
    assert money[0].sum() < bills["amount"].sum()
    first = bills[(bills["date"] - bills["customer_id"].map(table["begin"])).dt.days < 29.4]
    assert money[0].sum() == approx(first["amount"].sum())
    heads = cohort_table(table)
    assert (money.notna() <= heads.reindex(columns=money.columns).notna()).all(axis=None)
    # prices hang on nothing, so money leaves as heads do
    kept = money[10].sum() / money.loc[money[10].notna(), 0].sum()
    assert kept == approx(heads[10].sum() / heads.loc[heads[10].notna(), 0].sum(), abs=0.03)


def test_a_cell_is_known_once_all_of_its_cohort_are(steady):
    _, table = steady
    found = cohort_table(table, cohort="Q", unit="M")
    observed = (pd.Timestamp(END) - table["begin"].max()).days // (365.25 / 12)
    assert found.iloc[-1].notna().sum() == observed + 1
    assert (found.diff(axis=1).fillna(0) <= 0).all(axis=None)
    shuffled = cohort_table(table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, shuffled)


ONE = pd.DataFrame(
    {"customer_id": ["a"], "date": pd.to_datetime(["2024-01-01"]), "left": pd.to_datetime([None])}
)


def test_a_single_customer_who_stays():
    one = lives(ONE, END)
    assert survival(one)[["survival", "low", "high"]].to_numpy().tolist() == [[1.0, 1.0, 1.0]]
    assert np.isnan(mean_life(one)["of_leavers"])
    assert retention_by_age(one)["hazard"].sum() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"left": pd.to_datetime(["2023-01-01"])}, "1 customers left before they signed, for example a"),
        ({"left": ["soon"]}, "no dates. Convert"),
        ({"date": pd.to_datetime([None])}, "1 of 1 contracts have no date of signing"),
        ({"date": pd.to_datetime(["2025-01-01"])}, "Nobody had signed by 2024-12-31"),
    ],
)
def test_contracts_that_cannot_be_are_refused(change, said):
    with pytest.raises(DataError, match=said):
        lives(ONE.assign(**change), END)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(DataError, match="1 customers have more than one contract, for example a"):
        lives(pd.concat([ONE, ONE]), END)
    with pytest.raises(DataError, match="lack the column 'left'"):
        lives(ONE.drop(columns="left"), END)
    with pytest.raises(DataError, match="There are no lives"):
        survival(MERCAPTOPURINE.head(0))
    with pytest.raises(DataError, match="1 of 21 lives have no finite 'days'"):
        survival(MERCAPTOPURINE.assign(days=[None] + [1.0] * 20))
    with pytest.raises(InputError, match="observed for longer than 0"):
        mean_life(MERCAPTOPURINE, horizon=3)
    with pytest.raises(DataError, match="whole age of 365 days"):
        retention_by_age(MERCAPTOPURINE, unit="Y")
    with pytest.raises(InputError, match="no cohort 'D'"):
        cohort_table(lives(ONE, END), cohort="D")
    strange = pd.DataFrame({"customer_id": ["z"], "date": pd.to_datetime(["2024-02-01"]), "amount": [1.0]})
    with pytest.raises(DataError, match="1 customers with orders have no life, for example z"):
        cohort_table(lives(ONE, END), strange)
