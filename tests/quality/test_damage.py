"""What a defect does to answers: nothing where nothing is wrong, and else what arithmetic says."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.quality import answers, audit, harm, largest_checked, read_as_is, readings
from crmlab.simulate import spoil

END = "2024-12-31"


@pytest.fixture(scope="module")
def clean():
    shop = crm.simulate.business(400, "2023-11-01", END, seed=4)
    orders = shop.table("orders")
    orders = orders.groupby(["customer_id", "date", "order_id"], as_index=False)["amount"].sum()
    return orders[orders["amount"] > 0]


@pytest.fixture(scope="module")
def made(clean):
    return spoil(clean, seed=3)


def test_a_defect_is_alone(made):
    truth = made.truth
    back = made.planted["returns"]
    assert len(made.alone("returns")) == len(truth) + 2 * back, "what came back had been bought"
    for name in ("doubles", "tests"):
        assert len(made.alone(name)) == len(truth) + made.planted[name]
    for name in ("guests", "slips", "imported", "day_first"):
        assert len(made.alone(name)) == len(truth)
    assert (made.alone("guests")["customer_id"] == "").sum() == made.planted["guests"]
    assert made.alone("day_first")["date"].str.contains("/").sum() == made.planted["day_first"]
    assert not made.alone("slips")["date"].str.contains("/").any()
    with pytest.raises(InputError, match="There is no defect"):
        made.alone("typos")


def test_repaired_rows_are_the_clean_orders(clean, made):
    kept = made.truth
    assert len(kept) == len(clean) - made.planted["returns"]
    joined = kept.merge(clean, on=["order_id", "customer_id"], suffixes=("", "_clean"))
    assert len(joined) == len(kept)
    assert (joined["amount"] == joined["amount_clean"]).all()
    assert (pd.to_datetime(joined["date"]) == pd.to_datetime(joined["date_clean"])).all()


def test_the_truth_is_off_by_nothing(made):
    found = harm({"truth": made.truth}, made.truth, end=END)
    assert (found == 0).all(axis=None)


def test_each_defect_does_what_it_must(made):
    alone = {name: read_as_is(made.alone(name)) for name in made.planted.index}
    found = harm(alone, made.truth, end=END)
    truth = made.truth
    twice = read_as_is(made.alone("doubles"))["amount"].sum() / truth["amount"].sum() - 1
    assert found.loc["doubles", "revenue"] == pytest.approx(twice)
    assert (found.loc["doubles", ["customers", "came back", "rate", "expected"]] == 0).all()
    assert (found.loc["slips", ["customers", "came back", "rate", "expected"]] == 0).all()
    assert found.loc["guests", "revenue"] == pytest.approx(0), "a guest's money is in the till"
    assert found.loc["guests", "customers"] <= 0
    assert found.loc["imported", ["revenue", "customers"]].tolist() == pytest.approx([0, 0])
    assert found.loc["tests", "customers"] == pytest.approx(1 / truth["customer_id"].nunique())
    assert found["moved"].between(0, 1).all()


def test_a_tool_that_asks_nothing_back():
    text = pd.DataFrame(
        {
            "customer_id": ["a", "", "b", "c"],
            "date": ["05/03/2024", "13/03/2024", "2024-03-05", "no date"],
            "amount": ["9.00", "5.00", "-3.00", "4.00"],
        }
    )
    read = read_as_is(text)
    assert read["date"].dt.strftime("%m-%d").tolist() == ["05-03", "03-13"]
    assert read["customer_id"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match="no column 'date'"):
        read_as_is(text.drop(columns="date"))


def test_rows_after_the_end_do_not_count(clean):
    later = clean.assign(date=pd.to_datetime(clean["date"]))
    extra = later.iloc[:5].assign(date=pd.Timestamp("2025-06-01"))
    assert answers(pd.concat([later, extra]), end=END).equals(answers(later, end=END))
    with pytest.raises(DataError, match="No order of a customer"):
        answers(later, end="2001-01-01")


def test_a_base_that_nobody_leaves_is_answered_too():
    rng, weeks = np.random.default_rng(1), pd.date_range("2024-01-01", "2024-12-31", freq="W")
    rows = [(f"c{who}", day, 10.0) for who in range(60) for day in weeks if rng.random() < 0.3]
    found = answers(pd.DataFrame(rows, columns=["customer_id", "date", "amount"]), end="2024-12-31", ahead=10)
    assert found["dropout"] < 0.01  # the plain likelihood has a ridge there
    assert found["expected"] == pytest.approx(60 * 0.3 * 10, rel=0.1)


def test_readings_differ_where_the_file_is_open(made):
    rows = made.rows
    iso = pd.to_datetime(rows["date"], format="%Y-%m-%d", errors="coerce")
    mended = rows.assign(date=iso.fillna(pd.to_datetime(rows["date"], format="%d/%m/%Y", errors="coerce")))
    day = mended["date"].value_counts().idxmax()
    choices = {"duplicates": "set aside"}
    found = readings(mended, end=END, choices=choices, filled=day)
    guests = made.planted["guests"]
    ours = found.loc["ours"]
    assert found.loc["guests are new customers", "customers"] == ours["customers"] + guests
    assert found.loc["guests are known customers", "customers"] == ours["customers"]
    assert found.loc["guests are known customers", "came back"] > ours["came back"]
    assert found["revenue"].dropna().tolist() == pytest.approx([ours["revenue"]] * 4)
    assert found.loc["imported orders left out", ["revenue", "customers", "best fifth"]].isna().all()
    used = audit(mended, today=END, choices=choices).transactions.to_pandas()
    lost = mended.loc[mended["customer_id"] == "", "amount"].astype(float).sum()
    assert ours["revenue"] == pytest.approx(used["amount"].sum() + lost)
    assert "imported orders left out" not in readings(mended, end=END).index


def test_receipts_are_looked_up_from_the_top():
    amounts = pd.Series([5.0, 900.0, 30.0, 30.0, 20.0, 700.0, 10.0])
    wrong = amounts > 100
    assert largest_checked(amounts, wrong, in_a_row=1).tolist() == [1, 5, 2, 3], "ties with the last, too"
    assert largest_checked(amounts, wrong, in_a_row=3).tolist() == [1, 5, 2, 3, 4]
    assert len(largest_checked(amounts, wrong, in_a_row=50)) == len(amounts)
    with pytest.raises(InputError, match="in_a_row"):
        largest_checked(amounts, wrong, in_a_row=0)
