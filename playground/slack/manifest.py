"""What the app may do and hears, as its manifest says: scopes, events and slash commands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.resources import config_dir
from playground.slack.validation import SlackError

Json = dict[str, Any]

_PLACES = {"channel": "channels", "private": "groups", "dm": "im"}

NEEDED: Mapping[str, str] = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "conversations.join": "channels:join",
    "conversations.list": "channels:read",
    "conversations.info": "{place}:read",
    "conversations.members": "{place}:read",
    "conversations.history": "{place}:history",
    "conversations.replies": "{place}:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "pins.add": "pins:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "bots.info": "users:read",
    "team.info": "team:read",
}
"""The scope that Slack's reference asks of a bot for each method; the others ask none."""

_KINDS = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass(frozen=True)
class Manifest:
    """The part of an app manifest that Slack holds an app to. None: everything goes."""

    scopes: frozenset[str] | None = None
    events: frozenset[str] | None = None
    commands: frozenset[str] | None = None

    def allow(self, method: str, place: str) -> None:
        """Refuse a method without its scope; `place` is a conversation's kind. Raises."""
        needed = NEEDED.get(method, "").format(place=_PLACES[place])
        if needed and self.scopes is not None and needed not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def hears(self, event: Json) -> bool:
        """Whether the app is told of this event."""
        if self.events is None:
            return True
        if event["type"] == "message":
            return f"message.{_KINDS[event['channel_type']]}" in self.events
        return event["type"] in self.events

    def knows(self, command: str) -> bool:
        """Whether this slash command is the app's."""
        return self.commands is None or command in self.commands


def shipped_manifest() -> Manifest:
    """Read the manifest that the app ships."""
    path = config_dir() / "manifest.json"
    if not path.exists():
        return Manifest()
    found = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(
        scopes=frozenset(found["oauth_config"]["scopes"]["bot"]),
        events=frozenset(found["settings"]["event_subscriptions"]["bot_events"]),
        commands=frozenset(each["command"] for each in found["features"]["slash_commands"]),
    )
