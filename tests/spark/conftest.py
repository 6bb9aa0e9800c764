"""Spark's own session for these tests, and what it warns of."""

import gc
import os
import warnings
from pathlib import Path

import pytest

from crmlab import engines

# PySpark still uses what pandas 3 has deprecated, and leaves sockets for Python to close.
WARNINGS = ["ignore::DeprecationWarning", "ignore::ResourceWarning"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="session")
def spark():
    """The backend, where `make test-spark` asks for it."""
    if not os.environ.get("CRMLAB_TEST_SPARK"):
        pytest.skip("Spark starts slowly: make test-spark runs these tests.")
    backend = engines.spark("local[2]", memory="1g", spark_sql_shuffle_partitions="2")
    yield backend
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend.disconnect()
        gc.collect()
