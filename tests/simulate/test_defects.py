"""Clean orders made dirty: an audit finds what was planted, and two files are of one base."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.simulate import spoil, two_sources

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

CLEAN = crm.simulate.business(customers=800, seed=7).table("orders")
ORDERS = CLEAN.groupby(["customer_id", "date", "order_id"], as_index=False)["amount"].sum()


def test_an_audit_counts_what_was_planted():
    made = spoil(CLEAN, seed=3, imported=0.0, day_first=0.0)
    found = crm.quality.audit(made.rows, today="2025-01-01").table()["rows"]
    assert found["duplicates"] == made.planted["doubles"]
    assert found["missing_ids"] == made.planted["guests"]
    assert found["accounts"] == made.planted["tests"]
    assert found["returns"] == made.planted["returns"]
    assert made.planted["slips"] == round(0.001 * len(ORDERS))


shares = st.floats(0.0, 0.12)


@given(shares, shares, shares, shares, st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_good_rows_stay_and_defects_are_as_many_as_asked(doubles, returns, slips, imported, seed):
    given = {"doubles": doubles, "returns": returns, "slips": slips, "imported": imported}
    made = spoil(CLEAN, seed=seed, **given)
    for name, share in given.items():
        assert made.planted.get(name, 0) == round(share * len(ORDERS))
    good = made.rows[made.defect == ""]
    joined = good.merge(ORDERS, on="order_id", suffixes=("", "_true"))
    assert len(joined) == len(good)
    assert (joined["customer_id"] == joined["customer_id_true"]).all()
    assert (pd.to_datetime(joined["date"]) == joined["date_true"]).all()
    assert np.allclose(joined["amount"].astype(float), joined["amount_true"], atol=0.0051)
    # Whatever was planted: every order is there still, once at least.
    assert set(ORDERS["order_id"]) <= set(made.rows["order_id"])


def test_each_defect_looks_as_it_says():
    made = spoil(CLEAN, seed=5)
    rows, of = made.rows, made.defect
    assert (rows.loc[of == "guests", "customer_id"] == "").all()
    assert rows.loc[of == "day_first", "date"].str.fullmatch(r"\d\d/\d\d/\d{4}").all()
    assert len(set(rows.loc[of == "imported", "date"])) == 1
    true = rows[of == "slips"].merge(ORDERS, on="order_id")
    assert np.allclose(true["amount_x"].astype(float), 100 * true["amount_y"], rtol=1e-3)
    back = rows[of == "returns"].merge(ORDERS, on="order_id")
    assert np.allclose(back["amount_x"].astype(float), -back["amount_y"], atol=0.0051)
    wait = (pd.to_datetime(back["date_x"]) - back["date_y"]).dt.days
    assert wait.between(0, 30).all()
    assert_frame_equal(spoil(CLEAN, seed=5).rows, rows)
    assert not spoil(CLEAN, seed=6).rows.equals(rows)


def test_two_files_are_one_base_and_their_people_are_known():
    orders, people, person = two_sources(CLEAN, seed=1, both=0.5, typos=0.3)
    again = pd.concat(orders.values())
    again["customer_id"] = again["customer_id"].map(person)
    order = ["order_id"]
    assert_frame_equal(
        again.sort_values(order, ignore_index=True),
        ORDERS.sort_values(order, ignore_index=True)[again.columns],
        check_dtype=False,
    )
    for name, table in orders.items():
        assert set(table["customer_id"]) == set(people[name].index)
    twice = person[person.duplicated(keep=False)]
    often = ORDERS["customer_id"].value_counts() >= 2
    share = twice.nunique() / often.sum()
    assert abs(share - 0.5) < 3 * np.sqrt(0.25 / often.sum())
    pairs = [
        people[name].join(person).set_index("person").loc[sorted(set(twice))] for name in ("shop", "web")
    ]
    assert (pairs[0]["born"] == pairs[1]["born"]).all()
    same = (pairs[0][["name", "postcode"]] == pairs[1][["name", "postcode"]]).all(axis=1).mean()
    assert (
        abs(same - 0.7) < 3 * np.sqrt(0.21 / len(pairs[0])) + 0.03
    )  # some letters that change places are alike


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: spoil(CLEAN, seed=1, returns=0.3), InputError, "returns is 0.3"),
        (lambda: spoil(CLEAN.head(3), seed=1), DataError, "There are 3 orders"),
        (lambda: spoil(CLEAN.assign(amount=-1.0), seed=1), DataError, "no amount above 0"),
        (lambda: spoil(CLEAN.drop(columns="date"), seed=1), InputError, "no column 'date'"),
        (lambda: two_sources(CLEAN, seed=1, both=2), InputError, "both is 2"),
        (
            lambda: spoil(CLEAN, seed=1, doubles=0.2, guests=0.2, tests=0.2, returns=0.2, slips=0.2),
            InputError,
            "add up to 1.09",
        ),
    ],
)
def test_what_cannot_be_spoilt_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
