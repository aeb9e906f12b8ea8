"""The state of one make-believe Slack workspace, and what somebody sees of it."""

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

STACK = 3
"""Forms on top of each other, at most."""


class State:
    """The people, places, words and forms of one workspace, under one lock."""

    def __init__(
        self, clock: WoundClock, bot: User, people: list[User], app: Manifest | None = None
    ) -> None:
        self.clock = clock
        self.bot = bot
        self.app = app or Manifest()
        self.url = ""
        self.users = {user.id: user for user in [*people, bot]}
        self.channels: dict[str, Conversation] = {}
        self.deliver: Callable[[Delivery], Reply] = lambda _: Reply(0)
        self._messages: dict[str, list[Message]] = {}
        self._stacks: dict[str, list[View]] = {}
        self._files: dict[str, File] = {}
        self._homes: dict[str, View] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._watchers: list[Callable[[], None]] = []
        self._lock = RLock()
        self._ids = count(1)
        self._last = 0

    # records

    def channel(self, name: str, members: list[str], *, private: bool = False) -> Conversation:
        """Make a channel with these members."""
        with self._lock:
            id_ = self._id("G" if private else "C")
            kind: Literal["channel", "private"] = "private" if private else "channel"
            made = Conversation(id_, name, kind, set(members))
            self.channels[id_] = made
            return made

    def open_dm(self, user: str) -> Conversation:
        """Give the direct conversation between somebody and the bot."""
        with self._lock:
            id_ = "D" + user[1:]
            if id_ not in self.channels:
                self.channels[id_] = Conversation(id_, "", "dm", {user, self.bot.id})
            return self.channels[id_]

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told`, from any thread, after each change; gives how to stop that."""
        self._watchers.append(told)
        return lambda: self._watchers.remove(told)

    def changed(self) -> None:
        """Tell everyone who watches."""
        for told in list(self._watchers):
            told()

    # what somebody sees

    def conversations(self, user: str) -> list[Conversation]:
        """Give the channels somebody is in, and their conversation with the bot."""
        with self._lock:
            self.open_dm(user)
            return [c for c in self.channels.values() if user in c.members]

    def messages(self, user: str, channel: str) -> list[Message]:
        """Give what stands in a channel, as somebody sees it, without threads."""
        with self._lock:
            return [m for m in self._seen(user, channel) if m.thread_ts in (None, m.ts)]

    def everything(self, user: str, channel: str) -> list[Message]:
        """Give all that stands in a channel and its threads, as somebody sees it."""
        with self._lock:
            return list(self._seen(user, channel))

    def thread(self, user: str, channel: str, ts: str) -> list[Message]:
        """Give a thread, its parent first."""
        with self._lock:
            return [m for m in self._seen(user, channel) if ts in (m.ts, m.thread_ts)]

    def replies(self, channel: str, ts: str) -> int:
        """Count the replies in a thread."""
        with self._lock:
            found = self._messages.get(channel, ())
            return sum(m.thread_ts == ts != m.ts and not m.ephemeral_to for m in found)

    def views(self, user: str) -> list[View]:
        """Give somebody's open forms, the top one last."""
        with self._lock:
            return list(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        """Give somebody's App Home, once the bot has published it."""
        with self._lock:
            return self._homes.get(user)

    def file(self, id_: str) -> File:
        """Give a file that was shared."""
        with self._lock:
            found = self._files.get(id_)
        if found is None or not found.shared:
            raise SlackError("file_not_found")
        return found

    def unread(self, user: str) -> dict[str, int]:
        """Count, by channel, what somebody has not read yet."""
        with self._lock:
            return {
                c.id: sum(
                    m.ts > self._read.get((user, c.id), "") and m.user != user
                    for m in self._seen(user, c.id)
                )
                for c in self.conversations(user)
            }

    def mark_read(self, user: str, channel: str) -> None:
        """Remember that somebody has read everything in a channel."""
        with self._lock:
            seen = self._seen(user, channel)
            if seen:
                self._read[(user, channel)] = seen[-1].ts

    def as_user(self, user: str) -> Json:
        """Give somebody as `users.info` does."""
        found = self.users.get(user)
        if found is None:
            raise SlackError("user_not_found")
        return {
            "id": found.id,
            "team_id": TEAM,
            "name": found.name,
            "real_name": found.real_name,
            "deleted": found.deleted,
            "is_bot": found.is_bot,
            "is_restricted": found.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": found.is_stranger,
            "tz": found.tz,
            "locale": found.locale,
        }

    # what these share

    def _id(self, letter: str) -> str:
        return f"{letter}0{next(self._ids):07d}"

    def new_ts(self) -> str:
        """Return a new timestamp, later than any before."""
        micro = int(self.clock.now().timestamp() * 1_000_000)
        self._last = max(micro, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _seen(self, user: str, channel: str) -> list[Message]:
        if user not in self.channels[channel].members:
            return []
        return [m for m in self._messages.get(channel, ()) if m.ephemeral_to in (None, user)]

    def _find(self, channel: str, ts: str) -> Message:
        for said in self._messages.get(channel, ()):
            if said.ts == ts:
                return said
        raise SlackError("message_not_found")

    def _push(self, user: str, spec: Json) -> View:
        stack = self._stacks.setdefault(user, [])
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        view = View(self._id("V"), user, spec, self.new_ts())
        stack.append(view)
        return view

    def _told(self, user: str, channel: str, text: str, blocks: list[Json] | None = None) -> None:
        check_message(text, blocks or [])
        with self._lock:
            self._say(channel, text, blocks or [], user)
        self.changed()

    def _say(self, channel: str, text: str, blocks: list[Json], to: str | None) -> None:
        said = Message(self.new_ts(), channel, self.bot.id, text, blocks, ephemeral_to=to)
        self._messages.setdefault(channel, []).append(said)

    def _as_change(self, said: Message, before: Json) -> Json:
        now, at = self._as_event(said), self.new_ts()
        body = {"type": "message", "subtype": "message_changed", "hidden": True}
        place = {"channel": said.channel, "channel_type": now["channel_type"]}
        return {**body, **place, "message": now, "previous_message": before, "ts": at}

    def _as_deletion(self, said: Message) -> Json:
        was, at = self._as_event(said), self.new_ts()
        body = {"type": "message", "subtype": "message_deleted", "hidden": True}
        place = {"channel": said.channel, "channel_type": was["channel_type"]}
        return {**body, **place, "deleted_ts": said.ts, "previous_message": was, "ts": at}

    def _as_event(self, said: Message) -> Json:
        kinds = {"channel": "channel", "private": "group", "dm": "im"}
        event: Json = {
            "type": "message",
            "ts": said.ts,
            "event_ts": said.ts,
            "user": said.user,
            "text": said.text,
            "team": TEAM,
            "channel": said.channel,
            "channel_type": kinds[self.channels[said.channel].kind],
        }
        if said.files:
            shown = [self._as_file(each) for each in said.files]
            event |= {"subtype": "file_share", "files": shown, "upload": True}
        elif said.user == self.bot.id:
            event |= {"bot_id": BOT_ID, "app_id": APP}
        if said.blocks:
            event["blocks"] = said.blocks
        if said.thread_ts:
            event["thread_ts"] = said.thread_ts
        elif self.replies(said.channel, said.ts):
            event["thread_ts"] = said.ts
        if said.metadata:
            event["metadata"] = said.metadata
        if said.edited:
            event["edited"] = {"user": said.user, "ts": said.ts}
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
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT_ID,
            "state": {"values": values},
        }

    def _event(self, event: Json, user: str, channel: str | None, *, aside: bool = False) -> None:
        body = {
            "token": "unused",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event": event,
            "event_id": self._id("Ev"),
            "event_time": int(self.clock.now().timestamp()),
            "authorizations": [{"team_id": TEAM, "user_id": self.bot.id, "is_bot": True}],
        }
        if channel is not None and self.bot.id not in self.channels[channel].members:
            return  # Slack tells an app nothing of channels it is not in
        if self.app.hears(event):
            self.deliver(Delivery("event", body, user, channel, aside))
