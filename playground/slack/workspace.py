"""One imitated Slack workspace, and what people can do in it.

People act through the methods of `Workspace`. The bot acts through the Web API in
`playground.slack.api`, which calls the methods of `playground.slack.bot_actions`. The workspace
delivers what people do to the bot with its `deliver` (see `playground.slack.delivery`).
"""

import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot.i18n import language_of
from bot.i18n import words as words_in
from playground.slack.bot_actions import BotActions
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
"""How long a response URL works."""

BROADCASTS = frozenset({"channel", "here", "everyone"})
"""The mentions that reach more than one person."""

_MENTION = re.compile(r"(?<![\w@#&;])([@#])([\w-]+)")


class Workspace(BotActions):
    """One workspace. Safe to use from several threads.

    The methods raise `SlackError` for what Slack's own client would not let a user do.
    """

    def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Post a message and return it. `text` is as typed: Slack escapes it."""
        with self._lock:
            self._check_may_post(user, channel)
            stored = self._as_stored(text)
            message = Message(self.new_ts(), channel, user, stored, thread_ts=thread_ts)
            self._add_message(message)
        self.changed()
        event = {**self._as_event(message), "client_msg_id": str(uuid4())}
        self._send_event(event, user, channel)
        if f"<@{self.bot.id}>" in stored and self.channels[channel].kind != "dm":
            mention = {k: event[k] for k in ("user", "text", "ts", "event_ts", "team", "channel")}
            if thread_ts is not None:
                mention["thread_ts"] = thread_ts
            self._send_event({"type": "app_mention", **mention}, user, channel)
        return message

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change a message of one's own."""
        with self._lock:
            message = self._message(channel, ts)
            if message.user != user:
                raise SlackError("cant_update_message")
            before = self._as_event(message)
            message.text, message.edited = self._as_stored(text), self.new_ts()
        self.changed()
        self._send_event(self._as_change(message, before), user, channel)

    def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete a message of one's own."""
        with self._lock:
            message = self._message(channel, ts)
            if message.user != user:
                raise SlackError("cant_delete_message")
            deletion = self._as_deletion(message)
            self._messages[channel].remove(message)
        self.changed()
        self._send_event(deletion, user, channel)

    def react(self, user: str, channel: str, ts: str, emoji: str) -> None:
        """Add a reaction to a message, by the short code of its emoji; take one's own away."""
        with self._lock:
            message = self._message(channel, ts)
            who = message.reactions.setdefault(emoji, [])
            added = user not in who
            who.append(user) if added else who.remove(user)
            if not who:
                del message.reactions[emoji]
        self.changed()
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": emoji,
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": message.user,
        }
        self._send_event(event, user, channel)

    def slash(self, user: str, channel: str, command: str, text: str) -> Reply:
        """Run a slash command and return the bot's answer, which this user alone sees."""
        if not self.app.knows(command):
            words = words_in(language_of(self.users[user].locale))
            self._say_as_slackbot(user, channel, words("slackbot.no_command", command=command))
            return Reply(0)
        with self._lock:
            self._check_may_post(user, channel)
            place = self.channels[channel]
            names = {"dm": "directmessage", "private": "privategroup"}
            if place.name.startswith("mpdm-"):  # direct messages of several people
                names = {}
            body = {
                "command": command,
                "text": self._as_stored(text),
                "user_id": user,
                "user_name": self.users[user].name,
                "team_id": self.team,
                "team_domain": "playground",
                **({"enterprise_id": self.enterprise} if self.enterprise else {}),
                "channel_id": channel,
                "channel_name": names.get(place.kind, place.name),
                "api_app_id": APP,
                "trigger_id": self._new_trigger(user),
                "response_url": self._new_response_url(channel, user, None),
            }
        reply = self.deliver(Delivery("command", body, user, channel))
        if reply.status != 200:
            failure = f"{command} failed: the app did not respond in time."
            self._show_privately(user, channel, failure)
        elif reply.body:
            answer, blocks = reply.body.get("text", ""), reply.body.get("blocks") or []
            self._show_privately(user, channel, answer, blocks)
        return reply

    def choose(self, user: str, message: Message, block_id: str, menu: Json, option: Json) -> Reply:
        """Choose an option of a menu on a message. Return the bot's answer."""
        return self.press(
            user,
            menu["action_id"],
            option=option,
            message=message,
            block_id=block_id,
            kind=menu["type"],
        )

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
        """Press a button, or choose `option` from a menu, on a message or in a view.

        `values` are the present values of the view's fields, as Slack's `state.values`.
        Return the bot's answer.
        """
        action: Json = {"action_id": action_id, "block_id": block_id, "type": kind}
        if value is not None:
            action["value"] = value
        if option is not None:
            action["selected_option"] = option
        with self._lock:
            body: Json = {
                "type": "block_actions",
                **self._interaction_by(user),
                "trigger_id": self._new_trigger(user),
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
                body["response_url"] = self._new_response_url(message.channel, user, message)
                if not ephemeral:
                    body["message"] = self._as_event(message)
            if view is not None:
                body["container"] = {"type": "view", "view_id": view.id}
                body["view"] = self._as_view(view, values or {})
                if self.org_wide:  # a view belongs to no workspace then
                    body["team"] = None
        channel = message.channel if message else None
        reply = self.deliver(Delivery("interaction", body, user, channel))
        if reply.status != 200:
            place = channel or self.open_dm(user).id
            self._show_privately(user, place, "The app did not respond in time.")
        return reply

    def use_shortcut(self, user: str, callback: str, message: Message | None = None) -> Reply:
        """Use a shortcut of the app, in the menu of a message if it is one for messages.

        Return the bot's answer. Raise `SlackError` for one that the app does not have there.
        """
        kind = "global" if message is None else "message"
        if not any(each[:2] == (kind, callback) for each in self.app.shortcuts):
            raise SlackError("unknown_shortcut")
        with self._lock:
            body = {
                "type": "shortcut" if message is None else "message_action",
                **self._interaction_by(user),
                "callback_id": callback,
                "trigger_id": self._new_trigger(user),
                "action_ts": self.new_ts(),
            }
            if message is not None:
                place = self.channels[message.channel]
                body["channel"] = {"id": place.id, "name": place.name or "directmessage"}
                body["message"] = self._as_event(message)
                body["message_ts"] = message.ts
                body["response_url"] = self._new_response_url(message.channel, user, None)
        reply = self.deliver(Delivery("interaction", body, user))
        if reply.status != 200:
            place_id = message.channel if message else self.open_dm(user).id
            self._show_privately(user, place_id, "The app did not respond in time.")
        return reply

    def submit(self, user: str, view_id: str, values: Json) -> Reply:
        """Submit a modal and return the bot's answer.

        `values` is by block id, then by action id, as Slack's `state.values`.
        """
        with self._lock:
            view = self._view(user, view_id)
            body = {
                "type": "view_submission",
                **self._interaction_by(user),
                "trigger_id": self._new_trigger(user),
                "view": self._as_view(view, values),
            }
        reply = self.deliver(Delivery("interaction", body, user))
        with self._lock:
            answer = reply.body or {}
            if reply.status != 200:
                view.errors = {"": "We had some trouble connecting. Try again?"}
            else:
                self._apply_response_action(view, answer)
        self.changed()
        return reply

    def close(self, user: str, view_id: str) -> None:
        """Close a modal without submitting it."""
        with self._lock:
            view = self._view(user, view_id)
            self._stacks[user].remove(view)
        self.changed()
        if view.spec.get("notify_on_close"):
            closed = {"type": "view_closed", "view": self._as_view(view, {})}
            body = {**closed, **self._interaction_by(user)}
            self.deliver(Delivery("interaction", body, user))

    def open_home(self, user: str, *, tab: str = "home") -> None:
        """Open the bot's App Home, or with `tab="messages"` its messages."""
        event = {"type": "app_home_opened", "user": user, "tab": tab}
        self._send_event({**event, "channel": self.open_dm(user).id}, user, None)

    def join(self, user: str, channel: str, *, inviter: str | None = None) -> None:
        """Join a channel, on the invitation of `inviter` if there is one."""
        with self._lock:
            self.channels[channel].members.add(user)
        self.changed()
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel,
            "team": self.team,
        }
        if inviter is not None:
            event["inviter"] = inviter
        self._send_event(event, user, channel)

    def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        with self._lock:
            self.channels[channel].members.discard(user)
        self.changed()
        event = {"type": "member_left_channel", "user": user, "channel": channel, "team": self.team}
        self._send_event(event, self.bot.id, channel)

    def rename(self, user: str, channel: str, name: str) -> None:
        """Rename a channel."""
        with self._lock:
            self.channels[channel].name = name
        self.changed()
        renamed = {"id": channel, "name": name, "created": 0}
        self._send_event({"type": "channel_rename", "channel": renamed}, user, channel)

    def archive(self, user: str, channel: str) -> None:
        """Archive a channel: nobody can post in it any more."""
        with self._lock:
            self.channels[channel].archived = True
        self.changed()
        event = {"type": "channel_archive", "channel": channel, "user": user}
        self._send_event(event, user, channel)

    def share(self, user: str, channel: str, organisation: str) -> None:
        """Share a channel with another organisation."""
        with self._lock:
            place = self.channels[channel]
            place.shared_with.add(organisation)
            place.invited = False
        self.changed()
        event = {"type": "channel_shared", "connected_team_id": organisation, "channel": channel}
        self._send_event(event, user, channel)

    def unshare(self, user: str, channel: str, organisation: str) -> None:
        """End the sharing of a channel with an organisation: its people are out."""
        with self._lock:
            place = self.channels[channel]
            place.shared_with.discard(organisation)
            place.members -= {u.id for u in self.users.values() if u.team == organisation}
        self.changed()
        event = {
            "type": "channel_unshared",
            "previously_connected_team_id": organisation,
            "channel": channel,
            "is_ext_shared": bool(place.shared_with),
        }
        self._send_event(event, user, channel)

    def convert(self, user: str, channel: str, *, private: bool) -> None:
        """Make a channel private, or public."""
        with self._lock:
            self.channels[channel].kind = "private" if private else "channel"
            text = f"made this channel *{'private' if private else 'public'}*."
            message = Message(self.new_ts(), channel, user, text)
            self._add_message(message)
            subtype = f"channel_convert_to_{'private' if private else 'public'}"
            event = {**self._as_event(message), "subtype": subtype}
        self.changed()
        self._send_event(event, user, channel)

    def uninstall(self, user: str) -> None:
        """Uninstall the app from the workspace."""
        self._send_event({"type": "app_uninstalled"}, user, None)

    def revoke_tokens(self, user: str) -> None:
        """Say that the token of the bot is revoked, as Slack does before the app is uninstalled."""
        tokens = {"oauth": [], "bot": [self.bot.id]}
        self._send_event({"type": "tokens_revoked", "tokens": tokens}, user, None)

    def change_access(self, user: str, *, granted: bool) -> None:
        """Add the workspace to the installation of its organisation, or take it out."""
        kind = f"team_access_{'granted' if granted else 'revoked'}"
        self._send_event({"type": kind, "team_ids": [self.team]}, user, None)

    def change_user(self, user: str, **changes: Any) -> None:
        """Change fields of a `User`, for instance `deleted=True`."""
        with self._lock:
            self.users[user] = replace(self.users[user], **changes)
            changed = self.as_user(user)
        self._send_event({"type": "user_change", "user": changed}, user, None)

    # helpers

    def _check_may_post(self, user: str, channel: str) -> None:
        if user not in self.channels[channel].members:
            raise SlackError("not_in_channel")
        if self.channels[channel].archived:
            raise SlackError("is_archived")

    def _view(self, user: str, view_id: str) -> View:
        for view in self._stacks.get(user, ()):
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def _apply_response_action(self, view: View, answer: Json) -> None:
        """Change the open modals as the answer to a submission says."""
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

    def _new_response_url(self, channel: str, user: str, message: Message | None) -> str:
        id_ = f"{next(self._ids)}"
        self._urls[id_] = ResponseUrl(user, channel, self.clock.now() + RESPONSE_LIFE, message)
        return f"{self.url}/api/response/{id_}"

    def _new_trigger(self, user: str) -> str:
        id_ = f"{next(self._ids)}.trigger.{self.team}"
        self._triggers[id_] = (user, time.monotonic())
        return id_

    def _interaction_by(self, user: str) -> Json:
        """Return the fields that every interaction of a user has."""
        return {
            "user": {
                "id": user,
                "username": self.users[user].name,
                "team_id": self.users[user].team,
            },
            "team": {"id": self.team, "domain": "playground"},
            **({"enterprise": {"id": self.enterprise}} if self.enterprise else {}),
            "is_enterprise_install": self.org_wide,
            "api_app_id": APP,
            "token": "unused",
        }

    def _as_stored(self, text: str) -> str:
        """Return typed text as Slack stores it: escaped, with names turned into mentions."""
        people = {user.name.lower(): f"<@{user.id}>" for user in self.users.values()}
        places = {
            c.name.lower(): f"<#{c.id}|{c.name}>" for c in self.channels.values() if c.kind != "dm"
        }

        def mention(found: re.Match[str]) -> str:
            sign, name = found[1], found[2].lower()
            if sign == "#":
                return places.get(name, found[0])
            return f"<!{name}>" if name in BROADCASTS else people.get(name, found[0])

        return _MENTION.sub(mention, escape(text))


def escape(text: str) -> str:
    """Escape typed text as Slack does, so that nobody can forge a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
