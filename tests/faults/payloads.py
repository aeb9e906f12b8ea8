"""Payloads of every kind, as Slack sends them, and what somebody might make of them."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.ladder import LOOKS, SEEN
from bot.catalog.commands import command_words
from bot.flows.intake import CHOICES, Field
from bot.flows.types import Guidance
from bot.handlers import groups, hunches, meetings, people, sessions
from playground.slack.records import Delivery

Json = dict[str, Any]

MENUS = (ActionId.SESSION_MORE, ActionId.SESSION_HOW)
"""The menus of a board: their options name a move and the session."""

CHOOSING = [f"intake:choose:{value}" for each in CHOICES.values() for value in each]
"""The buttons that answer a question about a case."""

GONE_BY = ("gone:by", "session:gone", "history:page", "statement:make", "nonsense")
"""Ids that no button has; earlier versions had some of them."""

ACTIONS = (
    *ActionId,
    *(f"session:{move}" for move in sessions.MOVES if f"session:{move}" not in list(ActionId)),
    *CHOOSING,
    *(f"growth:{each}" for each in Guidance),
    *sorted({f"group:{word}" for word in command_words().values()} - {*ActionId}),
    "compose:move:0",
    "coach:take:0",
    *GONE_BY,
)
"""The ids of all buttons and menus, those with a variable end too."""

FORMS = {
    "session:contribute": ("text",),
    "session:reflect": ("takeaway", "asking", "useful", "safe", "share"),
    "session:sort": ("warmth-1",),
    "session:vote": ("option",),
    "session:method": ("method",),
    "session:tray": ("picks",),
    "group:settings": ("language", "guidance", "keep", "case_days", "capacity", "turn"),
    "group:founding": (*groups.FOUNDING, *groups.FOUNDING_LISTS),
    "group:details": (*groups.DETAILS, "methods"),
    "group:wishes": people.PREFERENCES,
    "ladder:look": LOOKS,
    "ladder:saw": SEEN,
    "meeting:change": meetings.CHANGE,
    "meeting:swap": ("colleague",),
    "meeting:assign": ("colleague",),
    "follow_up:answer": ("text", "question", "share"),
    "hunch:park": hunches.FIELDS,
    "intake:form": tuple(str(field) for field in Field),
    "home:begin": ("channel",),
    "stats:period": ("group", "period"),
    "statement:make": ("register", "year"),
    "agreement:form": ("lines",),
    "compose:form": ("title", "kinds"),
    "room:choice": ("channel",),
    "room:facilitator": ("facilitator",),
}
"""The forms, and their fields."""

assert set(FORMS) | {FormId.HISTORY_PAGE} == set(FormId), "a form is missing"


@dataclass(frozen=True)
class Place:
    """Where something goes on: ids of one workspace."""

    team: str
    user: str
    bot: str
    channel: str
    thread: str
    session: str
    case: str
    group: str
    meeting: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that say what something is about, but not from which workspace it comes."""
        return (
            self.user,
            self.channel,
            self.thread,
            self.session,
            self.case,
            self.group,
            self.meeting,
        )


def corpus(at: Place) -> list[Delivery]:
    """Return a payload of every kind, about what goes on at a place."""
    return [*_commands(at), *_presses(at), *_forms(at), *_events(at), *_others(at)]


def _commands(at: Place) -> Iterator[Delivery]:
    for text in (
        "",
        "iets anders",
        "start basic",
        "coach off",
        "stats 2026-01 2026-06",
        *command_words(),
    ):
        body = {
            "command": "/intervisie",
            "text": text,
            "user_id": at.user,
            "team_id": at.team,
            "channel_id": at.channel,
            "channel_name": "intervisie",
            "trigger_id": "1.2.3",
            "response_url": "http://127.0.0.1:9/",
        }
        yield Delivery("command", body, at.user)


def _who(at: Place) -> Json:
    user = {"id": at.user, "username": "someone", "team_id": at.team}
    return {"team": {"id": at.team}, "user": user, "trigger_id": "1.2.3", "api_app_id": "A0"}


def _presses(at: Place) -> Iterator[Delivery]:
    about = {
        "case": at.case,
        "intake": at.case,
        "member": at.group,
        "stats": at.group,
        "agreement": at.group,
        "compose": at.group,
        "growth": at.group,
        "meeting": at.meeting,
    }
    for action_id in ACTIONS:
        surface, _, what = action_id.partition(":")
        id_ = about.get(surface, at.session)
        action: Json = {"action_id": action_id, "block_id": "b", "type": "button", "value": id_}
        if action_id in MENUS:
            del action["value"]
            action["selected_option"] = {"value": f"stop:{id_}"}
        if what == "minutes":
            action["value"] = f"{id_}|60"
        body = {
            "type": "block_actions",
            **_who(at),
            "actions": [action],
            "channel": {"id": at.channel, "name": "intervisie"},
            "container": {"type": "message", "message_ts": at.thread},
            "message": {"ts": at.thread, "text": "", "blocks": []},
        }
        yield Delivery("interaction", body, at.user)
    for callback, action_id, value in (
        ("session:contribute", "history:page", "1"),
        ("session:contribute", "coach:take:1", "1"),
        ("compose:form", "compose:add", "basic/check-in"),
        ("compose:form", "compose:move:0", "down:0"),
    ):
        action = {"action_id": action_id, "block_id": "b", "type": "button", "value": value}
        if callback == "compose:form":
            action["selected_option"] = {"value": action.pop("value")}
        body = {
            "type": "block_actions",
            **_who(at),
            "actions": [action],
            "view": _view(at, callback, FORMS[callback]),
        }
        yield Delivery("interaction", body, at.user)


def _view(at: Place, callback: str, names: tuple[str, ...]) -> Json:
    surface = callback.partition(":")[0]
    about = {
        "session": at.session,
        "follow_up": at.session,
        "meeting": at.meeting,
        "intake": at.case,
    }
    values = {name: {"value": {"type": "plain_text_input", "value": "4"}} for name in names}
    chosen = {"type": "static_select", "selected_option": {"value": "basic"}}
    several = {"type": "multi_users_select", "selected_users": [at.user]}
    for name, filled in (("method", chosen), ("members", several), ("leads", several)):
        if name in values:
            values[name] = {"value": filled}
    return {
        "id": "V1",
        "hash": "1.abc",
        "type": "modal",
        "title": {"type": "plain_text", "text": "Vraag"},
        "submit": {"type": "plain_text", "text": "Stuur"},
        "close": None,
        "callback_id": callback,
        "private_metadata": about.get(surface, at.group),
        "blocks": [{"type": "input", "block_id": name, "element": {}} for name in names],
        "state": {"values": values},
        "team_id": at.team,
    }


def _forms(at: Place) -> Iterator[Delivery]:
    for callback, names in FORMS.items():
        body = {"type": "view_submission", **_who(at), "view": _view(at, callback, names)}
        yield Delivery("interaction", body, at.user)


def _events(at: Place) -> Iterator[Delivery]:
    said = {"type": "message", "channel": at.channel, "channel_type": "channel", "ts": at.thread}
    reply = {
        **said,
        "user": at.user,
        "text": "Wat zag je?",
        "thread_ts": at.thread,
        "ts": "1795574107.000100",
    }
    old = {**reply, "text": "Wat"}
    place = {"user": at.user, "channel": at.channel, "team": at.team}
    events: list[Json] = [
        reply,
        {**reply, "channel_type": "im", "channel": "D1"},
        {**reply, "subtype": "file_share", "files": []},
        {**said, "subtype": "message_changed", "message": reply, "previous_message": old},
        {**said, "subtype": "message_deleted", "previous_message": old, "deleted_ts": old["ts"]},
        {**said, "subtype": "channel_join", "user": at.user},
        {"type": "app_mention", **place, "text": f"<@{at.bot}> hulp", "ts": "1795574109.000100"},
        {"type": "member_left_channel", **place},
        {"type": "member_joined_channel", **place, "inviter": at.user},
        {"type": "member_joined_channel", **place, "user": at.bot, "inviter": at.user},
        {
            "type": "user_change",
            "user": {"id": at.user, "real_name": "Iemand", "tz": "Europe/Amsterdam"},
        },
        {"type": "app_home_opened", "user": at.user, "tab": "home", "channel": "D1"},
        {"type": "app_home_opened", "user": at.user, "tab": "messages", "channel": "D1"},
        {"type": "channel_rename", "channel": {"id": at.channel, "name": "anders"}},
        {"type": "tokens_revoked", "tokens": {"bot": [at.bot]}},
        {"type": "something_new", "at": {"deep": [at.user]}},
    ]
    for number, event in enumerate(events):
        body = {
            "type": "event_callback",
            "team_id": at.team,
            "event": event,
            "event_id": f"Ev{number}",
            "event_time": 1795574107,
            "authorizations": [{"team_id": at.team, "user_id": at.bot, "is_bot": True}],
        }
        yield Delivery("event", body, at.user)


def _others(at: Place) -> Iterator[Delivery]:
    yield Delivery("event", {"type": "url_verification", "challenge": "c", "token": "t"}, at.user)
    for kind in (
        "view_closed",
        "shortcut",
        "message_action",
        "block_suggestion",
        "interactive_message",
    ):
        body = {
            "type": kind,
            **_who(at),
            "callback_id": "c",
            "action_id": "session:x",
            "value": "v",
        }
        if kind == "view_closed":
            body["view"] = _view(at, "session:contribute", ("text",))
        yield Delivery("interaction", body, at.user)


def renewed(delivery: Delivery, number: int) -> Delivery:
    """Return a payload as if it were done once more: what is known is not looked at again."""
    body = deepcopy(delivery.body)
    trigger, view = body.get("trigger_id"), body.get("view")
    if isinstance(trigger, str):
        body["trigger_id"] = trigger.replace("1.", f"{number}.", 1)
    if isinstance(view, dict) and isinstance(view.get("hash"), str):
        view["hash"] = view["hash"].replace("1.", f"{number}.", 1)
    return Delivery(delivery.kind, body, delivery.user)


# what somebody might make of them

Node = tuple[Any, Any]
"""Something that holds, and under which key or number."""


def nodes(found: Any) -> list[Node]:
    """Return every place in a payload at which something stands."""
    inside = list(found.items() if isinstance(found, dict) else enumerate(found))
    below = [n for _, each in inside if isinstance(each, dict | list) for n in nodes(each)]
    return [(found, key) for key, _ in inside] + below


def wild(ids: list[str]) -> st.SearchStrategy[Any]:
    """Return a strategy for what stands where something else should."""
    strings = st.sampled_from(
        [
            "",
            "\x00",
            "a\x00b",
            "\ud800",
            "x" * 5000,
            "😀",
            "'; DROP TABLE sessions; --",
            "<b>",
            "|",
            ":",
            "a|b|c",
            "-1",
            "1e999",
            "NaN",
            "../../etc/passwd",
            "None",
            "true",
            "2026-02-31",
            "25:61",
            "<@U1>",
            "0",
            "٣",
        ]
    )
    words = strings | st.text(max_size=30) | st.sampled_from(ids)
    leaf = words | st.sampled_from([None, True, False, 0, -1, 1.5, 10**30, 2**63])
    return leaf | st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=6,
    )


def mutated(found: list[Delivery], ids: list[str]) -> st.SearchStrategy[Delivery]:
    """Return a strategy for payloads with one to four mistakes in each."""
    at = st.integers(0, 10**6)
    # What is done, where, and with what.
    change = st.tuples(
        st.sampled_from(["put", "put", "id", "drop", "swap"]),
        at,
        at,
        wild(ids),
        st.sampled_from(ids),
    )
    return st.builds(_mutated, st.sampled_from(found), st.lists(change, min_size=1, max_size=4))


def _mutated(delivery: Delivery, changes: list[tuple[str, int, int, Any, str]]) -> Delivery:
    body = deepcopy(delivery.body)
    for what, first, second, value, id_ in changes:
        places = nodes(body)
        if not places:
            break
        holder, key = places[first % len(places)]
        match what:
            case "put":
                holder[key] = value
            case "id":
                holder[key] = id_
            case "drop":
                del holder[key]
            case "swap":
                other, name = places[second % len(places)]
                holder[key] = deepcopy(other[name])
    return Delivery(delivery.kind, body, delivery.user)


def with_foreign(delivery: Delivery, ids: tuple[str, ...]) -> Iterator[Delivery]:
    """Return a payload again and again, each time with an id of another workspace in a field.

    What says from which workspace it comes stays: that is Slack's word, under its signature.
    """
    home = {("team_id",), ("team", "id")}
    for path in _leaves(delivery.body):
        if path in home:
            continue
        for id_ in ids:
            body = deepcopy(delivery.body)
            holder = body
            for key in path[:-1]:
                holder = holder[key]
            held = holder[path[-1]]
            around = held.partition("|") if isinstance(held, str) and "|" in held else None
            holder[path[-1]] = f"{id_}|{around[2]}" if around else id_
            yield Delivery(delivery.kind, body, delivery.user)


def _leaves(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, each in found.items() if isinstance(found, dict) else enumerate(found):
        if isinstance(each, dict | list):
            yield from _leaves(each, (*path, key))
        else:
            yield (*path, key)


def encoded(
    delivery: Delivery, encode: Callable[[Delivery], tuple[bytes, str]]
) -> tuple[bytes, str]:
    """Return body and content type; what stands in a command is text, whatever it was made."""
    if delivery.kind == "command":
        flat = {
            str(key): value if isinstance(value, str) else json.dumps(value)
            for key, value in delivery.body.items()
        }
        flat = {
            k.encode(errors="replace").decode(): v.encode(errors="replace").decode()
            for k, v in flat.items()
        }
        delivery = Delivery("command", flat, delivery.user)
    return encode(delivery)
