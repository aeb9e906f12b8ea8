"""The records of a workspace: users, conversations, messages, files, views and deliveries."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

TEAM = "T0PLAYGRND"
APP = "A0INTERVIS"
BOT_ID = "B0INTERVIS"

Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    """A person in the workspace, or a bot.

    `team` is the workspace that they are of, and `enterprise` their organisation, if that has
    several workspaces. A person of another team is met in channels that are shared.
    """

    id: str
    name: str
    real_name: str
    locale: str = "nl-NL"
    tz: str = "Europe/Amsterdam"
    title: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    team: str = TEAM
    enterprise: str = ""
    deleted: bool = False


@dataclass
class Conversation:
    """A channel, a private channel, or somebody's direct messages with the bot.

    `shared_with` are the other organisations in it, by id; `invited`: another one was invited
    and has not come yet; `org_wide`: all workspaces of the organisation share it.
    """

    id: str
    name: str
    kind: Literal["channel", "private", "dm"]
    members: set[str]
    archived: bool = False
    shared_with: set[str] = field(default_factory=set)
    invited: bool = False
    org_wide: bool = False


@dataclass
class File:
    """A file: announced first, then uploaded (`content`), then shared in a message."""

    id: str
    name: str
    length: int
    alt: str
    title: str = ""
    content: bytes | None = None
    shared: bool = False


@dataclass
class Message:
    """A message; `edited` is the timestamp of its last edit.

    `ephemeral_to` is the id of its only reader, if it is ephemeral. `reactions` has who reacted
    with an emoji, by its short code.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: str | None = None
    ephemeral_to: str | None = None
    files: list[File] = field(default_factory=list)
    pinned: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class View:
    """A modal, or an App Home. `spec` is the view as the bot sent it; `errors` are by block id."""

    id: str
    user: str
    spec: Json
    hash: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """A request to the bot: an event, a slash command, or an interaction.

    `in_background`: it reports what the bot itself did, so the answer is not waited for.
    """

    kind: Literal["event", "command", "interaction"]
    body: Json
    user: str
    channel: str | None = None
    in_background: bool = False


@dataclass(frozen=True)
class Reply:
    """The bot's answer: an HTTP status, 0 for no answer in time, and a body."""

    status: int
    body: Json | None = None


@dataclass
class ResponseUrl:
    """An address for answers to one interaction; `message` is the message that was pressed on."""

    user: str
    channel: str
    until: datetime
    message: Message | None
    used: int = 0
