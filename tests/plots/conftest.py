"""Every picture that a test draws is closed after it."""

from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def close_pictures() -> Iterator[None]:
    yield
    plt.close("all")
