"""One make-believe Slack workspace, and what people can do in it.

People act through the methods of `Workspace`; the bot acts through the Web API in
`playground.slack.api`, which calls the methods of `playground.slack.bot_actions`. What people do is
delivered to the bot by whatever is set as `deliver` (see `playground.slack.delivery`).
"""

import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from playground.slack.bot_actions import Backstage
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
from playground.slack.validation import SlackError, check_view

__all__ = [
    "APP",
    "BOT_ID",
    "TEAM",
    "Conversation",
    "Delivery",
    "File",
    "Json",
    "Message",
    "Reply",
    "User",
    "View",
    "Workspace",
]

RESPONSE_LIFE = timedelta(minutes=30)
EVERYONE = frozenset({"channel", "here", "everyone"})

_MENTION = re.compile(r"(?<![\w@#&;])([@#])([\w-]+)")


class Workspace(Backstage):
    """One workspace. Safe to use from several threads."""

    def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Say something, as typed: Slack escapes it."""
        with self._lock:
            self._inside(user, channel)
            said = Message(self.new_ts(), channel, user, self._typed(text), thread_ts=thread_ts)
            self._messages.setdefault(channel, []).append(said)
        self.changed()
        self._event({**self._as_event(said), "client_msg_id": str(uuid4())}, user, channel)
        return said

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own words."""
        with self._lock:
            said = self._find(channel, ts)
            if said.user != user:
                raise SlackError("cant_update_message")
            before = self._as_event(said)
            said.text, said.edited = self._typed(text), True
        self.changed()
        self._event(self._as_change(said, before), user, channel)

    def delete(self, user: str, channel: str, ts: str) -> None:
        """Take one's own words back."""
        with self._lock:
            said = self._find(channel, ts)
            if said.user != user:
                raise SlackError("cant_delete_message")
            gone = self._as_deletion(said)
            self._messages[channel].remove(said)
        self.changed()
        self._event(gone, user, channel)

    def slash(self, user: str, channel: str, command: str, text: str) -> Reply:
        """Type a slash command; the answer, if any, is seen by its typer alone."""
        if not self.app.knows(command):
            self._told(user, channel, f"{command} is not a valid command.")
            return Reply(0)
        with self._lock:
            self._inside(user, channel)
            place = self.channels[channel]
            names = {"dm": "directmessage", "private": "privategroup"}
            body = {
                "command": command,
                "text": self._typed(text),
                "user_id": user,
                "user_name": self.users[user].name,
                "team_id": TEAM,
                "team_domain": "playground",
                "channel_id": channel,
                "channel_name": names.get(place.kind, place.name),
                "api_app_id": APP,
                "trigger_id": self._trigger(user),
                "response_url": self._url(channel, user, None),
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
        values: Json | None = None,
        block_id: str = "",
        kind: str = "button",
    ) -> Reply:
        """Press a button, or choose from a menu (`option`), on a message or in a view.

        `values` is what stands in the view's fields meanwhile, as Slack's `state.values`.
        """
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
                "actions": [{**action, "action_ts": self.new_ts()}],
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
                body["response_url"] = self._url(message.channel, user, message)
                if not ephemeral:
                    body["message"] = self._as_event(message)
            if view is not None:
                body["container"] = {"type": "view", "view_id": view.id}
                body["view"] = self._as_view(view, values or {})
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
            else:
                self._after(view, answer)
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

    def open_home(self, user: str, *, tab: str = "home") -> None:
        """Open the bot's App Home, or its messages."""
        event = {"type": "app_home_opened", "user": user, "tab": tab}
        self._event({**event, "channel": self.open_dm(user).id}, user, None)

    def join(self, user: str, channel: str, *, inviter: str | None = None) -> None:
        """Join a channel; by somebody's invitation, if there is one."""
        with self._lock:
            self.channels[channel].members.add(user)
        self.changed()
        event = {"type": "member_joined_channel", "user": user, "channel": channel, "team": TEAM}
        if inviter is not None:
            event["inviter"] = inviter
        self._event(event, user, channel)

    def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        with self._lock:
            self.channels[channel].members.discard(user)
        self.changed()
        event = {"type": "member_left_channel", "user": user, "channel": channel, "team": TEAM}
        self._event(event, self.bot.id, channel)

    def rename(self, user: str, channel: str, name: str) -> None:
        """Give a channel another name."""
        with self._lock:
            self.channels[channel].name = name
        self.changed()
        told = {"id": channel, "name": name, "created": 0}
        self._event({"type": "channel_rename", "channel": told}, user, channel)

    def archive(self, user: str, channel: str) -> None:
        """Archive a channel: nothing can be said in it any more."""
        with self._lock:
            self.channels[channel].archived = True
        self.changed()
        self._event({"type": "channel_archive", "channel": channel, "user": user}, user, channel)

    def uninstall(self, user: str) -> None:
        """Take the app out of the workspace."""
        self._event({"type": "app_uninstalled"}, user, None)

    def change_user(self, user: str, **changes: Any) -> None:
        """Change what Slack says of somebody, for instance `deleted=True`."""
        with self._lock:
            self.users[user] = replace(self.users[user], **changes)
            told = self.as_user(user)
        self._event({"type": "user_change", "user": told}, user, None)

    # what these share

    def _inside(self, user: str, channel: str) -> None:
        if user not in self.channels[channel].members:
            raise SlackError("not_in_channel")
        if self.channels[channel].archived:
            raise SlackError("is_archived")

    def _view(self, user: str, view_id: str) -> View:
        for view in self._stacks.get(user, ()):
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def _after(self, view: View, answer: Json) -> None:
        """Do with the forms what the answer to a submission says."""
        stack = self._stacks.get(view.user, [])
        action = answer.get("response_action")
        if action == "errors":
            view.errors = dict(answer["errors"])
        elif action == "clear":
            stack.clear()
        elif action == "push":
            check_view(answer["view"], "modal")
            self._push(view.user, answer["view"])
        elif action == "update":
            check_view(answer["view"], "modal")
            view.spec, view.hash, view.errors = answer["view"], self.new_ts(), {}
        elif view in stack:
            stack.remove(view)

    def _url(self, channel: str, user: str, message: Message | None) -> str:
        id_ = f"{next(self._ids)}"
        self._urls[id_] = ResponseUrl(user, channel, self.clock.now() + RESPONSE_LIFE, message)
        return f"{self.url}/api/response/{id_}"

    def _trigger(self, user: str) -> str:
        id_ = f"{next(self._ids)}.trigger.{TEAM}"
        self._triggers[id_] = (user, time.monotonic())
        return id_

    def _who(self, user: str) -> Json:
        return {
            "user": {"id": user, "username": self.users[user].name, "team_id": TEAM},
            "team": {"id": TEAM, "domain": "playground"},
            "api_app_id": APP,
            "token": "unused",
        }

    def _typed(self, text: str) -> str:
        """Give what somebody typed as Slack stores it: escaped, with its mentions as mentions."""
        people = {user.name.lower(): f"<@{user.id}>" for user in self.users.values()}
        places = {
            c.name.lower(): f"<#{c.id}|{c.name}>" for c in self.channels.values() if c.kind != "dm"
        }

        def meant(found: re.Match[str]) -> str:
            sign, name = found[1], found[2].lower()
            if sign == "#":
                return places.get(name, found[0])
            return f"<!{name}>" if name in EVERYONE else people.get(name, found[0])

        return _MENTION.sub(meant, escape(text))


def escape(text: str) -> str:
    """Escape what somebody typed as Slack does, so that nobody can forge a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
