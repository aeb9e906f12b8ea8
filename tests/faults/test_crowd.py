"""The short form of the drill with everyone at once; `make drills` gives the long one."""

import pytest

from tests.faults.crowd import crowd


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)  # `make drills` tries both
def test_eight_at_once_lose_nothing_and_one_has_the_floor(ground):
    done = crowd(ground, sessions=2)
    assert done["reply"] == 2 * 3 * 8
