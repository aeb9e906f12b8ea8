"""Rows of the outbox: what they show of a person who wants to be forgotten."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import aliased

from bot.blocks.elements import STANDS_ALONE, shortened
from bot.limits import Payload
from bot.limits import texts as texts_in
from bot.repositories.cases import case_content, cases_of
from bot.repositories.sessions import texts_of
from bot.store.tables import Outbound, OutboxState, Quote, SendMethod
from bot.store.unit import Outgoing, Unit

RECOGNISED = 60
"""Characters by which a longer text is recognised, within others or cut short."""


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete the messages to a person, and their words from the messages to others.

    What is in Slack already is deleted there too, as far as the outbox still knows it. Has to
    come before their words are deleted where they are stored.
    """
    own = _to(workspace, user)
    quoting = select(Quote.marker).where(Quote.workspace == workspace)
    files = and_(
        Outbound.method == SendMethod.FILE,
        Outbound.vault_id.is_(None),
        Outbound.marker.not_in(quoting),
    )
    unit.db.execute(delete(Outbound).where(own, files))  # their statements stay theirs
    unit.delete_messages(own)
    texts: dict[str, list[str]] = texts_of(unit, workspace, user)
    for case in cases_of(unit, workspace, user):
        if case.vault_id is not None:
            texts.setdefault(case.vault_id, []).extend((case_content(unit, case) or {}).values())
    take_out(unit, texts)
    unit.erase(Outbound)


def _to(workspace: str, user: str) -> ColumnElement[bool]:
    """Return the condition for messages to a person: direct, private in a channel, or a home.

    It names every state, because the index by conversation begins with it.
    """
    message = aliased(Outbound)  # else they would be those of the statement around it
    ours = select(message.id).where(message.workspace == workspace)
    places = message.conversation.in_((user, f"{user}:home"))
    direct = ours.where(message.state.in_(list(OutboxState)), places)
    return Outbound.id.in_(direct.union_all(ours.where(message.user == user)))


def take_out(unit: Unit, texts: Mapping[str, Sequence[str]]) -> None:
    """Take texts, by vault, out of the messages that show them, in Slack as well."""
    shown = unit.db.scalars(
        select(Outbound)
        .where(Outbound.vault_id.in_(texts), Outbound.payload.is_not(None))
        .where(Outbound.method != SendMethod.DELETE)
        .with_for_update()
    ).all()
    emptied = []
    for message in shown:
        assert message.vault_id is not None
        opened = unit.open(message.vault_id, message.payload or b"")
        if opened is None:
            continue
        payload = json.loads(opened)
        left = without(payload, texts[message.vault_id])
        if left is None:
            emptied.append(message.id)
        elif left is not payload:
            message.payload = unit.seal(message.vault_id, json.dumps(left))
            if message.state is OutboxState.SENT:
                unit.change_post(message)
            elif message.state is OutboxState.SENDING and message.key is None:
                emptied.append(message.id)
                _send_anew(unit, message, left)
    unit.delete_messages(Outbound.id.in_(emptied))


def _send_anew(unit: Unit, message: Outbound, payload: Payload) -> None:
    """Send what is left of a message that may just have been sent whole."""
    unit.send(
        Outgoing(
            workspace=message.workspace,
            conversation=message.conversation,
            method=message.method,
            payload=payload,
            thread=message.thread,
            user=message.user,
            due=message.due_at,
            vault=message.vault_id,
        )
    )


def without(payload: Payload, texts: Sequence[str]) -> Payload | None:
    """Return a message without the blocks that show one of these texts; None if none is left.

    Without any quote, only the block that stands alone is left of it.
    """
    blocks = payload.get("blocks", [])
    left = [block for block in blocks if not any(_shows(block, text) for text in texts if text)]
    if len(left) == len(blocks):
        return payload
    if not any(block["type"] == "rich_text" for block in left):
        left = [block for block in left if block.get("block_id") == STANDS_ALONE]
    return {**payload, "blocks": left} if left else None


def _shows(block: dict[str, Any], text: str) -> bool:
    """Check whether a block shows a text: alone, cut short, or within other words."""
    if len(text) <= RECOGNISED:
        return any(text in (found, found.strip()) for found in texts_in(block))
    start = shortened(text, RECOGNISED).rstrip("…")
    return any(start in found for found in texts_in(block))
