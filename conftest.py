"""Which tests are left out of the daily round."""

from pathlib import Path

import pytest

# Folders and files whose tests run kernels, build sites or reports, or try hundreds of files. A module may
# also say so itself, with `pytestmark = pytest.mark.slow`.
_SLOW = (
    "analysis",
    "browser",
    "spark",
    "course/terms/test_build.py",
    "course/test_editions.py",
    "course/test_runner.py",
    "course/test_site.py",
    "quality/test_command.py",
    "test_malformed.py",
    "test_own_case.py",
    "test_results.py",
)


collect_ignore_glob = ["**/conftest.py"]  # they hold no examples, and all of them are one module to doctest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow."""
    here = Path(__file__).parent / "tests"
    for item in items:
        if item.path.is_relative_to(here):
            place = item.path.relative_to(here).as_posix()
            if place.startswith(_SLOW):
                item.add_marker(pytest.mark.slow)
