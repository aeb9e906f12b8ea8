"""The short form of the drill with wrong clocks; `make drills` gives the long one."""

import pytest

from tests.faults.actors import PEOPLE
from tests.faults.clocks import wrong_clocks


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)  # `make drills` tries both
def test_wrong_clocks_lose_double_and_forget_nothing(ground, expected):
    done = wrong_clocks(ground, expected=expected, people=PEOPLE[:3])
    assert any(each.startswith("back") for each in done)
