"""The state of one imitated Slack workspace, and what each user sees of it."""

from collections.abc import Callable
from itertools import count
from mimetypes import guess_type
from threading import RLock
from typing import Literal
from urllib.parse import quote

from playground.slack.clock import WoundClock
from playground.slack.manifest import Manifest
from playground.slack.records import (
    APP,
    BOT_ID,
    TEAM,
    Conversation,
    Delivery,
    File,
    Json,
    Message,
    Reply,
    ResponseUrl,
    User,
    View,
)
from playground.slack.validation import SlackError, check_message

ANSWER_SECONDS = 3.0
"""How long Slack waits for the bot's answer, and for a form after a press."""

MAX_VIEWS = 3
"""The most modals that Slack stacks on top of each other."""


def enterprise_user(person: User) -> Json:
    """Return what `users.info` says of the organisation of a person in one."""
    return {"enterprise_id": person.enterprise, "teams": [person.team]}


class State:
    """The users, conversations, messages and views of one workspace, under one lock.

    `team` is the workspace's own id. `deliver` sends what happens to the bot; `url` is the
    address of the server; `enterprise` is the organisation that the workspace is of, if it is one
    of several, and `org_wide` whether the app is installed in all of it. Ids are counted from
    `first_id` on: those of one organisation differ. `answer_seconds` is how long Slack waits for
    an answer, and for a form after a press.
    """

    def __init__(
        self,
        clock: WoundClock,
        bot: User,
        people: list[User],
        app: Manifest | None = None,
        *,
        team: str = TEAM,
        enterprise: str = "",
        first_id: int = 1,
    ) -> None:
        self.clock = clock
        self.team = team
        self.bot = bot
        self.app = app or Manifest()
        self.url = ""
        self.enterprise = enterprise
        self.org_wide = False
        self.users = {user.id: user for user in [*people, bot]}
        self._slackbot = User("USLACKBOT", "slackbot", "Slackbot", is_bot=True)
        self.channels: dict[str, Conversation] = {}
        self.answer_seconds = ANSWER_SECONDS
        self.deliver: Callable[[Delivery], Reply] = lambda _: Reply(0)
        self._messages: dict[str, list[Message]] = {}
        self._stacks: dict[str, list[View]] = {}
        self._files: dict[str, File] = {}
        self._homes: dict[str, View] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._read_threads: dict[tuple[str, str, str], str] = {}
        self._watchers: list[Callable[[], None]] = []
        self._lock = RLock()
        self._ids = count(first_id)
        self._last_microseconds = 0

    # records

    def create_channel(
        self, name: str, members: list[str], *, private: bool = False
    ) -> Conversation:
        """Create a channel with these members and return it."""
        with self._lock:
            id_ = self._new_id("G" if private else "C")
            kind: Literal["channel", "private"] = "private" if private else "channel"
            channel = Conversation(id_, name, kind, set(members))
            self.channels[id_] = channel
            return channel

    def open_dm(self, user: str) -> Conversation:
        """Return a user's direct conversation with the bot; create it the first time."""
        with self._lock:
            id_ = "D" + user[1:]
            if id_ not in self.channels:
                self.channels[id_] = Conversation(id_, "", "dm", {user, self.bot.id})
            return self.channels[id_]

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, from any thread, after each change. Return a function that stops it."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def changed(self) -> None:
        """Call the callbacks of `watch`."""
        for callback in list(self._watchers):
            callback()

    # what a user sees

    def conversations(self, user: str) -> list[Conversation]:
        """List a user's channels and direct conversation with the bot."""
        with self._lock:
            self.open_dm(user)
            return [c for c in self.channels.values() if user in c.members]

    def messages(self, user: str, channel: str) -> list[Message]:
        """List the messages of a channel that a user sees, without replies in threads."""
        with self._lock:
            return [m for m in self._visible(user, channel) if m.thread_ts in (None, m.ts)]

    def everything(self, user: str, channel: str) -> list[Message]:
        """List the messages of a channel and its threads that a user sees, oldest first."""
        with self._lock:
            return list(self._visible(user, channel))

    def thread(self, user: str, channel: str, ts: str) -> list[Message]:
        """List the messages of a thread that a user sees, the parent first."""
        with self._lock:
            return [m for m in self._visible(user, channel) if ts in (m.ts, m.thread_ts)]

    def replies(self, channel: str, ts: str) -> int:
        """Count the replies in a thread, without ephemeral ones."""
        with self._lock:
            messages = self._messages.get(channel, ())
            return sum(m.thread_ts == ts != m.ts and not m.ephemeral_to for m in messages)

    def unread_replies(self, user: str, channel: str, ts: str) -> int:
        """Count the replies in a thread that a user has not read yet, without their own."""
        with self._lock:
            read = self._read_threads.get((user, channel, ts), "")
            seen = self._visible(user, channel)
            return sum(m.thread_ts == ts < m.ts > read and m.user != user for m in seen)

    def mark_thread_read(self, user: str, channel: str, ts: str) -> None:
        """Mark everything that a user sees in a thread as read."""
        with self._lock:
            seen = self.thread(user, channel, ts)
            if seen:
                self._read_threads[(user, channel, ts)] = seen[-1].ts

    def author(self, user: str) -> User:
        """Return who wrote a message: a person, the bot, or Slackbot."""
        return self._slackbot if user == self._slackbot.id else self.users[user]

    def views(self, user: str) -> list[View]:
        """List a user's open modals, the top one last."""
        with self._lock:
            return list(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        """Return a user's App Home, or None until the bot publishes it."""
        with self._lock:
            return self._homes.get(user)

    def file(self, id_: str) -> File:
        """Return a shared file. Raise `SlackError` for any other."""
        with self._lock:
            file = self._files.get(id_)
        if file is None or not file.shared:
            raise SlackError("file_not_found")
        return file

    def unread(self, user: str) -> dict[str, int]:
        """Count the messages that a user has not read yet, by conversation."""
        with self._lock:
            return {
                c.id: sum(
                    m.ts > self._read.get((user, c.id), "") and m.user != user
                    for m in self._visible(user, c.id)
                )
                for c in self.conversations(user)
            }

    def mark_read(self, user: str, channel: str) -> None:
        """Mark everything that a user sees in a channel as read."""
        with self._lock:
            visible = self._visible(user, channel)
            if visible:
                self._read[(user, channel)] = visible[-1].ts

    def as_user(self, user: str) -> Json:
        """Return a user as `users.info` does. Raise `SlackError` for an unknown one."""
        person = self.users.get(user)
        if person is None:
            raise SlackError("user_not_found")
        return {
            "id": person.id,
            "team_id": person.team,
            "name": person.name,
            "real_name": person.real_name,
            "deleted": person.deleted,
            "is_bot": person.is_bot,
            "is_restricted": person.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": person.is_stranger,
            **({"enterprise_user": enterprise_user(person)} if person.enterprise else {}),
            "tz": person.tz,
            "locale": person.locale,
        }

    def has(self, id_: object) -> bool:
        """Check whether an id is that of something in this workspace."""
        with self._lock:
            views = [*self._homes.values(), *(v for stack in self._stacks.values() for v in stack)]
            known = (self.channels, self.users, self._files, self._triggers)
            return any(id_ in each for each in known) or any(v.id == id_ for v in views)

    # helpers of the subclasses

    def new_ts(self) -> str:
        """Return a new timestamp in Slack's form, later than any before."""
        microseconds = int(self.clock.now().timestamp() * 1_000_000)
        self._last_microseconds = max(microseconds, self._last_microseconds + 1)
        return f"{self._last_microseconds // 1_000_000}.{self._last_microseconds % 1_000_000:06d}"

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}0{next(self._ids):07d}"

    def _visible(self, user: str, channel: str) -> list[Message]:
        if user not in self.channels[channel].members:
            return []
        return [m for m in self._messages.get(channel, ()) if m.ephemeral_to in (None, user)]

    def _message(self, channel: str, ts: str) -> Message:
        """Return a message. Raise `SlackError` when it is not there."""
        for message in self._messages.get(channel, ()):
            if message.ts == ts:
                return message
        raise SlackError("message_not_found")

    def _push(self, user: str, spec: Json) -> View:
        """Open a modal on top of a user's others. Raise `SlackError` when there are too many."""
        stack = self._stacks.setdefault(user, [])
        if len(stack) >= MAX_VIEWS:
            raise SlackError("push_limit_reached")
        view = View(self._new_id("V"), user, spec, self.new_ts())
        stack.append(view)
        return view

    def _add_message(self, message: Message) -> None:
        self._messages.setdefault(message.channel, []).append(message)

    def _show_privately(
        self, user: str, channel: str, text: str, blocks: list[Json] | None = None
    ) -> None:
        """Post an ephemeral message of the bot to a user."""
        check_message(text, blocks or [])
        with self._lock:
            self._add_bot_message(channel, text, blocks or [], user)
        self.changed()

    def _say_as_slackbot(self, user: str, channel: str, text: str) -> None:
        """Post an ephemeral message of Slack's own to a user."""
        with self._lock:
            by = self._slackbot.id
            self._add_message(Message(self.new_ts(), channel, by, text, ephemeral_to=user))
        self.changed()

    def _add_bot_message(
        self, channel: str, text: str, blocks: list[Json], ephemeral_to: str | None
    ) -> None:
        ts = self.new_ts()
        self._add_message(
            Message(ts, channel, self.bot.id, text, blocks, ephemeral_to=ephemeral_to)
        )

    def _as_change(self, message: Message, before: Json) -> Json:
        """Return the event of an edit; `before` is the message's event before that."""
        now, at = self._as_event(message), self.new_ts()
        body = {"type": "message", "subtype": "message_changed", "hidden": True}
        place = {"channel": message.channel, "channel_type": now["channel_type"]}
        return {**body, **place, "message": now, "previous_message": before, "ts": at}

    def _as_deletion(self, message: Message) -> Json:
        """Return the event of a deletion."""
        before, at = self._as_event(message), self.new_ts()
        body = {"type": "message", "subtype": "message_deleted", "hidden": True}
        place = {"channel": message.channel, "channel_type": before["channel_type"]}
        return {**body, **place, "deleted_ts": message.ts, "previous_message": before, "ts": at}

    def _as_event(self, message: Message) -> Json:
        """Return the event of a new message; the Web API shows messages in the same form."""
        kinds = {"channel": "channel", "private": "group", "dm": "im"}
        event: Json = {
            "type": "message",
            "ts": message.ts,
            "event_ts": message.ts,
            "user": message.user,
            "text": message.text,
            "team": self.team,
            "channel": message.channel,
            "channel_type": kinds[self.channels[message.channel].kind],
        }
        if message.files:
            files = [self._as_file(each) for each in message.files]
            event |= {"subtype": "file_share", "files": files, "upload": True}
        elif message.user == self.bot.id:
            event |= {"bot_id": BOT_ID, "app_id": APP}
        if message.blocks:
            event["blocks"] = message.blocks
        if message.thread_ts:
            event["thread_ts"] = message.thread_ts
        elif self.replies(message.channel, message.ts):
            event["thread_ts"] = message.ts
        if message.metadata:
            event["metadata"] = message.metadata
        if message.edited:
            event["edited"] = {"user": message.user, "ts": message.edited}
        return event

    def _as_file(self, file: File) -> Json:
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "alt_txt": file.alt,
            "size": file.length,
            "mimetype": guess_type(file.name)[0] or "application/octet-stream",
            "user": self.bot.id,
            "url_private": f"{self.url}/api/files/{file.id}/{quote(file.name)}",
        }

    def _as_view(self, view: View, values: Json) -> Json:
        return {
            **view.spec,
            "id": view.id,
            "hash": view.hash,
            "team_id": self.team,
            "app_id": APP,
            "bot_id": BOT_ID,
            "state": {"values": values},
        }

    def _send_event(
        self, event: Json, user: str, channel: str | None, *, in_background: bool = False
    ) -> None:
        """Deliver an event to the bot, if it subscribes to it and is in the channel."""
        body = {
            "token": "unused",
            "team_id": self.team,
            "api_app_id": APP,
            "type": "event_callback",
            "event": event,
            "event_id": self._new_id("Ev"),
            "event_time": int(self.clock.now().timestamp()),
            "authorizations": [
                {
                    "team_id": self.team,
                    "user_id": self.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": self.org_wide,
                }
            ],
            **({"enterprise_id": self.enterprise} if self.enterprise else {}),
        }
        if channel is not None and self.bot.id not in self.channels[channel].members:
            return  # Slack sends an app no events of channels that the app is not in
        if self.app.hears(event):
            self.deliver(Delivery("event", body, user, channel, in_background))
