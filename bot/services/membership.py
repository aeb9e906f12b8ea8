"""Who belongs to a group: invited, joining, on trial, confirmed by all, and leaving.

The members of a group that was founded are who accepted an invitation or asked to join.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select

from bot.blocks import groups as show
from bot.blocks.elements import literal, person
from bot.errors import Refusal
from bot.flows.rhythm import polite
from bot.outbox.messages import direct, say
from bot.repositories.agreements import renew_for_new_member
from bot.repositories.groups import plan_of, words_of_group
from bot.repositories.meetings import next_meeting, upcoming
from bot.repositories.members import add_member, is_member, lock_group, members_of, zone_of_member
from bot.repositories.people import words_for
from bot.services.groups.trial import end_trial_if_agreed
from bot.services.meetings.lifecycle import Meetings
from bot.services.privacy import Privacy
from bot.store.subjects import Subject
from bot.store.tables import Group, Invitation, Member
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer


class Membership:
    """What somebody can do about belonging to a group. Each method is one transaction."""

    def __init__(self, transactions: Transactions, meetings: Meetings, privacy: Privacy) -> None:
        self.meetings = meetings
        self.privacy = privacy
        self.transactions = transactions

    def invite(
        self,
        unit: Unit,
        group: Group,
        users: Sequence[str],
        *,
        leads: Collection[str],
        by: str,
    ) -> None:
        """Ask those of `users` to join who are neither members nor asked; `leads` will lead."""
        there = {m.user for m in members_of(unit, group)}
        asked = set(unit.db.scalars(select(Invitation.user).where(Invitation.group_id == group.id)))
        shown = card_of(unit, group)
        for user in users:
            if user in there | asked:
                continue
            unit.db.add(
                Invitation(
                    group_id=group.id,
                    user=user,
                    workspace=group.workspace,
                    lead=user in leads,
                    created_at=self.transactions.now(),
                )
            )
            words = words_for(unit, group.workspace, user, group)
            asking = show.invitation(by, shown, group.channel, words)
            direct(unit, group.workspace, user, asking, self.transactions.now())

    def tell_existing_members(self, unit: Unit, group: Group, *, by: str) -> None:
        """Tell who met in this channel before that they belong to the group, and how to stop."""
        shown = card_of(unit, group)
        for user in shown.members:
            if user != by:
                words = words_for(unit, group.workspace, user, group)
                told = show.counted_in(by, shown, group.channel, words)
                direct(unit, group.workspace, user, told, self.transactions.now())

    @transactional
    def answer_invitation(
        self, unit: Unit, workspace: str, user: str, id_: str, *, yes: bool
    ) -> None:
        """Accept an invitation to a group, or decline it. Raises `Refusal`."""
        group = lock_group(unit, workspace, id_)
        asked = unit.db.get(Invitation, (id_, user))
        if asked is None:
            raise Refusal("in_already" if is_member(unit, id_, user) else "not_invited")
        lead = asked.lead
        unit.db.delete(asked)
        words = words_for(unit, workspace, user, group)
        if yes:
            self._enter(unit, group, user, lead=lead)
            return
        direct(
            unit, workspace, user, show.line(words("founding.declined")), self.transactions.now()
        )
        for member in members_of(unit, group):
            if member.lead:
                told = words_for(unit, workspace, member.user, group)
                text = told("founding.declined_by", who=person(user), name=literal(group.name))
                direct(unit, workspace, member.user, show.line(text), self.transactions.now())

    @transactional
    def _join(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        group = lock_group(unit, workspace, id_)
        if group.plan is None:
            raise Refusal("not_founded")
        if is_member(unit, id_, user):
            raise Refusal("in_already")
        unit.db.execute(
            delete(Invitation).where(Invitation.group_id == id_, Invitation.user == user)
        )
        self._enter(unit, group, user, lead=False)
        text = words_of_group(group)("founding.joined", who=person(user))
        say(unit, group, show.line(text), self.transactions.now())

    def join_channel(self, workspace: str, user: str, channel: str) -> None:
        """Join the group of a channel that one is in, on trial. Raises `Refusal`."""
        with self.transactions.read() as unit:
            id_ = unit.db.scalar(
                select(Group.id).where(Group.workspace == workspace, Group.channel == channel)
            )
        if id_ is None:
            raise Refusal("not_founded")
        self._join(workspace, user, id_)

    @transactional
    def leave(self, unit: Unit, workspace: str, user: str, id_: str) -> str:
        """Leave a group; gives its name. Raises `Refusal`."""
        group = lock_group(unit, workspace, id_, user)
        self.privacy.leave_group(unit, group, user)
        return group.name

    @transactional
    def confirm(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Say that one wants to go on with a group; the last one's yes ends the trial."""
        group = lock_group(unit, workspace, id_, user)
        mine = next(m for m in members_of(unit, group) if m.user == user)
        if mine.confirmed_at is not None:
            return
        mine.confirmed_at = self.transactions.now()
        end_trial_if_agreed(unit, group, self.transactions.now())

    def on_trial_over(self, unit: Unit, due: DueTimer) -> None:
        """Ask a member, at the end of a trial period, whether they want to go on."""
        id_, _, user = due.id.partition("|")
        group, member = unit.db.get(Group, id_), unit.db.get(Member, (id_, user))
        if group is None or member is None or member.left_at or member.confirmed_at:
            return
        now = self.transactions.now()
        polite_at = polite(now, zone_of_member(unit, group, user))
        if polite_at > now:
            unit.set_timer(due.workspace, Subject.TRIAL.key(due.id), due.name, polite_at)
            return
        words = words_for(unit, due.workspace, user, group)
        direct(unit, due.workspace, user, show.trial(id_, group.name, words), now)

    @transactional
    def request_talk(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Ask, without a name, that the group talks before it goes on."""
        group = lock_group(unit, workspace, id_, user)
        text = words_of_group(group)("founding.talk")
        say(unit, group, show.line(text), self.transactions.now())

    def _enter(self, unit: Unit, group: Group, user: str, *, lead: bool) -> None:
        members = members_of(unit, group)
        most = plan_of(group).most
        if len(members) >= most:
            raise Refusal("group_full", most=most)
        member = add_member(unit, group, user, self.transactions.now())
        member.lead = lead
        member.confirmed_at = member.asked_at = None
        unit.db.flush()
        renew_for_new_member(unit, group, user, self.transactions.now())
        self.meetings.refresh(unit, group)
        words, coming = words_for(unit, group.workspace, user, group), next_meeting(unit, group)
        welcome = show.welcome(group.name, coming.starts_at if coming else None, words)
        direct(unit, group.workspace, user, welcome, self.transactions.now())


def card_of(unit: Unit, group: Group) -> show.Card:
    """Give what a founded group shows of itself."""
    plan = plan_of(group)
    members = members_of(unit, group)
    invited = unit.db.scalars(
        select(Invitation.user)
        .where(Invitation.group_id == group.id)
        .order_by(Invitation.created_at, Invitation.user)
    )
    return show.Card(
        group=group.id,
        name=group.name,
        plan=plan,
        members=[m.user for m in members],
        leads=[m.user for m in members if m.lead],
        invited=list(invited),
        trial=[m.user for m in members if m.confirmed_at is None],
        dates=[row.starts_at for row in upcoming(unit, group)],
    )
