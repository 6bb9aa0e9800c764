"""Credit of channels: Shapley's axioms, and removal on paths worked by hand."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError, InputError
from crmlab.segments.channels import removal, shapley

approx = pytest.approx
NAMES = ["a", "b", "c"]
SETS = [each for size in (1, 2, 3) for each in combinations(NAMES, size)]
values = st.lists(st.floats(-50, 100), min_size=len(SETS), max_size=len(SETS))


@given(values, values)
def test_all_is_shared_out_and_credits_add(one, two):
    first, second = (dict(zip(SETS, each, strict=True)) for each in (one, two))
    assert shapley(first).sum() == approx(first["a", "b", "c"], abs=1e-9)
    both = shapley({each: first[each] + second[each] for each in SETS})
    assert both.to_numpy() == approx((shapley(first) + shapley(second)).to_numpy(), abs=1e-9)


def test_who_adds_nothing_gets_nothing_and_equals_get_the_same():
    worth = {each: 10.0 * len(set(each) & {"a", "b"}) for each in SETS}
    assert shapley(worth).to_dict() == approx({"a": 10.0, "b": 10.0, "c": 0.0})
    with pytest.raises(InputError, match="1 of 8 sets of channels have no value: a \\+ c"):
        shapley({each: 1.0 for each in SETS if each != ("a", "c")})


def test_a_channel_on_every_path_takes_all_orders_with_it():
    found = removal([["mail", "ad"], ["ad"], ["mail", "ad"]], [True, False, True])
    assert found["effect"].to_dict() == approx({"mail": 2 / 3, "ad": 1.0})
    assert found["credit"].sum() == approx(2)
    assert found.attrs["chance"] == approx(2 / 3)


@pytest.mark.parametrize(
    ("paths", "ordered", "said"),
    [
        ([["a"]], [True, False], "one outcome a path"),
        ([["a"], []], [True, False], "at least one channel a path"),
        ([["a"]], [False], "Nobody ordered"),
        ([], [], "at least one channel"),
    ],
)
def test_paths_that_tell_nothing(paths, ordered, said):
    with pytest.raises(DataError, match=said):
        removal(paths, ordered)
