"""Payloads of Slack's documented shapes, with every optional field absent, null, empty or foreign.

The shapes are data, after https://docs.slack.dev/reference/events and
https://docs.slack.dev/reference/interaction-payloads; `May` marks what Slack may leave out.
"""

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any, Literal, NamedTuple

from slack_bolt import App

from bot.web.slack import SlackRequests
from playground.slack.api import SECRET
from playground.slack.delivery import encode, sign
from playground.slack.records import APP, TEAM, Delivery
from playground.testing import ESTHER, MEHMET, SANNE, Team, staged
from tests.faults.payloads import Json, Place

OTHER_TEAM, OTHER_ORGANISATION, OTHER_USER = "T0OTHERORG", "E0OTHERORG", "U0OTHERORG"

KINDS: dict[str, Literal["event", "command"]] = {"event": "event", "command": "command"}

FINE = frozenset({"200", "400"})
"""What may be answered: received, or impossible to read."""


class May(NamedTuple):
    """A field that may be absent, null or empty, with what usually stands there."""

    value: Any
    foreign: Any = None


def shapes(at: Place) -> Iterator[tuple[str, Json]]:
    """Return each shape by its name: payloads with `May` for what is optional."""
    for name, event in _events(at).items():
        yield f"event {name}", {**_envelope(at), "event": event}
    yield from _interactions(at).items()


def variants(shape: Any) -> Iterator[Any]:
    """Return a shape as it usually is, and with each optional field in each other way."""
    yield _usual(shape)
    for path, field in _optional(shape):
        for value in (..., None, _empty(field.value), field.foreign):
            yield _usual(shape, path, value)


def edges(url: str, *, seed: int, share: float = 1.0) -> Counter[str]:
    """Set up a bot with a session, and send it a share of all variants; see `send`."""
    with staged(url) as stage:
        team = Team(stage)
        team.begins(MEHMET, [SANNE, ESTHER])
        session = team.session()
        place = Place(
            team=session.workspace,
            user=team.turn(),
            bot=team.slack.bot.id,
            channel=team.channel,
            thread=team.board().ts,
            session=session.id,
            case=session.case_id,
            group=session.group_id,
            meeting="none",
        )
        done = send(stage.bot.bolt, place, Random(seed), share)
        assert team.types(SANNE, "help").status == 200, "it does not go on"
        return done


def send(app: App, at: Place, chance: Random, share: float) -> Counter[str]:
    """Send variants, signed, in this process; return how many got which answer.

    Of each shape goes what is usual, and of the other variants a share. Raises
    `AssertionError` for a payload that is answered in another way than `FINE`.
    """
    bot, done = SlackRequests(app, SECRET), Counter[str]()
    for name, shape in shapes(at):
        kind = name.partition(" ")[0]
        for number, body in enumerate(variants(shape)):
            if number and chance.random() >= share:
                continue
            status = _send(bot, Delivery(KINDS.get(kind, "interaction"), body, at.user))
            assert status in FINE, (name, status, body)
            done[f"{name} {status}"] += 1
    return done


def _send(bot: SlackRequests, delivery: Delivery) -> str:
    """Hand a signed delivery to the bot's web application, without a connection."""
    body, content_type = encode(delivery)
    headers = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in sign(body, SECRET).items()}
    environ = {
        "REQUEST_METHOD": "POST",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": "/slack/events",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": content_type,
        "wsgi.input": BytesIO(body),
        **headers,
    }
    answered: list[str] = []
    bot(environ, lambda status, *_: answered.append(status[:3]))  # type: ignore[arg-type]
    return answered[0]


def _empty(usual: Any) -> Any:
    """Return what is empty of the kind that usually stands there."""
    return type(usual)() if isinstance(usual, str | list | dict) else ""


def _usual(found: Any, path: tuple[Any, ...] = (), value: Any = None) -> Any:
    """Return a shape with what usually stands in it, but `value` at `path`; `...` leaves it out."""
    if isinstance(found, May):
        found = found.value
    items: Any
    if isinstance(found, dict):
        items = found.items()
    elif isinstance(found, list):
        items = enumerate(found)
    else:
        return found
    made = {}
    for key, each in items:
        if path == (key,):
            if value is not ...:
                made[key] = value
        else:
            rest = path[1:] if path[:1] == (key,) else ()
            made[key] = _usual(each, rest, value)
    return made if isinstance(found, dict) else list(made.values())


def _optional(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], May]]:
    """Return every optional field of a shape, by its path."""
    if isinstance(found, May):
        yield path, found
        found = found.value
    if isinstance(found, dict):
        for key, each in found.items():
            yield from _optional(each, (*path, key))
    elif isinstance(found, list):
        for key, each in enumerate(found):
            yield from _optional(each, (*path, key))


def _envelope(at: Place) -> Json:
    return {
        "type": "event_callback",
        "token": May("unused"),
        "team_id": May(TEAM, OTHER_TEAM),
        "context_team_id": May(TEAM, OTHER_TEAM),
        "context_enterprise_id": May(None, OTHER_ORGANISATION),
        "enterprise_id": May("E0OURS", OTHER_ORGANISATION),
        "api_app_id": May(APP),
        "event_id": "Ev0",
        "event_time": May(1795574107),
        "event_context": May("4-x"),
        "is_ext_shared_channel": May(False, True),
        "authorizations": May(
            [
                {
                    "enterprise_id": May(None, OTHER_ORGANISATION),
                    "team_id": May(TEAM, OTHER_TEAM),
                    "user_id": May(at.bot, OTHER_USER),
                    "is_bot": May(True),
                    "is_enterprise_install": May(False, True),
                }
            ]
        ),
    }


def _events(at: Place) -> dict[str, Json]:
    said = {
        "type": "message",
        "channel": at.channel,
        "channel_type": May("channel", "mpim"),
        "ts": "1795574107.000100",
        "event_ts": May("1795574107.000100"),
        "user": May(at.user, OTHER_USER),
        "text": May("Wat zag je? <@U1> <https://a.example|hier>"),
        "team": May(TEAM, OTHER_TEAM),
        "user_team": May(TEAM, OTHER_TEAM),
        "source_team": May(TEAM, OTHER_TEAM),
        "thread_ts": May(at.thread),
        "parent_user_id": May(at.bot, OTHER_USER),
        "client_msg_id": May("c"),
        "bot_id": May(None, "B0OTHER"),
        "bot_profile": May({"id": "B0OTHER", "name": "rss"}),
        "subtype": May(None, "bot_message"),
        "blocks": May([{"type": "rich_text", "elements": []}]),
        "files": May([{"id": "F1", "mode": "hidden_by_limit"}]),
        "attachments": May([{"fallback": "x"}]),
        "edited": May({"user": May(at.user), "ts": "1795574108.000000"}),
        "metadata": May({"event_type": "x", "event_payload": {}}),
        "hidden": May(False, True),
    }
    place = {
        "type": "message",
        "channel": at.channel,
        "channel_type": May("channel", "im"),
        "ts": "1795574109.000100",
        "event_ts": May("1795574109.000100"),
        "hidden": May(True),
    }
    coming = {
        "user": at.user,
        "channel": at.channel,
        "channel_type": May("C"),
        "team": May(TEAM, OTHER_TEAM),
        "inviter": May(at.user, OTHER_USER),
        "enterprise": May("E0OURS", OTHER_ORGANISATION),
        "event_ts": May("1795574109.000100"),
    }
    profile = {
        "id": at.user,
        "team_id": May(TEAM, OTHER_TEAM),
        "name": May("iemand"),
        "real_name": May("Iemand"),
        "deleted": May(False),
        "profile": May({"display_name": May("ie")}),
        "locale": May("nl-NL"),
        "tz": May("Europe/Amsterdam", "Mars/Olympus"),
        "is_restricted": May(False),
        "is_ultra_restricted": May(False),
        "is_stranger": May(False),
        "is_bot": May(False),
        "enterprise_user": May(
            {
                "id": May(at.user),
                "enterprise_id": May("E0OURS", OTHER_ORGANISATION),
                "teams": May([TEAM], [OTHER_TEAM]),
            }
        ),
    }
    opened = {"type": "app_home_opened", "user": at.user, "channel": May("D1")}
    changed = {**place, "subtype": "message_changed", "message": May(said)}
    return {
        "message": said,
        "direct message": {**said, "channel": "D1", "channel_type": May("im")},
        "message_changed": {**changed, "previous_message": May({**said, "text": May("Wat")})},
        "tombstone": {**changed, "message": May({**said, "subtype": "tombstone"})},
        "message_deleted": {
            **place,
            "subtype": "message_deleted",
            "deleted_ts": May("1795574107.000100"),
            "previous_message": May(said),
        },
        "channel_join": {**said, "subtype": "channel_join"},
        "app_mention": {
            "type": "app_mention",
            "channel": at.channel,
            "user": May(at.user),
            "text": f"<@{at.bot}> hulp",
            "ts": "1795574109.000100",
            "thread_ts": May(at.thread),
            "bot_id": May(None, "B0OTHER"),
        },
        "member_joined_channel": {"type": "member_joined_channel", **coming},
        "member_left_channel": {"type": "member_left_channel", **coming},
        "user_change": {"type": "user_change", "user": profile},
        "home": {**opened, "tab": May("home", "about"), "view": May({"id": "V1", "team_id": TEAM})},
        "channel_archive": {
            "type": "channel_archive",
            "channel": "C0ELSE",
            "user": May(at.user),
            "event_ts": May("1795574109.000100"),
        },
        "channel_id_changed": {
            "type": "channel_id_changed",
            "old_channel_id": May("C0ELSE"),
            "new_channel_id": May("C0NEW"),
        },
        "channel_rename": {"type": "channel_rename", "channel": May({"id": May(at.channel)})},
        "tokens_revoked": {
            "type": "tokens_revoked",
            "tokens": May({"oauth": May([]), "bot": May([])}),
        },
        "unknown": {"type": May("something_new"), "item": May({"channel": May(at.channel)})},
    }


def _interactions(at: Place) -> dict[str, Json]:
    who = {
        "user": {
            "id": at.user,
            "username": May("someone"),
            "name": May("someone"),
            "team_id": May(TEAM, OTHER_TEAM),
        },
        "team": May(
            {
                "id": TEAM,
                "domain": May("een"),
                "enterprise_id": May("E0OURS", OTHER_ORGANISATION),
                "enterprise_name": May("Org"),
            },
            {"id": OTHER_TEAM},
        ),
        "enterprise": May({"id": "E0OURS", "name": May("Org")}, {"id": OTHER_ORGANISATION}),
        "is_enterprise_install": May(False, True),
        "api_app_id": May(APP),
        "token": May("unused"),
        "trigger_id": May("1.2.3"),
    }
    action = {
        "action_id": May("session:next", "gone:by"),
        "block_id": May("b"),
        "type": May("button"),
        "value": May("none", OTHER_TEAM),
        "selected_option": May({"value": May("stop:none"), "text": May({})}),
        "action_ts": May("1795574109.000100"),
    }
    message = {
        "container": May(
            {
                "type": May("message"),
                "message_ts": May(at.thread),
                "channel_id": May(at.channel),
                "is_ephemeral": May(False),
            }
        ),
        "channel": May({"id": at.channel, "name": May("intervisie")}),
        "message": May({"ts": May(at.thread), "user": May(at.bot), "text": May("")}),
        "state": May({"values": May({})}),
        "response_url": May("http://127.0.0.1:9/"),
    }
    view = {
        "id": "V1",
        "hash": May("1.abc"),
        "type": "modal",
        "title": May({"type": "plain_text", "text": "Vraag"}),
        "submit": May({"type": "plain_text", "text": "Stuur"}),
        "close": May(None),
        "callback_id": May("session:contribute", "gone:form"),
        "private_metadata": May("none|none|", OTHER_TEAM),
        "blocks": May([{"type": "input", "block_id": May("text"), "element": May({})}]),
        "state": May(
            {"values": May({"text": May({"value": May({"type": May("x"), "value": May("Wat?")})})})}
        ),
        "team_id": May(TEAM, OTHER_TEAM),
        "root_view_id": May("V1"),
        "previous_view_id": May(None),
        "app_installed_team_id": May(TEAM, OTHER_TEAM),
    }
    legacy = {"callback_id": May("session:contribute"), "actions": May([{"name": "x"}])}
    return {
        "press": {"type": "block_actions", **who, **message, "actions": May([action])},
        "press in a form": {
            "type": "block_actions",
            **who,
            "actions": May([action]),
            "view": May(view),
        },
        "form": {"type": "view_submission", **who, "view": May(view), "response_urls": May([])},
        "closed form": {"type": "view_closed", **who, "view": May(view), "is_cleared": May(False)},
        **{
            kind: {"type": kind, **who, **legacy}
            for kind in ("interactive_message", "dialog_submission", "shortcut", "message_action")
        },
        "command": {
            "command": "/intervisie",
            "text": May("stand"),
            "user_id": at.user,
            "user_name": May("someone"),
            "team_id": May(TEAM, OTHER_TEAM),
            "enterprise_id": May("E0OURS", OTHER_ORGANISATION),
            "channel_id": May(at.channel, "C0ELSE"),
            "channel_name": May("intervisie"),
            "trigger_id": May("1.2.3"),
            "response_url": May("http://127.0.0.1:9/"),
            "is_enterprise_install": May("false", "true"),
        },
    }
