"""Socket Mode: deliveries over a web socket that the bot opened, instead of over HTTP."""

import asyncio
import json
from concurrent.futures import Future
from itertools import count
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.slack.state import ANSWER_SECONDS
from playground.slack.workspace import Delivery, Reply

Json = dict[str, Any]

ENVELOPE_TYPES = {
    "event": "events_api",
    "command": "slash_commands",
    "interaction": "interactive",
}


class SocketSender:
    """Sends deliveries over the one web socket between the imitation of Slack and the bot."""

    path = "/socket"

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: WebSocket | None = None
        self._unanswered: dict[str, Future[Json]] = {}
        self._ids = count(1)

    @property
    def connected(self) -> bool:
        """Whether a bot has opened the socket."""
        return self._socket is not None

    def routes(self) -> list[WebSocketRoute]:
        """Return the route to which `apps.connections.open` refers."""
        return [WebSocketRoute(self.path, self._serve)]

    def __call__(self, delivery: Delivery, headers: dict[str, str]) -> Reply:
        """Send one envelope and return its acknowledgement, with status 0 for none in time."""
        if self._socket is None or self._loop is None:
            return Reply(0)
        id_ = f"envelope-{next(self._ids)}"
        answer: Future[Json] = Future()
        self._unanswered[id_] = answer
        envelope = {
            "envelope_id": id_,
            "type": ENVELOPE_TYPES[delivery.kind],
            "accepts_response_payload": delivery.kind != "event",
            "payload": delivery.body,
            "retry_attempt": int(headers.get("X-Slack-Retry-Num", 0)),
        }
        sending = self._socket.send_text(json.dumps(envelope))
        asyncio.run_coroutine_threadsafe(sending, self._loop)
        try:
            return Reply(200, answer.result(timeout=ANSWER_SECONDS).get("payload"))
        except TimeoutError:
            return Reply(0)
        finally:
            self._unanswered.pop(id_, None)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        self._loop, self._socket = asyncio.get_running_loop(), socket
        await socket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        try:
            while True:
                answer = json.loads(await socket.receive_text())
                waiting = self._unanswered.get(answer.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (WebSocketDisconnect, RuntimeError):
            if self._socket is socket:  # else the bot has opened another since
                self._socket = None
