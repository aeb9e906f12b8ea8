"""The short form of the kill drills; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.crashes import kill
from tests.faults.migrations import kill_migrations

SEED = 7
THREE = PEOPLE[:3]


def test_kills_lose_and_double_nothing(empty_url, tmp_path, forker, expected):
    deaths = kill(empty_url, tmp_path, forker, seed=SEED, most=10, expected=expected, people=THREE)
    assert deaths.total() >= 5


def test_a_killed_migration_is_finished_later(empty_url, tmp_path, forker):
    assert kill_migrations(empty_url, tmp_path, forker, seed=SEED, times=4) >= 1
