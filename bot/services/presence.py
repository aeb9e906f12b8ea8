"""Who is in a group's channel: whoever is not, is in neither its group nor its sessions.

Slack tells of everyone who leaves a channel, but may tell it late or never. So Slack is asked
before somebody is removed, and whenever a room is looked at.
"""

from collections.abc import Collection

from sqlalchemy import select

from bot.blocks import groups as show
from bot.blocks.elements import literal
from bot.errors import Refusal
from bot.flows.types import Phase
from bot.outbox.messages import send_direct
from bot.repositories.members import members_of
from bot.repositories.people import words_for
from bot.services.people import People
from bot.services.privacy import Privacy
from bot.store.tables import Group, Participant, SessionRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit

OUTSIDE = frozenset({"not_member", "left_group", "invited_still", "outside_group"})
"""Why somebody is refused who does not belong to a group, as `require_member` raises it."""


class Presence:
    """Removes people who left a channel."""

    def __init__(self, transactions: Transactions, people: People, privacy: Privacy) -> None:
        self.transactions = transactions
        self.people = people
        self.privacy = privacy

    def require_in(self, workspace: str, channel: str, user: str) -> None:
        """Raise `Refusal` for a person who is not in a channel, as Slack says now.

        Slack shows a public channel, with its buttons, to all the workspace.
        """
        inside = self.people.is_person_in(workspace, channel, user)
        if inside is None:
            raise Refusal("room_unknown")
        if not inside:
            raise Refusal("not_inside", channel=f"<#{channel}>")

    def explain(self, workspace: str, user: str, refusal: Refusal) -> Refusal:
        """Return why a person is refused: who is not in a group's channel hears that first."""
        if refusal.key in OUTSIDE:
            channel = str(refusal.about["channel"])
            if self.people.is_person_in(workspace, channel.strip("<#>"), user) is False:
                return Refusal("not_inside", channel=channel)
        return refusal

    def left(self, workspace: str, channel: str, user: str) -> None:
        """Remove a person who left a channel, unless they have come back since."""
        self.people.forget_look(workspace, channel)
        if not self.people.is_person_in(workspace, channel, user):
            self._remove(workspace, channel, user)

    @transactional
    def _remove(self, unit: Unit, workspace: str, channel: str, user: str) -> None:
        group = unit.db.scalar(
            select(Group).where(Group.workspace == workspace, Group.channel == channel)
        )
        if group is not None:
            self.remove(unit, group, user)

    def remove(self, unit: Unit, group: Group, user: str) -> None:
        """Remove a person from a group and its sessions, within the caller's transaction."""
        self.privacy.leave_channel_of(unit, group, user)
        if group.facilitator == user:
            group.facilitator = None

    def remove_absent(self, unit: Unit, group: Group, present: Collection[str]) -> None:
        """Remove everyone from a group who is not in its channel; each member is told."""
        under_way = (
            select(Participant.user)
            .join(SessionRow, SessionRow.id == Participant.session_id)
            .where(
                SessionRow.group_id == group.id,
                SessionRow.status != Phase.CLOSED,
                Participant.left_at.is_(None),
            )
        )
        members = {member.user for member in members_of(unit, group)}
        inside = members | set(unit.db.scalars(under_way))
        if group.facilitator is not None:
            inside.add(group.facilitator)
        for user in sorted(inside - set(present)):
            self.remove(unit, group, user)
            if group.plan is not None and user in members:
                words = words_for(unit, group.workspace, user, group)
                channel = f"<#{group.channel}>"
                text = words("founding.absent", name=literal(group.name), channel=channel)
                now = self.transactions.now()
                send_direct(unit, group.workspace, user, show.line(text), now)
