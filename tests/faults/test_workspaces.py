"""The short form of the drill with two workspaces; `make drills` gives the long one."""

from tests.faults.workspaces import isolation


def test_no_id_of_another_workspace_reaches_anything(sqlite_url):
    assert isolation(sqlite_url, payloads=60, seed=1).total() == 60
