"""Whose turn it is: seeing the rota, passing, swapping, offering, and asking somebody.

Each is one transaction and can be undone with one button; none moves anybody who has
nothing to do with it.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.blocks import meetings as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Status, forecast
from bot.flows.rota import Rota, swapped
from bot.i18n import Words
from bot.outbox.messages import direct
from bot.repositories.groups import plan_of
from bot.repositories.meetings import (
    MeetingSnapshot,
    facts,
    lock_planned_meeting,
    next_meeting,
    rota_of,
    snapshot_of,
    upcoming,
)
from bot.repositories.members import absences, group_of_channel, is_lead
from bot.repositories.people import words_for
from bot.services.meetings.lifecycle import Meetings
from bot.services.meetings.reminders import Reminders
from bot.store.tables import Attendance, Group, MeetingRow
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Rotas:
    """What members can do about the meetings to come. Each raises `Refusal`."""

    def __init__(
        self, transactions: Transactions, meetings: Meetings, reminders: Reminders
    ) -> None:
        self.meetings = meetings
        self.reminders = reminders
        self.transactions = transactions

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Show somebody the rota of a channel's group."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        plan_of(group)
        words = words_for(unit, workspace, user, group)
        rota = rota_of(unit, group)
        row = next_meeting(unit, group)
        snapshot = snapshot_of(unit, row) if row is not None else None
        brought = self._brought(unit, group)
        turns = self._expected(unit, group, rota)
        return show.rota(
            facts(snapshot) if snapshot else None,
            [show.Turn(who, turns.get(who), brought.get(who)) for who in rota.bringing],
            user,
            words,
            lead=is_lead(unit, group, user),
            under_way=row is not None and row.status == Status.OPEN,
            passed=snapshot.meeting.passed if snapshot else (),
        )

    def _brought(self, unit: Unit, group: Group) -> dict[str, datetime]:
        """Give when members brought a case last."""
        rows = unit.db.execute(
            select(Attendance.user, func.max(MeetingRow.starts_at))
            .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
            .where(Attendance.group_id == group.id, Attendance.brought)
            .group_by(Attendance.user)
        )
        return dict(rows.all())

    def _expected(self, unit: Unit, group: Group, rota: Rota) -> dict[str, datetime]:
        """Give when it will be members' turn, if nothing changes."""
        rows, away = upcoming(unit, group), absences(unit, group)
        meetings = [(Meeting.model_validate_json(row.state), away(row.starts_at)) for row in rows]
        expected: dict[str, datetime] = {}
        for row, had in zip(
            rows, forecast(rota, meetings, cases=plan_of(group).cases), strict=True
        ):
            for who in had.bringers:
                expected.setdefault(who, row.starts_at)
        return expected

    # answers to a meeting

    @transactional
    def set_attendance(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, yes: bool
    ) -> None:
        """Say whether one can be there."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        said = snapshot.meeting.without("coming", user).without("away", user)
        self._keep(unit, snapshot, said.with_("coming" if yes else "away", user))
        if not yes:
            self._tell(unit, snapshot, user, lambda words: show.away_kept(meeting, words))

    @transactional
    def pass_turn(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Rather not bring a case this time; the next in turn is told."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if user not in snapshot.roles.bringers:
            raise Refusal("not_your_meeting")
        said, before = snapshot.meeting.without("offered", user), snapshot.meeting
        self._keep(unit, snapshot, said.with_("passed", user))
        value = f"{meeting}|offered" if user in before.offered else meeting
        self._tell(unit, snapshot, user, lambda words: show.passed(value, words))

    @transactional
    def take_back_pass(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, offered: bool
    ) -> None:
        """Bring a case after all, also when it was out of turn that one had `offered` it."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        said = snapshot.meeting.without("passed", user)
        self._keep(unit, snapshot, said.with_("offered", user) if offered else said)
        self._tell_undone(unit, snapshot, user)

    def offer_turn(self, workspace: str, user: str, meeting: str) -> None:
        """Offer to bring a case to a meeting, out of turn."""
        self._offered(workspace, user, meeting, user, undo=False)

    def assign_turn(self, workspace: str, user: str, meeting: str, who: str) -> None:
        """Ask somebody, as a lead, to bring a case to a meeting."""
        self._offered(workspace, user, meeting, who, undo=False)

    def unassign_turn(self, workspace: str, user: str, meeting: str, who: str) -> None:
        """Take back that somebody was asked: by a lead, or by that person."""
        self._offered(workspace, user, meeting, who, undo=True)

    @transactional
    def _offered(
        self, unit: Unit, workspace: str, user: str, meeting: str, who: str, *, undo: bool
    ) -> None:
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if who != user and not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        if who not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        if undo:
            self._keep(unit, snapshot, snapshot.meeting.without("offered", who), knows=[user])
            self._tell_undone(unit, snapshot, user)
            return
        said = snapshot.meeting.with_("offered", who)
        self._keep(unit, snapshot, said.with_("told", who), knows=[user])
        about = facts(snapshot)
        if who == user:
            self._tell(unit, snapshot, user, lambda words: show.offered(about, user, words))
            return
        self._tell(unit, snapshot, user, lambda words: show.assigned(about, who, words))
        self._tell(unit, snapshot, who, lambda words: show.asked_to_bring(about, user, words))

    @transactional
    def snooze_reminder(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Be reminded again later."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        when = self.reminders.snooze(unit, snapshot, user)
        self._tell(unit, snapshot, user, lambda words: show.snoozed(when, words))

    # swaps

    @transactional
    def swap_form(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, assign: bool
    ) -> dict[str, Any]:
        """Give the form to name a colleague: to swap with, or to ask to bring."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if assign and not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        words = snapshot.words_of(user)
        return show.colleague(meeting, words, what="assign" if assign else "swap")

    @transactional
    def ask_swap(self, unit: Unit, workspace: str, user: str, meeting: str, other: str) -> None:
        """Ask a colleague to swap places in the rota."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        swapped(rota_of(unit, snapshot.group), user, other)
        snapshot.row.state = snapshot.meeting.asking(user, other).model_dump_json()
        about = facts(snapshot)
        self._tell(unit, snapshot, other, lambda words: show.swap_asked(about, user, words))
        self._tell(unit, snapshot, user, lambda words: show.about("swap_sent", other, words))

    @transactional
    def answer_swap(
        self, unit: Unit, workspace: str, user: str, meeting: str, asker: str, *, yes: bool
    ) -> None:
        """Agree to a swap that a colleague asked for, or not."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if asker not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        if (asker, user) not in snapshot.meeting.swaps:
            raise Refusal("swap_not_asked")
        snapshot.row.state = snapshot.meeting.answered(asker, user).model_dump_json()
        if not yes:
            self._tell(
                unit, snapshot, asker, lambda words: show.about("swap_declined", user, words)
            )
            return
        self._swap(unit, snapshot_of(unit, snapshot.row), asker, user)
        self._tell(unit, snapshot, asker, lambda words: show.swapped(meeting, user, words))
        self._tell(unit, snapshot, user, lambda words: show.swapped(meeting, asker, words))

    @transactional
    def undo_swap(self, unit: Unit, workspace: str, user: str, meeting: str, other: str) -> None:
        """Undo a swap; the other is told."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        pairs = rota_of(unit, snapshot.group).put_off
        if (user, other) not in pairs and (other, user) not in pairs:
            raise Refusal("swap_past")
        self._swap(unit, snapshot, user, other)
        self._tell(unit, snapshot, other, lambda words: show.about("swap_undone", user, words))
        self._tell_undone(unit, snapshot, user)

    def _swap(self, unit: Unit, snapshot: MeetingSnapshot, one: str, other: str) -> None:
        rota = swapped(rota_of(unit, snapshot.group), one, other)
        snapshot.group.rota = rota.model_dump_json()
        unit.db.flush()
        self._keep(unit, snapshot, snapshot.meeting, knows=[one, other])

    # what these share

    def _keep(
        self, unit: Unit, snapshot: MeetingSnapshot, said: Meeting, *, knows: Collection[str] = ()
    ) -> None:
        """Keep what was said about a meeting; who it changes anything for is told, if unaware."""
        snapshot.row.state = said.model_dump_json()
        unit.db.flush()
        self.meetings.refresh(unit, snapshot.group, knows=knows)

    def _tell(
        self, unit: Unit, snapshot: MeetingSnapshot, who: str, what: Callable[[Words], Payload]
    ) -> None:
        """Send somebody a direct message, in their own words."""
        words = snapshot.words_of(who)
        direct(unit, snapshot.group.workspace, who, what(words), self.transactions.now())

    def _tell_undone(self, unit: Unit, snapshot: MeetingSnapshot, who: str) -> None:
        now = facts(snapshot_of(unit, snapshot.row))
        self._tell(unit, snapshot, who, lambda words: show.undone(now, words))
