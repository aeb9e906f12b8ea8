"""The short form of the drill with a bad Slack; `make drills` gives the long one."""

import pytest

from tests.faults.actors import PEOPLE
from tests.faults.slack import AWAY, FAULTS, MALFORMED, SHUT_OUT, bad_slack

THREE = PEOPLE[:3]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)  # `make drills` tries both
def test_a_bad_slack_doubles_nothing(ground, expected):
    done = bad_slack(ground, expected=expected, people=THREE, slow=1, seconds=2)
    assert set(done) == {*FAULTS, MALFORMED, *SHUT_OUT, *AWAY, "slow"}
