"""Participation: who attended which meetings and sessions, without any text from them.

A group held a meeting, with its attendances, or a session outside of its meetings. The number
of queries does not depend on the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.flows.meeting import Status
from bot.flows.participation import Answer, CountedDate, Dates, Figures, Period, figures
from bot.flows.registers import Been
from bot.flows.types import CaseKind, Phase
from bot.repositories.groups import zone_of_group
from bot.store.tables import (
    Attendance,
    Case,
    Contribution,
    Group,
    MeetingRow,
    Participant,
    Reflection,
    SessionRow,
    Statement,
)
from bot.store.unit import Unit

LATEST_REFLECTION = timedelta(days=366)
"""Longest time between a session and a reflection on it: content is not kept longer."""

LONGEST_SITTING = timedelta(hours=4)
"""A session outside of meetings that took longer was written over days: no length is given."""

COUNTED_STATUSES = tuple(status for status in Status if status is not Status.CANCELLED)
"""The statuses of meetings that figures count."""


class HeldSession(NamedTuple):
    """A session that left its lobby: its meeting, if it was in one, and the kind of its case."""

    id: str
    meeting_id: str | None
    kind: str


def figures_of(
    unit: Unit, group: Group, members: Sequence[tuple[str, str]], period: Period, now: datetime
) -> Figures:
    """Count a group's participation in a period; `members` are ids and names."""
    zone = zone_of_group(group)
    first, after = _bounds(period.first, period.last, zone)
    meetings = unit.db.execute(
        select(MeetingRow.id, MeetingRow.status).where(
            MeetingRow.group_id == group.id,
            MeetingRow.status.in_(COUNTED_STATUSES),
            MeetingRow.starts_at >= first,
            MeetingRow.starts_at < after,
        )
    ).all()
    held = [row.id for row in meetings if row.status == Status.HELD]
    sessions = _sessions(unit, group.id, held, first, after)
    separate = [row for row in sessions if row.meeting_id is None]
    reflected = defaultdict(set)
    for session, user in unit.db.execute(
        select(Reflection.session_id, Reflection.user).where(
            Reflection.session_id.in_([row.id for row in sessions])
        )
    ):
        reflected[session].add(user)
    parts = _parts(unit, [row.id for row in sessions])
    attendances = _attendances(unit, held)
    occasions = [
        _meeting_occasion(
            attendances[id_], [row for row in sessions if row.meeting_id == id_], parts, reflected
        )
        for id_ in held
    ]
    occasions += [
        CountedDate(
            present=frozenset(part.user for part in parts[row.id]),
            brought=frozenset(part.user for part in parts[row.id] if part.brought),
            facilitated=frozenset(part.user for part in parts[row.id] if part.led),
            passed=frozenset(),
            reflected=frozenset(reflected[row.id]),
            kinds=_kinds(row, parts),
        )
        for row in separate
    ]
    return figures(
        group.name,
        period,
        _dates([row.status for row in meetings]),
        members,
        occasions,
        _answers(unit, group, first, after, zone),
        loose=len(separate),
        today=now.astimezone(zone).date(),
    )


def attended_in_year(unit: Unit, workspace: str, user: str, year: int) -> list[Been]:
    """List all that a person attended in a year, in any group, first to last."""
    first, after = _bounds(date(year, 1, 1), date(year, 12, 31), UTC)
    margin = timedelta(days=1)  # the day depends on the group's time zone
    meetings = unit.db.execute(
        select(Attendance, MeetingRow, Group)
        .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
        .join(Group, Group.id == MeetingRow.group_id)
        .where(
            Attendance.workspace == workspace,
            Attendance.user == user,
            MeetingRow.starts_at >= first - margin,
            MeetingRow.starts_at < after + margin,
        )
    ).all()
    sizes = _count(unit, Attendance.meeting_id, [meeting.id for _, meeting, _ in meetings])
    found = [
        Been(
            day=meeting.starts_at.astimezone(zone_of_group(group)).date(),
            minutes=meeting.minutes,
            people=sizes[meeting.id],
            brought=attended.brought,
            facilitated=attended.facilitated,
            group=group.name,
        )
        for attended, meeting, group in meetings
    ]
    sessions = unit.db.execute(
        select(Participant, SessionRow.ended_at, Group)
        .join(SessionRow, SessionRow.id == Participant.session_id)
        .join(Group, Group.id == SessionRow.group_id)
        .where(
            Participant.workspace == workspace,
            Participant.user == user,
            Participant.attended,
            SessionRow.meeting_id.is_(None),
            SessionRow.status == Phase.CLOSED,
            SessionRow.ended_at >= first - margin,
            SessionRow.ended_at < after + margin,
        )
    ).all()
    ended = [(part, at, group) for part, at, group in sessions if at is not None]
    ids = [part.session_id for part, _, _ in ended]
    sizes = _count(unit, Participant.session_id, ids, Participant.attended)
    lengths = _lengths(unit, ids)
    found += [
        Been(
            day=at.astimezone(zone_of_group(group)).date(),
            minutes=lengths.get(part.session_id),
            people=sizes[part.session_id],
            brought=part.brought,
            facilitated=part.led,
            group=group.name,
        )
        for part, at, group in ended
    ]
    return sorted((each for each in found if each.day.year == year), key=lambda each: each.day)


def first_participation(unit: Unit, workspace: str, user: str) -> datetime | None:
    """Return when a person first took part in a meeting or session, if ever."""
    meetings = (
        select(func.min(MeetingRow.starts_at))
        .join(Attendance, Attendance.meeting_id == MeetingRow.id)
        .where(Attendance.workspace == workspace, Attendance.user == user)
    )
    sessions = select(func.min(Participant.joined_at)).where(
        Participant.workspace == workspace, Participant.user == user, Participant.attended
    )
    found = [unit.db.scalar(query) for query in (meetings, sessions)]
    return min((each for each in found if each is not None), default=None)


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Replace a person by `alias` in attendances, and delete their statements."""
    for attended in unit.db.scalars(
        select(Attendance).where(Attendance.workspace == workspace, Attendance.user == user)
    ):
        attended.user = alias
    unit.db.execute(
        delete(Statement).where(Statement.workspace == workspace, Statement.user == user)
    )


def export(unit: Unit, workspace: str, user: str) -> int:
    """Count the statements of participation that a person was given."""
    query = select(func.count()).where(Statement.workspace == workspace, Statement.user == user)
    return unit.db.scalar(query) or 0


def _meeting_occasion(
    attendances: Sequence[Attendance],
    sessions: Sequence[HeldSession],
    parts: Mapping[str, Sequence[Participant]],
    reflected: Mapping[str, set[str]],
) -> CountedDate:
    return CountedDate(
        present=frozenset(each.user for each in attendances),
        brought=frozenset(each.user for each in attendances if each.brought),
        facilitated=frozenset(each.user for each in attendances if each.facilitated),
        passed=frozenset(each.user for each in attendances if each.passed),
        reflected=frozenset(user for row in sessions for user in reflected[row.id]),
        kinds=tuple(kind for row in sessions for kind in _kinds(row, parts)),
    )


def _kinds(row: HeldSession, parts: Mapping[str, Sequence[Participant]]) -> tuple[CaseKind, ...]:
    """Return the kind of a session's case, if it was brought."""
    return (CaseKind(row.kind),) if any(part.brought for part in parts[row.id]) else ()


def _sessions(
    unit: Unit, group: str, held: list[str], first: datetime, after: datetime
) -> list[HeldSession]:
    """List the sessions of these meetings, and those outside of meetings that ended in a period."""
    columns = select(SessionRow.id, SessionRow.meeting_id, Case.kind).join(
        Case, Case.id == SessionRow.case_id
    )
    of_meetings = columns.where(SessionRow.meeting_id.in_(held), SessionRow.begun)
    separate = columns.where(
        SessionRow.group_id == group,
        SessionRow.meeting_id.is_(None),
        SessionRow.status == Phase.CLOSED,
        SessionRow.ended_at >= first,
        SessionRow.ended_at < after,
        SessionRow.begun,
    )
    return [HeldSession(*row) for row in unit.db.execute(of_meetings.union_all(separate))]


def _attendances(unit: Unit, held: Iterable[str]) -> dict[str, list[Attendance]]:
    found: dict[str, list[Attendance]] = defaultdict(list)
    for each in unit.db.scalars(select(Attendance).where(Attendance.meeting_id.in_(list(held)))):
        found[each.meeting_id].append(each)
    return found


def _parts(unit: Unit, sessions: Iterable[str]) -> dict[str, list[Participant]]:
    """Return the parts of those who took part in these sessions, by session."""
    found: dict[str, list[Participant]] = defaultdict(list)
    query = select(Participant).where(
        Participant.session_id.in_(list(sessions)), Participant.attended
    )
    for part in unit.db.scalars(query):
        found[part.session_id].append(part)
    return found


def _dates(statuses: Sequence[Status]) -> Dates:
    return Dates(
        planned=len(statuses),
        held=statuses.count(Status.HELD),
        skipped=statuses.count(Status.SKIPPED),
        missed=statuses.count(Status.MISSED),
        to_come=statuses.count(Status.PLANNED) + statuses.count(Status.OPEN),
    )


def _answers(
    unit: Unit, group: Group, first: datetime, after: datetime, zone: ZoneInfo
) -> list[Answer]:
    """List the reflections that were written in a period, on sessions of any time."""
    rows = unit.db.execute(
        select(Reflection.user, Reflection.created_at, Reflection.useful, Reflection.safe)
        .join(SessionRow, SessionRow.id == Reflection.session_id)
        .where(
            SessionRow.group_id == group.id,
            or_(SessionRow.ended_at >= first - LATEST_REFLECTION, SessionRow.ended_at.is_(None)),
            Reflection.created_at >= first,
            Reflection.created_at < after,
        )
    )
    return [Answer(by, at.astimezone(zone).date(), useful, safe) for by, at, useful, safe in rows]


def _count(
    unit: Unit,
    column: InstrumentedAttribute[str],
    ids: list[str],
    *conditions: ColumnElement[bool] | InstrumentedAttribute[bool],
) -> dict[str, int]:
    """Count the rows of each of these ids in `column`, under these conditions."""
    query = select(column, func.count()).where(column.in_(ids), *conditions).group_by(column)
    return {row[0]: row[1] for row in unit.db.execute(query)}


def _lengths(unit: Unit, sessions: list[str]) -> dict[str, int]:
    """Return the minutes from the first to the last contribution of sessions in one sitting."""
    rows = unit.db.execute(
        select(
            Contribution.session_id,
            func.min(Contribution.created_at),
            func.max(Contribution.created_at),
        )
        .where(Contribution.session_id.in_(sessions))
        .group_by(Contribution.session_id)
    )
    return {
        id_: int((until - since).total_seconds() // 60)
        for id_, since, until in rows
        if until - since <= LONGEST_SITTING
    }


def _bounds(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the start of the first day, and the end of the last."""
    after = last + timedelta(days=1)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)
