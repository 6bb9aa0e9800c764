"""Divisions: nobody in two groups, nobody in none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crmlab.errors import DataError
from crmlab.segments import overlaps, partition


@given(arrays.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 4))))
def test_all_are_counted_once_and_both_forms_agree(cells):
    table = pd.DataFrame(cells, columns=list("abcd")[: cells.shape[1]])
    found = partition(table)
    assert found["customers"] == len(table) == found[["in none", "in one", "in several"]].sum()
    assert len(found.attrs["none"]) == found["in none"]
    assert len(found.attrs["several"]) == found["in several"]
    rows = [
        (row, name if cells[row, place] else None)
        for row in range(len(table))
        for place, name in enumerate(table.columns)
    ]
    labels = pd.Series([name for _, name in rows], index=[row for row, _ in rows], dtype=object)
    assert partition(labels).to_dict() == found.to_dict()
    both = overlaps(table)
    assert np.diag(both).tolist() == cells.sum(axis=0).tolist()
    is_division = found["in one"] == len(table)
    assert is_division == (np.diag(both).sum() == len(table) and both.to_numpy().sum() == len(table))


def test_a_gap_and_an_overlap_in_a_colleagues_segments():
    spent, age = pd.Series([500, 500, 20, 20]), pd.Series([30, 70, 30, 70])
    segments = pd.DataFrame({"best": spent > 100, "seniors": age > 60})
    found = partition(segments)
    assert found[["in none", "in several"]].tolist() == [1, 1]
    assert (found.attrs["none"], found.attrs["several"]) == ([2], [1])
    assert partition(pd.Series(pd.Categorical(["a", None]))).tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (pd.DataFrame(), "no customers"),
        (pd.DataFrame(index=[1]), "no customers"),
        (pd.DataFrame({"a": ["yes"]}), "'a' must be true or false"),
        (pd.DataFrame({"a": [None, True]}), "'a' must be true or false"),
        (pd.DataFrame({"a": [True, True]}, [1, 1]), "more than once, for example 1"),
        (pd.DataFrame([[True, True]], columns=["a", "a"]), "Groups stand more than once: a"),
    ],
)
def test_what_is_no_division(groups, said):
    with pytest.raises(DataError, match=said):
        partition(groups)


def test_labels_that_are_all_missing_are_of_nobody():
    assert partition(pd.Series([None, None])).tolist() == [2, 2, 0, 0]
