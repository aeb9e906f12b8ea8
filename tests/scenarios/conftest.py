"""A group with a year before it."""

import pytest

from playground.slack.clock import WoundClock
from playground.slack.seed import seeded
from playground.stage import staged
from tests.scenarios.year import NEW_YEAR, Year


@pytest.fixture
def year(sqlite_url):
    with staged(sqlite_url, workspace=seeded(WoundClock(NEW_YEAR))) as stage:
        yield Year(stage)
