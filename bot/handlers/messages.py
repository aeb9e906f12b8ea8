"""What people write: replies in a session's thread, and direct messages."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

from slack_bolt import App

from bot.blocks import replies
from bot.flows.session import commands as c
from bot.flows.types import ReplyWord
from bot.handlers.request import Body, Desk, workspace

Event = dict[str, Any]

WORDS: Mapping[str, ReplyWord] = {
    "pas": ReplyWord.PASS,
    "pass": ReplyWord.PASS,
    "straks": ReplyWord.LATER,
    "later": ReplyWord.LATER,
}
"""The replies that are more than a contribution, in every language."""

OVERTAKEN = timedelta(minutes=10)
"""How long after a message its own event may still be on its way: Slack tries for six minutes."""

_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")

WORDS_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")
"""The subtypes of a message that are somebody's own words."""


def register(app: App, desk: Desk) -> None:
    """Register messages; whatever is nobody's words is let pass."""

    @app.event("message")
    def message(event: Event, body: Body) -> None:
        match event.get("subtype"):
            case "message_changed":
                _changed(desk, body, event)
            case "message_deleted":
                _deleted(desk, body, event)
            case subtype if subtype in WORDS_SUBTYPES and not _own(event, body):
                if event.get("channel_type") == "im":
                    _direct(desk, body, event)
                elif event.get("thread_ts") not in (None, event["ts"]):
                    _said(desk, body, event)


def _own(event: Event, body: Body) -> bool:
    """Tell whether a bot said it; a file that we shared may come without a `bot_id`."""
    ours = [each.get("user_id") for each in body.get("authorizations") or ()]
    return bool(event.get("bot_id")) or event.get("user") in ours


def as_written(text: str) -> str:
    """Give the words as their writer saw them: no entities, no mark-up of Slack's own."""

    def shown(found: re.Match[str]) -> str:
        kind, target, label = found.groups()
        if kind == "@":
            return f"@{label or '…'}"
        if kind == "#":
            return f"#{label or '…'}"
        if kind == "!":
            return f"@{label or target}"
        return label or target

    return unescape(_MARKUP.sub(shown, text))


def _said(desk: Desk, body: Body, message: Event) -> bool:
    """Run the command of a reply, once; return whether this was the first that came of it."""
    place, by, ref = str(body["event"]["channel"]), message["user"], str(message["ts"])
    text = as_written(message.get("text") or "")
    reply = c.Reply(by=by, id=desk.new_id(), text=text, ref=ref, word=_word(text))
    # Known by the message and not by the event: an edit may arrive before the message itself.
    delivery = f"{place}:{ref}"
    return desk.sessions.reply(
        workspace(body), place, message["thread_ts"], reply, delivery=delivery
    )


def _word(text: str) -> ReplyWord | None:
    """Return what a text means that is one of the words for a pass or for later."""
    return WORDS.get(text.strip().strip(".!").casefold())


def _changed(desk: Desk, body: Body, event: Event) -> None:
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("bot_id") or now.get("text") == before.get("text") or "thread_ts" not in now:
        return
    passed = float(event["ts"]) - float(now["ts"])
    if passed < OVERTAKEN.total_seconds() and _said(desk, body, now):
        return
    amend = c.Amend(by=now["user"], ref=now["ts"], text=as_written(now.get("text") or ""))
    _in_thread(desk, body, event["channel"], now["thread_ts"], amend)


def _deleted(desk: Desk, body: Body, event: Event) -> None:
    gone = event.get("previous_message") or {}
    if gone.get("bot_id") or "thread_ts" not in gone or "user" not in gone:
        return
    withdraw = c.Withdraw(by=gone["user"], ref=gone["ts"])
    _in_thread(desk, body, event["channel"], gone["thread_ts"], withdraw)


def _in_thread(
    desk: Desk, body: Body, channel: str, thread: str, command: c.Amend | c.Withdraw
) -> None:
    delivery = str(body["event_id"])
    desk.sessions.reply(workspace(body), channel, thread, command, delivery=delivery)


def _direct(desk: Desk, body: Body, event: Event) -> None:
    team, user, delivery = workspace(body), str(event["user"]), str(body["event_id"])
    words = desk.people.look_up(team, user).words
    text = as_written(event.get("text") or "")
    if not desk.drafts.take_answer(team, user, text, delivery=delivery):
        desk.messenger.tell(team, user, replies.lost(words), delivery=f"{delivery}:lost")
