"""The short form of the kill drills; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.crashes import kill
from tests.faults.migrations import kill_migrations

THREE = PEOPLE[:3]


def test_kills_lose_and_double_nothing(ground, expected):
    deaths = kill(ground, most=10, expected=expected, people=THREE)
    assert deaths.total() >= 5


def test_a_killed_migration_is_finished_later(ground):
    assert kill_migrations(ground, times=4) >= 1
