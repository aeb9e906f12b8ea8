"""Order and garbage collection of a test run: slow tests first, and no needless collections."""

import gc

import pytest

SLOW_FIRST = (
    "tests/playground/test_page.py",
    "tests/scenarios/test_clocks.py",
    "tests/faults/",
    "tests/playground/test_rehearse.py",
    "tests/scenarios/test_run.py",
    "tests/unit/test_project_files.py",
    "tests/scenarios/",
    "tests/unit/store/",
)
"""Where slow tests live, slowest first; the first of them mostly wait for other processes."""


def pytest_configure() -> None:
    """Collect garbage less often: a stage lives shortly, and scanning for it is slow."""
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests first, so that no worker is left alone with one at the end."""
    rank = {
        item: next(
            (n for n, path in enumerate(SLOW_FIRST) if item.nodeid.startswith(path)),
            len(SLOW_FIRST),
        )
        for item in items
    }
    items.sort(key=rank.__getitem__)


def pytest_collection_finish() -> None:
    """Exempt loaded modules from garbage collection: they stay until the end."""
    gc.freeze()
