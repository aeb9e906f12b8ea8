"""The short form of the drill of forgetting; every other drill also ends with a look for leaks."""

from tests.faults.actors import PEOPLE
from tests.faults.leaks import forgetting

SEED = 7


def test_forgotten_words_stand_nowhere(empty_url, tmp_path, forker):
    read = forgetting(empty_url, tmp_path, forker, seed=SEED, people=PEOPLE[:3])
    assert read["read while kept"] > 5
