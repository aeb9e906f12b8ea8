"""The state of one make-believe Slack workspace, and what people can do in it.

People act through the methods of `Workspace`; the bot acts through the Web API in
`playground.api`, which calls the methods named `bot_…`. What people do is delivered
to the bot by whatever is set as `deliver` (see `playground.delivery`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from threading import RLock
from typing import Any, Literal

from playground.rules import SlackError, check_message, check_view
from playground.time import WoundClock

TEAM = "T0PLAYGRND"
APP = "A0INTERVIS"
TRIGGER_SECONDS = 3.0
STACK = 3

Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    """Somebody in the workspace, or a bot."""

    id: str
    name: str
    real_name: str
    locale: str = "nl-NL"
    tz: str = "Europe/Amsterdam"
    title: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False


@dataclass
class Conversation:
    """A channel, a private channel, or a direct conversation with the bot."""

    id: str
    name: str
    kind: Literal["channel", "private", "dm"]
    members: set[str]
    archived: bool = False


@dataclass
class Message:
    """Something said; `ephemeral_to` names its only reader."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: bool = False
    ephemeral_to: str | None = None


@dataclass
class View:
    """A form on top of the page, or an App Home; `errors` are by block."""

    id: str
    user: str
    spec: Json
    hash: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """What goes to the bot: an event, a slash command, or an interaction."""

    kind: Literal["event", "command", "interaction"]
    body: Json
    user: str
    channel: str | None = None


@dataclass(frozen=True)
class Reply:
    """What came back: an HTTP status (0 for none in time) and a body."""

    status: int
    body: Json | None = None


class Workspace:
    """One workspace. Safe to use from several threads."""

    def __init__(self, clock: WoundClock, bot: User, people: list[User]) -> None:
        self.clock = clock
        self.bot = bot
        self.users = {user.id: user for user in [*people, bot]}
        self.channels: dict[str, Conversation] = {}
        self.deliver: Callable[[Delivery], Reply] = lambda _: Reply(0)
        self._messages: dict[str, list[Message]] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._urls: dict[str, tuple[str, str, int]] = {}
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

    # what people do

    def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Say something, as typed: Slack escapes it."""
        with self._lock:
            self._inside(user, channel)
            said = Message(self._ts(), channel, user, escape(text), thread_ts=thread_ts)
            self._messages.setdefault(channel, []).append(said)
        self.changed()
        self._event(self._as_event(said), user, channel)
        return said

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own words."""
        with self._lock:
            said = self._find(channel, ts)
            if said.user != user:
                raise SlackError("cant_update_message")
            before = self._as_event(said)
            said.text, said.edited = escape(text), True
            now = self._as_event(said)
        self.changed()
        body = {"type": "message", "subtype": "message_changed", "hidden": True}
        changes = {"message": now, "previous_message": before, "channel": channel}
        self._event({**body, **changes, "ts": self._ts()}, user, channel)

    def delete(self, user: str, channel: str, ts: str) -> None:
        """Take one's own words back."""
        with self._lock:
            said = self._find(channel, ts)
            if said.user != user:
                raise SlackError("cant_delete_message")
            self._messages[channel].remove(said)
        self.changed()
        body = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel}
        gone = {"deleted_ts": ts, "previous_message": self._as_event(said), "ts": self._ts()}
        self._event({**body, **gone}, user, channel)

    def slash(self, user: str, channel: str, command: str, text: str) -> Reply:
        """Type a slash command; the answer, if any, is seen by its typer alone."""
        with self._lock:
            self._inside(user, channel)
            place = self.channels[channel]
            names = {"dm": "directmessage", "private": "privategroup"}
            body = {
                "command": command,
                "text": escape(text),
                "user_id": user,
                "user_name": self.users[user].name,
                "team_id": TEAM,
                "team_domain": "playground",
                "channel_id": channel,
                "channel_name": names.get(place.kind, place.name),
                "api_app_id": APP,
                "trigger_id": self._trigger(user),
                "response_url": self._url(channel, user),
            }
        reply = self.deliver(Delivery("command", body, user, channel))
        if reply.status != 200:
            self._told(user, channel, f"{command} failed: the app did not respond in time.")
        elif reply.body:
            self._told(user, channel, reply.body.get("text", ""), reply.body.get("blocks") or [])
        return reply

    def press(
        self,
        user: str,
        action_id: str,
        *,
        value: str | None = None,
        option: Json | None = None,
        message: Message | None = None,
        view: View | None = None,
        block_id: str = "",
        kind: str = "button",
    ) -> Reply:
        """Press a button, or choose from a menu (`option`), on a message or in a view."""
        action: Json = {"action_id": action_id, "block_id": block_id, "type": kind}
        if value is not None:
            action["value"] = value
        if option is not None:
            action["selected_option"] = option
        with self._lock:
            body: Json = {
                "type": "block_actions",
                **self._who(user),
                "trigger_id": self._trigger(user),
                "actions": [{**action, "action_ts": self._ts()}],
            }
            if message is not None:
                ephemeral = message.ephemeral_to is not None
                body["container"] = {
                    "type": "message",
                    "message_ts": message.ts,
                    "channel_id": message.channel,
                    "is_ephemeral": ephemeral,
                    **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
                }
                body["channel"] = {
                    "id": message.channel,
                    "name": self.channels[message.channel].name or "directmessage",
                }
                body["response_url"] = self._url(message.channel, user)
                if not ephemeral:
                    body["message"] = self._as_event(message)
            if view is not None:
                body["container"] = {"type": "view", "view_id": view.id}
                body["view"] = self._as_view(view, {})
        channel = message.channel if message else None
        reply = self.deliver(Delivery("interaction", body, user, channel))
        if reply.status != 200:
            self._told(user, channel or self.open_dm(user).id, "The app did not respond in time.")
        return reply

    def submit(self, user: str, view_id: str, values: Json) -> Reply:
        """Send a form; `values` is by block, then by action, as Slack's `state.values`."""
        with self._lock:
            view = self._view(user, view_id)
            body = {
                "type": "view_submission",
                **self._who(user),
                "trigger_id": self._trigger(user),
                "view": self._as_view(view, values),
            }
        reply = self.deliver(Delivery("interaction", body, user))
        with self._lock:
            answer = reply.body or {}
            if reply.status != 200:
                view.errors = {"": "We had some trouble connecting. Try again?"}
            elif answer.get("response_action") == "errors":
                view.errors = dict(answer["errors"])
            elif answer.get("response_action") == "update":
                check_view(answer["view"], "modal")
                view.spec, view.hash, view.errors = answer["view"], self._ts(), {}
            elif view in self._stacks.get(user, ()):
                self._stacks[user].remove(view)
        self.changed()
        return reply

    def close(self, user: str, view_id: str) -> None:
        """Close a form without sending it."""
        with self._lock:
            view = self._view(user, view_id)
            self._stacks[user].remove(view)
        self.changed()
        if view.spec.get("notify_on_close"):
            body = {"type": "view_closed", **self._who(user), "view": self._as_view(view, {})}
            self.deliver(Delivery("interaction", body, user))

    def open_home(self, user: str) -> None:
        """Open the bot's App Home."""
        event = {"type": "app_home_opened", "user": user, "tab": "home"}
        self._event({**event, "channel": self.open_dm(user).id}, user, None)

    def join(self, user: str, channel: str) -> None:
        """Join a channel."""
        with self._lock:
            self.channels[channel].members.add(user)
        self.changed()
        event = {"type": "member_joined_channel", "user": user, "channel": channel, "team": TEAM}
        self._event(event, user, channel)

    def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        with self._lock:
            self.channels[channel].members.discard(user)
        self.changed()
        event = {"type": "member_left_channel", "user": user, "channel": channel, "team": TEAM}
        self._event(event, self.bot.id, channel)

    def change_user(self, user: str, **changes: Any) -> None:
        """Change what Slack says of somebody, for instance `deleted=True`."""
        with self._lock:
            self.users[user] = replace(self.users[user], **changes)
            told = self.as_user(user)
        self._event({"type": "user_change", "user": told}, user, None)

    # what the bot does

    def bot_post(
        self,
        channel: str,
        *,
        text: str,
        blocks: list[Json],
        thread_ts: str | None,
        metadata: Json | None = None,
        ephemeral_to: str | None = None,
    ) -> Message:
        """Let the bot say something. Raises `SlackError` for whatever Slack refuses."""
        check_message(text, blocks)
        with self._lock:
            self._bot_inside(channel)
            if thread_ts is not None:
                self._find(channel, thread_ts)
            if ephemeral_to is not None and ephemeral_to not in self.channels[channel].members:
                raise SlackError("user_not_in_channel")
            said = Message(
                self._ts(),
                channel,
                self.bot.id,
                text,
                blocks,
                thread_ts,
                metadata,
                ephemeral_to=ephemeral_to,
            )
            self._messages.setdefault(channel, []).append(said)
        self.changed()
        return said

    def bot_update(self, channel: str, ts: str, *, text: str, blocks: list[Json]) -> Message:
        """Let the bot change its own message."""
        check_message(text, blocks)
        with self._lock:
            self._bot_inside(channel)
            said = self._find(channel, ts)
            if said.user != self.bot.id or said.ephemeral_to:
                raise SlackError("cant_update_message")
            said.text, said.blocks = text, blocks
        self.changed()
        return said

    def bot_open(self, trigger: str, spec: Json, *, push: bool = False) -> View:
        """Let the bot open a form for whoever's trigger this is."""
        check_view(spec, "modal")
        with self._lock:
            user = self._use(trigger)
            stack = self._stacks.setdefault(user, [])
            if push and len(stack) >= STACK:
                raise SlackError("push_limit_reached")
            if not push:
                stack.clear()
            view = View(self._id("V"), user, spec, self._ts())
            stack.append(view)
        self.changed()
        return view

    def bot_home(self, user: str, spec: Json, hash_: str | None) -> View:
        """Let the bot publish somebody's App Home."""
        check_view(spec, "home")
        with self._lock:
            if user not in self.users:
                raise SlackError("user_not_found")
            there = self._homes.get(user)
            if hash_ is not None and there is not None and hash_ != there.hash:
                raise SlackError("hash_conflict")
            view = View(there.id if there else self._id("V"), user, spec, self._ts())
            self._homes[user] = view
        self.changed()
        return view

    def bot_respond(self, url_id: str, body: Json) -> None:
        """Answer through a response URL: five times within half an hour."""
        with self._lock:
            channel, user, used = self._urls.get(url_id, ("", "", 5))
            if used >= 5:
                raise SlackError("used_url")
            self._urls[url_id] = (channel, user, used + 1)
        self._told(user, channel, body.get("text", ""), body.get("blocks") or [])

    def history(self, channel: str, thread: str | None = None) -> list[Json]:
        """Give what stands in a channel or a thread, as the bot may read it, newest first."""
        with self._lock:
            self._bot_inside(channel)
            found = [m for m in self._messages.get(channel, ()) if not m.ephemeral_to]
            if thread is None:
                shown = [m for m in found if m.thread_ts in (None, m.ts)]
            else:
                shown = [m for m in found if thread in (m.ts, m.thread_ts)]
            return [self._as_event(m) for m in reversed(shown)]

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

    def _ts(self) -> str:
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

    def _inside(self, user: str, channel: str) -> None:
        if user not in self.channels[channel].members:
            raise SlackError("not_in_channel")

    def _bot_inside(self, channel: str) -> None:
        place = self.channels.get(channel)
        if place is None or (place.kind != "channel" and self.bot.id not in place.members):
            raise SlackError("channel_not_found")
        if self.bot.id not in place.members:
            raise SlackError("not_in_channel")
        if place.archived:
            raise SlackError("is_archived")

    def _view(self, user: str, view_id: str) -> View:
        for view in self._stacks.get(user, ()):
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def _trigger(self, user: str) -> str:
        id_ = f"{next(self._ids)}.trigger.{TEAM}"
        self._triggers[id_] = (user, time.monotonic())
        return id_

    def _use(self, trigger: str) -> str:
        user, made = self._triggers.get(trigger, ("", 0.0))
        if not user:
            raise SlackError("invalid_trigger_id" if not made else "exchanged_trigger_id")
        self._triggers[trigger] = ("", made)
        if time.monotonic() - made > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return user

    def _url(self, channel: str, user: str) -> str:
        id_ = f"{next(self._ids)}"
        self._urls[id_] = (channel, user, 0)
        return f"http://127.0.0.1/response/{id_}"

    def _who(self, user: str) -> Json:
        return {
            "user": {"id": user, "username": self.users[user].name, "team_id": TEAM},
            "team": {"id": TEAM, "domain": "playground"},
            "api_app_id": APP,
            "token": "unused",
        }

    def _told(self, user: str, channel: str, text: str, blocks: list[Json] | None = None) -> None:
        check_message(text, blocks or [])
        with self._lock:
            told = Message(self._ts(), channel, self.bot.id, text, blocks or [], ephemeral_to=user)
            self._messages.setdefault(channel, []).append(told)
        self.changed()

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
        if said.user == self.bot.id:
            event |= {"bot_id": "B0INTERVIS", "app_id": APP}
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

    def _as_view(self, view: View, values: Json) -> Json:
        return {**view.spec, "id": view.id, "hash": view.hash, "state": {"values": values}}

    def _event(self, event: Json, user: str, channel: str | None) -> None:
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
        self.deliver(Delivery("event", body, user, channel))


def escape(text: str) -> str:
    """Escape what somebody typed as Slack does; mentions by id stay mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
