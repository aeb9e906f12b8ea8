"""The short form of the drill of forgetting; after every other drill, too, canaries are sought."""

from tests.faults.actors import PEOPLE
from tests.faults.leaks import forgetting

SEED = 7


def test_what_people_wrote_stands_nowhere_and_once_forgotten_not_even_with_the_keys(
    empty_url, tmp_path, nursery
):
    read = forgetting(empty_url, tmp_path, nursery, seed=SEED, people=PEOPLE[:3])
    assert read["read while kept"] > 5
