"""The short form of the drill of forgetting; every other drill also ends with a look for leaks."""

from tests.faults.actors import PEOPLE
from tests.faults.leaks import forgetting


def test_forgotten_words_stand_nowhere(ground):
    read = forgetting(ground, people=PEOPLE[:3])
    assert read["read while kept"] > 5
