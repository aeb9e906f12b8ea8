"""Nothing parses what Slack did not sign."""

import time
from io import BytesIO

import pytest
from slack_bolt import BoltResponse

from bot.web.slack import MAX_REQUEST_BYTES, PATH, SlackRequests
from playground.slack.delivery import sign

SECRET = "a secret"


class Bolt:
    """Bolt, as far as its adapter knows it; remembers the bodies that it was given."""

    oauth_flow = None

    def __init__(self):
        self.given = []

    def dispatch(self, request):
        self.given.append(request.raw_body)
        return BoltResponse(status=200)


@pytest.fixture
def bolt():
    return Bolt()


def status(bolt, body, headers):
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    found = []
    SlackRequests(bolt, SECRET)(environ, lambda status, _: found.append(status[:3]))
    return found


def test_a_signed_request_reaches_bolt(bolt):
    assert status(bolt, b"a=%C3%A9", sign(b"a=%C3%A9", SECRET)) == ["200"]
    assert bolt.given == ["a=%C3%A9"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        sign(b"a=1", "another secret"),
        sign(b"a=2", SECRET),
        sign(b"a=1", SECRET, time.time() - 301),
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=0"},
        {**sign(b"a=1", SECRET), "X-Slack-Signature": "v0=é"},
    ],
    ids=["unsigned", "forged", "other", "old", "untimed", "odd"],
)
def test_what_slack_did_not_sign_is_refused_unparsed(bolt, headers):
    assert status(bolt, b"a=1", headers) == ["401"]
    assert bolt.given == []


def test_what_is_no_text_is_refused(bolt):
    assert status(bolt, b"\xff", {"X-Slack-Request-Timestamp": str(int(time.time()))}) == ["401"]


def test_more_than_slack_ever_sends_is_refused(bolt):
    body = b"x" * (MAX_REQUEST_BYTES + 1)
    assert status(bolt, body, sign(body, SECRET)) == ["413"]
    assert bolt.given == []
