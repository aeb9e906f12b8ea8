"""The short form of the drill with a bad database; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.database import KINDS, bad_database

SEED = 7
THREE = PEOPLE[:3]


def test_a_bad_database_loses_nothing(empty_url, tmp_path, forker, expected):
    done = bad_database(
        empty_url, tmp_path, forker, seed=SEED, expected=expected, people=THREE, away=1
    )
    assert set(done) >= {*KINDS[empty_url.partition(":")[0]]}
