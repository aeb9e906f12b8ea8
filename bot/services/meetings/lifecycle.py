"""Meetings: what is said and done about each date of a founded group at its time.

One timer to a group wakes us for the next thing to do; what there is to do follows from
the meeting's stage and the time (`bot.flows.meeting.step`), so that time which was missed
is made up for once, with what is still of use.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import select

from bot.blocks import follow_ups as show_follow_up
from bot.blocks import meetings as show
from bot.blocks.elements import Payload
from bot.flows.meeting import Stage, Status, moments, step
from bot.flows.method import Method
from bot.flows.rhythm import polite, zone_of
from bot.flows.types import CaseStatus, Phase
from bot.i18n import language_of
from bot.outbox.messages import say
from bot.repositories.agreements import current_agreements
from bot.repositories.follow_ups import take_shared_answers
from bot.repositories.groups import plan_of, words_of_group
from bot.repositories.meetings import (
    MeetingSnapshot,
    facts,
    lock_meeting,
    next_meeting,
    snapshot_of,
)
from bot.repositories.methods import methods_for
from bot.services.groups.trial import ask_if_trial_over, end_trial_if_agreed
from bot.services.meetings.attendance import record_attendance, sessions_of_meeting
from bot.services.meetings.planning import plan_ahead
from bot.services.meetings.reminders import Reminders
from bot.services.sessions.start import SessionOpener
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow, SendMethod, SessionRow
from bot.store.transactions import Transactions
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer, retry_soon

GATHERING = timedelta(days=4)
"""How long an open lobby is waited for before a meeting counts as missed."""


class Meetings:
    """Leads a group from one meeting to the next."""

    def __init__(
        self,
        transactions: Transactions,
        opener: SessionOpener,
        reminders: Reminders,
        methods: Mapping[str, Method],
    ) -> None:
        self.transactions = transactions
        self.opener = opener
        self.reminders = reminders
        self.methods = methods

    # what is due

    def on_group_due(self, unit: Unit, due: DueTimer) -> None:
        """Take the next step with a group's meetings, or show who its members are now."""
        group = unit.db.get(Group, due.id, with_for_update={"skip_locked": True})
        if group is None and unit.db.get(Group, due.id) is not None:
            retry_soon(unit, due, self.transactions.now())
        if group is None or group.plan is None:
            return
        if due.name == "rhythm":
            self.advance(unit, group)
        else:
            self.refresh(unit, group)
            end_trial_if_agreed(unit, group, self.transactions.now())

    def schedule_first(self, unit: Unit, group: Group) -> None:
        """Let a new group be: its first meeting is announced after a day, or when it begins."""
        plan_ahead(unit, group, self.transactions.now())
        first = next_meeting(unit, group)
        assert first is not None
        zone = zone_of(plan_of(group).rhythm.zone)
        due = min(polite(self.transactions.now() + timedelta(days=1), zone), first.starts_at)
        unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", due)

    def advance(self, unit: Unit, group: Group) -> None:
        """Do what is due about a group's meetings, and set the timer for what comes next."""
        now, overslept, asked = self.transactions.now(), False, False
        zone = zone_of(plan_of(group).rhythm.zone)
        while True:
            row = next_meeting(unit, group)
            if row is None:
                plan_ahead(unit, group, self.transactions.now())
                row = next_meeting(unit, group)
            if row is None:
                unit.cancel_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm")
                return
            reached = Stage(row.stage)
            todo = step(reached, moments(row.starts_at, row.minutes, zone), now)
            if todo.stage is None:
                if overslept and not asked:
                    self._say(unit, group, show.next_date(row.starts_at, words_of_group(group)))
                assert todo.again is not None
                unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", todo.again)
                return
            if todo.stage is Stage.OVER and self._still_gathers(unit, row):
                tomorrow = polite(now + timedelta(days=1), zone)
                unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", tomorrow)
                return
            row.stage = todo.stage
            if todo.stage is Stage.OVER:
                overslept = self._over(unit, group, row, reached) or overslept
                plan_ahead(unit, group, self.transactions.now())
            else:
                asked = True
                self._stage(unit, snapshot_of(unit, row), reached, todo.stage)
            unit.db.flush()

    def _stage(self, unit: Unit, snapshot: MeetingSnapshot, reached: Stage, stage: Stage) -> None:
        if stage is Stage.OPEN:
            self._open(unit, snapshot)
            return
        if reached < Stage.ASKED:
            self.announce(unit, snapshot, anew=True)
            self._ask_bringers(unit, snapshot, "ask")
        elif stage is Stage.NUDGED:
            self._ask_bringers(unit, snapshot, "nudge")
        if stage is Stage.EVE:
            self._say(unit, snapshot.group, self._eve(unit, snapshot))
            self.reminders.schedule_for_all(unit, snapshot)

    def _eve(self, unit: Unit, snapshot: MeetingSnapshot) -> Payload:
        found, case = current_agreements(unit, snapshot.group), self._waiting(unit, snapshot)
        method, lines = self._likely(unit, snapshot, case), found.lines if found else ()
        words = words_of_group(snapshot.group)
        return show.eve(facts(snapshot), method, lines, words, ready=case is not None)

    def _ask_bringers(self, unit: Unit, snapshot: MeetingSnapshot, name: str) -> None:
        for who in snapshot.roles.bringers:
            self.reminders.schedule(unit, snapshot, who, name)

    # the hour itself

    def _open(self, unit: Unit, snapshot: MeetingSnapshot) -> None:
        snapshot.row.status = Status.OPEN
        told = take_shared_answers(unit, snapshot.group)
        if told:
            self._say(
                unit, snapshot.group, show_follow_up.since(told, words_of_group(snapshot.group))
            )
        if not self._next_case(unit, snapshot):
            self._say(
                unit, snapshot.group, show.no_case(facts(snapshot), words_of_group(snapshot.group))
            )

    def _waiting(self, unit: Unit, snapshot: MeetingSnapshot) -> Case | None:
        """Give the case that comes first in a meeting: of whose turn it is, or the oldest."""
        waiting = unit.db.scalars(
            select(Case)
            .where(Case.group_id == snapshot.group.id, Case.status == CaseStatus.QUEUED)
            .order_by(Case.changed_at)
        ).all()
        turn = {who: n for n, who in enumerate(snapshot.roles.bringers)}
        return min(waiting, key=lambda case: turn.get(case.bringer, len(turn)), default=None)

    def _next_case(self, unit: Unit, snapshot: MeetingSnapshot) -> bool:
        """Open the lobby of the next case of a meeting; tell whether there was one."""
        case = self._waiting(unit, snapshot)
        if case is None:
            return False
        facilitator = snapshot.roles.facilitator
        self.opener.open_session(
            unit, case, case.bringer, meeting=snapshot.row.id, facilitator=facilitator
        )
        return True

    def on_session_over(self, unit: Unit, due: DueTimer) -> None:
        """Go on with the next case of a meeting once a session of it has ended."""
        snapshot = lock_meeting(unit, due.workspace, due.id)
        if snapshot is None or snapshot.row.status != Status.OPEN:
            return
        if len(sessions_of_meeting(unit, snapshot.row)) < snapshot.plan.cases:
            self._next_case(unit, snapshot)

    def _still_gathers(self, unit: Unit, row: MeetingRow) -> bool:
        """Tell whether a meeting may yet come about: a lobby is open, as in writing it may be."""
        lobby = select(SessionRow.id).where(
            SessionRow.meeting_id == row.id, SessionRow.status == Phase.LOBBY
        )
        late = self.transactions.now() >= row.starts_at + GATHERING
        return not late and unit.db.scalar(lobby.limit(1)) is not None

    def _over(self, unit: Unit, group: Group, row: MeetingRow, reached: Stage) -> bool:
        """Close a meeting; tell whether it went by while we were not there."""
        snapshot = snapshot_of(unit, row)
        begun = [s for s in sessions_of_meeting(unit, row) if s.begun]
        if not begun:
            row.status = Status.MISSED
            if reached < Stage.OPEN:
                return True
            coming = next_meeting(unit, group)
            words = words_of_group(group)
            self._say(unit, group, show.not_held(coming.starts_at if coming else None, words))
            self.ask_after_missed(unit, group)
            return False
        row.status = Status.HELD
        record_attendance(unit, snapshot, begun)
        ask_if_trial_over(unit, group, self.transactions.now())
        return False

    def ask_after_missed(self, unit: Unit, group: Group) -> None:
        """After two meetings in a row that did not happen, ask the group what it wants."""
        last = list(
            unit.db.scalars(
                select(MeetingRow.status)
                .where(
                    MeetingRow.group_id == group.id,
                    MeetingRow.status.in_((Status.HELD, Status.SKIPPED, Status.MISSED)),
                )
                .order_by(MeetingRow.starts_at.desc())
                .limit(3)
            )
        )
        unheld = [status != Status.HELD for status in last]
        if unheld[:2] == [True, True] and unheld[2:] != [True]:
            self._say(unit, group, show.what_now(words_of_group(group)))

    # what these share

    def announce(self, unit: Unit, snapshot: MeetingSnapshot, *, anew: bool = False) -> None:
        """Post a meeting's announcement in the channel, or bring it up to date."""
        if not anew and snapshot.row.stage < Stage.ASKED:
            return
        unit.send(
            Outgoing(
                workspace=snapshot.group.workspace,
                conversation=snapshot.group.channel,
                method=SendMethod.POST if anew else SendMethod.UPDATE,
                payload=show.announcement(facts(snapshot), words_of_group(snapshot.group)),
                key=f"meeting:{snapshot.row.id}",
                coalesce=not anew,
                due=self.transactions.now(),
            )
        )

    def refresh(self, unit: Unit, group: Group, *, knows: Collection[str] = ()) -> None:
        """Bring the announcement of a group's next meeting up to date, and tell whom it concerns.

        Whose turn it became hears so, and whose turn it is no more too, less who `knows`.
        """
        row = next_meeting(unit, group)
        if row is None or row.status != Status.PLANNED or row.stage < Stage.ASKED:
            return
        snapshot = snapshot_of(unit, row)
        self.announce(unit, snapshot)
        self.reminders.tell_relieved(unit, snapshot, knows)
        for who in snapshot.roles.bringers:
            if who not in snapshot.meeting.told:
                self.reminders.schedule(unit, snapshot, who, "ask")

    def _likely(self, unit: Unit, snapshot: MeetingSnapshot, case: Case | None) -> str | None:
        """Give the title of the method that a meeting will likely begin with, if any."""
        if case is not None:
            likely: Method | None = self.opener.suggest(unit, snapshot.group, case)[1]
        else:
            methods = methods_for(unit, snapshot.group.id, self.methods)
            likely = next((methods[m] for m in snapshot.plan.methods if m in methods), None)
        return likely.title[language_of(snapshot.group.language)] if likely else None

    def _say(self, unit: Unit, group: Group, payload: Payload) -> None:
        say(unit, group, payload, self.transactions.now())
