"""Socket Mode holds on to Slack, whatever becomes of a connection."""

import json
from contextlib import contextmanager
from queue import Queue
from threading import Event, Thread
from urllib.error import URLError

import pytest
from slack_bolt import BoltResponse
from slack_sdk.errors import SlackApiError
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from bot.errors import Fault
from bot.web import socket_mode
from bot.web.socket_mode import SocketMode

SECONDS = 10


class Bolt:
    """Answers a request with its own payload; one that says "wait" when it is told to."""

    def __init__(self):
        self.go_on = Event()

    def dispatch(self, request):
        if request.body.get("wait"):
            self.go_on.wait(SECONDS)
        return BoltResponse(status=200, body=json.dumps(request.body))


class Slack:
    """Accepts connections, and puts each into a queue; refuses to say where, while it is away."""

    def __init__(self):
        self.connections = Queue()
        self.over = Event()
        self.away = []
        self.url = ""

    def serve(self, connection):
        connection.send(json.dumps({"type": "hello"}))
        self.connections.put(connection)
        self.over.wait()

    def next(self):
        return self.connections.get(timeout=SECONDS)

    def apps_connections_open(self, app_token):
        if self.away:
            raise self.away.pop()
        return {"url": self.url}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(socket_mode, "MIN_DELAY_SECONDS", 0.01)
    monkeypatch.setattr(socket_mode, "POLL_SECONDS", 0.05)


@pytest.fixture
def slack():
    slack = Slack()
    with serve(slack.serve, "127.0.0.1", 0) as server:
        slack.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield slack
        slack.over.set()


@contextmanager
def receiving(slack, bolt=None):
    receiver = SocketMode(bolt or Bolt(), slack, "xapp-1")
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.close()


def ask(connection, id_, **payload):
    envelope = {"type": "events_api", "envelope_id": id_, "payload": payload}
    connection.send(json.dumps(envelope))


def answer(connection):
    return json.loads(connection.recv(timeout=SECONDS))


def test_a_request_is_answered_with_what_bolt_says(slack):
    with receiving(slack):
        connection = slack.next()
        ask(connection, "1", text="é")
        assert answer(connection) == {"envelope_id": "1", "payload": {"text": "é"}}


def test_a_connection_that_breaks_off_is_replaced(slack):
    with receiving(slack):
        for end in ("close_socket", "close"):
            connection = slack.next()
            getattr(connection, end)()
        connection = slack.next()
        ask(connection, "2")
        assert answer(connection)["envelope_id"] == "2"


def test_a_connection_that_slack_will_close_is_used_until_then(slack):
    with receiving(slack):
        old = slack.next()
        old.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
        new = slack.next()
        for each in (old, new):
            ask(each, "1")
            assert answer(each)["envelope_id"] == "1"


def test_a_connection_that_gives_no_sign_of_life_is_replaced(slack, monkeypatch):
    monkeypatch.setattr(socket_mode, "DEAD_SECONDS", 0)
    with receiving(slack):
        slack.next()
        slack.next()


def test_it_waits_for_a_slack_that_is_away(slack):
    refused = URLError(ConnectionRefusedError())
    slack.away = [refused, SlackApiError("", {"error": "service_unavailable"}), refused]
    with receiving(slack) as receiver:
        slack.next()
        assert receiver.is_alive()


def test_a_token_that_slack_refuses_ends_the_start(slack):
    slack.away = [SlackApiError("", {"error": "invalid_auth"})]
    with pytest.raises(Fault, match="app_token_refused"):
        SocketMode(Bolt(), slack, "xapp-1").start()


def test_at_the_end_the_requests_under_way_are_answered(slack):
    bolt = Bolt()
    with receiving(slack, bolt) as receiver:
        connection = slack.next()
        ask(connection, "1", wait=True)
        ask(connection, "2")
        assert answer(connection)["envelope_id"] == "2"
        closing = Thread(target=receiver.close)
        closing.start()
        bolt.go_on.set()
        assert answer(connection)["envelope_id"] == "1"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=SECONDS)
        closing.join()
    assert not receiver.is_alive()
