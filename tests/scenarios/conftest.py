"""A group with a year before it."""

import pytest

from playground.testing import NEW_YEAR, WoundClock, Year, seeded, staged


@pytest.fixture
def year(sqlite_url):
    with staged(sqlite_url, workspace=seeded(WoundClock(NEW_YEAR))) as stage:
        yield Year(stage)
