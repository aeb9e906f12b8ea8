"""The ledger: who was at what, read from the store without a word of what was said.

What was held is either a meeting, with its attendances, or a session that a group held
outside of its meetings. How many queries it takes does not depend on how much there is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.flows.meeting import Status
from bot.flows.participation import Answer, Dates, Figures, Occasion, Period, figures
from bot.flows.registers import Been
from bot.flows.types import CaseKind, Phase
from bot.repositories.cases import GROUP_KIND
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
"""How long after a session somebody may still hand in a reflection: what is kept longest."""

LONGEST_SITTING = timedelta(hours=4)
"""A session outside of meetings that took longer was written over days: it has no length."""

COUNTED_STATUSES = tuple(status for status in Status if status is not Status.CANCELLED)


class HeldSession(NamedTuple):
    """A session that began: its case, and who leads it, as its state says."""

    id: str
    meeting_id: str | None
    kind: str
    bringer: str
    facilitator: str | None

    @property
    def brought(self) -> frozenset[str]:
        """Who brought a case; nobody where the group talked about itself."""
        return frozenset() if self.kind == GROUP_KIND else frozenset({self.bringer})

    @property
    def kinds(self) -> tuple[CaseKind, ...]:
        """What sort of experience it was about."""
        return () if self.kind == GROUP_KIND else (CaseKind(self.kind),)

    @property
    def facilitated(self) -> frozenset[str]:
        """Which member led it."""
        return frozenset() if self.facilitator is None else frozenset({self.facilitator})


HELD_SESSION_COLUMNS = (
    SessionRow.id,
    SessionRow.meeting_id,
    Case.kind,
    Case.bringer,
    SessionRow.facilitator,
)
"""What a `Held` is made of."""


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
    loose = [row for row in sessions if row.meeting_id is None]
    reflected = defaultdict(set)
    for session, user in unit.db.execute(
        select(Reflection.session_id, Reflection.user).where(
            Reflection.session_id.in_([row.id for row in sessions])
        )
    ):
        reflected[session].add(user)
    there = _attendances(unit, held)
    occasions = [
        _meeting(there[id_], [row for row in sessions if row.meeting_id == id_], reflected)
        for id_ in held
    ]
    present = _participants(unit, [row.id for row in loose]) if loose else {}
    occasions += [
        Occasion(
            present=frozenset(present[row.id]),
            brought=row.brought,
            facilitated=row.facilitated,
            passed=frozenset(),
            reflected=frozenset(reflected[row.id]),
            kinds=row.kinds,
        )
        for row in loose
    ]
    return figures(
        group.name,
        period,
        _dates([row.status for row in meetings]),
        members,
        occasions,
        _answers(unit, group, first, after, zone),
        loose=len(loose),
        today=now.astimezone(zone).date(),
    )


def attended_in_year(unit: Unit, workspace: str, user: str, year: int) -> list[Been]:
    """Give everything that somebody was at in a year, in whatever group, first to last."""
    first, after = _bounds(date(year, 1, 1), date(year, 12, 31), UTC)
    near = timedelta(days=1)  # which day it was depends on the group's own zone
    meetings = unit.db.execute(
        select(Attendance, MeetingRow, Group)
        .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
        .join(Group, Group.id == MeetingRow.group_id)
        .where(
            Attendance.workspace == workspace,
            Attendance.user == user,
            MeetingRow.starts_at >= first - near,
            MeetingRow.starts_at < after + near,
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
        select(*HELD_SESSION_COLUMNS, SessionRow.ended_at, Group)
        .join(Participant, Participant.session_id == SessionRow.id)
        .join(Case, Case.id == SessionRow.case_id)
        .join(Group, Group.id == SessionRow.group_id)
        .where(
            Participant.workspace == workspace,
            Participant.user == user,
            Participant.left_at.is_(None),
            SessionRow.meeting_id.is_(None),
            SessionRow.status == Phase.CLOSED,
            SessionRow.ended_at >= first - near,
            SessionRow.ended_at < after + near,
            SessionRow.begun,
        )
    ).all()
    ended = [(HeldSession._make(row), at, group) for *row, at, group in sessions if at is not None]
    ids = [row.id for row, _, _ in ended]
    sizes = _count(unit, Participant.session_id, ids, Participant.left_at.is_(None))
    lengths = _lengths(unit, ids)
    found += [
        Been(
            day=at.astimezone(zone_of_group(group)).date(),
            minutes=lengths.get(row.id),
            people=sizes[row.id],
            brought=user in row.brought,
            facilitated=user in row.facilitated,
            group=group.name,
        )
        for row, at, group in ended
    ]
    return sorted((each for each in found if each.day.year == year), key=lambda each: each.day)


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Replace a person among those who attended meetings, and delete their statements."""
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


def _meeting(
    there: Sequence[Attendance], sessions: Sequence[HeldSession], reflected: Mapping[str, set[str]]
) -> Occasion:
    return Occasion(
        present=frozenset(each.user for each in there),
        brought=frozenset(each.user for each in there if each.brought),
        facilitated=frozenset(each.user for each in there if each.facilitated),
        passed=frozenset(each.user for each in there if each.passed),
        reflected=frozenset(user for row in sessions for user in reflected[row.id]),
        kinds=tuple(kind for row in sessions for kind in row.kinds),
    )


def _sessions(
    unit: Unit, group: str, held: list[str], first: datetime, after: datetime
) -> list[HeldSession]:
    """Give the sessions of meetings, and those outside of any that ended in a period."""
    columns = select(*HELD_SESSION_COLUMNS).join(Case, Case.id == SessionRow.case_id)
    of_meetings = columns.where(SessionRow.meeting_id.in_(held), SessionRow.begun)
    loose = columns.where(
        SessionRow.group_id == group,
        SessionRow.meeting_id.is_(None),
        SessionRow.status == Phase.CLOSED,
        SessionRow.ended_at >= first,
        SessionRow.ended_at < after,
        SessionRow.begun,
    )
    return [HeldSession(*row) for row in unit.db.execute(of_meetings.union_all(loose))]


def _attendances(unit: Unit, held: Iterable[str]) -> dict[str, list[Attendance]]:
    found: dict[str, list[Attendance]] = defaultdict(list)
    for each in unit.db.scalars(select(Attendance).where(Attendance.meeting_id.in_(list(held)))):
        found[each.meeting_id].append(each)
    return found


def _participants(unit: Unit, sessions: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    query = select(Participant.session_id, Participant.user).where(
        Participant.session_id.in_(sessions), Participant.left_at.is_(None)
    )
    for session, user in unit.db.execute(query):
        found[session].add(user)
    return found


def _dates(statuses: Sequence[str]) -> Dates:
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
    """Give what was answered in a period, whenever the session was that it is about."""
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
    unit: Unit, column: InstrumentedAttribute[str], ids: list[str], *only: ColumnElement[bool]
) -> dict[str, int]:
    """Count the rows to each of these ids."""
    query = select(column, func.count()).where(column.in_(ids), *only).group_by(column)
    return {row[0]: row[1] for row in unit.db.execute(query)}


def _lengths(unit: Unit, sessions: list[str]) -> dict[str, int]:
    """Give the minutes from the first to the last word of sessions held in one sitting."""
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
    """Give the moments between which days lie, from the first up to after the last."""
    after = last + timedelta(days=1)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)
