"""The short form of the drill with hostile input; `make drills` gives the long one."""

import pytest

from tests.faults.hostile import hostile


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)  # `make drills` tries both
def test_bad_payloads_break_nothing_and_touch_nobody_elses(ground):
    done = hostile(ground, payloads=200)
    assert done.total() > 200
    assert done["signature forged 401"] == 1
