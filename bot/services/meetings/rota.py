"""The rota: show whose turn it is, and let members pass, swap, offer and assign turns.

Each action is one transaction, can be undone with one button, and changes the turns of only
those members whom it concerns.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.blocks import meetings as show
from bot.blocks.action_ids import join_value
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Status, forecast
from bot.flows.rota import Rota, swapped
from bot.i18n import Words
from bot.outbox.messages import send_direct
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
    """What members do with their turns in upcoming meetings. Every method raises `Refusal`."""

    def __init__(
        self, transactions: Transactions, meetings: Meetings, reminders: Reminders
    ) -> None:
        self.transactions = transactions
        self.meetings = meetings
        self.reminders = reminders

    @transactional
    def card(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Build the card with the rota of a channel's group, for one member."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        plan_of(group)  # raises `Refusal` when the group is not founded
        words = words_for(unit, workspace, user, group)
        rota = rota_of(unit, group)
        row = next_meeting(unit, group)
        snapshot = snapshot_of(unit, row) if row is not None else None
        last = self._last_brought(unit, group)
        expected = self._expected_turns(unit, group, rota)
        turns = [
            show.Turn(member, expected.get(member), last.get(member)) for member in rota.bringing
        ]
        return show.rota(
            facts(snapshot) if snapshot else None,
            turns,
            user,
            words,
            lead=is_lead(unit, group, user),
            under_way=row is not None and row.status == Status.OPEN,
            passed=snapshot.meeting.passed if snapshot else (),
        )

    def _last_brought(self, unit: Unit, group: Group) -> dict[str, datetime]:
        """Return when each member last brought a case, by user."""
        rows = unit.db.execute(
            select(Attendance.user, func.max(MeetingRow.starts_at))
            .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
            .where(Attendance.group_id == group.id, Attendance.brought)
            .group_by(Attendance.user)
        )
        return dict(rows.all())

    def _expected_turns(self, unit: Unit, group: Group, rota: Rota) -> dict[str, datetime]:
        """Return when each member's next turn will be if nothing changes, by user."""
        rows, away = upcoming(unit, group), absences(unit, group)
        meetings = [(Meeting.model_validate_json(row.state), away(row.starts_at)) for row in rows]
        roles = forecast(rota, meetings, cases=plan_of(group).cases)
        expected: dict[str, datetime] = {}
        for row, role in zip(rows, roles, strict=True):
            for bringer in role.bringers:
                expected.setdefault(bringer, row.starts_at)
        return expected

    # turns

    @transactional
    def set_attendance(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, yes: bool
    ) -> None:
        """Keep a member's answer whether they attend a meeting."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if yes and user in snapshot.meeting.coming:  # nothing changes that they could see
            self._tell(unit, snapshot, user, show.coming_known)
            return
        answered = snapshot.meeting.without("coming", user).without("away", user)
        self._update(unit, snapshot, answered.with_("coming" if yes else "away", user))
        if not yes:
            self._tell(unit, snapshot, user, lambda words: show.away_kept(meeting, words))

    @transactional
    def pass_turn(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Pass the turn of a bringer this time; the next in turn is told."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if user not in snapshot.roles.bringers:
            raise Refusal("not_your_meeting")
        offered = user in snapshot.meeting.offered
        passed = snapshot.meeting.without("offered", user).with_("passed", user)
        self._update(unit, snapshot, passed)
        undo = join_value(meeting, "offered") if offered else meeting
        self._tell(unit, snapshot, user, lambda words: show.passed(undo, words))

    @transactional
    def take_back_pass(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, offered: bool
    ) -> None:
        """Undo a pass; `offered` says that the member had offered to bring out of turn."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        undone = snapshot.meeting.without("passed", user)
        self._update(unit, snapshot, undone.with_("offered", user) if offered else undone)
        self._tell_undone(unit, snapshot, user)

    @transactional
    def offer_turn(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Record that a member offers to bring a case to a meeting, out of turn."""
        snapshot = self._lock_to_assign(unit, workspace, user, meeting, user)
        self._assign(unit, snapshot, user, by=user)
        shown = facts(snapshot)
        self._tell(unit, snapshot, user, lambda words: show.offered(shown, user, words))

    @transactional
    def assign_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, bringer: str
    ) -> None:
        """Ask a member, for a lead, to bring a case to a meeting; a lead may name themselves."""
        snapshot = self._lock_to_assign(unit, workspace, user, meeting, bringer)
        self._assign(unit, snapshot, bringer, by=user)
        shown = facts(snapshot)
        if bringer == user:
            self._tell(unit, snapshot, user, lambda words: show.offered(shown, user, words))
            return
        self._tell(unit, snapshot, user, lambda words: show.assigned(shown, bringer, words))
        self._tell(unit, snapshot, bringer, lambda words: show.asked_to_bring(shown, user, words))

    @transactional
    def unassign_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, bringer: str
    ) -> None:
        """Undo an offer or assignment: by a lead, or by the bringer."""
        snapshot = self._lock_to_assign(unit, workspace, user, meeting, bringer)
        undone = snapshot.meeting.without("offered", bringer)
        self._update(unit, snapshot, undone, knows=[user])
        self._tell_undone(unit, snapshot, user)

    def _lock_to_assign(
        self, unit: Unit, workspace: str, user: str, meeting: str, bringer: str
    ) -> MeetingSnapshot:
        """Return a locked meeting in which `user` may decide whether `bringer` brings a case."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if bringer != user and not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        if bringer not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        return snapshot

    def _assign(self, unit: Unit, snapshot: MeetingSnapshot, bringer: str, *, by: str) -> None:
        assigned = snapshot.meeting.with_("offered", bringer).with_("told", bringer)
        self._update(unit, snapshot, assigned, knows=[by])

    @transactional
    def snooze_reminder(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Remind a bringer again later, and tell them when."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        due = self.reminders.snooze(unit, snapshot, user)
        self._tell(unit, snapshot, user, lambda words: show.snoozed(due, words))

    # swaps

    @transactional
    def swap_form(
        self, unit: Unit, workspace: str, user: str, meeting: str, *, assign: bool
    ) -> dict[str, Any]:
        """Build the form to choose a colleague: to swap with, or (`assign`) to ask for a case."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if assign and not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        words = snapshot.words_of(user)
        return show.colleague(meeting, words, what="assign" if assign else "swap")

    @transactional
    def ask_swap(self, unit: Unit, workspace: str, user: str, meeting: str, other: str) -> None:
        """Ask a colleague to swap places in the rota."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        swapped(rota_of(unit, snapshot.group), user, other)  # raises `Refusal` if they cannot
        snapshot.row.state = snapshot.meeting.asking(user, other).model_dump_json()
        shown = facts(snapshot)
        self._tell(unit, snapshot, other, lambda words: show.swap_asked(shown, user, words))
        self._tell(unit, snapshot, user, lambda words: show.about("swap_sent", other, words))

    @transactional
    def answer_swap(
        self, unit: Unit, workspace: str, user: str, meeting: str, asker: str, *, yes: bool
    ) -> None:
        """Accept or decline the swap that the colleague `asker` asked for; tell both."""
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
        """Undo a swap; the other member is told."""
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
        self._update(unit, snapshot, snapshot.meeting, knows=[one, other])

    # shared by the above

    def _update(
        self,
        unit: Unit,
        snapshot: MeetingSnapshot,
        meeting: Meeting,
        *,
        knows: Collection[str] = (),
    ) -> None:
        """Store a changed meeting, and tell those whose turn changed, except `knows`."""
        snapshot.row.state = meeting.model_dump_json()
        unit.db.flush()
        self.meetings.refresh(unit, snapshot.group, knows=knows)

    def _tell(
        self, unit: Unit, snapshot: MeetingSnapshot, user: str, build: Callable[[Words], Payload]
    ) -> None:
        """Send a member the direct message that `build` makes of the texts in their language."""
        payload = build(snapshot.words_of(user))
        send_direct(unit, snapshot.group.workspace, user, payload, self.transactions.now())

    def _tell_undone(self, unit: Unit, snapshot: MeetingSnapshot, user: str) -> None:
        shown = facts(snapshot_of(unit, snapshot.row))
        self._tell(unit, snapshot, user, lambda words: show.undone(shown, words))
