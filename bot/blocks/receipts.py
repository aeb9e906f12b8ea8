"""Receipts of forgetting, and a person's own messages that only they can delete."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, plain, small
from bot.i18n import Words

LINKS_PER_BLOCK = 20
"""Links in one block: together they stay below Slack's limit for a text."""


class Facts(Protocol):
    """What a receipt says."""

    @property
    def session(self) -> str:
        """The short id of the session."""

    @property
    def day(self) -> date:
        """The day on which the data key was destroyed."""

    @property
    def removed(self) -> int:
        """How many of the bot's posts were deleted."""

    @property
    def remained(self) -> int:
        """How many of the bot's posts Slack did not delete."""


def receipt(facts: Facts, session: str, code: str, address: str, words: Words) -> Payload:
    """Return the receipt for a group; `address` is that of the page that verifies it, if any."""
    lines = [
        words("receipt.forgotten", day=words.day(facts.day), session=facts.session),
        words.count("receipt.removed", facts.removed),
    ]
    if facts.remained:
        lines.append(words.count("receipt.remained", facts.remained))
    lines.append(words("receipt.own"))
    where = f"<{address}?code={code}|{code}>" if address else code
    return message(
        lines[0],
        [
            plain(" ".join(lines), "receipt"),
            small(words("receipt.code", code=where), "receipt-code"),
            *buttons("receipt-actions", [button(words, ActionId.DATA_MESSAGES, session)]),
        ],
    )


def own_messages(links: Sequence[str], words: Words) -> Payload:
    """List the links to a person's own messages, to delete them themselves."""
    if not links:
        return message(words("data.no_messages"), [plain(words("data.no_messages"), "messages")])
    text = words.count("data.messages", len(links))
    shown = [f"<{link}|{number}>" for number, link in enumerate(links, start=1)]
    rows = [shown[n : n + LINKS_PER_BLOCK] for n in range(0, len(shown), LINKS_PER_BLOCK)]
    return message(
        text,
        [
            plain(text, "messages"),
            *(plain(" · ".join(row), f"messages-{n}") for n, row in enumerate(rows)),
        ],
    )
