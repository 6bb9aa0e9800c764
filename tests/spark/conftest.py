"""Spark's own session for these tests, and what it warns of."""

import gc
import os
import warnings
from pathlib import Path

import pytest

from crmlab import engines
from crmlab.errors import InputError

# PySpark still uses what pandas 3 has deprecated, and leaves sockets for Python to close.
WARNINGS = ["ignore::DeprecationWarning", "ignore::ResourceWarning"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="session")
def spark():
    """The backend; without PySpark or Java tests are skipped, but for `make test-spark`, where they fail."""
    try:
        backend = engines.spark("local[2]", memory="1g", spark_sql_shuffle_partitions="2")
    except InputError as error:
        if os.environ.get("CRMLAB_TEST_SPARK"):
            raise
        pytest.skip(f"Spark tests need PySpark and Java (make test-spark). {error}")
    yield backend
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend.disconnect()
        gc.collect()
