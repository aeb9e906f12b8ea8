"""The end of a group: by its leads, by the last member who leaves, and with its channel.

An ended group has no plan, no members, no dates to come and no timers. What its members did
stays counted. In the same channel a group can be founded again.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from bot.blocks import groups as show
from bot.blocks.action_ids import digest
from bot.blocks.elements import Payload, literal, person
from bot.errors import Refusal
from bot.flows.meeting import CallOff, Record, Stage, Status, decide
from bot.flows.rhythm import polite
from bot.flows.session.commands import Stop
from bot.flows.session.state import Session
from bot.flows.types import Phase
from bot.outbox.messages import post_to_group, send_direct
from bot.outbox.undeliverable import GIVE_UP_AFTER
from bot.repositories.groups import holidays_of_group, words_of_group, zone_of_group
from bot.repositories.meetings import UPCOMING, snapshot_of, state_of
from bot.repositories.members import group_of_channel, is_lead, lock_group, members_of
from bot.repositories.people import words_for
from bot.services.meetings.attendance import record_attendance, set_status
from bot.services.meetings.calendars import send_calendar_changes
from bot.services.privacy import Privacy
from bot.services.sessions.run import Sessions
from bot.store.subjects import Subject
from bot.store.tables import Group, Invitation, MeetingRow, Member, SessionRow, Timer
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit
from bot.timers import DueTimer, retry_soon


class Endings:
    """Ends groups."""

    def __init__(self, transactions: Transactions, sessions: Sessions, privacy: Privacy) -> None:
        self.transactions = transactions
        self.sessions = sessions
        self.privacy = privacy

    @transactional
    def question(self, unit: Unit, workspace: str, channel: str, user: str) -> Payload:
        """Build the question whether a channel's group is to end. Raises `Refusal` as `end`."""
        group = group_of_channel(unit, workspace, channel, user, self.transactions.now())
        self._require_lead(unit, group, user)
        words = words_for(unit, workspace, user, group)
        return show.end_question(group.id, group.name, group.plan or "", words)

    @transactional
    def end(self, unit: Unit, workspace: str, user: str, id_: str, seen: str | None) -> None:
        """End a group for one of its leads, or for any member while it has none.

        Raises `Refusal` for anyone else, for a group that is not founded, and for one whose plan
        is another than was `seen` with the question.
        """
        group = lock_group(unit, workspace, id_, user)
        self._require_lead(unit, group, user)
        if seen not in (None, digest(group.plan or "")):
            raise Refusal("end_past")
        words = words_of_group(group)
        text = words("ending.told", who=person(user), name=literal(group.name))
        self._end(unit, group)
        post_to_group(unit, group, show.line(text), self.transactions.now())

    @transactional
    def channel_closed(self, unit: Unit, workspace: str, channel: str, *, for_good: bool) -> None:
        """End the group of a channel: now, or some days from now if it stays closed."""
        group = _group_in(unit, workspace, channel)
        if group is not None and for_good:
            now = self.transactions.now()
            unit.set_timer(workspace, Subject.ENDING.key(group.id), "closed", now)
        elif group is not None:
            self.close_later(unit, group)

    def close_later(self, unit: Unit, group: Group) -> None:
        """End a group some days from now, unless its channel can be used again by then.

        People can open an archived channel, or let the bot in again, as long as messages wait.
        A day that was set before stands.
        """
        subject = Subject.ENDING.key(group.id)
        if unit.db.get(Timer, (group.workspace, subject, "closed")) is not None:
            return
        due = self.transactions.now() + GIVE_UP_AFTER
        due = polite(due, zone_of_group(group), holidays_of_group(group))
        unit.set_timer(group.workspace, subject, "closed", due)

    @transactional
    def channel_opened(self, unit: Unit, workspace: str, channel: str) -> None:
        """Keep a group whose channel can be used again."""
        group = _group_in(unit, workspace, channel)
        if group is not None:
            self.keep_open(unit, group)

    def keep_open(self, unit: Unit, group: Group) -> None:
        """Keep a group whose channel can be used, within the caller's transaction."""
        unit.cancel_timer(group.workspace, Subject.ENDING.key(group.id), "closed")

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """End a group whose channel is closed, or that has no members left.

        Sets the timer anew when another transaction holds the group.
        """
        group = unit.db.get(Group, due.id, with_for_update={"skip_locked": True})
        if group is None:
            if unit.db.get(Group, due.id) is not None:
                retry_soon(unit, due, self.transactions.now())
            return
        members = members_of(unit, group)
        if due.name == "closed":
            founded = group.plan is not None
            self._end(unit, group)
            for member in members if founded else ():
                words = words_for(unit, group.workspace, member.user, group)
                farewell = show.line(words("ending.closed", name=literal(group.name)))
                send_direct(unit, group.workspace, member.user, farewell, self.transactions.now())
        elif not members:
            self._end(unit, group)

    def end_by_admin(self, unit: Unit, group: Group) -> None:
        """End a group and tell its channel, within the caller's transaction."""
        text = words_of_group(group)("ending.by_admin", name=literal(group.name))
        self._end(unit, group)
        post_to_group(unit, group, show.line(text), self.transactions.now())

    # shared by the above

    def _require_lead(self, unit: Unit, group: Group, user: str) -> None:
        if group.plan is None:
            raise Refusal("not_founded")
        if not is_lead(unit, group, user):
            raise Refusal("lead_only")

    def _end(self, unit: Unit, group: Group) -> None:
        """End a group without a word, within the caller's transaction."""
        self._stop_sessions(unit, group)
        called_off = self._call_off_meetings(unit, group)
        unit.db.execute(delete(Invitation).where(Invitation.group_id == group.id))
        group.plan = group.rota = None
        group.facilitator = group.moving = group.look_at = None
        for member in members_of(unit, group):
            self.privacy.leave_group(unit, group, member.user)
            member.lead = False
        unit.flush()
        self._cancel_timers(unit, group, called_off)

    def _stop_sessions(self, unit: Unit, group: Group) -> None:
        """Stop the sessions under way; their bringers get what was said so far."""
        under_way = select(SessionRow.id).where(
            SessionRow.group_id == group.id, SessionRow.status != Phase.CLOSED
        )
        for id_ in unit.db.scalars(under_way).all():
            row = unit.session(group.workspace, id_)
            assert row is not None
            participants = Session.model_validate_json(row.state).participants
            if participants:
                self.sessions.apply(unit, row, Stop(by=participants[0]))
        unit.db.flush()

    def _call_off_meetings(self, unit: Unit, group: Group) -> Sequence[MeetingRow]:
        """Cancel the meetings to come and return them; one that was begun counts as held."""
        rows = unit.db.scalars(
            select(MeetingRow).where(
                MeetingRow.group_id == group.id, MeetingRow.status.in_(UPCOMING)
            )
        ).all()
        for row in rows:
            snapshot = snapshot_of(unit, row)
            state, effects = decide(state_of(unit, snapshot), CallOff())
            set_status(row, state.status)
            if Record() in effects:
                record_attendance(unit, snapshot)
        unit.db.flush()
        called_off = [row for row in rows if row.status == Status.CANCELLED]
        if called_off:
            send_calendar_changes(unit, group, called_off, self.transactions.now())
        return called_off

    def _cancel_timers(self, unit: Unit, group: Group, called_off: Iterable[MeetingRow]) -> None:
        """Delete the timers of a group, its members and its meetings."""
        users = unit.db.scalars(select(Member.user).where(Member.group_id == group.id)).all()
        whole = (Subject.GROUP, Subject.GROWTH, Subject.ENDING)
        announced = [row.id for row in called_off if row.stage > Stage.PLANNED]
        subjects = [
            *(subject.key(group.id) for subject in whole),
            *(Subject.TRIAL.key(group.id, user) for user in users),
            *(Subject.REMINDER.key(id_, user) for id_ in announced for user in users),
        ]
        unit.db.execute(
            delete(Timer).where(Timer.workspace == group.workspace, Timer.subject.in_(subjects))
        )


def _group_in(unit: Unit, workspace: str, channel: str) -> Group | None:
    query = select(Group).where(Group.workspace == workspace, Group.channel == channel)
    return unit.db.scalar(query)
