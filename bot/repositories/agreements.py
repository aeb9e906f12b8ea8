"""Agreements: a group's promises about form and safety, signed by each member.

A group starts from a suggested list. Every change makes a new version, which all members sign
again; so does a member who joins after others signed. The card with the agreements is pinned
in the channel, and a session shows them when it begins. A member who leaves loses their
signature.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from bot.blocks import agreements as show
from bot.blocks.elements import Payload
from bot.flows.types import ContributionKind
from bot.repositories.groups import words_of_group
from bot.repositories.members import members_of
from bot.store.tables import Agreement, Contribution, Group, SendMethod, SessionRow, Signature
from bot.store.unit import Outgoing, Unit


def current_agreements(unit: Unit, group: Group) -> show.Agreed | None:
    """Return a group's agreements with who signed them, or None while it has none."""
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
        signed=[user for user in members if user in signed],
        waited=[user for user in members if user not in signed],
    )


def session_card(unit: Unit, group: Group, row: SessionRow, now: datetime) -> Payload:
    """Build the card with the agreements, for a session that discusses them.

    For a group without agreements, it first saves the suggested list with the agreements
    that members wrote in this session.
    """
    words = words_of_group(group)
    why, left_out = "reviewed", 0
    if unit.db.get(Agreement, group.id) is None:
        written = _written(unit, row)
        why = "offered" if written else "none_yet"
        lines = show.offered(written, words)
        left_out = len(set(written) - set(lines))
        save_agreements(unit, group, lines, now)
    found = current_agreements(unit, group)
    assert found is not None
    return show.card(found, words, why=why, left_out=left_out)


def save_agreements(unit: Unit, group: Group, lines: Sequence[str], now: datetime) -> None:
    """Save agreements as a new version, which nobody has signed yet."""
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


NOTHING = 0
"""The version that a new member has signed for whom all were asked to sign again."""


def renew_for_new_member(unit: Unit, group: Group, user: str, now: datetime) -> None:
    """Ask all members to sign again, if this new member never signed and others did.

    That is once for each new member, whatever they do first: they join a session, or sign.
    """
    kept = unit.db.get(Agreement, group.id)
    if kept is None or unit.db.get(Signature, (group.id, user)) is not None:
        return
    joined = {member.user: member.joined_at for member in members_of(unit, group)}
    if user not in joined or joined[user] < kept.changed_at:
        return
    signatures = select(func.count()).where(Signature.group_id == group.id)
    if not unit.db.scalar(signatures):
        return  # nobody has signed this version, so nobody has to sign again
    kept.version, kept.changed_at = kept.version + 1, now
    sign(unit, group, user, NOTHING, now)
    post_agreements(unit, group, now, why="joined")


def sign(unit: Unit, group: Group, user: str, version: int, now: datetime) -> None:
    """Store a person's signature under a version of the agreements."""
    unit.db.merge(
        Signature(
            group_id=group.id,
            user=user,
            workspace=group.workspace,
            version=version,
            signed_at=now,
        )
    )
    unit.db.flush()


def post_agreements(unit: Unit, group: Group, now: datetime, *, why: str | None) -> None:
    """Post the card with the agreements in the channel, and pin it; `why` is the reason shown."""
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
    """List the agreements that people wrote in a session before it discusses them."""
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
    return show.lines_of("\n".join(texts))


def send_card(
    unit: Unit, group: Group, method: SendMethod, payload: Payload, now: datetime
) -> None:
    """Post, update or pin the card with a group's agreements in its channel."""
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
