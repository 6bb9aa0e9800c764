"""How much of everything a test tries: a sample in `make test`, all in `make test-whole`."""

import os
from collections.abc import Iterable

import pytest

WHOLE = os.environ.get("CRMLAB_WHOLE") == "1"
"""Whether all of it is asked for."""

only = pytest.mark.skipif(not WHOLE, reason="Long: make test-whole runs it.")
"""Mark of a test that needs too long for a sample, too."""


def some(everything: Iterable[str], *sample: str) -> list[str]:
    """Return the sample; everything where all is asked for."""
    names = list(everything)
    assert set(sample) <= set(names), "the sample is of what there is"
    return names if WHOLE else [name for name in names if name in sample]
