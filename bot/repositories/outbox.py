"""Rows of the outbox: what waits there about a person who wants to be forgotten."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select

from bot.blocks.elements import shortened
from bot.limits import Payload
from bot.limits import texts as texts_in
from bot.repositories.cases import case_content, cases_of
from bot.repositories.sessions import texts_of
from bot.store.tables import UNSENT, Outbound
from bot.store.unit import Unit

RECOGNISED = 60
"""Characters by which a longer text is recognised, within others or cut short."""


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete the messages to a person, and their words from the messages to others that wait.

    Has to come before their words are deleted where they are stored.
    """
    own = (user, f"{user}:home")
    unit.db.execute(
        delete(Outbound).where(
            Outbound.workspace == workspace,
            or_(Outbound.conversation.in_(own), Outbound.user == user),
        )
    )
    texts: dict[str, list[str]] = texts_of(unit, workspace, user)
    for case in cases_of(unit, workspace, user):
        if case.vault_id is not None:
            texts.setdefault(case.vault_id, []).extend((case_content(unit, case) or {}).values())
    waiting = unit.db.scalars(
        select(Outbound)
        .where(Outbound.vault_id.in_(texts), Outbound.state.in_(UNSENT))
        .with_for_update()
    )
    for message in waiting:
        assert message.vault_id is not None
        opened = unit.open(message.vault_id, message.payload or b"")
        if opened is None:
            continue
        left = without(json.loads(opened), texts[message.vault_id])
        if left is None:
            unit.db.delete(message)
        else:
            message.payload = unit.seal(message.vault_id, json.dumps(left))
    unit.erase(Outbound)


def without(payload: Payload, texts: Sequence[str]) -> Payload | None:
    """Return a message without the blocks that show one of these texts; None if none is left."""
    blocks = payload.get("blocks", [])
    left = [block for block in blocks if not any(_shows(block, text) for text in texts if text)]
    if len(left) == len(blocks):
        return payload
    shown = [block for block in left if block["type"] == "rich_text"]
    return {**payload, "blocks": left} if shown else None


def _shows(block: dict[str, Any], text: str) -> bool:
    """Check whether a block shows a text: alone, cut short, or within other words."""
    if len(text) <= RECOGNISED:
        return any(text in (found, found.strip()) for found in texts_in(block))
    start = shortened(text, RECOGNISED).rstrip("…")
    return any(start in found for found in texts_in(block))
