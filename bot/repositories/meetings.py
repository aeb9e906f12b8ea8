"""Meetings: locking them, snapshots of them, their sessions, and those to come."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from bot.blocks.meetings import Facts, date_stamp
from bot.errors import Refusal
from bot.flows.meeting import (
    EARLY,
    Meeting,
    MeetingTime,
    Plan,
    QueuedCase,
    SessionInMeeting,
    Stage,
    State,
    Status,
    closes,
    meeting_at,
    moments,
    opens,
)
from bot.flows.renaming import renamed
from bot.flows.rhythm import holidays_of, polite, zone_of
from bot.flows.rota import Roles, Rota, facilitator_beside, kept, of_members
from bot.flows.session.state import Session
from bot.flows.types import Ending, Phase, WantedReminders
from bot.i18n import Words, language_of, words
from bot.repositories.cases import GROUP_KIND, gathering_cases, queued_cases
from bot.repositories.groups import plan_of
from bot.repositories.members import Members, is_away, members_by_group, members_of, require_member
from bot.store.tables import Case, Group, MeetingRow, Member, Participant, SessionRow
from bot.store.unit import Unit


class MeetingSnapshot(NamedTuple):
    """A meeting as it is now, with its group.

    `roles` are computed from the rota; `absent` cannot come, for whatever reason.
    """

    row: MeetingRow
    group: Group
    plan: Plan
    meeting: Meeting
    rota: Rota
    roles: Roles
    members: Members
    absent: frozenset[str]

    def zone_of(self, user: str) -> ZoneInfo:
        """Return the time zone of a member, or of the group while theirs is unknown."""
        return zone_of(self.members[user].tz or self.plan.rhythm.zone)

    def polite(self, moment: datetime, user: str) -> datetime:
        """Return the first moment from `moment` on in a member's working hours.

        Their zone gives the hours, and their group the holidays.
        """
        return polite(moment, self.zone_of(user), holidays_of(self.plan.rhythm.country))

    def words_of(self, user: str) -> Words:
        """Return the texts in a member's language, or in the group's while theirs is unknown."""
        return words(language_of(self.members[user].speaks or self.group.language))

    def roles_of(self, bringers: tuple[str, ...]) -> Roles:
        """Return who does what when these bring a case, whoever's turn it is."""
        leading = self.meeting.leading
        facilitator = facilitator_beside(self.rota, bringers, away=self.absent, leading=leading)
        return Roles(bringers, facilitator)


def take_snapshot(row: MeetingRow, group: Group, members: Members) -> MeetingSnapshot:
    """Build the snapshot of a meeting from its row, its group and that group's members."""
    plan, meeting = plan_of(group), Meeting.model_validate_json(row.state)
    away = frozenset(
        user for user, info in members.items() if is_away(info, row.starts_at, plan.rhythm.zone)
    )
    rota = kept(Rota.model_validate_json(group.rota) if group.rota else Rota(), members)
    roles = meeting.roles(rota, cases=plan.cases, away=away)
    coming = tuple(m for m in meeting.coming if m in members)
    meeting = meeting.model_copy(update={"coming": coming})
    absent = meeting.absent(away)
    return MeetingSnapshot(row, group, plan, meeting, rota, roles, members, absent)


def lock_meeting(unit: Unit, workspace: str, id_: str) -> MeetingSnapshot | None:
    """Lock the group of a meeting of this workspace, and return the meeting, if there is one."""
    return lock_meetings(unit, {id_}).get((workspace, id_))


def lock_meeting_of_member(unit: Unit, workspace: str, user: str, id_: str) -> MeetingSnapshot:
    """Lock and return a meeting as `lock_meeting` does. Raises `Refusal` for a non-member."""
    snapshot = lock_meeting(unit, workspace, id_)
    if snapshot is None:
        raise Refusal("outdated")
    require_member(unit, snapshot.group, user)
    return snapshot


def lock_planned_meeting(
    unit: Unit, workspace: str, user: str, id_: str, seen: str | None = None
) -> MeetingSnapshot:
    """Lock and return a meeting that is to come, for a member. Raises `Refusal` otherwise.

    `seen` is the date, as a stamp, of which the member spoke: it has to be the meeting's still.
    """
    snapshot = lock_meeting_of_member(unit, workspace, user, id_)
    if snapshot.row.status != Status.PLANNED:
        raise Refusal("meeting_past")
    if seen is not None and seen != date_stamp(snapshot.row.starts_at):
        local = snapshot.row.starts_at.astimezone(zone_of(snapshot.plan.rhythm.zone))
        day = snapshot.words_of(user).day(local.date())
        raise Refusal("meeting_moved", day=day, at=local.strftime("%H:%M"))
    return snapshot


def lock_meetings(
    unit: Unit, meetings: Collection[str], *, wait: bool = True
) -> dict[tuple[str, str], MeetingSnapshot]:
    """Lock the groups of meetings, sorted by id, and return the meetings by workspace and id.

    Meetings of groups that ended are left out. Without `wait`, so are those of groups that
    another transaction locked; their rows are loaded all the same.
    """
    reload = {"populate_existing": True}  # a row loaded before the lock may be out of date
    group_ids = select(MeetingRow.group_id).where(MeetingRow.id.in_(meetings))
    locking = select(Group).where(Group.id.in_(group_ids)).order_by(Group.id)
    locked = locking.with_for_update(skip_locked=not wait)
    found = unit.db.scalars(locked, execution_options=reload)
    groups = {group.id: group for group in found if group.plan is not None}
    members = members_by_group(unit, groups)
    rows = unit.db.scalars(
        select(MeetingRow).where(MeetingRow.id.in_(meetings)), execution_options=reload
    )
    return {
        (row.workspace, row.id): take_snapshot(row, groups[row.group_id], members[row.group_id])
        for row in rows
        if row.group_id in groups
    }


def snapshot_of(unit: Unit, row: MeetingRow) -> MeetingSnapshot:
    """Take the snapshot of a meeting, without locking its group."""
    group = unit.db.get(Group, row.group_id)
    assert group is not None
    return take_snapshot(row, group, members_by_group(unit, [group.id])[group.id])


def state_of(unit: Unit, snapshot: MeetingSnapshot) -> State:
    """Return a meeting as it stands, with its sessions."""
    return State(
        status=snapshot.row.status,
        stage=Stage(snapshot.row.stage),
        cases=snapshot.plan.cases,
        bringers=snapshot.roles.bringers,
        absent=snapshot.absent,
        sessions=sessions_of_meeting(unit, snapshot.row.id),
    )


def sessions_of_meeting(unit: Unit, meeting: str) -> tuple[SessionInMeeting, ...]:
    """Return what became of the sessions of a meeting, in the order in which they were opened."""
    rows = unit.db.execute(
        select(SessionRow, Case)
        .join(Case, Case.id == SessionRow.case_id)
        .where(SessionRow.meeting_id == meeting)
        .order_by(SessionRow.created_at, SessionRow.id)
    )
    return tuple(
        SessionInMeeting(
            id=row.id,
            case=case.id,
            bringer=case.bringer if case.kind != GROUP_KIND else "",
            open=row.status is not Phase.CLOSED,
            begun=row.begun,
            given_up=row.ending is Ending.BRINGER_LEFT and not row.begun,
            looked_back=json.loads(row.state).get("looked_back", False),
        )
        for row, case in rows
    )


def queue_of(unit: Unit, group: str) -> tuple[QueuedCase, ...]:
    """Return the cases in a group's queue, in its order."""
    return tuple(QueuedCase(case.id, case.bringer) for case in queued_cases(unit, group))


def likely_queue(unit: Unit, group: str) -> tuple[QueuedCase, ...]:
    """Return the cases with which a meeting to come may begin, those in a lobby first."""
    gathering = gathering_cases(unit, group)
    return tuple(QueuedCase(case.id, case.bringer) for case in gathering) + queue_of(unit, group)


def ready_for(unit: Unit, snapshot: MeetingSnapshot) -> frozenset[str]:
    """Return who heard that it is their turn in a meeting and had a case queued by its hour.

    Those who heard that it was not reached are left out.
    """
    queued = queued_cases(unit, snapshot.group.id)
    by_then = {case.bringer for case in queued if case.changed_at <= snapshot.row.starts_at}
    meeting = snapshot.meeting
    return frozenset(by_then.intersection(meeting.told).difference(meeting.unreached))


def silent_in(unit: Unit, snapshot: MeetingSnapshot) -> frozenset[str]:
    """Return who was asked to bring a case to a meeting, and has none in the queue.

    Members who want no reminders are among them: they see whose turn it is in the channel.
    """
    unasked = {
        user
        for user, member in snapshot.members.items()
        if member.reminders is WantedReminders.NONE
    }
    queued = {case.bringer for case in queued_cases(unit, snapshot.group.id)}
    return frozenset({*snapshot.meeting.told, *unasked} - queued)


def find_meeting(unit: Unit, group: Group, at: datetime) -> str | None:
    """Return the id of the meeting that a session belongs to which begins at `at`, or None."""
    if group.plan is None:
        return None
    rows = unit.db.scalars(
        select(MeetingRow).where(
            MeetingRow.group_id == group.id,
            MeetingRow.starts_at > at - LONGEST_TIME,
            MeetingRow.starts_at <= at + EARLY,
        )
    )
    rhythm = plan_of(group).rhythm
    return meeting_at(
        at,
        (
            MeetingTime(
                row.id,
                row.starts_at,
                moments(row.starts_at, row.minutes, rhythm)[Stage.OVER],
                row.status,
            )
            for row in rows
        ),
    )


def meeting_of_session(unit: Unit, session: SessionRow, at: datetime) -> str | None:
    """Return the id of the meeting of a session that begins at `at`; its own unless a later one."""
    group = unit.db.get(Group, session.group_id)
    found = find_meeting(unit, group, at) if group is not None else None
    if found is not None or session.meeting_id is None:
        return found
    own = unit.db.get(MeetingRow, session.meeting_id)
    off = own is None or own.status in (Status.SKIPPED, Status.CANCELLED)
    return None if off else session.meeting_id


def with_shared_steps(unit: Unit, session: Session, meeting: str | None) -> Session:
    """Return a session on a case with what it shares with the others of its meeting as it is now.

    That is the check-in, until it begins, and the closing reflection, until it comes to that.
    """
    if session.looked_back or session.phase is Phase.CLOSED:
        return session
    row = unit.db.get(MeetingRow, meeting) if meeting is not None else None
    group = unit.db.get(Group, row.group_id) if row is not None else None
    if row is None or group is None or group.plan is None:
        return session.model_copy(update={"closes": True})
    found = sessions_of_meeting(unit, row.id)
    if session.id not in [each.id for each in found]:
        new = SessionInMeeting(
            id=session.id, case=session.case, bringer=session.bringer, open=True, begun=False
        )
        found = (*found, new)
    if len(found) == 1 and plan_of(group).cases == 1:
        return session.model_copy(update={"opens": True, "closes": True})
    snapshot = snapshot_of(unit, row)
    state = state_of(unit, snapshot).model_copy(update={"sessions": found})
    queue = [case for case in queue_of(unit, group.id) if case.id != session.case]
    first = opens(state, session.id) if session.phase is Phase.LOBBY else session.opens
    update = {"opens": first, "closes": closes(state, session.id, queue)}
    return session.model_copy(update=update)


def facts(snapshot: MeetingSnapshot) -> Facts:
    """Return the facts about a meeting that its whole group may see."""
    answered = {*snapshot.meeting.coming, *snapshot.meeting.away} & set(snapshot.members)
    return Facts(
        meeting=snapshot.row.id,
        group=snapshot.group.id,
        channel=snapshot.group.channel,
        starts=snapshot.row.starts_at,
        minutes=snapshot.row.minutes,
        bringers=snapshot.roles.bringers,
        facilitator=snapshot.roles.facilitator,
        answered=len(answered),
        members=len(snapshot.members),
    )


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Replace a person by `alias` in the rotas of their groups and in the states of meetings."""
    groups = unit.db.scalars(
        select(Group)
        .join(Member, Member.group_id == Group.id)
        .where(Member.workspace == workspace, Member.user == user)
    ).all()
    for group in groups:
        if group.rota is not None:
            rota = Rota.model_validate_json(group.rota)
            group.rota = renamed(rota, user, alias).model_dump_json()
        for row in unit.db.scalars(select(MeetingRow).where(MeetingRow.group_id == group.id)):
            meeting = Meeting.model_validate_json(row.state)
            row.state = renamed(meeting, user, alias).model_dump_json()


def leave(unit: Unit, group: Group, user: str) -> None:
    """Forget what a person who leaves a group said about its meetings to come, and their place.

    Whoever joins again begins at the end of the rota.
    """
    if group.rota is not None:
        rota = Rota.model_validate_json(group.rota)
        stay = [member for member in rota.bringing if member != user]
        group.rota = kept(rota, stay).model_dump_json()
    for row in unit.db.scalars(
        select(MeetingRow).where(MeetingRow.group_id == group.id, MeetingRow.status.in_(UPCOMING))
    ):
        meeting = Meeting.model_validate_json(row.state)
        row.state = meeting.after_leaving(user).model_dump_json()


UPCOMING = (Status.PLANNED, Status.OPEN)
"""The statuses of a meeting that is to come, under way, or past its time with an open lobby."""

TO_COME = and_(MeetingRow.status.in_(UPCOMING), MeetingRow.stage < Stage.OVER)
"""Condition for a meeting that is to come or under way."""

LONGEST_TIME = timedelta(days=21)
"""More than the longest time in which a session of a meeting can begin."""


def rota_of(unit: Unit, group: Group) -> Rota:
    """Return a group's rota with exactly its current members."""
    before = Rota.model_validate_json(group.rota) if group.rota else Rota()
    return kept(before, [member.user for member in members_of(unit, group)])


def rota_after_sessions(unit: Unit, group: Group) -> str | None:
    """Return the rota of a new group, as it is stored; None if nobody met in its channel before."""
    members = [member.user for member in members_of(unit, group)]
    brought, led = loose_turns(unit, group, "brought"), loose_turns(unit, group, "led")
    if not {*brought, *led}.intersection(members):
        return None
    return of_members(members, brought, led).model_dump_json()


def loose_turns(unit: Unit, group: Group, role: Literal["brought", "led"]) -> dict[str, datetime]:
    """Return when each person last had a role in a session outside of any meeting, by user.

    That is when it ended, as their statement and their history say.
    """
    at = func.coalesce(SessionRow.ended_at, SessionRow.created_at)
    rows = unit.db.execute(
        select(Participant.user, func.max(at))
        .join(SessionRow, SessionRow.id == Participant.session_id)
        .where(
            SessionRow.group_id == group.id,
            SessionRow.meeting_id.is_(None),
            getattr(Participant, role),
        )
        .group_by(Participant.user)
    )
    return dict(rows.all())


def keep_rota(unit: Unit, group: Group) -> None:
    """Store a group's rota, so that who comes or goes later moves nobody else."""
    group.rota = rota_of(unit, group).model_dump_json()


def next_meeting(unit: Unit, group: Group) -> MeetingRow | None:
    """Return a group's first meeting that is under way or to come, or None."""
    return next(iter(upcoming(unit, group, most=1)), None)


def upcoming(unit: Unit, group: Group, *, most: int = 15) -> Sequence[MeetingRow]:
    """List a group's meetings that are under way or to come, `most` of them, soonest first."""
    return unit.db.scalars(
        select(MeetingRow)
        .where(MeetingRow.group_id == group.id, TO_COME)
        .order_by(MeetingRow.starts_at)
        .limit(most)
    ).all()
