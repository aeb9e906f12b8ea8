"""The rota: show whose turn it is, and let members pass, swap, offer and assign turns.

Each action is one transaction, can be undone with one button, and changes the turns of only
those members whom it concerns.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from sqlalchemy import func, select

from bot.blocks import meetings as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Stage, Status, forecast
from bot.flows.rota import (
    SILENCE_COUNTS,
    Roles,
    Rota,
    rested,
    returned,
    swapped,
    unswapped,
)
from bot.i18n import Words
from bot.outbox.messages import send_direct
from bot.repositories.groups import plan_of
from bot.repositories.meetings import (
    MeetingSnapshot,
    facts,
    lock_meeting_of_member,
    lock_planned_meeting,
    loose_turns,
    next_meeting,
    rota_of,
    snapshot_of,
    upcoming,
)
from bot.repositories.members import absences, group_of_channel, is_lead
from bot.repositories.people import words_for
from bot.services.meetings.lifecycle import Meetings
from bot.services.meetings.reminders import Reminders
from bot.store.prompts import Prompt
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
            offered=snapshot.meeting.offered if snapshot else (),
            rests=user in rota.resting,
        )

    def _last_brought(self, unit: Unit, group: Group) -> dict[str, datetime]:
        """Return when each person last brought a case, in a meeting or outside of any, by user."""
        loose = loose_turns(unit, group, "brought")
        rows = unit.db.execute(
            select(Attendance.user, func.max(MeetingRow.starts_at))
            .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
            .where(Attendance.group_id == group.id, Attendance.brought)
            .group_by(Attendance.user)
        )
        for user, when in rows:
            loose[user] = max(when, loose.get(user, when))
        return loose

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
    def say_coming(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> Payload | None:
        """Keep that a member comes to a meeting.

        Returns the answer to them, or None where the announcement's count shows it.
        """
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        if user in snapshot.meeting.coming and user not in snapshot.meeting.away:
            self._tell(unit, snapshot, user, show.coming_known)
            return None
        said = snapshot.meeting.without("away", user).with_("coming", user)
        self._update(unit, snapshot, said)
        before, now = facts(snapshot), self._facts(unit, snapshot)
        announced = snapshot.row.stage >= Stage.ASKED
        if announced and now.answered != before.answered:
            return None
        return show.coming_kept(now, snapshot.words_of(user))

    @transactional
    def say_away(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Keep that a member cannot come to a meeting; what they answered before comes second."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        self._update(unit, snapshot, snapshot.meeting.with_("away", user))
        self._tell(unit, snapshot, user, partial(show.away_kept, facts(snapshot)))

    @transactional
    def take_back_away(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Undo that a member cannot come: what they answered before, if anything, counts again."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        self._undo(unit, snapshot, user, snapshot.meeting.without("away", user))

    @transactional
    def pass_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Pass the turn of a bringer this time, or take an offer back; the next in turn is told."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        if user not in (*snapshot.roles.bringers, *snapshot.meeting.offered):
            raise Refusal("not_your_meeting")
        self._update(unit, snapshot, snapshot.meeting.wishing(user, user, brings=False))
        self._tell(unit, snapshot, user, partial(show.passed, self._facts(unit, snapshot)))

    @transactional
    def take_back_pass(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Undo a pass: what was so before, a turn or an offer, is so again."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        self._undo(unit, snapshot, user, snapshot.meeting.unwished(user, user, brings=False))

    @transactional
    def offer_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Record that a member offers to bring a case to a meeting, out of turn."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        self._assign(unit, snapshot, user, by=user)

    @transactional
    def assign_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, bringer: str, seen: str | None
    ) -> None:
        """Ask a member, for a lead, to bring a case to a meeting; a lead may name themselves."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        if not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        if bringer not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        self._assign(unit, snapshot, bringer, by=user)

    @transactional
    def unassign_turn(
        self, unit: Unit, workspace: str, user: str, meeting: str, bringer: str, seen: str | None
    ) -> None:
        """Undo what `user` did: their own offer, or that they asked somebody as a lead."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        self._undo(unit, snapshot, user, snapshot.meeting.unwished(bringer, user, brings=True))

    def _assign(self, unit: Unit, snapshot: MeetingSnapshot, bringer: str, *, by: str) -> None:
        """Record that a member brings a case, and tell them, and who asked them."""
        if bringer in snapshot.absent:
            raise Refusal("offer_away" if bringer == by else "assign_away")
        if bringer == by:
            snapshot = self._back(unit, snapshot, by)
        wished = snapshot.meeting.wishing(bringer, by, brings=True)
        brings = bringer in self._roles(snapshot, wished).bringers
        if brings:
            wished = wished.with_("told", bringer)
        self._update(unit, snapshot, wished, knows=[by])
        now = self._facts(unit, snapshot)
        if bringer == by:
            waits = by in snapshot_of(unit, snapshot.row).meeting.went_on
            self._tell(unit, snapshot, by, partial(show.offered, now, by, waits=waits))
        else:
            told = partial(show.assigned, now, bringer)
            self._tell(unit, snapshot, by, told, about=f"asked:{bringer}")
            self._tell(unit, snapshot, bringer, partial(show.asked_to_bring, now, bringer, by))

    # who brought nothing, and rests

    @transactional
    def return_to_turn(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Return their turn to a member who rests, after a meeting that was called off."""
        snapshot = self._back(unit, lock_meeting_of_member(unit, workspace, user, meeting), user)
        self.meetings.refresh(unit, snapshot.group, knows=[user])
        row = next_meeting(unit, snapshot.group)
        now = facts(snapshot_of(unit, row)) if row is not None else None
        self._tell(unit, snapshot, user, partial(show.back_in_turn, now, user))

    @transactional
    def rest(self, unit: Unit, workspace: str, user: str, meeting: str) -> None:
        """Pass the turn of a member who brought nothing to a meeting, as they wish."""
        snapshot = lock_meeting_of_member(unit, workspace, user, meeting)
        since = snapshot.rota.silent_since(user)
        if since is None:
            raise Refusal("rest_gone")
        snapshot.group.rota = rested(snapshot.rota, [user]).model_dump_json()
        unit.db.flush()
        self.meetings.refresh(unit, snapshot.group, knows=[user])
        until = datetime.combine(since, time(12), UTC) + SILENCE_COUNTS
        self._tell(unit, snapshot, user, partial(show.rested, facts(snapshot), until))

    def _back(self, unit: Unit, snapshot: MeetingSnapshot, user: str) -> MeetingSnapshot:
        """Return the snapshot after a member who may have rested has their turn again."""
        if user not in snapshot.rota.resting:
            return snapshot
        snapshot.group.rota = returned(snapshot.rota, [user]).model_dump_json()
        unit.db.flush()
        return snapshot_of(unit, snapshot.row)

    @transactional
    def snooze_reminder(
        self, unit: Unit, workspace: str, user: str, meeting: str, seen: str | None
    ) -> None:
        """Remind a bringer again later, and tell them when."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        due = self.reminders.snooze(unit, snapshot, user)
        self._tell(unit, snapshot, user, lambda words: show.snoozed(due, words))

    # swaps

    @transactional
    def swap_form(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        meeting: str,
        seen: str | None,
        *,
        assign: bool,
    ) -> dict[str, Any]:
        """Build the form to choose a colleague: to swap with, or (`assign`) to ask for a case."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        if assign and not is_lead(unit, snapshot.group, user):
            raise Refusal("lead_only")
        words = snapshot.words_of(user)
        return show.colleague(facts(snapshot), words, what="assign" if assign else "swap")

    @transactional
    def ask_swap(
        self, unit: Unit, workspace: str, user: str, meeting: str, other: str, seen: str | None
    ) -> None:
        """Ask a colleague to swap places in the rota."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting, seen)
        swapped(snapshot.rota, user, other)  # raises `Refusal` if they cannot
        snapshot.row.state = snapshot.meeting.asking(user, other).model_dump_json()
        asked = partial(show.swap_asked, facts(snapshot), user)
        self._tell(unit, snapshot, other, asked, about=f"swap:{user}")
        self._tell(unit, snapshot, user, partial(show.about, "swap_sent", other))

    @transactional
    def answer_swap(
        self, unit: Unit, workspace: str, user: str, meeting: str, asker: str, *, yes: bool
    ) -> None:
        """Accept or decline the swap that the colleague `asker` asked for; tell both.

        It is asked about places in the rota, so another date of the meeting changes nothing.
        """
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if asker not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        if (asker, user) not in snapshot.meeting.swaps:
            raise Refusal("swap_not_asked")
        self._close(unit, snapshot, f"swap:{asker}")
        if not yes:
            snapshot.row.state = snapshot.meeting.answered(asker, user).model_dump_json()
            self._tell(unit, snapshot, asker, partial(show.about, "swap_declined", user))
            return
        self._exchange(unit, snapshot, swapped(snapshot.rota, user, asker), user, asker)
        now = self._facts(unit, snapshot)
        for one, with_whom in ((asker, user), (user, asker)):
            told = partial(show.swapped, now, with_whom)
            self._tell(unit, snapshot, one, told, about=f"swapped:{one}")

    @transactional
    def undo_swap(self, unit: Unit, workspace: str, user: str, meeting: str, other: str) -> None:
        """Undo a swap, which moved places in the rota; the other member is told."""
        snapshot = lock_planned_meeting(unit, workspace, user, meeting)
        if other not in snapshot.members:
            raise Refusal("swap_not_in_rota")
        self._exchange(unit, snapshot, unswapped(snapshot.rota, user, other), user, other)
        for one in (user, other):
            self._close(unit, snapshot, f"swapped:{one}")
        self._tell(unit, snapshot, other, partial(show.about, "swap_undone", user))
        self._tell_undone(unit, snapshot, user)

    def _exchange(
        self, unit: Unit, snapshot: MeetingSnapshot, rota: Rota, one: str, other: str
    ) -> None:
        """Store the rota in which two members exchanged places."""
        snapshot.group.rota = rota.model_dump_json()
        unit.db.flush()
        self._update(unit, snapshot, snapshot.meeting.after_swap(one, other), knows=[one, other])

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

    def _undo(self, unit: Unit, snapshot: MeetingSnapshot, user: str, undone: Meeting) -> None:
        """Store the meeting as it is `undone`; tell who did so how it stands now.

        Raises `Refusal` where that changes nothing.
        """
        if undone == snapshot.meeting:
            now = show.roles(facts(snapshot), snapshot.words_of(user))
            raise Refusal("undone_already", roles=now)
        self._update(unit, snapshot, undone, knows=[user])
        self._tell_undone(unit, snapshot, user)

    def _roles(self, snapshot: MeetingSnapshot, meeting: Meeting) -> Roles:
        """Return who would do what in a meeting with other wishes."""
        absent = snapshot.absent
        return meeting.roles(snapshot.rota, cases=snapshot.plan.cases, away=absent)

    def _facts(self, unit: Unit, snapshot: MeetingSnapshot) -> show.Facts:
        """Return the facts about a meeting as it is stored now."""
        return facts(snapshot_of(unit, snapshot.row))

    def _tell(
        self,
        unit: Unit,
        snapshot: MeetingSnapshot,
        user: str,
        build: Callable[[Words], Payload],
        *,
        about: str = "",
    ) -> None:
        """Send a member the direct message that `build` makes of the texts in their language.

        Earlier messages lose their buttons: those `about` the same, else about the user's turn.
        """
        payload, now = build(snapshot.words_of(user)), self.transactions.now()
        asked = Prompt.MEETING.of(snapshot.row.id, about or user)
        send_direct(unit, snapshot.group.workspace, user, payload, now, prompt=asked)

    def _close(self, unit: Unit, snapshot: MeetingSnapshot, about: str) -> None:
        unit.close_prompt(snapshot.group.workspace, Prompt.MEETING.of(snapshot.row.id, about))

    def _tell_undone(self, unit: Unit, snapshot: MeetingSnapshot, user: str) -> None:
        self._tell(unit, snapshot, user, partial(show.undone, self._facts(unit, snapshot)))
