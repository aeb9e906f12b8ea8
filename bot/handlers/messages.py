"""What people write: replies in a session's thread, and direct messages."""

from datetime import timedelta

from slack_bolt import App, BoltContext

from bot.blocks import replies
from bot.catalog.commands import reply_words
from bot.flows.session import commands as c
from bot.flows.text import bare
from bot.flows.types import ReplyWord
from bot.handlers import payloads
from bot.handlers.mrkdwn import as_written
from bot.handlers.request import workspace_of
from bot.outbox.messages import Messenger
from bot.services.intake import Intake
from bot.services.people import People
from bot.services.sessions.run import Sessions
from bot.store.unit import new_id

LATE_MESSAGE = timedelta(minutes=10)
"""How long after a message its own event may still arrive: Slack tries for six minutes."""

_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
"""The subtypes of a message whose text somebody wrote."""


class Messages:
    """The surface of messages. What nobody wrote to the bot or in a session is ignored."""

    def __init__(
        self, people: People, sessions: Sessions, intake: Intake, messenger: Messenger
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._intake = intake
        self._messenger = messenger

    def register(self, app: App) -> None:
        """Register messages at Bolt."""

        @app.event("message")
        def message(context: BoltContext) -> None:
            payload: payloads.MessageEvent = context["payload"]
            event = payload.event
            match event.subtype:
                case "message_changed":
                    self._changed(payload)
                case "message_deleted":
                    self._deleted(payload)
                case subtype if subtype in _WRITTEN and not _is_from_bot(payload):
                    if event.channel_type == "im":
                        self._direct(payload)
                    elif event.thread_ts not in (None, event.ts):
                        self._reply(payload, event)

    def _reply(self, payload: payloads.MessageEvent, said: payloads.SaidMessage) -> bool:
        """Run the command of a reply, once; return whether this was the first that came of it."""
        if said.user is None or said.thread_ts is None:
            return False
        place, text = payload.event.channel, as_written(said.text or "")
        command = c.Reply(by=said.user, id=new_id(), text=text, ref=said.ts, word=_word(text))
        # Known by the message and not by the event: an edit may arrive before the message itself.
        return self._sessions.reply(
            workspace_of(payload), place, said.thread_ts, command, delivery=f"{place}:{said.ts}"
        )

    def _changed(self, payload: payloads.MessageEvent) -> None:
        event = payload.event
        now, before = event.message, event.previous_message
        if now is None or now.user is None or now.bot_id or now.thread_ts is None:
            return
        if before is not None and now.text == before.text:
            return
        passed = timedelta(seconds=float(event.ts) - float(now.ts))
        if passed < LATE_MESSAGE and self._reply(payload, now):
            return
        amend = c.Amend(by=now.user, ref=now.ts, text=as_written(now.text or ""))
        self._in_thread(payload, now.thread_ts, amend)

    def _deleted(self, payload: payloads.MessageEvent) -> None:
        gone = payload.event.previous_message
        if gone is None or gone.user is None or gone.bot_id or gone.thread_ts is None:
            return
        self._in_thread(payload, gone.thread_ts, c.Withdraw(by=gone.user, ref=gone.ts))

    def _in_thread(
        self, payload: payloads.MessageEvent, thread: str, command: c.Amend | c.Withdraw
    ) -> None:
        self._sessions.reply(
            workspace_of(payload),
            payload.event.channel,
            thread,
            command,
            delivery=payload.event_id,
        )

    def _direct(self, payload: payloads.MessageEvent) -> None:
        workspace, user = workspace_of(payload), payload.event.user
        if user is None:
            return
        words = self._people.look_up(workspace, user).words
        text, delivery = as_written(payload.event.text or ""), payload.event_id
        if not self._intake.take_answer(workspace, user, text, delivery=delivery):
            lost = replies.lost(words)
            self._messenger.tell(workspace, user, lost, delivery=f"{delivery}:lost")


def _is_from_bot(payload: payloads.MessageEvent) -> bool:
    """Check whether a bot wrote a message; a file that we shared may come without a `bot_id`."""
    return bool(payload.event.bot_id) or payload.event.user in payload.bot_users


def _word(text: str) -> ReplyWord | None:
    """Return what a text means that is one of the words for a pass or for later.

    A question is never one, whatever it asks.
    """
    found = None if "?" in text else reply_words().get(bare(text))
    return ReplyWord(found) if found else None
