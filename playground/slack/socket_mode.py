"""Socket Mode: deliveries over a web socket that the bot opened, instead of over HTTP."""

import asyncio
import json
from concurrent.futures import Future
from itertools import count
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.slack.delivery import SECONDS
from playground.slack.workspace import Delivery, Reply

Json = dict[str, Any]

TYPES = {"event": "events_api", "command": "slash_commands", "interaction": "interactive"}


class Link:
    """The one socket between the playground's Slack and the bot."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: WebSocket | None = None
        self._asked: dict[str, Future[Json]] = {}
        self._ids = count(1)

    @property
    def connected(self) -> bool:
        """Whether a bot is on the line."""
        return self._socket is not None

    def routes(self) -> list[WebSocketRoute]:
        """Give the route that `apps.connections.open` names."""
        return [WebSocketRoute("/link", self._serve)]

    def __call__(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        """Send one envelope and wait for its acknowledgement; status 0 for none in time."""
        if self._socket is None or self._loop is None:
            return Reply(0)
        id_ = f"envelope-{next(self._ids)}"
        answer: Future[Json] = Future()
        self._asked[id_] = answer
        envelope = {
            "envelope_id": id_,
            "type": TYPES[delivery.kind],
            "accepts_response_payload": delivery.kind != "event",
            "payload": delivery.body,
            "retry_attempt": int(extra.get("X-Slack-Retry-Num", 0)),
        }
        sending = self._socket.send_text(json.dumps(envelope))
        asyncio.run_coroutine_threadsafe(sending, self._loop)
        try:
            return Reply(200, answer.result(timeout=SECONDS).get("payload"))
        except TimeoutError:
            return Reply(0)
        finally:
            self._asked.pop(id_, None)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        self._loop, self._socket = asyncio.get_running_loop(), socket
        await socket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        try:
            while True:
                answer = json.loads(await socket.receive_text())
                asked = self._asked.get(answer.get("envelope_id", ""))
                if asked is not None and not asked.done():
                    asked.set_result(answer)
        except (WebSocketDisconnect, RuntimeError):
            self._socket = None
