"""The short form of the kill drills; `make drills` gives the long one."""

import pytest

from tests.drills.kills import kill, undisturbed
from tests.drills.migrations import kill_migrations
from tests.drills.play import PEOPLE

SEED = 7
THREE = PEOPLE[:3]


@pytest.fixture(scope="module")
def expected(tmp_path_factory, nursery):
    """How the session ends when nothing is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return undisturbed(f"sqlite:///{folder / 'drill.sqlite3'}", folder, nursery, people=THREE)


def test_killed_at_any_moment_nothing_is_lost_and_nothing_comes_twice(
    empty_url, tmp_path, nursery, expected
):
    deaths = kill(empty_url, tmp_path, nursery, seed=SEED, most=10, expected=expected, people=THREE)
    assert deaths.total() >= 5


def test_killed_in_a_migration_the_next_process_brings_it_to_its_end(empty_url, tmp_path, nursery):
    assert kill_migrations(empty_url, tmp_path, nursery, seed=SEED, times=4) >= 1
