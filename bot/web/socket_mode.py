"""Socket Mode: Slack's requests over a web socket that the bot opens, so that it needs no address.

slack_sdk's own client neither waits for a Slack that is away at the start, nor notices for most
of a minute that a connection has broken off, during which it uses up a processor.
"""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http import HTTPStatus
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeAlias

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest
from websocket import ABNF, WebSocket, WebSocketTimeoutException, create_connection

from bot.errors import Fault
from bot.ops.slack_client import PASSING_ERRORS

log = logging.getLogger(__name__)

Json: TypeAlias = dict[str, Any]

THREADS = 16
"""Requests that are handled at once."""

CONNECT_SECONDS = 10

POLL_SECONDS = 1.0
"""How often a silent connection is looked at."""

PING_SECONDS, DEAD_SECONDS = 15, 30
"""Silence after which Slack is asked for a sign of life, and after which it gave none."""

MIN_DELAY_SECONDS, MAX_DELAY_SECONDS = 0.5, 4.0
"""Delay before the first attempt to connect again, and the longest; it doubles in between."""

RATE_LIMIT_SECONDS = 30


class SocketMode:
    """Receives requests in a thread, and handles them with Bolt in a pool of threads.

    `client` asks Slack with `app_token` where to connect, for each connection anew.
    """

    def __init__(self, bolt: App, client: WebClient, app_token: str) -> None:
        self._bolt = bolt
        self._client = client
        self._app_token = app_token
        self._stopping = Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="socket")
        self._thread = Thread(target=self._run, name="socket mode", daemon=True)

    def start(self) -> None:
        """Connect in the background, as soon as Slack is there.

        Raises `Fault` if Slack does not accept the token.
        """
        try:
            self._new_url()
        except SlackApiError as error:
            if _name(error) not in PASSING_ERRORS:
                raise Fault("app_token_refused", error=_name(error)) from None
        except OSError:
            log.warning("Slack is not there yet")
        self._thread.start()

    def is_alive(self) -> bool:
        """Check whether the thread that receives requests runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Receive no more, and finish the requests under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        """Keep a connection until `close` is called."""
        delay = 0.0
        while not self._stopping.wait(delay):
            try:
                connection = create_connection(self._new_url(), timeout=CONNECT_SECONDS)
                log.info("socket connected")
                delay = MIN_DELAY_SECONDS
                if self._receive(connection):
                    delay = 0.0
            except Exception as error:  # whatever it is, the next connection may work
                log.warning("socket lost", extra={"fault": type(error).__name__})
                delay = min(max(2 * delay, MIN_DELAY_SECONDS), MAX_DELAY_SECONDS)
                if isinstance(error, SlackApiError) and _name(error) == "ratelimited":
                    delay = RATE_LIMIT_SECONDS

    def _new_url(self) -> str:
        return str(self._client.apps_connections_open(app_token=self._app_token)["url"])

    def _receive(self, connection: WebSocket) -> bool:
        """Handle the requests of a connection until it ends; return whether Slack wants another.

        Slack says so some seconds before it closes a connection. What still comes over it is
        handled beside the next one. Raises exceptions of many kinds if the connection breaks off.
        """
        connection.settimeout(POLL_SECONDS)
        messages = self._messages(connection)
        with ExitStack() as ending:
            ending.callback(connection.shutdown)
            for message in messages:
                if message.get("type") == "disconnect":
                    ending.pop_all()
                    self._pool.submit(self._finish, connection, messages)
                    return True
                self._pool.submit(self._handle, connection, message)
            if self._stopping.is_set():
                self._pool.shutdown()  # the answers go over this connection
        return False

    def _finish(self, connection: WebSocket, messages: Iterator[Json]) -> None:
        with suppress(Exception), closing(connection):
            for message in messages:
                self._handle(connection, message)

    def _messages(self, connection: WebSocket) -> Iterator[Json]:
        """Yield messages until Slack closes the connection, or `close` is called."""
        heard = monotonic()
        while not self._stopping.is_set():
            try:
                opcode, frame = connection.recv_data_frame(control_frame=True)
            except WebSocketTimeoutException:
                silence = monotonic() - heard
                if silence > DEAD_SECONDS:
                    raise
                if silence > PING_SECONDS:
                    connection.ping()
                continue
            heard = monotonic()
            if opcode == ABNF.OPCODE_CLOSE:
                return
            if opcode == ABNF.OPCODE_TEXT:
                yield json.loads(frame.data)

    def _handle(self, connection: WebSocket, message: Json) -> None:
        """Answer a request; Slack sends events again for which it gets no answer."""
        try:
            request = SocketModeRequest.from_dict(message)
            if request is None:  # a greeting
                return
            response = run_bolt_app(self._bolt, request)
            if response.status == HTTPStatus.OK:
                answer: Json = {"envelope_id": request.envelope_id}
                if response.body:
                    answer["payload"] = json.loads(response.body)
                connection.send(json.dumps(answer))
        except Exception as error:
            log.warning("request not answered", extra={"fault": type(error).__name__})


def _name(error: SlackApiError) -> str:
    return str(error.response.get("error"))
