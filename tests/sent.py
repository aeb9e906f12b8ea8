"""What the bot sends in a run: each message, form, page and answer, as it goes to Slack."""

from collections.abc import Iterator
from typing import Any

from playground.slack.records import Delivery, Reply
from playground.testing import Stage

Json = dict[str, Any]

MESSAGES = ("chat.postMessage", "chat.postEphemeral", "chat.update", "respond")
_UNSEEN = ("metadata", "private_metadata")
_TEXTS = ("text", "alt_text", "alt_txt", "title", "initial_comment", "topic", "purpose")


class Sent:
    """Records what goes to Slack from now on.

    `payloads` lists it in order, by the method of Slack's Web API, or as `respond`.
    """

    def __init__(self, stage: Stage) -> None:
        self._api = stage.slack.api
        self._answers: list[tuple[str, Json]] = []
        send, respond = stage.slack.dispatcher.send, stage.workspace.bot_respond

        def sending(delivery: Delivery, headers: dict[str, str]) -> Reply:
            reply = send(delivery, headers)
            if reply.body:
                self._answers.append(("respond", reply.body))
            return reply

        def responding(url_id: str, body: Json) -> None:
            self._answers.append(("respond", body))
            respond(url_id, body)

        stage.slack.dispatcher.send = sending
        stage.workspace.bot_respond = responding  # type: ignore[method-assign]

    def note(self, kind: str, text: str) -> None:
        """Record a text that came to somebody in another way."""
        self._answers.append((kind, {"text": text}))

    @property
    def payloads(self) -> list[tuple[str, Json]]:
        """All that was sent, by method."""
        return [(method, args) for method, args, _ in self._api.calls] + self._answers

    def messages(self) -> Iterator[Json]:
        """List the messages, and the answers that are shown as one."""
        for method, args in self.payloads:
            if method in MESSAGES and (args.get("text") or args.get("blocks")):
                yield args

    def texts(self) -> set[str]:
        """Return every text that somebody sees."""
        return {text for _, args in self.payloads for text in seen(args)}


def seen(part: object) -> Iterator[str]:
    """List the texts in a payload that a person sees."""
    match part:
        case dict():
            for key, value in part.items():
                if key in _TEXTS and isinstance(value, str):
                    yield value
                elif key == "errors" and isinstance(value, dict):
                    yield from value.values()
                elif key not in _UNSEEN:
                    yield from seen(value)
        case list():
            for each in part:
                yield from seen(each)


def parts(part: object, kind: str) -> Iterator[Json]:
    """List the parts of a payload whose type is `kind`."""
    match part:
        case dict():
            if part.get("type") == kind:
                yield part
            for key, value in part.items():
                if key not in _UNSEEN:
                    yield from parts(value, kind)
        case list():
            for each in part:
                yield from parts(each, kind)
