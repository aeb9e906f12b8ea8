"""The short form of the drill of duplicates and disorder; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.reordering import disorder

SEED = 7
THREE = PEOPLE[:3]


def test_what_comes_often_and_out_of_order_ends_as_what_comes_once(
    empty_url, tmp_path, forker, expected
):
    brought = disorder(empty_url, tmp_path, forker, seed=SEED, expected=expected, people=THREE)
    assert brought["copy"] > 20
