"""The log and /readyz tell whether Slack knows the bot."""

import logging
from threading import Event

import pytest

from bot.ops.connection import Connection
from bot.ops.health import Health
from bot.ops.slack_client import slack_client
from playground.slack.api import TOKEN
from playground.slack.server import serving
from playground.testing import WoundClock, seeded


class Once(Event):
    """Stops whoever waits for it."""

    def wait(self, timeout=None):
        return True


@pytest.fixture(scope="module")
def slack():
    with serving(seeded(WoundClock())) as served:
        yield served


@pytest.mark.parametrize(
    ("token", "url", "state", "told"),
    [
        (TOKEN, None, "ok", "connected to Slack"),
        ("xoxb-revoked", None, "Slack refuses the token: invalid_auth", "no connection to Slack"),
        (TOKEN, "http://127.0.0.1:9/", "Slack does not answer", "no connection to Slack"),
    ],
)
def test_it_says_whether_slack_knows_the_bot(slack, store, caplog, token, url, state, told):
    caplog.set_level(logging.INFO, "bot")
    connection = Connection(slack_client(token, url or slack.url).auth_test)
    health = Health(store, slack.clock.now)
    health.ask("slack", lambda: connection.state)
    assert health.ready()[1]["slack"] == "not asked yet"
    for _ in range(2):  # what has not changed is told once
        connection.run(Once())
    assert connection.state == health.ready()[1]["slack"] == state
    assert caplog.messages == [told]
