"""What people write: replies in a session's thread, and direct messages."""

from datetime import timedelta
from functools import partial

from slack_bolt import App, BoltContext

from bot.blocks import replies
from bot.catalog.commands import meant_by, no_case_words, reply_words
from bot.flows.session import commands as c
from bot.flows.text import bare, is_visible
from bot.flows.types import ReplyWord
from bot.handlers import payloads
from bot.handlers.commands import Commands, is_word
from bot.handlers.mrkdwn import as_written, without_mentions
from bot.handlers.request import message_request, workspace_of
from bot.outbox.messages import Messenger
from bot.services.inbox import Inbox
from bot.services.intake import Intake
from bot.services.people import People
from bot.services.rooms import Rooms
from bot.services.sessions.run import Sessions
from bot.store.unit import anonymous_id, new_id

LATE_MESSAGE = timedelta(minutes=10)
"""How long after a message its own event may still arrive: Slack tries for six minutes."""

MOST_WORDS = 3
"""Words that a direct message may have and still be a command, such as "statement 2026"."""

_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
"""The subtypes of a message whose text somebody wrote."""


class Messages:
    """The surface of messages. What nobody wrote to the bot or in a session is ignored."""

    def __init__(
        self,
        inbox: Inbox,
        people: People,
        sessions: Sessions,
        intake: Intake,
        messenger: Messenger,
        rooms: Rooms,
        commands: Commands,
    ) -> None:
        self._rooms = rooms
        self._commands = commands
        self._inbox = inbox
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
                case "channel_convert_to_public" | "channel_convert_to_private":
                    self._rooms.notice(workspace_of(payload), event.channel)
                case "message_changed" if event.message is not None:
                    if event.message.subtype == "tombstone":
                        self._deleted(payload, event.message.ts)
                    else:
                        self._changed(payload, event.message)
                case "message_deleted":
                    self._deleted(payload, event.deleted_ts)
                case _:
                    self._said(payload, event)

    def _said(self, payload: payloads.MessageEvent, said: payloads.SaidMessage) -> None:
        if not _is_written(payload, said):
            return
        if _is_direct(payload):
            self._direct(payload, said)
        elif said.thread_ts not in (None, said.ts) and not _is_for_bot(payload, said):
            self._reply(payload, said)

    def _changed(self, payload: payloads.MessageEvent, now: payloads.SaidMessage) -> None:
        before = payload.event.previous_message
        if not _is_written(payload, now):
            return
        if before is not None and (now.text or "") == (before.text or ""):
            return  # Slack added a preview, or a first reply
        edited = now.edited.ts if now.edited is not None else payload.event.ts
        # Slack may bring the edit first. Later, the message itself does not come any more.
        first = timedelta(seconds=float(payload.event.ts) - float(now.ts)) < LATE_MESSAGE
        if _is_direct(payload):
            self._direct(payload, now, edited=edited, first=first)
        elif not is_visible(now.text or ""):
            self._withdraw(payload, now)
        elif not (first and self._reply(payload, now, edited=edited)):
            text = self._text(payload, now)
            self._in_thread(payload, now, partial(c.Amend, text=text, edited=edited))

    def _deleted(self, payload: payloads.MessageEvent, ts: str | None) -> None:
        """Withdraw what a person wrote, or restore a board; a tombstone is nobody's words."""
        gone = payload.event.previous_message
        if gone is not None and _is_written(payload, gone):
            self._withdraw(payload, gone)
        elif ts is not None or gone is not None:
            lost = ts or (gone.ts if gone is not None else "")
            self._sessions.restore_board(workspace_of(payload), payload.event.channel, lost)

    def _withdraw(self, payload: payloads.MessageEvent, gone: payloads.SaidMessage) -> None:
        if _is_direct(payload):
            self._intake.withdraw_answer(workspace_of(payload), gone.user or "", gone.ts)
        else:
            self._in_thread(payload, gone, c.Withdraw)

    def _reply(
        self,
        payload: payloads.MessageEvent,
        said: payloads.SaidMessage,
        edited: str | None = None,
    ) -> bool:
        """Run the command of a reply, once; return whether this was the first that came of it."""
        text = self._text(payload, said)
        reply = partial(c.Reply, id=new_id(), text=text, word=_word(text), edited=edited)
        return self._in_thread(payload, said, reply)

    def _in_thread(
        self,
        payload: payloads.MessageEvent,
        said: payloads.SaidMessage,
        command: "partial[c.Reply] | partial[c.Amend] | type[c.Withdraw]",
    ) -> bool:
        """Run the command that a message stands for, if it stands in a thread."""
        if said.user is None or said.thread_ts is None:
            return False
        return self._sessions.reply(
            workspace_of(payload),
            payload.event.channel,
            said.thread_ts,
            command(by=said.user, ref=said.ts),
        )

    def _direct(
        self,
        payload: payloads.MessageEvent,
        said: payloads.SaidMessage,
        *,
        edited: str | None = None,
        first: bool = True,
    ) -> None:
        """Take a direct message, or its edit, as an answer in an intake.

        `first`: it may be that the message itself did not come yet.
        """
        workspace, user = workspace_of(payload), said.user or ""
        words = self._people.look_up(workspace, user).words
        text = self._text(payload, said)
        if edited is None and meant_by(bare(text)) == "help":
            self._command(payload, said, text)
            return
        if edited is None:
            taken = self._intake.take_answer(workspace, user, text, ref=said.ts)
        else:
            taken = self._intake.change_answer(
                workspace, user, text, ref=said.ts, edited=edited, first=first
            )
        if not taken and edited is None and _is_command(text):
            self._command(payload, said, text)
        elif not taken:
            lost = replies.no_case(words) if bare(text) in no_case_words() else replies.lost(words)
            self._messenger.tell(
                workspace, user, lost, delivery=anonymous_id("lost", user, said.ts)
            )

    def _command(
        self, payload: payloads.MessageEvent, said: payloads.SaidMessage, text: str
    ) -> None:
        """Do the word that somebody wrote in direct messages, and answer there, once."""
        workspace, user = workspace_of(payload), said.user or ""
        if not self._inbox.first_time(workspace, anonymous_id("word", user, said.ts)):
            return
        request = message_request(payload, user, text, self._people)
        for part in self._commands.answer(payload, request):
            self._messenger.tell(workspace, user, part)

    def _text(self, payload: payloads.MessageEvent, said: payloads.SaidMessage) -> str:
        return as_written(said.text or "", partial(self._people.name_of, workspace_of(payload)))


def _is_direct(payload: payloads.MessageEvent) -> bool:
    return payload.event.channel_type == "im" or payload.event.channel.startswith("D")


def _is_written(payload: payloads.MessageEvent, said: payloads.SaidMessage) -> bool:
    """Check whether a person wrote a message; a file that we shared may come without a `bot_id`."""
    by_person = said.user is not None and not said.bot_id and said.user not in payload.bot_users
    return by_person and said.subtype in _WRITTEN


def _is_for_bot(payload: payloads.MessageEvent, said: payloads.SaidMessage) -> bool:
    """Check whether a message in a thread is a mention of the bot with a word for it."""
    rest = without_mentions(said.text or "", payload.bot_users)
    return rest is not None and is_word(as_written(rest))


def _is_command(text: str) -> bool:
    """Check whether a direct message is a word of ours, with little behind it."""
    typed = bare(text)
    return meant_by(typed) is not None and len(typed.split()) <= MOST_WORDS


def _word(text: str) -> ReplyWord | None:
    """Return what a text means that is one of the words for a pass or for later.

    A question is never one, whatever it asks.
    """
    found = None if "?" in text else reply_words().get(bare(text))
    return ReplyWord(found) if found else None
