"""The short form of the kill drills; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.crashes import kill
from tests.faults.migrations import kill_migrations

SEED = 7
THREE = PEOPLE[:3]


def test_killed_at_any_moment_nothing_is_lost_and_nothing_comes_twice(
    empty_url, tmp_path, forker, expected
):
    deaths = kill(empty_url, tmp_path, forker, seed=SEED, most=10, expected=expected, people=THREE)
    assert deaths.total() >= 5


def test_killed_in_a_migration_the_next_process_brings_it_to_its_end(empty_url, tmp_path, forker):
    assert kill_migrations(empty_url, tmp_path, forker, seed=SEED, times=4) >= 1
