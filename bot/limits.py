"""Slack's limits, in one table, and messages cut into parts that keep within them.

The blocks keep to these limits, and the playground's Slack refuses what goes beyond them.
Sources: https://docs.slack.dev/reference/block-kit/blocks and, for `MESSAGE_CHARACTERS`, which
Slack does not document, https://github.com/slackapi/bolt-js/issues/2509 and /2867.
"""

from collections.abc import Iterator, Sequence
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100

MESSAGE_CHARACTERS = 10_000
"""Characters of text in all blocks of a message.

Slack refused messages of 13,200 characters, and once one of 11,341 (`msg_blocks_too_long`).
"""

SECTION_CHARACTERS = 3000
INPUT_CHARACTERS = 3000
OPTIONS = 100
OVERFLOW_OPTIONS = 5
OPTION_CHARACTERS = 75
BUTTON_CHARACTERS = 75
TITLE_CHARACTERS = 24
METADATA_CHARACTERS = 3000
ID_CHARACTERS = 255

LEADS = frozenset({"section", "context", "header"})
"""Blocks that may introduce the block after them."""

FOLLOWERS = frozenset({"actions", "divider"})
"""Blocks that belong to the block before them."""

Block = dict[str, Any]
Payload = dict[str, Any]


def texts(part: object) -> Iterator[str]:
    """Yield the texts that people see in blocks, or in a part of them."""
    match part:
        case dict():
            for name, value in part.items():
                if name in ("text", "alt_text") and isinstance(value, str):
                    yield value
                else:
                    yield from texts(value)
        case list():
            for value in part:
                yield from texts(value)


def characters(part: object) -> int:
    """Count the characters of all texts in blocks, or in a part of them."""
    return sum(map(len, texts(part)))


def in_parts(payload: Payload) -> list[Payload]:
    """Cut a message into as few as keep within the limits, in order.

    A text stays with what introduces it and with its buttons.
    """
    blocks = payload.get("blocks") or []
    if _fits(blocks):
        return [payload]
    parts: list[list[Block]] = []
    for unit in _units(blocks):
        for piece in [unit] if _fits(unit) else [[block] for block in unit]:
            if parts and _fits([*parts[-1], *piece]):
                parts[-1] += piece
            else:
                parts.append(list(piece))
    return [{**payload, "blocks": part} for part in parts]


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MESSAGE_BLOCKS and characters(list(blocks)) <= MESSAGE_CHARACTERS


def _units(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Group blocks that are read together: what introduces a text, the text, its buttons."""
    unit: list[Block] = []
    for block in blocks:
        complete = any(each["type"] not in LEADS for each in unit)
        follows = block["type"] in FOLLOWERS
        if unit and not follows and complete:
            yield unit
            unit = []
        unit.append(block)
    if unit:
        yield unit
