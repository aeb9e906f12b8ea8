"""Channels: follow one that gets another id, for instance when it becomes a private one."""

import logging

from sqlalchemy import delete, select, update

from bot.store.tables import Group, Lane, Outbound, Post, Rate
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

log = logging.getLogger(__name__)


class Channels:
    """Follows what becomes of channels."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def follow(self, unit: Unit, workspace: str, old: str, new: str) -> None:
        """Replace the id of a channel wherever it is kept: its group, posts and messages.

        Does nothing where the new id has a group already: two groups cannot share a channel.
        """
        groups = select(Group).where(Group.workspace == workspace)
        group = unit.db.scalar(groups.where(Group.channel == old).with_for_update())
        if group is None:
            return
        if unit.db.scalar(groups.where(Group.channel == new)) is not None:
            log.warning("channel not followed", extra={"group": group.id})
            return
        now = self.transactions.now()
        group.channel, group.look_at = new, now
        in_old = {"workspace": workspace, "conversation": old}
        unit.upsert(
            Lane, [{"workspace": workspace, "conversation": new, "next_at": now}], change=()
        )
        unit.db.execute(delete(Lane).filter_by(**in_old))
        unit.db.execute(update(Outbound).filter_by(**in_old).values(conversation=new))
        posted = {"workspace": workspace, "place": old}
        unit.db.execute(update(Outbound).filter_by(**posted).values(place=new))
        unit.db.execute(delete(Rate).filter_by(workspace=workspace, name=old))
        unit.db.execute(
            update(Post).filter_by(workspace=workspace, channel=old).values(channel=new)
        )
