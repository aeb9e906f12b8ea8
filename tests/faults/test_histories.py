"""The short form of the drill with random histories; `make drills` gives the long one."""

from tests.faults.histories import histories


def test_all_views_agree_on_what_happened(sqlite_url):
    assert histories(sqlite_url, seed=5, meetings=1)["held"]
