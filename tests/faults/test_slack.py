"""The short form of the drill with a bad Slack; `make drills` gives the long one."""

from tests.faults.actors import PEOPLE
from tests.faults.slack import AWAY, FAULTS, MALFORMED, SHUT_OUT, bad_slack

THREE = PEOPLE[:3]


def test_a_bad_slack_doubles_nothing(ground, expected):
    done = bad_slack(ground, expected=expected, people=THREE, slow=1, seconds=2)
    assert set(done) == {*FAULTS, MALFORMED, *SHUT_OUT, *AWAY, "slow"}
