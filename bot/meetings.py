"""Meetings: the dates of a founded group, and what is said about each at its time.

One timer to a group wakes us for the next thing to do; what there is to do follows from
the meeting's stage and the time (`bot.flows.meeting.step`), so that time which was missed
is made up for once, with what is still of use. A reminder to one person has a timer of its
own, due when it is a polite hour where they are.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from bot.blocks import followup as show_follow_up
from bot.blocks import group as show_group
from bot.blocks import meeting as show
from bot.blocks.parts import Payload
from bot.blocks.words import Words, language_of, words
from bot.calendars import tell_calendars
from bot.carry import OF_THE_GROUP, language_for
from bot.cases import Cases
from bot.flows.meeting import Meeting, Plan, Stage, Status, moments, step
from bot.flows.rhythm import days, instant, polite, zone_of
from bot.flows.rota import Roles, after
from bot.flows.state import Session
from bot.flows.words import Phase
from bot.followup import since_last_time
from bot.going import Going, facts, going
from bot.roster import (
    away_on,
    group_subject,
    holidays_of,
    members_of,
    next_meeting,
    plan_of,
    rota_of,
    zone_for,
)
from bot.runner import Due, Runner
from bot.speak import direct, say
from bot.store.tables import (
    Attendance,
    Case,
    Group,
    MeetingRow,
    Member,
    Participant,
    Person,
    SessionRow,
)
from bot.store.unit import Outgoing, Unit

YEAR = timedelta(days=365)


class Meetings:
    """Plans meetings, and says what is due about them."""

    def __init__(self, runner: Runner, cases: Cases) -> None:
        self.runner = runner
        self.cases = cases
        runner.hands["group"] = self._group_due
        runner.hands["reminder"] = self._reminder_due
        runner.hands["meeting"] = self._session_over

    # planning

    def fill(self, unit: Unit, group: Group) -> None:
        """Plan a year ahead by the group's rhythm.

        What was planned and not yet announced moves to the rhythm's days as they are now;
        what was moved by hand, skipped or held stays.
        """
        plan, now = plan_of(group), self.runner.now()
        today = now.astimezone(zone_of(plan.rhythm.zone)).date()
        rows = list(
            unit.db.scalars(
                select(MeetingRow)
                .where(MeetingRow.group_id == group.id, MeetingRow.day >= today)
                .order_by(MeetingRow.day)
            )
        )
        before = {row.id: row.sequence for row in rows}
        loose = [row for row in rows if _may_move(row) and row.starts_at > now]
        fixed = {row.day for row in rows if row not in loose}
        wanted = [
            day
            for day in days(
                plan.rhythm,
                holidays_of(plan.rhythm.country),
                after=today - timedelta(days=1),
                until=today + YEAR,
            )
            if day not in fixed and instant(day, plan.rhythm) > now
        ]
        # A row keeps its day where it can: its place in people's calendars is the row's.
        spare = [row for row in loose if row.day not in wanted]
        for row in loose:
            if row.day in wanted:
                self._place(row, row.day, plan)
        for day in [day for day in wanted if day not in {row.day for row in loose}]:
            if spare:
                self._place(spare.pop(0), day, plan)
            else:
                unit.db.add(self._new(group, day, plan))
            unit.db.flush()
        for row in spare:
            if row.status != Status.CANCELLED:
                row.status, row.sequence = Status.CANCELLED, row.sequence + 1
        unit.db.flush()
        tell_calendars(unit, group, (r for r in rows if r.sequence != before[r.id]), now)

    def _place(self, row: MeetingRow, day: date, plan: Plan) -> None:
        starts = instant(day, plan.rhythm)
        now = (row.day, row.starts_at, row.minutes, row.status)
        if now != (day, starts, plan.minutes, Status.PLANNED):
            row.day, row.starts_at, row.minutes = day, starts, plan.minutes
            row.status, row.sequence = Status.PLANNED, row.sequence + 1

    def _new(self, group: Group, day: date, plan: Plan) -> MeetingRow:
        return MeetingRow(
            id=self.cases.new_id(),
            workspace=group.workspace,
            group_id=group.id,
            day=day,
            starts_at=instant(day, plan.rhythm),
            moved=False,
            minutes=plan.minutes,
            status=Status.PLANNED,
            stage=Stage.PLANNED,
            sequence=0,
            state=Meeting().model_dump_json(),
        )

    # what is due

    def _group_due(self, unit: Unit, due: Due) -> None:
        group = unit.db.get(Group, due.id, with_for_update=True)
        if group is None or group.plan is None:
            return
        if due.name == "rhythm":
            self.go_on(unit, group)
        else:
            self.refresh(unit, group)

    def begin(self, unit: Unit, group: Group) -> None:
        """Let a new group be: its first meeting is announced after a day, or when it begins."""
        self.fill(unit, group)
        first = next_meeting(unit, group)
        assert first is not None
        due = min(self.runner.now() + timedelta(days=1), first.starts_at)
        unit.set_timer(group.workspace, group_subject(group.id), "rhythm", due)

    def go_on(self, unit: Unit, group: Group) -> None:
        """Do what is due about a group's meetings, and set the timer for what comes next."""
        now, overslept, asked = self.runner.now(), False, False
        zone = zone_of(plan_of(group).rhythm.zone)
        while True:
            row = next_meeting(unit, group)
            if row is None:
                self.fill(unit, group)
                row = next_meeting(unit, group)
            if row is None:
                unit.cancel_timer(group.workspace, group_subject(group.id), "rhythm")
                return
            reached = Stage(row.stage)
            todo = step(reached, moments(row.starts_at, row.minutes, zone), now)
            if todo.stage is None:
                if overslept and not asked:
                    self._say(unit, group, show.next_date(row.starts_at, self._words(group)))
                assert todo.again is not None
                unit.set_timer(group.workspace, group_subject(group.id), "rhythm", todo.again)
                return
            row.stage = todo.stage
            if todo.stage is Stage.OVER:
                overslept = self._over(unit, group, row, reached) or overslept
                self.fill(unit, group)
            else:
                asked = True
                self._stage(unit, self.going(unit, row), reached, todo.stage)
            unit.db.flush()

    def _stage(self, unit: Unit, going: Going, reached: Stage, stage: Stage) -> None:
        if stage is Stage.OPEN:
            self._open(unit, going)
            return
        if reached < Stage.ASKED:
            self.announce(unit, going, anew=True)
            self._ask_bringers(unit, going, "ask")
        elif stage is Stage.NUDGED:
            self._ask_bringers(unit, going, "nudge")
        if stage is Stage.EVE:
            method = self._method_title(going)
            self._say(unit, going.group, show.eve(facts(going), method, self._words(going.group)))
            self._remind_all(unit, going)

    def _ask_bringers(self, unit: Unit, going: Going, name: str) -> None:
        for who in going.roles.bringers:
            self.remind(unit, going, who, name)

    def _remind_all(self, unit: Unit, going: Going) -> None:
        """Remind those who come, or have not said, and want to hear of every meeting."""
        for who in going.members:
            there = unit.db.get(Person, (going.group.workspace, who))
            if there is not None and there.reminders == "all" and who not in going.absent:
                self.remind(unit, going, who, "eve")

    def remind(self, unit: Unit, going: Going, who: str, name: str) -> None:
        """Let one person be reminded about a meeting at a polite hour where they are."""
        due = polite(self.runner.now(), zone_for(unit, going.group, who))
        if due < going.row.starts_at:
            subject = f"reminder:{going.row.id}|{who}"
            unit.set_timer(going.group.workspace, subject, name, due)

    def _reminder_due(self, unit: Unit, due: Due) -> None:
        meeting, _, who = due.id.partition("|")
        workspace, name = due.workspace, due.name
        going = self.find(unit, workspace, meeting)
        if going is None or going.row.status != Status.PLANNED:
            return
        if who not in (going.members if name == "eve" else going.roles.bringers):
            return
        now = self.runner.now()
        due_now = polite(now, zone_for(unit, going.group, who))
        if due_now > now:  # we come late, and it has become night
            self.remind(unit, going, who, name)
            return
        if going.row.starts_at <= now:
            return
        there = unit.db.get(Person, (workspace, who))
        if there is not None and there.reminders == "none":
            return
        if name == "nudge" and self._has_case(unit, going.group, who):
            return
        says = language_for(unit, workspace, who, going.group)
        if name == "eve":
            direct(unit, workspace, who, show.soon(facts(going), says), now)
            return
        going.row.state = going.meeting.with_("told", who).model_dump_json()
        told = show.your_turn(facts(going), says, again=name != "ask")
        direct(unit, workspace, who, told, self.runner.now())

    def snooze(self, unit: Unit, going: Going, who: str) -> datetime:
        """Remind somebody again in two days; gives when."""
        zone = zone_for(unit, going.group, who)
        due = polite(self.runner.now() + timedelta(days=2), zone)
        unit.set_timer(going.group.workspace, f"reminder:{going.row.id}|{who}", "again", due)
        return due

    # the hour itself

    def _open(self, unit: Unit, going: Going) -> None:
        going.row.status = Status.OPEN
        told = since_last_time(unit, going.group)
        if told:
            self._say(unit, going.group, show_follow_up.since(told, self._words(going.group)))
        if not self._next_case(unit, going):
            self._say(unit, going.group, show.no_case(facts(going), self._words(going.group)))

    def _next_case(self, unit: Unit, going: Going) -> bool:
        """Open the lobby of the next case of a meeting; tell whether there was one."""
        waiting = list(
            unit.db.scalars(
                select(Case)
                .where(Case.group_id == going.group.id, Case.status == "queued")
                .order_by(Case.changed_at)
            )
        )
        if not waiting:
            return False
        turn = {who: n for n, who in enumerate(going.roles.bringers)}
        case = min(waiting, key=lambda case: turn.get(case.bringer, len(turn)))
        leader = going.roles.facilitator
        self.cases.open_session(unit, case, case.bringer, meeting=going.row.id, leader=leader)
        return True

    def _session_over(self, unit: Unit, due: Due) -> None:
        """Go on with the next case of a meeting once a session of it has ended."""
        going = self.find(unit, due.workspace, due.id)
        if going is None or going.row.status != Status.OPEN:
            return
        if len(self._sessions(unit, going.row)) < going.plan.cases:
            self._next_case(unit, going)

    def _over(self, unit: Unit, group: Group, row: MeetingRow, reached: Stage) -> bool:
        """Close a meeting; tell whether it went by while we were not there."""
        going = self.going(unit, row)
        begun = [s for s in self._sessions(unit, row) if s.begun]
        if not begun:
            row.status = Status.MISSED
            if reached < Stage.OPEN:
                return True
            coming = next_meeting(unit, group)
            says = self._words(group)
            self._say(unit, group, show.not_held(coming.starts_at if coming else None, says))
            self.ask_openly(unit, group)
            return False
        row.status = Status.HELD
        self._attended(unit, going, begun)
        self._end_of_trial(unit, group)
        return False

    def _attended(self, unit: Unit, going: Going, begun: list["Held"]) -> None:
        brought = {held.bringer for held in begun}
        present = dict.fromkeys(who for held in begun for who in held.present)
        meant = going.roles.facilitator
        led = [held.facilitator for held in begun if held.facilitator is not None]
        if not led and meant in present and meant not in brought:
            led = [meant]
        for who in present:
            unit.db.add(
                Attendance(
                    meeting_id=going.row.id,
                    user=who,
                    workspace=going.group.workspace,
                    group_id=going.group.id,
                    brought=who in brought,
                    facilitated=who in led,
                    passed=who in going.meeting.passed,
                )
            )
        had = Roles(tuple(b for b in brought if b in going.members), led[0] if led else None)
        going.group.rota = after(rota_of(unit, going.group), had).model_dump_json()
        unit.db.flush()

    def _end_of_trial(self, unit: Unit, group: Group) -> None:
        """Ask all, once, whether they go on, when somebody's trial period is over."""
        plan = plan_of(group)
        counts = unit.db.scalars(
            select(func.count())
            .select_from(Attendance)
            .join(
                Member,
                (Member.group_id == Attendance.group_id) & (Member.user == Attendance.user),
            )
            .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
            .where(
                Attendance.group_id == group.id,
                Member.confirmed_at.is_(None),
                Member.left_at.is_(None),
                MeetingRow.starts_at >= Member.joined_at,
            )
            .group_by(Attendance.user)
        ).all()
        if plan.trial not in counts:
            return
        for member in members_of(unit, group):
            member.confirmed_at, member.asked_at = None, self.runner.now()
            says = language_for(unit, group.workspace, member.user, group)
            asked = show_group.trial(group.id, group.name, says)
            direct(unit, group.workspace, member.user, asked, self.runner.now())

    def ask_openly(self, unit: Unit, group: Group) -> None:
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
            self._say(unit, group, show.what_now(self._words(group)))

    # what these share

    def find(self, unit: Unit, workspace: str, id_: str) -> Going | None:
        """Give a meeting of this workspace with its group, both locked."""
        row = unit.db.get(MeetingRow, id_)
        if row is None or row.workspace != workspace:
            return None
        unit.db.get(Group, row.group_id, with_for_update=True)
        unit.db.refresh(row)
        return self.going(unit, row)

    def going(self, unit: Unit, row: MeetingRow) -> Going:
        """Give a meeting as it stands: who brings, who facilitates, who is away."""
        group = unit.db.get(Group, row.group_id)
        assert group is not None
        members = tuple(m.user for m in members_of(unit, group))
        return going(row, group, members, away_on(unit, group, row.starts_at))

    def announce(self, unit: Unit, going: Going, *, anew: bool = False) -> None:
        """Post a meeting's announcement in the channel, or bring it up to date."""
        if not anew and going.row.stage < Stage.ASKED:
            return
        unit.send(
            Outgoing(
                workspace=going.group.workspace,
                conversation=going.group.channel,
                method="post" if anew else "update",
                payload=show.announcement(facts(going), self._words(going.group)),
                key=f"meeting:{going.row.id}",
                coalesce=not anew,
                due=self.runner.now(),
            )
        )

    def refresh(self, unit: Unit, group: Group) -> None:
        """Bring the announcement of a group's next meeting up to date, and tell who it names."""
        row = next_meeting(unit, group)
        if row is None or row.status != Status.PLANNED or row.stage < Stage.ASKED:
            return
        going = self.going(unit, row)
        self.announce(unit, going)
        for who in going.roles.bringers:
            if who not in going.meeting.told:
                self.remind(unit, going, who, "ask")

    def _has_case(self, unit: Unit, group: Group, who: str) -> bool:
        query = select(Case.id).where(
            Case.group_id == group.id, Case.bringer == who, Case.status == "queued"
        )
        return unit.db.scalar(query.limit(1)) is not None

    def _method_title(self, going: Going) -> str | None:
        method = next((m for m in going.plan.methods if m in self.runner.methods), None)
        language = language_of(going.group.language)
        return self.runner.methods[method].title[language] if method else None

    def _sessions(self, unit: Unit, row: MeetingRow) -> list["Held"]:
        held = []
        for session in unit.db.scalars(
            select(SessionRow)
            .where(SessionRow.meeting_id == row.id)
            .order_by(SessionRow.created_at)
        ):
            case = unit.db.get(Case, session.case_id)
            present = unit.db.scalars(
                select(Participant.user)
                .where(Participant.session_id == session.id, Participant.left_at.is_(None))
                .order_by(Participant.joined_at, Participant.user)
            )
            begun = session.status != Phase.LOBBY and '"position":null' not in session.state
            brought = case is not None and case.kind != OF_THE_GROUP
            led = Session.model_validate_json(session.state).facilitator
            bringer = case.bringer if case and brought else ""
            held.append(Held(bringer, led, tuple(present), begun))
        return held

    def _words(self, group: Group) -> Words:
        return words(language_of(group.language))

    def _say(self, unit: Unit, group: Group, payload: Payload) -> None:
        say(unit, group, payload, self.runner.now())


class Held(NamedTuple):
    """A session of a meeting: who brought, who led it, who was there, whether it began."""

    bringer: str
    facilitator: str | None
    present: tuple[str, ...]
    begun: bool


def _may_move(row: MeetingRow) -> bool:
    """Tell whether a meeting follows the rhythm: nobody was told of it or moved it by hand."""
    if row.status == Status.CANCELLED:
        return True
    return row.status == Status.PLANNED and row.stage == Stage.PLANNED and not row.moved
