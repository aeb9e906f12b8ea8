"""Files that go out: laid in the outbox as a payload, given to Slack in two stages.

First Slack takes the bytes, which nobody sees yet and which may happen twice without
harm; then the file is shared in a conversation, once. Between the two its id is written
down, so that a share that broke off can be looked up before it is done again.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from slack_sdk import WebClient

from bot.flows.participation import Figures
from bot.flows.types import Picture
from bot.i18n import Language, words

MOST_ALT = 1000
"""Characters that Slack takes to describe a picture."""


@dataclass(frozen=True)
class File:
    """A file for somebody.

    `name` ends in its extension, `title` is what Slack shows, `comment` goes above it, and
    `alt` tells what is on a picture to those who cannot see it.
    """

    name: str
    title: str
    content: bytes = field(repr=False)
    comment: str = ""
    alt: str = ""

    def payload(self) -> dict[str, Any]:
        """Give it as the payload of an `Outgoing` with the method "file"."""
        return {
            "name": self.name,
            "title": self.title,
            "comment": self.comment,
            "alt": self.alt,
            "content": base64.b64encode(self.content).decode("ascii"),
        }

    def is_in(self, id_: str | None) -> Callable[[dict[str, Any]], bool]:
        """Give a test of whether a message shares this file: by its id, else by name and size."""

        def is_it(message: dict[str, Any]) -> bool:
            shared = message.get("files") or ()
            if id_ is not None:
                return any(each.get("id") == id_ for each in shared)
            like = (self.name, len(self.content))
            return any((each.get("name"), each.get("size")) == like for each in shared)

        return is_it


@dataclass(frozen=True)
class Drawing:
    """A chart that is drawn when it is sent, so that no transaction waits for it."""

    name: str
    title: str
    figures: Figures
    language: Language
    alt: str

    def payload(self) -> dict[str, Any]:
        """Give it as the payload of an `Outgoing` with the method "file"."""
        return {
            "name": self.name,
            "title": self.title,
            "alt": self.alt,
            "figures": self.figures.model_dump(mode="json"),
            "language": self.language,
        }


@dataclass(frozen=True)
class Pictures:
    """Pictures to choose from, or those that were chosen; drawn when they are sent."""

    shown: tuple[Picture, ...]
    language: Language

    def payload(self) -> dict[str, Any]:
        """Give it as the payload of an `Outgoing` with the method "file"."""
        return {"pictures": list(self.shown), "language": self.language}

    def drawn(self) -> File:
        """Draw them, with what is on each told in words."""
        from bot.exports.pictures import drawn

        says = words(self.language)
        told = (f"{says(f'picture.{p}')}: {says(f'picture.{p}_alt')}." for p in self.shown)
        title = says("picture.all" if len(self.shown) == len(Picture) else "picture.chosen")
        return File(says("picture.file"), title, drawn(self.shown, says), alt=" ".join(told))


def laid(payload: dict[str, Any]) -> File:
    """Give back the file of a payload; what is a drawing is drawn now."""
    if "pictures" in payload:
        return Pictures(tuple(map(Picture, payload["pictures"])), payload["language"]).drawn()
    if "content" in payload:
        return File(**{**payload, "content": base64.b64decode(payload["content"])})
    # Here, because loading what draws takes a second, and few processes ever draw.
    from bot.exports.chart import drawn

    figures = Figures.model_validate(payload["figures"])
    content = drawn(figures, words(payload["language"]))
    return File(payload["name"], payload["title"], content, alt=payload["alt"])


def upload(client: WebClient, file: File) -> str:
    """Give Slack the bytes of a file, unseen as yet; give its id. Raises as `client` does."""
    answer = client.files_getUploadURLExternal(
        filename=file.name, length=len(file.content), alt_txt=file.alt[:MOST_ALT] or None
    )
    url = str(answer["upload_url"])
    request = Request(url, data=file.content, method="POST")  # noqa: S310 - Slack's own answer
    request.add_header("Content-Type", "application/octet-stream")
    with urlopen(request, timeout=client.timeout):  # noqa: S310 - idem
        return str(answer["file_id"])


def share(client: WebClient, id_: str, file: File, channel: str, thread: str | None) -> None:
    """Show an uploaded file in a channel, or in a thread there. Raises as `client` does."""
    client.files_completeUploadExternal(
        files=[{"id": id_, "title": file.title}],
        channel_id=channel,
        initial_comment=file.comment or None,
        thread_ts=thread,
    )


def opened(client: WebClient, conversation: str) -> str:
    """Give the channel of a conversation, which for a person is the one with them."""
    if conversation[:1] not in ("U", "W"):
        return conversation
    answer = client.conversations_open(users=[conversation])
    return str((answer.get("channel") or {}).get("id"))
