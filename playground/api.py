"""Slack's Web API, as far as the bot uses it, over HTTP."""

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.rules import SlackError
from playground.workspace import TEAM, Workspace

Json = dict[str, Any]

TOKEN = "xoxb-playground"  # noqa: S105 - it opens nothing but this playground
APP_TOKEN = "xapp-playground"  # noqa: S105 - idem
SECRET = "playground-secret"  # noqa: S105 - idem

BURST = 4
"""Messages that a channel takes at once before one a second holds; Slack names no figure."""

A_MINUTE = {
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.open": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "conversations.members": 100,
    "chat.postEphemeral": 100,
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
        return [Route("/{method}", self._handle, methods=["GET", "POST"])]

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
        if self.limited:
            self._limit(method, args)
        return handler(self.workspace, args)

    async def _handle(self, request: Request) -> Response:
        method = request.path_params["method"]
        token, args = await _arguments(request)
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
        return JSONResponse({"ok": True, **answer})

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
            raise SlackError("ratelimited", seconds=max(1, round(sent[0] + within - now)))
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


def _post(workspace: Workspace, args: Json, *, ephemeral: bool = False) -> Json:
    channel = str(args.get("channel") or "")
    if channel[:1] in ("U", "W"):
        channel = workspace.open_dm(channel).id
    if channel not in workspace.channels:
        raise SlackError("channel_not_found")
    said = workspace.bot_post(
        channel,
        text=str(args.get("text") or ""),
        blocks=args.get("blocks") or [],
        thread_ts=args.get("thread_ts") or None,
        metadata=args.get("metadata") or None,
        ephemeral_to=str(args["user"]) if ephemeral else None,
    )
    if ephemeral:
        return {"message_ts": said.ts}
    return {"channel": channel, "ts": said.ts, "message": {"ts": said.ts, "text": said.text}}


def _update(workspace: Workspace, args: Json) -> Json:
    said = workspace.bot_update(
        str(args["channel"]),
        str(args["ts"]),
        text=str(args.get("text") or ""),
        blocks=args.get("blocks") or [],
    )
    return {"channel": said.channel, "ts": said.ts, "text": said.text}


def _open_dm(workspace: Workspace, args: Json) -> Json:
    users = args.get("users") or ""
    user = users[0] if isinstance(users, list) else str(users).split(",")[0]
    found = workspace.users.get(user)
    if found is None:
        raise SlackError("user_not_found")
    if found.deleted:
        raise SlackError("user_disabled")
    return {"channel": {"id": workspace.open_dm(user).id}}


def _conversation(workspace: Workspace, args: Json) -> Json:
    place = workspace.channels.get(str(args.get("channel")))
    if place is None or (place.kind == "private" and workspace.bot.id not in place.members):
        raise SlackError("channel_not_found")
    return {
        "channel": {
            "id": place.id,
            "name": place.name,
            "is_member": workspace.bot.id in place.members,
            "is_private": place.kind == "private",
            "is_im": place.kind == "dm",
            "is_archived": place.archived,
        }
    }


def _members(workspace: Workspace, args: Json) -> Json:
    _conversation(workspace, args)
    return {"members": sorted(workspace.channels[str(args["channel"])].members)}


def _history(workspace: Workspace, args: Json, *, replies: bool = False) -> Json:
    channel = str(args.get("channel"))
    if channel not in workspace.channels:
        raise SlackError("channel_not_found")
    thread = str(args["ts"]) if replies else None
    found = workspace.history(channel, thread)[: int(args.get("limit") or 100)]
    if str(args.get("include_all_metadata")).lower() not in ("true", "1"):
        found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
    return {"messages": found, "has_more": False}


def _user(workspace: Workspace, args: Json) -> Json:
    found = workspace.as_user(str(args.get("user")))
    if str(args.get("include_locale")).lower() not in ("true", "1"):
        found.pop("locale")
    return {"user": found}


def _open(workspace: Workspace, args: Json, *, push: bool = False) -> Json:
    view = workspace.bot_open(str(args.get("trigger_id")), args["view"], push=push)
    return {"view": {"id": view.id, "hash": view.hash}}


def _publish(workspace: Workspace, args: Json) -> Json:
    view = workspace.bot_home(str(args.get("user_id")), args["view"], args.get("hash"))
    return {"view": {"id": view.id, "hash": view.hash}}


def _auth(workspace: Workspace, _args: Json) -> Json:
    return {"team_id": TEAM, "user_id": workspace.bot.id, "bot_id": "B0INTERVIS", "url": ""}


METHODS: Mapping[str, Callable[[Workspace, Json], Json]] = {
    "api.test": lambda _w, _a: {},
    "auth.test": _auth,
    "chat.postMessage": _post,
    "chat.postEphemeral": partial(_post, ephemeral=True),
    "chat.update": _update,
    "conversations.open": _open_dm,
    "conversations.info": _conversation,
    "conversations.members": _members,
    "conversations.history": _history,
    "conversations.replies": partial(_history, replies=True),
    "users.info": _user,
    "users.list": lambda w, _a: {"members": [w.as_user(user) for user in w.users]},
    "views.open": _open,
    "views.push": partial(_open, push=True),
    "views.publish": _publish,
}
