"""Plan a group's meetings a year ahead, by its rhythm."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bot.flows.meeting import Meeting, Plan, Stage, Status, collide
from bot.flows.rhythm import days, holidays_of, instant, zone_of
from bot.repositories.groups import plan_of
from bot.repositories.meetings import upcoming
from bot.services.meetings.calendars import send_calendar_changes
from bot.store.tables import Group, MeetingRow
from bot.store.unit import Unit, new_id

YEAR = timedelta(days=365)


def plan_ahead(unit: Unit, group: Group, now: datetime) -> None:
    """Plan the meetings of the coming year, in the caller's transaction.

    Planned meetings that were not announced yet move to the days of the rhythm as it is now;
    meetings that were announced, moved by hand, skipped or held keep their dates. All that are
    to come get the plan's length. Members who took the dates into their calendar are sent what
    changed.
    """
    plan = plan_of(group)
    today = now.astimezone(zone_of(plan.rhythm.zone)).date()
    rows = list(
        unit.db.scalars(
            select(MeetingRow)
            .where(MeetingRow.group_id == group.id, MeetingRow.day >= today)
            .order_by(MeetingRow.day)
        )
    )
    before = {row.id: row.sequence for row in rows}
    movable = [row for row in rows if _may_move(row) and row.starts_at > now]
    fixed = {row.day for row in rows if row not in movable}
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
    stand = [row.starts_at for row in upcoming(unit, group) if row not in movable]
    wanted = [day for day in wanted if not _is_taken(day, stand, plan)]
    # A meeting keeps its day where possible, so that as few entries as can be move in calendars.
    spare = [row for row in movable if row.day not in wanted]
    for row in movable:
        if row.day in wanted:
            _place(row, row.day, plan)
    for day in [day for day in wanted if day not in {row.day for row in movable}]:
        if spare:
            _place(spare.pop(0), day, plan)
        else:
            unit.db.add(_new(group, day, plan))
        unit.db.flush()
    for row in spare:
        if row.status != Status.CANCELLED:
            row.status, row.sequence = Status.CANCELLED, row.sequence + 1
    for row in rows:
        stands = row not in movable and row.status == Status.PLANNED and row.starts_at > now
        if stands and row.minutes != plan.minutes:
            row.minutes, row.sequence = plan.minutes, row.sequence + 1
    unit.db.flush()
    send_calendar_changes(unit, group, (r for r in rows if r.sequence != before[r.id]), now)


def _is_taken(day: date, stand: Sequence[datetime], plan: Plan) -> bool:
    """Check whether a meeting whose date stands leaves no room for one on this day."""
    starts_at = instant(day, plan.rhythm)
    return any(collide(at, starts_at) for at in stand)


def _place(row: MeetingRow, day: date, plan: Plan) -> None:
    """Plan a meeting on a day, and count a change of its calendar entry if there is one."""
    starts_at = instant(day, plan.rhythm)
    before = (row.day, row.starts_at, row.minutes, row.status)
    if row.starts_at != starts_at:
        meeting = Meeting.model_validate_json(row.state)
        row.state = meeting.on_another_date().model_dump_json()
    if before != (day, starts_at, plan.minutes, Status.PLANNED):
        row.day, row.starts_at, row.minutes = day, starts_at, plan.minutes
        row.status, row.sequence = Status.PLANNED, row.sequence + 1


def _new(group: Group, day: date, plan: Plan) -> MeetingRow:
    return MeetingRow(
        id=new_id(),
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


def _may_move(row: MeetingRow) -> bool:
    """Check whether a meeting follows the rhythm: it was neither announced nor moved by hand."""
    if row.status == Status.CANCELLED:
        return True
    return row.status == Status.PLANNED and row.stage == Stage.PLANNED and not row.moved
