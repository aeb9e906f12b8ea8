"""The short form of the drill of duplicates and disorder; `make drills` gives the long one."""

import pytest

from tests.faults.actors import PEOPLE
from tests.faults.reordering import disorder

THREE = PEOPLE[:3]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)  # `make drills` tries both
def test_doubled_and_disordered_events_change_nothing(ground, expected):
    brought = disorder(ground, expected=expected, people=THREE)
    assert brought["copy"] > 20
