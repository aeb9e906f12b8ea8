"""What people write: replies in a session's thread, and direct messages."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from slack_bolt import App

from bot.blocks import replies
from bot.flows.session import commands as c
from bot.flows.session.state import Session, floor
from bot.flows.types import Phase
from bot.handlers.request import Body, Desk, workspace

Event = dict[str, Any]

PASS = frozenset({"pas", "pass"})
LATER = frozenset({"straks", "later"})

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
    """Take somebody's words, once; tell whether this was the first that came of this message."""
    place, ref = str(body["event"]["channel"]), str(message["ts"])

    def meant(session: Session) -> c.Command:
        text = as_written(message.get("text") or "")
        return _meant(session, message["user"], text, ref, desk.new_id())

    # A message is known by where it stands: an edit of it may come before the message itself.
    thread, by, delivery = message["thread_ts"], message["user"], f"{place}:{ref}"
    return desk.sessions.reply(workspace(body), place, thread, meant, by=by, delivery=delivery)


def _meant(session: Session, by: str, text: str, ref: str, new_id: str) -> c.Command:
    """Read a reply: "pas" and "straks" by who has the floor are a pass and a later."""
    typed = text.strip().strip(".!").casefold()
    if session.phase is Phase.RUNNING and floor(session) == by:
        if typed in PASS:
            return c.Pass(by=by)
        asked = session.position is not None and session.position.question is not None
        if typed in LATER and not asked and _may_wait(session, by):
            return c.Later(by=by)
    return c.Contribute(by=by, id=new_id, text=text, ref=ref)


def _may_wait(session: Session, by: str) -> bool:
    position = session.position
    return position is not None and len(position.queue) > 1 and by not in position.had


def _changed(desk: Desk, body: Body, event: Event) -> None:
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("bot_id") or now.get("text") == before.get("text") or "thread_ts" not in now:
        return
    passed = float(event["ts"]) - float(now["ts"])
    if passed < OVERTAKEN.total_seconds() and _said(desk, body, now):
        return

    def meant(_: Session) -> c.Command:
        return c.Amend(by=now["user"], ref=now["ts"], text=as_written(now.get("text") or ""))

    place, thread, delivery = event["channel"], now["thread_ts"], str(body["event_id"])
    desk.sessions.reply(workspace(body), place, thread, meant, by=now["user"], delivery=delivery)


def _deleted(desk: Desk, body: Body, event: Event) -> None:
    gone = event.get("previous_message") or {}
    if gone.get("bot_id") or "thread_ts" not in gone or "user" not in gone:
        return
    team = workspace(body)
    session = desk.sessions.session_in_thread(team, event["channel"], gone["thread_ts"])
    said = desk.sessions.contribution_at(team, session.id, gone["ts"]) if session else None
    if session is not None and said is not None:
        withdraw = c.Withdraw(by=gone["user"], ref=gone["ts"], contribution=said)
        desk.sessions.run(team, session.id, withdraw, delivery=str(body["event_id"]))


def _direct(desk: Desk, body: Body, event: Event) -> None:
    team, user, delivery = workspace(body), str(event["user"]), str(body["event_id"])
    words = desk.people.look_up(team, user).words
    text = as_written(event.get("text") or "")
    if not desk.drafts.take_answer(team, user, text, delivery=delivery):
        desk.messenger.tell(team, user, replies.lost(words), delivery=f"{delivery}:lost")
