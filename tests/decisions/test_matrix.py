"""The value matrix: in memory and where the rows are."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.customers import Customers
from crmlab.decisions import CORNERS, value_matrix, with_corners
from crmlab.errors import DataError, InputError

money = st.one_of(
    st.sampled_from([0.0, 0.1 + 0.2, 0.3, -5.0, 1 / 3]),
    st.floats(-1e6, 1e6, allow_nan=False, width=32),
)


def base(past, future):
    rows = pd.DataFrame({"customer_id": np.arange(len(past)), "past": past, "future": future})
    return Customers(ibis.memtable(rows), "W", pd.Timestamp("2024-01-01"))


def in_memory(customers):
    return value_matrix(customers.frame["past"], customers.frame["future"])


def test_corners_by_hand():
    past, future = pd.Series([9.0, 8, 1, 2]), pd.Series([6.0, 0, 7, 1])
    found = value_matrix(past, future)
    assert found.tolist() == ["protect", "win back", "develop", "serve simply"]
    assert found.name == "quadrant"
    assert found.cat.ordered
    assert value_matrix(past, future[::-1]).tolist() == found.tolist()  # by customer, whatever the order


def test_every_corner_says_where_it_lies_and_what_it_asks_for():
    assert CORNERS[["past", "future"]].drop_duplicates().shape == (4, 2)
    assert CORNERS.notna().all(axis=None)
    assert (CORNERS[["chinese", "meaning"]] != "").all(axis=None)
    ends = pd.Series([2.0, 2.0, 0.0, 0.0]), pd.Series([2.0, 0.0, 2.0, 0.0])
    for name, past, future in zip(value_matrix(*ends), *(end > 0 for end in ends), strict=True):
        assert CORNERS.loc[name, ["past", "future"]].tolist() == [past, future]


@pytest.mark.parametrize("each", [0.1, -0.1, 1 / 3, 0.0])
@pytest.mark.parametrize("number", [3, 10, 97])
def test_equal_customers_are_not_over_their_mean_by_rounding(each, number):
    customers = base([each] * number, [each] * number)
    assert set(in_memory(customers)) == set(
        with_corners(customers, past="past", future="future").frame["quadrant"]
    )
    assert set(in_memory(customers)) == {"serve simply"}


@settings(max_examples=12)
@given(st.lists(st.tuples(money, money), min_size=1, max_size=40))
def test_the_engine_cuts_as_the_function_does(rows):
    customers = base(*zip(*rows, strict=True))
    ours = with_corners(customers, past="past", future="future").frame["quadrant"]
    assert ours.tolist() == in_memory(customers).tolist()


def test_whom_the_matrix_cannot_place():
    with pytest.raises(InputError, match="no column 'clv' in the customers' table"):
        with_corners(base([1.0], [1.0]), past="past", future="clv")
    with pytest.raises(DataError, match="no finite number"):
        value_matrix(pd.Series([1.0, np.nan]), pd.Series([1.0, 2.0]))
    with pytest.raises(DataError, match="only one of the two tables"):
        value_matrix(pd.Series([1.0, 2.0]), pd.Series([1.0]))
