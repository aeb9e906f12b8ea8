"""Files for Slack: payloads in the outbox, sent by the relay in two stages.

First the relay uploads the bytes. Nobody sees an upload, so this stage may be repeated. Then it
shares the file in a conversation, once. Between the stages the file's id is stored, so that a
share that broke off can be looked up before it is repeated.
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

MAX_ALT_CHARACTERS = 1000
"""Longest description of a picture that Slack accepts."""


@dataclass(frozen=True)
class File:
    """A file to send.

    `name` ends in the extension, `title` is what Slack shows, `comment` is the text above the
    file, and `alt` describes a picture to people who cannot see it.
    """

    name: str
    title: str
    content: bytes = field(repr=False)
    comment: str = ""
    alt: str = ""

    def payload(self) -> dict[str, Any]:
        """Return the payload of an `Outgoing` with the method "file"."""
        return {
            "name": self.name,
            "title": self.title,
            "comment": self.comment,
            "alt": self.alt,
            "content": base64.b64encode(self.content).decode("ascii"),
        }

    def test_for(self, id_: str | None) -> Callable[[dict[str, Any]], bool]:
        """Return a test of whether a message shares this file.

        It compares the file's id, or name and size if the id is None.
        """

        def is_it(message: dict[str, Any]) -> bool:
            shared = message.get("files") or ()
            if id_ is not None:
                return any(each.get("id") == id_ for each in shared)
            expected = (self.name, len(self.content))
            return any((each.get("name"), each.get("size")) == expected for each in shared)

        return is_it


@dataclass(frozen=True)
class ChartFile:
    """A chart that the relay draws when it sends it, so that no transaction waits for that."""

    name: str
    title: str
    figures: Figures
    language: Language
    alt: str

    def payload(self) -> dict[str, Any]:
        """Return the payload of an `Outgoing` with the method "file"."""
        return {
            "name": self.name,
            "title": self.title,
            "alt": self.alt,
            "figures": self.figures.model_dump(mode="json"),
            "language": self.language,
        }


@dataclass(frozen=True)
class PictureFile:
    """The pictures to choose from, or the chosen ones; the relay draws them when it sends them."""

    shown: tuple[Picture, ...]
    language: Language

    def payload(self) -> dict[str, Any]:
        """Return the payload of an `Outgoing` with the method "file"."""
        return {"pictures": list(self.shown), "language": self.language}

    def draw(self) -> File:
        """Draw the pictures as one file, with a description of each."""
        from bot.exports.pictures import drawn

        says = words(self.language)
        described = (f"{says(f'picture.{p}')}: {says(f'picture.{p}_alt')}." for p in self.shown)
        title = says("picture.all" if len(self.shown) == len(Picture) else "picture.chosen")
        return File(says("picture.file"), title, drawn(self.shown, says), alt=" ".join(described))


def from_payload(payload: dict[str, Any]) -> File:
    """Return the file of a payload, drawn first if it is a chart or pictures."""
    if "pictures" in payload:
        return PictureFile(tuple(map(Picture, payload["pictures"])), payload["language"]).draw()
    if "content" in payload:
        return File(**{**payload, "content": base64.b64decode(payload["content"])})
    # Imported here: loading the drawing library takes a second, and few processes draw.
    from bot.exports.chart import drawn

    figures = Figures.model_validate(payload["figures"])
    content = drawn(figures, words(payload["language"]))
    return File(payload["name"], payload["title"], content, alt=payload["alt"])


def upload(client: WebClient, file: File) -> str:
    """Upload the bytes of a file, without sharing it; return its id. Raises as `client` does."""
    answer = client.files_getUploadURLExternal(
        filename=file.name, length=len(file.content), alt_txt=file.alt[:MAX_ALT_CHARACTERS] or None
    )
    url = str(answer["upload_url"])
    request = Request(url, data=file.content, method="POST")  # noqa: S310 - the URL is from Slack
    request.add_header("Content-Type", "application/octet-stream")
    with urlopen(request, timeout=client.timeout):  # noqa: S310 - as above
        return str(answer["file_id"])


def share(client: WebClient, id_: str, file: File, channel: str, thread: str | None) -> None:
    """Share an uploaded file in a channel, or in a thread there. Raises as `client` does."""
    client.files_completeUploadExternal(
        files=[{"id": id_, "title": file.title}],
        channel_id=channel,
        initial_comment=file.comment or None,
        thread_ts=thread,
    )


def channel_of(client: WebClient, conversation: str) -> str:
    """Return a conversation's channel id; for a user id, open the direct messages first."""
    if conversation[:1] not in ("U", "W"):
        return conversation
    answer = client.conversations_open(users=[conversation])
    return str((answer.get("channel") or {}).get("id"))
