"""What a workspace is made of: people, places, words, forms, and what goes to the bot."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

TEAM = "T0PLAYGRND"
APP = "A0INTERVIS"
BOT_ID = "B0INTERVIS"

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
class File:
    """A file: announced, then with its content, then shared in a message."""

    id: str
    name: str
    length: int
    alt: str
    title: str = ""
    content: bytes | None = None
    shared: bool = False


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
    files: list[File] = field(default_factory=list)
    pinned: bool = False


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
    """What goes to the bot: an event, a slash command, or an interaction.

    `aside`: it tells the bot of what the bot itself did, so nobody waits for the answer.
    """

    kind: Literal["event", "command", "interaction"]
    body: Json
    user: str
    channel: str | None = None
    aside: bool = False


@dataclass(frozen=True)
class Reply:
    """What came back: an HTTP status (0 for none in time) and a body."""

    status: int
    body: Json | None = None


@dataclass
class ResponseUrl:
    """Where the bot may answer one interaction; `message` is what was pressed on."""

    user: str
    channel: str
    until: datetime
    message: Message | None
    used: int = 0
