"""Slack's Web API over HTTP: tokens, scopes, rate limits, and faults on request."""

import asyncio
import json
from base64 import b64decode
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.slack.oauth import OAuth
from playground.slack.validation import SlackError
from playground.slack.web_methods import METHODS
from playground.slack.workspace import Workspace

Json = dict[str, Any]

NEEDS_TEAM = frozenset({"conversations.create", "conversations.list", "users.list"})
"""Methods that need `team_id` with a token for a whole organisation."""

TOKEN = "xoxb-playground"  # noqa: S105 - valid for this playground alone
APP_TOKEN = "xapp-playground"  # noqa: S105 - idem
SECRET = "playground-secret"  # noqa: S105 - idem

BURST = 4
"""Messages that a channel takes at once, before the limit of one a second applies.

Slack allows bursts but publishes no figure.
"""

CALLS_PER_MINUTE = {
    "chat.update": 50,
    "chat.delete": 50,
    "chat.getPermalink": 100,
    "conversations.open": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "conversations.join": 50,
    "conversations.create": 20,
    "conversations.invite": 50,
    "bots.info": 50,
    "team.info": 50,
    "conversations.members": 100,
    "chat.postEphemeral": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "files.delete": 50,
    "pins.add": 20,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
}
"""How often each method may be called in a minute, by its tier in Slack's reference."""


@dataclass
class Fault:
    """A fault in so many calls of a method, each after `seconds`.

    `kind` is `drop` (the connection breaks before the call is handled), `drop_after` (it breaks
    before the answer), `slow` (only the delay), `500`, `429`, or the name of a Slack error.
    With a `response` (status, headers, body), that is the answer; `handled` tells whether the
    call is carried out before it.
    """

    kind: str
    times: int = 1
    seconds: float = 0.0
    response: tuple[int, dict[str, str], str] | None = None
    handled: bool = False


@dataclass
class Api:
    """The Web API of a workspace, and of `others` that installed the app by OAuth.

    `token` is that of `workspace`. `limited` turns the rate limits on.
    `calls` lists the calls so far: method, arguments, and `ok` or the error's name.
    """

    workspace: Workspace
    limited: bool = True
    token: str = TOKEN
    socket_url: str = ""
    calls: list[tuple[str, Json, str]] = field(default_factory=list)
    others: list[Workspace] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _sent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        """Begin without any installation."""
        self.oauth = OAuth(self.workspace.clock)

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/api`."""
        return [
            Route("/response/{id}", self._respond, methods=["POST"]),
            Route("/upload/{id}", self._upload, methods=["POST"]),
            Route("/files/{id}/{name}", self._download, methods=["GET"]),
            Route("/{method}", self._handle, methods=["GET", "POST"]),
        ]

    def counts(self) -> Counter[str]:
        """Count the calls so far, by method."""
        return Counter(method for method, _, _ in self.calls)

    def fail(self, method: str, kind: str, *, times: int = 1, seconds: float = 0.0) -> None:
        """Make the next calls of a method fail (`*` for any method); see `Fault`."""
        self.faults[method].append(Fault(kind, times, seconds))

    def respond(
        self,
        method: str,
        status: int,
        body: str,
        *,
        headers: Mapping[str, str] | None = None,
        handled: bool = False,
        times: int = 1,
    ) -> None:
        """Answer the next calls of a method with this response; see `Fault`."""
        fault = Fault(kind="response", times=times, handled=handled)
        fault.response = (status, dict(headers or {}), body)
        self.faults[method].append(fault)

    def call(self, method: str, token: str, args: Json) -> Json:
        """Handle one call and return the answer without `ok`. Raise `SlackError` to refuse it."""
        if method == "oauth.v2.access":
            return self.oauth.access(args)
        if method == "api.test":
            return {"args": args}
        if not token:
            raise SlackError("not_authed")
        if method == "apps.connections.open" and token == APP_TOKEN and self.socket_url:
            return {"url": self.socket_url}
        if token == self.token:
            workspace = self.workspace
        else:
            workspace = _meant(self.oauth.workspaces_of(token), method, args)
        handler = METHODS.get(method)
        if handler is None:
            raise SlackError("unknown_method")
        place = workspace.channels.get(str(args.get("channel")))
        workspace.app.allow(method, place.kind if place else "channel")
        if self.limited:
            self._check_rate(workspace.team, method, args)
        return handler(workspace, args)

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
        content = await request.body()
        for workspace in (self.workspace, *self.others):  # ids of files are a workspace's own
            try:
                workspace.bot_upload(request.path_params["id"], content)
            except SlackError as error:
                refused = error.name
            else:
                return Response("OK")
        return Response(refused, status_code=400)

    async def _download(self, request: Request) -> Response:
        try:
            file = self.workspace.file(request.path_params["id"])
        except SlackError as error:
            return Response(error.name, status_code=404)
        media_type = guess_type(file.name)[0] or "application/octet-stream"
        disposition = "inline" if media_type == "image/png" else "attachment"
        headers = {"Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name)}"}
        return Response(file.content or b"", media_type=media_type, headers=headers)

    async def _handle(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            token, args = await _arguments(request)
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_json"})
        fault = self.next_fault(method)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            if fault.kind == "drop":
                raise ConnectionResetError
            if fault.kind == "500":
                return Response("upstream error", status_code=500)
            if fault.kind == "429":
                return _rate_limited(1)
            if fault.response is not None:
                return await self._malformed(fault, method, token, args)
            if fault.kind not in ("drop_after", "slow"):
                self.calls.append((method, args, fault.kind))
                return JSONResponse({"ok": False, "error": fault.kind})
        try:
            answer = await asyncio.to_thread(self.call, method, token, args)
        except SlackError as error:
            self.calls.append((method, args, error.name))
            if error.name == "ratelimited":
                return _rate_limited(error.detail["seconds"])
            return JSONResponse({"ok": False, "error": error.name, **error.detail})
        self.calls.append((method, args, "ok"))
        if fault is not None and fault.kind == "drop_after":
            raise ConnectionResetError
        granted = ",".join(sorted(self.workspace.app.scopes or ()))
        return JSONResponse({"ok": True, **answer}, headers={"x-oauth-scopes": granted})

    async def _malformed(self, fault: Fault, method: str, token: str, args: Json) -> Response:
        """Answer with a fault's response, after the call if it is to be handled."""
        if fault.handled:
            with suppress(SlackError):
                await asyncio.to_thread(self.call, method, token, args)
        self.calls.append((method, args, fault.kind))
        assert fault.response is not None
        status, headers, body = fault.response
        return Response(body, status_code=status, headers=headers)

    def next_fault(self, method: str) -> Fault | None:
        """Take the fault of the next call of this method, if one was asked for."""
        faults = self.faults[method] or self.faults["*"]
        if not faults:
            return None
        fault = faults[0]
        fault.times -= 1
        if fault.times <= 0:
            faults.popleft()
        return fault

    def _check_rate(self, team: str, method: str, args: Json) -> None:
        """Count a call in its sliding window. Raise `SlackError` (`ratelimited`) if it is full."""
        now = self.workspace.clock.now().timestamp()
        if method == "chat.postMessage":
            key, limit, window_seconds = f"{method}:{args.get('channel')}", BURST, BURST - 0.5
        elif method in CALLS_PER_MINUTE:
            key, limit, window_seconds = method, CALLS_PER_MINUTE[method], 60.0
        else:
            return
        sent = self._sent[f"{team}:{key}"]
        while sent and sent[0] <= now - window_seconds:
            sent.popleft()
        if len(sent) >= limit:
            wait = sent[0] + window_seconds - now
            raise SlackError("ratelimited", seconds=max(1, ceil(wait)))
        sent.append(now)


def _meant(workspaces: Sequence[Workspace], method: str, args: Json) -> Workspace:
    """Return the workspace of a call with a token of several: by an id in it, or `team_id`.

    Raises `SlackError` when the method needs that and it is absent.
    """
    if len(workspaces) == 1:
        return workspaces[0]
    if method in NEEDS_TEAM and "team_id" not in args:
        raise SlackError("missing_argument")
    team = args.get("team_id")
    found = (w for w in workspaces if w.team == team or any(map(w.has, _ids(args))))
    return next(found, workspaces[0])


def _ids(args: Json) -> list[str]:
    """Return the ids among the arguments of a call."""
    names = ("channel", "channel_id", "user", "users", "user_id", "view_id", "trigger_id", "file")
    return [part for name in names for part in str(args.get(name) or "").split(",")]


def _rate_limited(seconds: int) -> Response:
    body = {"ok": False, "error": "ratelimited"}
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(seconds)})


async def _arguments(request: Request) -> tuple[str, Json]:
    """Read a call's token and arguments, from JSON or a form. Raise `ValueError` for bad JSON."""
    body = await request.body()
    args: Json
    if "json" in request.headers.get("content-type", ""):
        args = json.loads(body or b"{}")
        if not isinstance(args, dict):
            raise ValueError("not an object")
    else:
        args = {key: _value(str(value)) for key, value in (await request.form()).items()}
        args |= {key: _value(value) for key, value in request.query_params.items()}
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind == "Basic":  # an app that gets a token
        client_id, _, secret = b64decode(given).decode().partition(":")
        return "", {**args, "client_id": client_id, "client_secret": secret}
    return str(args.pop("token", "") or given), args


def _value(text: str) -> Any:
    """Return an argument of a form; one that looks like JSON is parsed if it can be."""
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
