"""Messages name what is wrong and what to do, at a length that can be read."""

import pytest

from crmlab.errors import CrmlabError, DataError, FitError, InputError, some, unknown


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("cdwno", ["cdnow", "fernhill"], "Did you mean 'cdnow'?"),
        ("zzz", ["cdnow", "fernhill"], "There is no case 'zzz' in the shop. Known: cdnow, fernhill."),
        ("zzz", [], "Known: none."),
        (7, [1, 2], "There is no case '7'"),
    ],
)
def test_an_unknown_name_comes_with_the_known_ones(name, known, said):
    error = unknown("case", name, known, where="the shop")
    assert said in str(error)
    assert ("Did you mean" in str(error)) == ("Did you mean" in said)


def test_messages_stay_short():
    error = unknown("column", "x" * 10_000, [f"column {number}" for number in range(10_000)])
    assert len(str(error)) < 1_000
    assert "and 9,950 more" in str(error)
    assert len(some(["y" * 10_000] * 3)) < 200


def test_an_error_is_caught_as_ours_and_as_a_value_error():
    for kind in (InputError, DataError, FitError):
        assert issubclass(kind, CrmlabError)
        assert issubclass(kind, ValueError)
