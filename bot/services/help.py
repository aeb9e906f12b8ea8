"""Help: what somebody can do where they are."""

from sqlalchemy import select

from bot.blocks.help import Here, Place
from bot.flows.types import Phase
from bot.store.tables import Group, Member, Participant, SessionRow
from bot.store.transactions import Transactions


class Help:
    """Finds out what somebody can do in a channel."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def here(self, workspace: str, user: str, channel: str | None) -> Here:
        """Return what a channel with the bot is to somebody; None stands for direct messages."""
        if channel is None:
            return Here(Place.DIRECT)
        with self.transactions.read() as unit:
            group = unit.db.scalar(
                select(Group).where(Group.workspace == workspace, Group.channel == channel)
            )
            if group is None:
                return Here(Place.CHANNEL)
            member = unit.db.get(Member, (group.id, user))
            belongs = member is not None and member.left_at is None
            lead = member is not None and belongs and member.lead
            phases = set(
                unit.db.scalars(
                    select(SessionRow.status)
                    .join(Participant, Participant.session_id == SessionRow.id)
                    .where(
                        SessionRow.group_id == group.id,
                        SessionRow.status != Phase.CLOSED,
                        Participant.user == user,
                        Participant.left_at.is_(None),
                    )
                )
            )
            if phases:
                lobby = phases == {Phase.LOBBY}
                return Here(Place.LOBBY if lobby else Place.SESSION, lead)
            if group.plan is None:
                return Here(Place.CHANNEL)
            outside = not belongs and group.facilitator != user
            return Here(Place.OUTSIDE if outside else Place.GROUP, lead)
