"""The short form of the drill with wrong clocks; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.clocks import wrong_clocks

SEED = 7


def test_wrong_clocks_lose_double_and_forget_nothing(empty_url, tmp_path, forker, expected):
    done = wrong_clocks(
        empty_url, tmp_path, forker, seed=SEED, expected=expected, people=PEOPLE[:3]
    )
    assert any(each.startswith("back") for each in done)
