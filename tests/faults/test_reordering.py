"""The short form of the drill of duplicates and disorder; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.reordering import disorder

SEED = 7
THREE = PEOPLE[:3]


def test_doubled_and_disordered_events_change_nothing(empty_url, tmp_path, forker, expected):
    brought = disorder(empty_url, tmp_path, forker, seed=SEED, expected=expected, people=THREE)
    assert brought["copy"] > 20
