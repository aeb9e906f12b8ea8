"""The short form of the drill with random histories; `make drills` gives the long one."""

import pytest

from tests.faults.histories import histories


@pytest.mark.parametrize("seed", [3, 7])
def test_all_views_agree_on_what_happened(sqlite_url, seed):
    assert histories(sqlite_url, seed=seed, meetings=2)["held"]
