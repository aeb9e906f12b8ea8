"""A group with a year before it."""

import pytest

from playground.testing import Year, staged


@pytest.fixture
def year(sqlite_url):
    with staged(sqlite_url) as stage:
        yield Year(stage)
