"""The short form of the drill with a bad database; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.database import KINDS, bad_database

THREE = PEOPLE[:3]


def test_a_bad_database_loses_nothing(ground, expected):
    done = bad_database(ground, expected=expected, people=THREE, away=1)
    assert set(done) >= {*KINDS[ground.database]}
