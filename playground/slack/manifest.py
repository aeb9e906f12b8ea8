"""The app's manifest: the scopes, events, slash commands and shortcuts of the app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.ops.manifest import manifest as manifest_for
from bot.resources import config_dir
from playground.slack.validation import SlackError

Json = dict[str, Any]

_SCOPE_PREFIXES = {"channel": "channels", "private": "groups", "dm": "im"}
"""The first half of a scope, by a conversation's kind."""

REQUIRED_SCOPES: Mapping[str, str] = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "conversations.create": "groups:write",
    "conversations.invite": "{place}:write",
    "conversations.join": "channels:join",
    "conversations.list": "channels:read",
    "conversations.info": "{place}:read",
    "conversations.members": "{place}:read",
    "conversations.history": "{place}:history",
    "conversations.replies": "{place}:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "pins.add": "pins:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "bots.info": "users:read",
    "team.info": "team:read",
}
"""The scope that a bot needs for each method, after Slack's reference; others need none.

`{place}` stands for the kind of conversation.
"""

_EVENT_SUFFIXES = {"channel": "channels", "group": "groups", "im": "im"}
"""The last part of a message event's name, by the event's channel type."""


@dataclass(frozen=True)
class Manifest:
    """The scopes, events and slash commands of an app. None means that all are allowed.

    `shortcuts` are those of Slack's menus, as (type, callback id, name).
    """

    scopes: frozenset[str] | None = None
    events: frozenset[str] | None = None
    commands: frozenset[str] | None = None
    shortcuts: tuple[tuple[str, str, str], ...] = ()

    def allow(self, method: str, place: str) -> None:
        """Check the scope for a method on a kind of conversation, `place`.

        Raise `SlackError` (`missing_scope`) when the app does not have it.
        """
        needed = REQUIRED_SCOPES.get(method, "").format(place=_SCOPE_PREFIXES[place])
        if needed and self.scopes is not None and needed not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def hears(self, event: Json) -> bool:
        """Check whether the app subscribes to this event."""
        if self.events is None:
            return True
        if event["type"] == "message":
            return f"message.{_EVENT_SUFFIXES[event['channel_type']]}" in self.events
        return event["type"] in self.events

    def knows(self, command: str) -> bool:
        """Check whether the app has this slash command."""
        return self.commands is None or command in self.commands


def shipped_manifest(*, oauth: bool = False) -> Manifest:
    """Read the manifest that is shipped with the app; without one, all is allowed.

    With `oauth`, it is that of an app that any workspace can install.
    """
    if not (config_dir() / "manifest.json").exists():
        return Manifest()
    manifest = manifest_for(oauth=oauth)
    scopes = manifest["oauth_config"]["scopes"]
    return Manifest(
        scopes=frozenset(scopes["bot"]) | frozenset(scopes.get("bot_optional", ())),
        events=frozenset(manifest["settings"]["event_subscriptions"]["bot_events"]),
        commands=frozenset(each["command"] for each in manifest["features"]["slash_commands"]),
        shortcuts=tuple(
            (each["type"], each["callback_id"], each["name"])
            for each in manifest["features"].get("shortcuts", ())
        ),
    )
