"""Agreements: what a group promised each other about form and safety, signed by each.

A group begins with a list to change. Whatever is changed is a new version, which all sign
anew; so do they when somebody joins. The card in the channel is pinned; before each session
the agreements are read again. Who left is not asked, and what they signed is theirs no more.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from bot.blocks import agreements as show
from bot.blocks.elements import Payload, shortened
from bot.flows.types import ContributionKind
from bot.repositories.groups import words_of_group
from bot.repositories.members import members_of
from bot.store.tables import Agreement, Contribution, Group, SendMethod, SessionRow, Signature
from bot.store.unit import Outgoing, Unit


def current_agreements(unit: Unit, group: Group) -> show.Agreed | None:
    """Give a group's agreements as they stand; None while it has none."""
    kept = unit.db.get(Agreement, group.id)
    if kept is None:
        return None
    members = [member.user for member in members_of(unit, group)]
    signed = set(
        unit.db.scalars(
            select(Signature.user).where(
                Signature.group_id == group.id, Signature.version == kept.version
            )
        )
    )
    return show.Agreed(
        group=group.id,
        lines=json.loads(unit.open(kept.vault_id, kept.content) or "[]"),
        signed=[who for who in members if who in signed],
        waited=[who for who in members if who not in signed],
    )


def session_card(unit: Unit, group: Group, row: SessionRow, now: datetime) -> Payload:
    """Give the agreements for a session that talks of them.

    A group without any gets the list to begin with, and what its members just wrote.
    """
    says = words_of_group(group)
    why = "reviewed"
    if unit.db.get(Agreement, group.id) is None:
        written = _written(unit, row)
        why = "offered" if written else "none_yet"
        save_agreements(unit, group, [*show.starting(says), *written][: show.MOST], now)
    found = current_agreements(unit, group)
    assert found is not None
    return show.card(found, says, why=why)


def save_agreements(unit: Unit, group: Group, lines: Sequence[str], now: datetime) -> None:
    """Keep new agreements, which nobody has signed yet."""
    kept = unit.db.get(Agreement, group.id)
    if kept is None:
        kept = Agreement(
            group_id=group.id,
            workspace=group.workspace,
            version=0,
            vault_id=unit.new_vault(group.workspace),
        )
        unit.db.add(kept)
    kept.content = unit.seal(kept.vault_id, json.dumps(list(lines)))
    kept.version, kept.changed_at = kept.version + 1, now
    unit.db.flush()


def renew_for_new_member(unit: Unit, group: Group, who: str, now: datetime) -> None:
    """Let all sign anew when somebody joined who never signed here."""
    kept = unit.db.get(Agreement, group.id)
    if kept is None or unit.db.get(Signature, (group.id, who)) is not None:
        return
    joined = {member.user: member.joined_at for member in members_of(unit, group)}
    if who not in joined or joined[who] < kept.changed_at:
        return
    signatures = select(func.count()).where(Signature.group_id == group.id)
    if not unit.db.scalar(signatures):
        return  # nobody has anything to sign again
    kept.version, kept.changed_at = kept.version + 1, now
    unit.db.flush()
    post_agreements(unit, group, now, why="joined")


def post_agreements(unit: Unit, group: Group, now: datetime, *, why: str | None) -> None:
    """Post the agreements in the channel, and pin them."""
    found = current_agreements(unit, group)
    assert found is not None
    payload = show.card(found, words_of_group(group), why=why)
    send_card(unit, group, SendMethod.POST, payload, now)
    send_card(unit, group, SendMethod.PIN, {}, now)


def withdraw_signature(unit: Unit, group: Group, user: str) -> None:
    """Delete a person's signature under the agreements of a group that they left."""
    unit.db.execute(delete(Signature).where(Signature.group_id == group.id, Signature.user == user))


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's signatures."""
    signatures = delete(Signature).where(Signature.workspace == workspace)
    unit.db.execute(signatures.where(Signature.user == user))


def _written(unit: Unit, row: SessionRow) -> list[str]:
    """Give the agreements that people wrote in a session, unseen, before it talks of them."""
    if row.vault_id is None:
        return []
    said = unit.db.scalars(
        select(Contribution.content)
        .where(
            Contribution.session_id == row.id,
            Contribution.kind == ContributionKind.AGREEMENT,
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at, Contribution.id)
    )
    texts = (unit.open(row.vault_id, content) or "" for content in said if content is not None)
    lines = (line.strip() for text in texts for line in text.splitlines())
    return list(dict.fromkeys(shortened(line, show.LONGEST) for line in lines if line))


def send_card(
    unit: Unit, group: Group, method: SendMethod, payload: Payload, now: datetime
) -> None:
    """Post the card of a group's agreements in its channel, bring it up to date, or pin it."""
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=group.channel,
            method=method,
            payload=payload,
            key=f"agreements:{group.id}",
            coalesce=method is SendMethod.UPDATE,
            due=now,
        )
    )
