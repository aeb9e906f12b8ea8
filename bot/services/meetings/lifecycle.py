"""The life of a meeting: announce it, ask for a case, open its sessions, and close it.

Each founded group has one timer, "rhythm", for the next thing to do. What that is follows from
the stage of the meeting and the time (`bot.flows.meeting.step`). After downtime, stages that
were missed are therefore skipped, and only what is still useful is done.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import assert_never

from sqlalchemy import select

from bot.blocks import follow_ups as show_follow_up
from bot.blocks import meetings as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.meeting import (
    LOBBY_WAITS,
    Announce,
    ChangeDate,
    Command,
    Effect,
    FallSilent,
    Look,
    Nudge,
    OpenCase,
    Reach,
    Record,
    ShareAnswers,
    Stage,
    Status,
    TellBackOn,
    TellEve,
    TellNoCase,
    TellNotHeld,
    TellSkipped,
    TellUnreached,
    decide,
    goes_on,
    moments,
    next_case,
    step,
)
from bot.flows.method import Method
from bot.flows.rhythm import polite
from bot.flows.rota import Roles, Rota, fell_silent, on_day, rested, returned
from bot.flows.types import Phase
from bot.i18n import language_of
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.agreements import current_agreements
from bot.repositories.cases import has_case_ready, lock_case
from bot.repositories.follow_ups import take_shared_answers
from bot.repositories.groups import (
    holidays_of_group,
    plan_of,
    words_of_group,
    zone_of_group,
)
from bot.repositories.meetings import (
    MeetingSnapshot,
    facts,
    likely_queue,
    lock_meeting,
    next_meeting,
    queue_of,
    ready_for,
    rota_of,
    silent_in,
    snapshot_of,
    state_of,
)
from bot.repositories.methods import methods_for
from bot.repositories.rooms import may_share, wait_for_room
from bot.services.groups.trial import ask_if_trial_over, end_trial_if_agreed
from bot.services.meetings.attendance import record_attendance, set_status
from bot.services.meetings.dates import change_date, tell_back_on, tell_skipped
from bot.services.meetings.planning import plan_ahead
from bot.services.meetings.reminders import Reminders
from bot.services.sessions.places import ask_about_room, is_about_room
from bot.services.sessions.start import SessionOpener
from bot.store.prompts import Prompt
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, MeetingRow, SendMethod, SessionRow
from bot.store.transactions import Transactions
from bot.store.unit import Outgoing, Unit
from bot.timers import DueTimer, retry_soon


class Meetings:
    """Takes a group from one meeting to the next.

    A method whose first parameter is `unit` runs in the caller's transaction.
    """

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

    # timers

    def on_group_due(self, unit: Unit, due: DueTimer) -> None:
        """Advance a group's meetings, or update what it shows after its members changed.

        Sets the timer anew when another transaction holds the group.
        """
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
        """Schedule a new group's first announcement.

        It is due one day from now, or at the meeting's start if that is sooner.
        """
        plan_ahead(unit, group, self.transactions.now())
        first = next_meeting(unit, group)
        assert first is not None
        due = min(self._polite_tomorrow(group), first.starts_at)
        unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", due)

    def advance(self, unit: Unit, group: Group) -> None:
        """Do all that is due for a group's meetings, and set the timer for what comes next."""
        now = self.transactions.now()
        rhythm = plan_of(group).rhythm
        missed_unseen, announced = False, False
        while True:
            row = next_meeting(unit, group)
            if row is None:
                plan_ahead(unit, group, now)
                row = next_meeting(unit, group)
            if row is None:
                unit.cancel_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm")
                return
            reached = Stage(row.stage)
            todo = step(reached, moments(row.starts_at, row.minutes, rhythm), now)
            if todo.stage is None:
                if missed_unseen and not announced:
                    self._post_to_group(
                        unit, group, show.next_date(row.starts_at, words_of_group(group))
                    )
                assert todo.again is not None
                unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", todo.again)
                return
            if todo.stage is Stage.OPEN and (again := wait_for_room(group, row.starts_at, now)):
                unit.set_timer(group.workspace, Subject.GROUP.key(group.id), "rhythm", again)
                return
            if todo.stage is Stage.OPEN:
                self._take_over_lobbies(unit, group, row)
            self.apply(unit, row, Reach(stage=todo.stage, queue=queue_of(unit, group.id)))
            if todo.stage is Stage.OVER:
                unseen = row.status == Status.MISSED and reached < Stage.OPEN
                missed_unseen = missed_unseen or unseen
                plan_ahead(unit, group, now)
            else:
                announced = True

    def _polite_tomorrow(self, group: Group) -> datetime:
        """Return the first moment from a day from now on in working hours of a group."""
        tomorrow = self.transactions.now() + timedelta(days=1)
        return polite(tomorrow, zone_of_group(group), holidays_of_group(group))

    def apply(self, unit: Unit, row: MeetingRow, command: Command) -> None:
        """Apply a command to a meeting, and do what follows. Raises `Refusal`."""
        snapshot = snapshot_of(unit, row)
        latest = row.starts_at + LOBBY_WAITS
        more = {
            "late": latest <= self.transactions.now(),
            "ready": ready_for(unit, snapshot),
            "silent": silent_in(unit, snapshot),
        }
        stage, status = row.stage, row.status
        state, effects = decide(state_of(unit, snapshot).model_copy(update=more), command)
        set_status(row, state.status)
        row.stage = state.stage
        unit.db.flush()
        if state.stage is Stage.OVER and state.status is Status.OPEN:
            group = snapshot.group
            due = polite(latest, zone_of_group(group), holidays_of_group(group))
            unit.set_timer(row.workspace, Subject.MEETING.key(row.id), "late", due)
        if row.stage >= Stage.OPEN:
            unit.close_prompt(row.workspace, Prompt.MEETING.of(row.id))
        for effect in effects:
            self._handle(unit, snapshot_of(unit, row), effect)
        unit.db.flush()
        if state.status != status and stage >= Stage.ASKED:
            self.announce(unit, snapshot_of(unit, row))

    def _handle(self, unit: Unit, snapshot: MeetingSnapshot, effect: Effect) -> None:
        group, words = snapshot.group, words_of_group(snapshot.group)
        match effect:
            case Announce():
                rota = on_day(rota_of(unit, group), self.transactions.now().date())
                group.rota = rota.model_dump_json()
                snapshot = self._pass_on(unit, snapshot_of(unit, snapshot.row))
                self.announce(unit, snapshot, anew=True)
                self._ask_bringers(unit, snapshot, "ask")
            case Nudge():
                told = snapshot.meeting.told
                now = self._look_at_turns(unit, snapshot)
                self._ask_bringers(unit, now, "nudge", among=told)
            case TellEve():
                snapshot = self._look_at_turns(unit, snapshot)
                asked = Prompt.MEETING.of(snapshot.row.id, "eve")
                eve, at = self._eve(unit, snapshot), self.transactions.now()
                post_to_group(unit, group, eve, at, prompt=asked)
                self.reminders.schedule_for_all(unit, snapshot)
            case ShareAnswers():
                # In public, answers that are for the group alone wait for a private channel.
                answers = take_shared_answers(unit, group) if may_share(group) else []
                if answers:
                    said = show_follow_up.since([(each.user, each.text) for each in answers], words)
                    quotes = [each.vault for each in answers]
                    post_to_group(unit, group, said, self.transactions.now(), quotes=quotes)
            case OpenCase(case=case):
                self._open_session(unit, snapshot, lock_case(unit, group.workspace, case))
            case TellNoCase():
                asked, at = Prompt.MEETING.of(snapshot.row.id), self.transactions.now()
                no_case = self._no_case(unit, snapshot)
                post_to_group(unit, group, no_case, at, prompt=asked)
            case TellNotHeld():
                self._tell_not_held(unit, snapshot)
            case FallSilent(people=people):
                self._let_rest(unit, snapshot, people)
            case TellUnreached(people=people):
                self._tell_unreached(unit, snapshot, people)
            case Record():
                self._record(unit, snapshot)
            case ChangeDate():
                change_date(unit, snapshot, effect, self.transactions.now())
                self.refresh(unit, group)
            case TellSkipped():
                tell_skipped(unit, snapshot, effect, self.transactions.now())
                self._ask_after_missed(unit, group)
            case TellBackOn():
                tell_back_on(unit, snapshot, effect, self.transactions.now())
            case _:
                assert_never(effect)

    def _eve(self, unit: Unit, snapshot: MeetingSnapshot) -> Payload:
        """Build the message that the channel gets on the working day before a meeting."""
        agreements = current_agreements(unit, snapshot.group)
        lines = agreements.lines if agreements else ()
        case = self._first_case(unit, snapshot)
        method = self._likely_method(unit, snapshot, case)
        shown = facts(snapshot._replace(roles=self._expected_roles(unit, snapshot)))
        words = words_of_group(snapshot.group)
        return show.eve(shown, method, lines, words, ready=case is not None)

    def _no_case(self, unit: Unit, snapshot: MeetingSnapshot) -> Payload:
        """Build the message that the channel gets when it is time and no case waits."""
        missed = self._missed_in_a_row(unit, snapshot.group)
        return show.no_case(facts(snapshot), words_of_group(snapshot.group), missed=missed)

    def _ask_bringers(
        self,
        unit: Unit,
        snapshot: MeetingSnapshot,
        name: str,
        among: Collection[str] | None = None,
    ) -> None:
        """Schedule a reminder for those whose turn it is, of these people or of all."""
        for bringer in snapshot.roles.bringers:
            if among is None or bringer in among:
                self.reminders.schedule(unit, snapshot, bringer, name)

    # the sessions of a meeting

    def on_sessions_changed(self, unit: Unit, due: DueTimer) -> None:
        """Look at a meeting after one of its sessions began, changed or ended."""
        snapshot = lock_meeting(unit, due.workspace, due.id)
        if snapshot is not None:
            over = self._is_followed(unit, snapshot.row)
            queue = () if over else queue_of(unit, snapshot.group.id)
            self.apply(unit, snapshot.row, Look(queue=queue))
            self.advance(unit, snapshot.group)

    def _take_over_lobbies(self, unit: Unit, group: Group, row: MeetingRow) -> None:
        """Move the lobbies that wait to a meeting that opens."""
        waiting = unit.db.scalars(
            select(SessionRow).where(
                SessionRow.group_id == group.id, SessionRow.status == Phase.LOBBY
            )
        )
        for session in waiting:
            if session.meeting_id not in (None, row.id):
                subject = Subject.MEETING.key(session.meeting_id)
                unit.set_timer(group.workspace, subject, "changed", self.transactions.now())
            session.meeting_id = row.id
        unit.db.flush()

    def _first_case(self, unit: Unit, snapshot: MeetingSnapshot) -> Case | None:
        """Return the case that a meeting to come begins with, as the queue is now."""
        first = next_case(state_of(unit, snapshot), likely_queue(unit, snapshot.group.id))
        return unit.db.get(Case, first) if first is not None else None

    def _expected_roles(self, unit: Unit, snapshot: MeetingSnapshot) -> Roles:
        """Return who brings and who leads as it stands: cases that wait come before turns."""
        turns = snapshot.roles.bringers
        waiting = dict.fromkeys(case.bringer for case in likely_queue(unit, snapshot.group.id))
        ready = [bringer for bringer in waiting if bringer not in snapshot.absent]
        ready.sort(key=lambda bringer: turns.index(bringer) if bringer in turns else len(turns))
        bringers = tuple(dict.fromkeys([*ready, *turns]))
        return snapshot.roles_of(bringers[: snapshot.plan.cases])

    def _open_session(self, unit: Unit, snapshot: MeetingSnapshot, case: Case) -> None:
        """Open a session on a case, led by who is first in turn and does not bring it.

        Where it may not be told in the group's channel, those who can decide that are asked.
        """
        order = (snapshot.roles.facilitator, *rota_of(unit, snapshot.group).facilitating)
        able = (who for who in order if who not in {None, case.bringer, *snapshot.absent})
        try:
            self.opener.open_session(
                unit, case, None, meeting=snapshot.row.id, facilitator=next(able, None)
            )
        except Refusal as refusal:
            if not is_about_room(refusal):
                raise
            ask_about_room(unit, snapshot.group, case, refusal.key, self.transactions.now())

    def _is_followed(self, unit: Unit, row: MeetingRow) -> bool:
        """Check whether a later meeting of the group has opened."""
        later = select(MeetingRow.id).where(
            MeetingRow.group_id == row.group_id,
            MeetingRow.starts_at > row.starts_at,
            MeetingRow.stage >= Stage.OPEN,
        )
        return unit.db.scalar(later.limit(1)) is not None

    def _record(self, unit: Unit, snapshot: MeetingSnapshot) -> None:
        """Write who attended, tell whom their turn concerns, and ask what a meeting calls for."""
        turns = record_attendance(unit, snapshot)
        if turns.rota:
            self.refresh(unit, snapshot.group)
        for key, users in (
            ("meeting.place_kept", turns.broke_off),
            ("meeting.place_lost", turns.lost),
        ):
            for user in users:
                if user in snapshot.members:
                    payload = show.place(key, facts(snapshot), snapshot.words_of(user))
                    workspace, now = snapshot.group.workspace, self.transactions.now()
                    send_direct(unit, workspace, user, payload, now)
        ask_if_trial_over(unit, snapshot.group, self.transactions.now())

    def _tell_not_held(self, unit: Unit, snapshot: MeetingSnapshot) -> None:
        """Inform the group that a meeting did not happen, unless the next one is under way."""
        group = snapshot.group
        if self._is_followed(unit, snapshot.row):
            return
        following = next_meeting(unit, group)
        starts_at = following.starts_at if following else None
        missed, words = self._missed_in_a_row(unit, group), words_of_group(group)
        told = show.not_held(facts(snapshot), starts_at, words, missed=missed)
        self._post_to_group(unit, group, told)
        self._ask_after_missed(unit, group)

    def _let_rest(self, unit: Unit, snapshot: MeetingSnapshot, people: Collection[str]) -> None:
        """Pass the turn of people who brought nothing, and ask each what they wish."""
        group, now = snapshot.group, self.transactions.now()
        group.rota = fell_silent(rota_of(unit, group), people, now.date()).model_dump_json()
        unit.db.flush()
        self.refresh(unit, group)
        for user in people:
            payload = show.silent(facts(snapshot), snapshot.words_of(user))
            send_direct(unit, group.workspace, user, payload, now)

    def _pass_on(self, unit: Unit, snapshot: MeetingSnapshot) -> MeetingSnapshot:
        """Pass the turns of who is silent on in the week before a meeting.

        Returns the snapshot as it is then. Who was asked before hears of it.
        """
        group = snapshot.group
        if snapshot.row.stage < Stage.NUDGED:
            return snapshot
        silent = [who for who, _ in snapshot.rota.silent]
        ready = {who for who in silent if has_case_ready(unit, group.id, who)}
        while people := goes_on(snapshot.rota, snapshot.roles.bringers, ready):
            meeting, told = snapshot.meeting, snapshot.meeting.told
            for user in people:
                meeting = meeting.without("told", user).with_("went_on", user)
            snapshot.row.state = meeting.model_dump_json()
            group.rota = rested(snapshot.rota, people).model_dump_json()
            unit.db.flush()
            snapshot = snapshot_of(unit, snapshot.row)
            for user in set(people) & set(told):
                payload = show.went_on(facts(snapshot), snapshot.words_of(user))
                send_direct(unit, group.workspace, user, payload, self.transactions.now())
        return snapshot

    def _look_at_turns(self, unit: Unit, snapshot: MeetingSnapshot) -> MeetingSnapshot:
        """Return the snapshot after the turns of who is silent may have gone on."""
        if not snapshot.rota.silent:
            return snapshot
        self.refresh(unit, snapshot.group)
        return snapshot_of(unit, snapshot.row)

    def _tell_unreached(
        self, unit: Unit, snapshot: MeetingSnapshot, people: Collection[str]
    ) -> None:
        """Send people whose case was ready and has not begun word of what becomes of it."""
        following = next_meeting(unit, snapshot.group)
        starts_at = following.starts_at if following is not None else None
        meeting = snapshot.meeting
        for user in people:
            if user in snapshot.members:
                payload = show.unreached(facts(snapshot), starts_at, snapshot.words_of(user))
                now = self.transactions.now()
                send_direct(unit, snapshot.group.workspace, user, payload, now)
                meeting = meeting.with_("unreached", user)
        snapshot.row.state = meeting.model_dump_json()

    def _ask_after_missed(self, unit: Unit, group: Group) -> None:
        """Ask the group what it wants, when its last two meetings were not held.

        A third in a row does not ask again.
        """
        if self._missed_in_a_row(unit, group) == 2:
            self._post_to_group(unit, group, show.what_now(words_of_group(group)))

    def _missed_in_a_row(self, unit: Unit, group: Group) -> int:
        """Count a group's last meetings, back to the last one that was held."""
        last = unit.db.scalars(
            select(MeetingRow.status)
            .where(
                MeetingRow.group_id == group.id,
                MeetingRow.status.in_((Status.HELD, Status.SKIPPED, Status.MISSED)),
            )
            .order_by(MeetingRow.starts_at.desc())
        )
        return sum(1 for _ in takewhile(lambda status: status != Status.HELD, last))

    # announcements

    def announce(self, unit: Unit, snapshot: MeetingSnapshot, *, anew: bool = False) -> None:
        """Post a meeting's announcement in the channel, or update the one posted before."""
        if not anew and snapshot.row.stage < Stage.ASKED:
            return
        unit.send(
            Outgoing(
                workspace=snapshot.group.workspace,
                conversation=snapshot.group.channel,
                method=SendMethod.POST if anew else SendMethod.UPDATE,
                payload=show.announcement(
                    facts(snapshot),
                    words_of_group(snapshot.group),
                    asks=snapshot.row.status == Status.PLANNED,
                ),
                key=f"meeting:{snapshot.row.id}",
                coalesce=not anew,
                due=self.transactions.now(),
            )
        )

    def refresh(self, unit: Unit, group: Group, *, knows: Collection[str] = ()) -> None:
        """Update the announcement of a group's next meeting after members or turns changed.

        Members whose turn it became are asked for a case. Members whose turn it no longer is
        are told so, except those in `knows`. Who rests and has a case ready takes part again.
        """
        rota = Rota.model_validate_json(group.rota) if group.rota else Rota()
        back = [who for who in rota.resting if has_case_ready(unit, group.id, who)]
        if back:
            group.rota = returned(rota, back).model_dump_json()
            unit.db.flush()
        row = next_meeting(unit, group)
        if row is None or row.status != Status.PLANNED or row.stage < Stage.ASKED:
            return
        snapshot = self._pass_on(unit, snapshot_of(unit, row))
        self.announce(unit, snapshot)
        self.reminders.tell_relieved(unit, snapshot, knows)
        for bringer in snapshot.roles.bringers:
            if bringer not in snapshot.meeting.told:
                self.reminders.schedule(unit, snapshot, bringer, "ask")

    def _likely_method(
        self, unit: Unit, snapshot: MeetingSnapshot, case: Case | None
    ) -> str | None:
        """Return the title of the method that a meeting will likely begin with, if any."""
        group = snapshot.group
        methods = methods_for(unit, group.id, self.methods, group.language)
        if case is not None:
            asked = methods.get(case.method or "")
            likely: Method | None = asked or self.opener.suggest(unit, group, case)[1]
        else:
            likely = next((methods[m] for m in snapshot.plan.methods if m in methods), None)
        return likely.title[language_of(group.language)] if likely else None

    def _post_to_group(self, unit: Unit, group: Group, payload: Payload) -> None:
        post_to_group(unit, group, payload, self.transactions.now())
