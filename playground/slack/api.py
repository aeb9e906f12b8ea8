"""Slack's Web API over HTTP: tokens, scopes, rates, and faults to order."""

import asyncio
import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from math import ceil
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.slack.validation import SlackError
from playground.slack.web_methods import METHODS
from playground.slack.workspace import Workspace

Json = dict[str, Any]

TOKEN = "xoxb-playground"  # noqa: S105 - it opens nothing but this playground
APP_TOKEN = "xapp-playground"  # noqa: S105 - idem
SECRET = "playground-secret"  # noqa: S105 - idem

BURST = 4
"""Messages that a channel takes at once before one a second holds; Slack names no figure."""

A_MINUTE = {
    "chat.update": 50,
    "chat.delete": 50,
    "chat.getPermalink": 100,
    "conversations.open": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "conversations.join": 50,
    "bots.info": 50,
    "team.info": 50,
    "conversations.members": 100,
    "chat.postEphemeral": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "pins.add": 20,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
}
"""Calls a minute, by the tier that Slack's reference gives each method."""


@dataclass
class Fault:
    """Something to go wrong: `drop`, `drop_after`, `500`, `429` or a Slack error's name."""

    what: str
    times: int = 1
    seconds: float = 0.0


@dataclass
class Api:
    """The Web API of one workspace. `limited` switches the rates on."""

    workspace: Workspace
    limited: bool = True
    token: str = TOKEN
    link_url: str = ""
    calls: list[tuple[str, Json, str]] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _sent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def routes(self) -> list[Route]:
        """Give the routes, relative to `/api`."""
        return [
            Route("/response/{id}", self._respond, methods=["POST"]),
            Route("/upload/{id}", self._upload, methods=["POST"]),
            Route("/files/{id}/{name}", self._download, methods=["GET"]),
            Route("/{method}", self._handle, methods=["GET", "POST"]),
        ]

    def counts(self) -> Counter[str]:
        """Count the calls so far, by method."""
        return Counter(method for method, _, _ in self.calls)

    def fail(self, method: str, what: str, *, times: int = 1, seconds: float = 0.0) -> None:
        """Let the next calls of a method go wrong."""
        self.faults[method].append(Fault(what, times, seconds))

    def call(self, method: str, token: str, args: Json) -> Json:
        """Answer one call. Raises `SlackError`."""
        if not token:
            raise SlackError("not_authed")
        if method == "apps.connections.open" and token == APP_TOKEN and self.link_url:
            return {"url": self.link_url}
        if token != self.token:
            raise SlackError("invalid_auth")
        handler = METHODS.get(method)
        if handler is None:
            raise SlackError("unknown_method")
        place = self.workspace.channels.get(str(args.get("channel")))
        self.workspace.app.allow(method, place.kind if place else "channel")
        if self.limited:
            self._limit(method, args)
        return handler(self.workspace, args)

    async def _respond(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            await asyncio.to_thread(self.workspace.bot_respond, request.path_params["id"], body)
        except ValueError:
            return Response("invalid_payload", status_code=400)
        except SlackError as error:
            return Response(error.name, status_code=404)
        return Response("ok")

    async def _upload(self, request: Request) -> Response:
        try:
            self.workspace.bot_upload(request.path_params["id"], await request.body())
        except SlackError as error:
            return Response(error.name, status_code=400)
        return Response("OK")

    async def _download(self, request: Request) -> Response:
        try:
            file = self.workspace.file(request.path_params["id"])
        except SlackError as error:
            return Response(error.name, status_code=404)
        kind = guess_type(file.name)[0] or "application/octet-stream"
        way = "inline" if kind == "image/png" else "attachment"
        headers = {"Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name)}"}
        return Response(file.content or b"", media_type=kind, headers=headers)

    async def _handle(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            token, args = await _arguments(request)
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_json"})
        fault = self._fault(method)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            if fault.what == "drop":
                raise ConnectionResetError
            if fault.what == "500":
                return Response("upstream error", status_code=500)
            if fault.what == "429":
                return _limited(1)
            if fault.what not in ("drop_after", "slow"):
                self.calls.append((method, args, fault.what))
                return JSONResponse({"ok": False, "error": fault.what})
        try:
            answer = await asyncio.to_thread(self.call, method, token, args)
        except SlackError as error:
            self.calls.append((method, args, error.name))
            if error.name == "ratelimited":
                return _limited(error.detail["seconds"])
            return JSONResponse({"ok": False, "error": error.name, **error.detail})
        self.calls.append((method, args, "ok"))
        if fault is not None and fault.what == "drop_after":
            raise ConnectionResetError
        granted = ",".join(sorted(self.workspace.app.scopes or ()))
        return JSONResponse({"ok": True, **answer}, headers={"x-oauth-scopes": granted})

    def _fault(self, method: str) -> Fault | None:
        waiting = self.faults[method] or self.faults["*"]
        if not waiting:
            return None
        fault = waiting[0]
        fault.times -= 1
        if fault.times <= 0:
            waiting.popleft()
        return fault

    def _limit(self, method: str, args: Json) -> None:
        now = self.workspace.clock.now().timestamp()
        if method == "chat.postMessage":
            sent, most, within = self._sent[f"{method}:{args.get('channel')}"], BURST, BURST - 0.5
        elif method in A_MINUTE:
            sent, most, within = self._sent[method], A_MINUTE[method], 60.0
        else:
            return
        while sent and sent[0] <= now - within:
            sent.popleft()
        if len(sent) >= most:
            raise SlackError("ratelimited", seconds=max(1, ceil(sent[0] + within - now)))
        sent.append(now)


def _limited(seconds: int) -> Response:
    body = {"ok": False, "error": "ratelimited"}
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(seconds)})


async def _arguments(request: Request) -> tuple[str, Json]:
    """Read a call's token and arguments, from JSON or a form."""
    body = await request.body()
    args: Json
    if "json" in request.headers.get("content-type", ""):
        args = json.loads(body or b"{}")
        if not isinstance(args, dict):
            raise ValueError("not an object")
    else:
        args = {key: _value(str(value)) for key, value in (await request.form()).items()}
        args |= {key: _value(value) for key, value in request.query_params.items()}
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return str(args.pop("token", "") or bearer), args


def _value(text: str) -> Any:
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
