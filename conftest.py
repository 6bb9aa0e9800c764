"""What is collected, and what is left out of the daily round."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("crmlab", deadline=None)  # no test depends on the clock
settings.load_profile("crmlab")

# Folders and files whose tests run kernels, build sites or reports, or try many files or models. A module
# may also say so itself, with `pytestmark = pytest.mark.slow`; what hypothesis tries many times is slow too.
_SLOW = (
    "crmlab/analysis",
    "analysis",
    "browser",
    "spark",
    "clv/test_identities.py",
    "clv/test_lifetime_value.py",
    "course/terms/test_build.py",
    "course/terms/test_individual.py",
    "course/test_editions.py",
    "course/test_reference.py",
    "course/test_runner.py",
    "course/test_site.py",
    "plots",
    "quality/test_audit.py",
    "quality/test_command.py",
    "quality/test_status.py",
    "quality/test_words.py",
    "reading/test_dialects.py",
    "reading/test_encodings.py",
    "reading/test_files.py",
    "reading/test_types.py",
    "test_engines.py",
    "test_guides.py",
    "test_malformed.py",
    "test_own_case.py",
    "test_results.py",
    "test_simulate.py",
    "test_start.py",
)

# Files that take longest begin, so that no worker is left with one of them at the end.
_FIRST = (
    "course/terms/test_build.py",
    "test_lessons_run.py",
    "test_extremes.py",
    "course/test_runner.py",
    "test_editions_run.py",
    "analysis",
    "crmlab/analysis",
)

collect_ignore_glob = ["**/conftest.py"]  # they hold no examples, and all of them are one module to doctest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and let the longest begin."""
    for item in items:
        place = _place(item)
        if place.startswith(_SLOW) or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not _place(item).startswith(_FIRST))


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix().removeprefix("tests/")
