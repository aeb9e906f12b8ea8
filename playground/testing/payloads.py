"""Raw events: what Slack may send and no client of the playground would, signed and delivered."""

from itertools import count
from typing import Any

from playground.slack.records import Delivery, Reply
from playground.testing.team import SANNE, Team

_number = count(1)

_ABSENT = ...
"""A field with this value is left out of the payload."""


def envelope(team: Team, event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an `event_callback` payload around an event, with an event id of its own.

    `fields` replace those of the envelope; `...` leaves one out.
    """
    payload = {
        "token": "unused",
        "team_id": team.slack.team,
        "api_app_id": "A",
        "type": "event_callback",
        "event": event,
        "event_id": f"EvX{next(_number)}",
        "event_time": 1,
        "authorizations": [
            {"team_id": team.slack.team, "user_id": team.slack.bot.id, "is_bot": True}
        ],
        **fields,
    }
    return {key: value for key, value in payload.items() if value is not _ABSENT}


def message_event(
    team: Team, user: str, text: str, *, thread: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Return a `message` event in a thread; without `thread`, in that of the newest board.

    `fields` replace those of the event; `...` leaves one out.
    """
    ts = team.slack.new_ts()
    event = {
        "type": "message",
        "ts": ts,
        "event_ts": ts,
        "user": user,
        "text": text,
        "team": team.slack.team,
        "channel": team.channel,
        "channel_type": "group",
        "thread_ts": thread or team.board().ts,
        "client_msg_id": f"c{next(_number)}",
        **fields,
    }
    return {key: value for key, value in event.items() if value is not _ABSENT}


def deliver(
    team: Team,
    event: dict[str, Any],
    *,
    user: str = SANNE,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> Reply:
    """Send an event to the bot once, signed, over HTTP; return the bot's answer, at rest.

    `fields` go into the envelope; `headers` are sent besides the signature.
    """
    delivery = Delivery("event", envelope(team, event, **fields), user)
    reply = team.stage.slack.dispatcher.send(delivery, headers or {})
    team.stage.settle()
    return reply
