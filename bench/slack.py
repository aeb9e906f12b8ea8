"""Signed requests of Slack, handed to a Bolt app without a network."""

import io
from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4
from wsgiref.types import WSGIApplication

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler

from bench.world import PEOPLE, TEAM, Place
from playground.slack.api import SECRET
from playground.slack.delivery import encode, sign
from playground.slack.workspace import Delivery


def door(app: App) -> WSGIApplication:
    """Return the function that hands a request to a Bolt app."""
    handler: WSGIApplication = SlackRequestHandler(app, path="/slack/events")
    return handler


def knock(at: WSGIApplication, delivery: Delivery) -> Callable[[], None]:
    """Return a call that sends one signed request. It raises unless the answer is 200."""
    body, kind = encode(delivery)

    def send() -> None:
        headers = sign(body, SECRET)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/slack/events",
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()},
        }
        answered: list[str] = []
        b"".join(at(environ, lambda status, _headers, *_: answered.append(status)))  # type: ignore[arg-type]
        assert answered[0].startswith("200"), answered

    return send


def reply(place: Place, n: int = 0, *, user: str | None = None) -> Delivery:
    """Return a reply in a session's thread, by whoever has the floor."""
    ts = f"{1_900_000_000 + n}.{uuid4().int % 10**6:06}"
    event = {
        "type": "message",
        "user": user or place.asked,
        "text": "Wat gebeurde er vlak voordat je besloot om het gesprek te beginnen?",
        "ts": ts,
        "thread_ts": place.thread,
        "channel": place.channel,
        "channel_type": "channel",
        "event_ts": ts,
    }
    return _delivery(
        "event",
        {
            "token": "t",
            "team_id": TEAM,
            "api_app_id": "A0",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{uuid4().hex}",
            "event_time": 1_900_000_000,
            "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
        },
    )


def command(place: Place, words: str) -> Delivery:
    """Return a slash command in a session's channel."""
    return _delivery(
        "command",
        {
            "token": "t",
            "team_id": TEAM,
            "team_domain": "bench",
            "channel_id": place.channel,
            "channel_name": "bench",
            "user_id": PEOPLE[0],
            "user_name": "sanne",
            "command": "/intervisie",
            "text": words,
            "api_app_id": "A0",
            "response_url": "http://127.0.0.1:9/",
            "trigger_id": uuid4().hex,
        },
    )


def press(place: Place, action: str) -> Delivery:
    """Return a press of a button on a session's board, by whoever has the floor."""
    pressed = {"action_id": action, "block_id": "b", "type": "button", "value": place.session}
    return _delivery(
        "interaction",
        {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "bench"},
            "user": {"id": place.asked, "username": "u", "team_id": TEAM},
            "api_app_id": "A0",
            "token": "t",
            "trigger_id": uuid4().hex,
            "container": {"type": "message", "message_ts": place.thread},
            "channel": {"id": place.channel, "name": "bench"},
            "message": {"ts": place.thread, "type": "message"},
            "response_url": "http://127.0.0.1:9/",
            "actions": [{**pressed, "text": {"type": "plain_text", "text": "x"}}],
        },
    )


def _delivery(kind: Literal["event", "command", "interaction"], body: dict[str, Any]) -> Delivery:
    return Delivery(kind, body, PEOPLE[0])
