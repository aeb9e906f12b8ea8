"""Membership of groups: invite, join, confirm after the trial period, and leave.

The members of a founded group are the people who accepted an invitation or asked to join.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from bot.blocks import groups as show
from bot.blocks.elements import literal, person
from bot.errors import Refusal
from bot.flows.rhythm import polite
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.agreements import renew_for_new_member
from bot.repositories.groups import holidays_of_group, plan_of, words_of_group
from bot.repositories.meetings import keep_rota, next_meeting, upcoming
from bot.repositories.members import add_member, is_member, lock_group, members_of, zone_of_member
from bot.repositories.people import words_for
from bot.services.groups.trial import end_trial_if_agreed
from bot.services.meetings.lifecycle import Meetings
from bot.services.presence import Presence
from bot.services.privacy import Privacy
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import Group, Invitation, Member, Person
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit, anonymous_id
from bot.timers import DueTimer


class Membership:
    """What people do about belonging to a group.

    A method whose first parameter is `unit` runs in the caller's transaction.
    """

    def __init__(
        self,
        transactions: Transactions,
        meetings: Meetings,
        privacy: Privacy,
        presence: Presence,
    ) -> None:
        self.transactions = transactions
        self.meetings = meetings
        self.privacy = privacy
        self.presence = presence

    def invite(
        self,
        unit: Unit,
        group: Group,
        users: Sequence[str],
        *,
        leads: Collection[str],
        by: str,
    ) -> None:
        """Invite the `users` who are neither members nor invited yet; `leads` become leads."""
        members = {member.user for member in members_of(unit, group)}
        invited = set(
            unit.db.scalars(select(Invitation.user).where(Invitation.group_id == group.id))
        )
        new = [user for user in dict.fromkeys(users) if user not in members | invited]
        for user in new:
            unit.db.add(
                Invitation(
                    group_id=group.id,
                    user=user,
                    workspace=group.workspace,
                    lead=user in leads,
                    created_at=self.transactions.now(),
                )
            )
        unit.db.flush()
        card = card_of(unit, group)
        for user in new:
            words = words_for(unit, group.workspace, user, group)
            invitation = show.invitation(by, card, group.channel, words)
            asked, now = Prompt.INVITATION.of(group.id, user), self.transactions.now()
            send_direct(unit, group.workspace, user, invitation, now, prompt=asked)

    def tell_existing_members(self, unit: Unit, group: Group, *, by: str) -> None:
        """Send people who used a group before it was founded word that they are members now.

        `by` is the founder, who gets no message.
        """
        card = card_of(unit, group)
        for user in card.members:
            if user != by:
                words = words_for(unit, group.workspace, user, group)
                payload = show.counted_in(by, card, group.channel, words)
                send_direct(unit, group.workspace, user, payload, self.transactions.now())

    def answer_invitation(self, workspace: str, user: str, id_: str, *, yes: bool) -> None:
        """Accept an invitation to a group, or decline it: then its leads are told.

        Raises `Refusal` without an invitation, when the group is full, and for who accepts it
        outside the group's channel; the invitation stays then.
        """
        with self.transactions.read() as unit:
            invited = unit.db.get(Invitation, (id_, user)) is not None
            group = unit.db.get(Group, id_)
            channel = group.channel if group is not None and invited else None
        if yes and channel is not None:
            self.presence.require_in(workspace, channel, user)
        self._answer_invitation(workspace, user, id_, yes=yes)

    @transactional
    def _answer_invitation(
        self, unit: Unit, workspace: str, user: str, id_: str, *, yes: bool
    ) -> None:
        group = lock_group(unit, workspace, id_)
        invitation = unit.db.get(Invitation, (id_, user))
        if invitation is None:
            raise Refusal("in_already" if is_member(unit, id_, user) else "not_invited")
        lead = invitation.lead
        unit.db.delete(invitation)
        unit.close_prompt(workspace, Prompt.INVITATION.of(id_, user))
        words = words_for(unit, workspace, user, group)
        if yes:
            self._add_member(unit, group, user, lead=lead)
            return
        send_direct(
            unit, workspace, user, show.line(words("founding.declined")), self.transactions.now()
        )
        for member in members_of(unit, group):
            if member.lead:
                to_lead = words_for(unit, workspace, member.user, group)
                text = to_lead("founding.declined_by", who=person(user), name=literal(group.name))
                send_direct(unit, workspace, member.user, show.line(text), self.transactions.now())

    @transactional
    def _join(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        group = lock_group(unit, workspace, id_)
        if group.plan is None:
            raise Refusal("not_founded")
        if is_member(unit, id_, user):
            raise Refusal("in_already")
        invitation = unit.db.get(Invitation, (id_, user))
        if invitation is not None:
            unit.db.delete(invitation)
            unit.close_prompt(workspace, Prompt.INVITATION.of(id_, user))
        self._add_member(unit, group, user, lead=invitation is not None and invitation.lead)
        text = words_of_group(group)("founding.joined", who=person(user))
        post_to_group(unit, group, show.line(text), self.transactions.now())

    def join_channel(self, workspace: str, user: str, channel: str) -> None:
        """Join the group of a channel that `user` is in, on trial.

        Raises `Refusal` when the group is not founded, is full, or has this member already.
        """
        with self.transactions.read() as unit:
            id_ = unit.db.scalar(
                select(Group.id).where(Group.workspace == workspace, Group.channel == channel)
            )
        if id_ is None:
            raise Refusal("not_founded")
        self._join(workspace, user, id_)

    @transactional
    def leave(self, unit: Unit, workspace: str, user: str, id_: str) -> str:
        """Leave a group and return its name. Raises `Refusal` for a person outside it."""
        group = lock_group(unit, workspace, id_, user)
        self.privacy.leave_group(unit, group, user)
        return group.name

    @transactional
    def confirm(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Confirm that a member goes on after the trial; the last one to confirm ends it."""
        group = lock_group(unit, workspace, id_, user)
        member = next(m for m in members_of(unit, group) if m.user == user)
        if member.confirmed_at is not None:
            raise Refusal("confirmed_already" if member.asked_at else "trial_over")
        member.confirmed_at = self.transactions.now()
        unit.close_prompt(workspace, Prompt.TRIAL.of(id_, user))
        end_trial_if_agreed(unit, group, self.transactions.now())

    def on_trial_over(self, unit: Unit, due: DueTimer) -> None:
        """Ask a member, at the end of the trial period, whether they want to go on."""
        id_, user = due.ids
        group, member = unit.db.get(Group, id_), unit.db.get(Member, (id_, user))
        if group is None or member is None or member.left_at or member.confirmed_at:
            return
        now = self.transactions.now()
        polite_at = polite(now, zone_of_member(unit, group, user), holidays_of_group(group))
        if polite_at > now:
            unit.set_timer(due.workspace, Subject.TRIAL.key(due.id), due.name, polite_at)
            return
        words = words_for(unit, due.workspace, user, group)
        question, asked = show.trial(id_, group.name, words), Prompt.TRIAL.of(id_, user)
        send_direct(unit, due.workspace, user, question, now, prompt=asked)

    @transactional
    def request_talk(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Post, without a name, that a member wants the group to talk before it goes on.

        Raises `Refusal` when the trial is over, or when they asked for it already.
        """
        group = lock_group(unit, workspace, id_, user)
        if not any(each.asked_at for each in members_of(unit, group)):
            raise Refusal("talk_past")
        if not unit.first_time(workspace, anonymous_id("talk", id_, user), self.transactions.now()):
            raise Refusal("talk_asked")
        text = words_of_group(group)("founding.talk")
        post_to_group(unit, group, show.line(text), self.transactions.now())

    def _add_member(self, unit: Unit, group: Group, user: str, *, lead: bool) -> None:
        members = members_of(unit, group)
        most = plan_of(group).most
        if len(members) >= most:
            raise Refusal("group_full", most=most)
        member = add_member(unit, group, user, self.transactions.now())
        member.lead = lead
        member.confirmed_at = member.asked_at = None
        unit.db.flush()
        renew_for_new_member(unit, group, user, self.transactions.now())
        if group.rota is not None:
            keep_rota(unit, group)
        self.meetings.refresh(unit, group)
        words, following = words_for(unit, group.workspace, user, group), next_meeting(unit, group)
        welcome = show.welcome(group.name, following.starts_at if following else None, words)
        send_direct(unit, group.workspace, user, welcome, self.transactions.now())


def card_of(unit: Unit, group: Group) -> show.Card:
    """Return what the card of a founded group shows, read in the caller's transaction."""
    plan = plan_of(group)
    members = members_of(unit, group)
    invited = unit.db.scalars(
        select(Invitation.user)
        .where(Invitation.group_id == group.id)
        .order_by(Invitation.created_at, Invitation.user)
    ).all()
    users = [*(m.user for m in members), *invited]
    zones = unit.db.scalars(
        select(Person.tz).where(Person.workspace == group.workspace, Person.user.in_(users))
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
        elsewhere=not set(zones) <= {plan.rhythm.zone, ""},
    )
