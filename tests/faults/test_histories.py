"""The short form of the drill with random histories; `make drills` gives the long one."""

from tests.faults.histories import histories


def test_all_views_agree_on_what_happened(sqlite_url):
    done = histories(sqlite_url, seed=5, meetings=2)
    assert done["held"] + done["missed"] + done["skipped"] >= 2
