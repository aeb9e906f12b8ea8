"""The short form of the drill of presses; `make drills` tries everything in every state."""

import pytest

from tests.faults.presses import presses

SEED = 11


@pytest.mark.parametrize("state", ["reflect, written", "planned meeting"])
def test_no_press_is_met_with_silence_or_wipes_an_answer(sqlite_url, state):
    done = presses(sqlite_url, seed=SEED, state=state, most=12)
    assert done.total() == 12
