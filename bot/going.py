"""A meeting of a group as it stands at this moment."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from bot.blocks.meeting import Facts
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Plan, Status
from bot.flows.rota import Roles, Rota, kept
from bot.people import is_member
from bot.roster import absences, is_away, members_and_people, members_of, plan_of
from bot.store.tables import Group, MeetingRow, Member, Person
from bot.store.unit import Unit


class Going(NamedTuple):
    """A meeting with its group, as it stands."""

    row: MeetingRow
    group: Group
    plan: Plan
    meeting: Meeting
    roles: Roles
    members: tuple[str, ...]
    absent: frozenset[str]


def going(row: MeetingRow, group: Group, members: tuple[str, ...], away: frozenset[str]) -> Going:
    """Give a meeting as it stands, from its group's members and who of them is away."""
    plan, meeting = plan_of(group), Meeting.model_validate_json(row.state)
    rota = kept(Rota.model_validate_json(group.rota) if group.rota else Rota(), members)
    roles = meeting.roles(rota, cases=plan.cases, away=away)
    coming = tuple(m for m in meeting.coming if m in members)
    gone = away | set(meeting.away)
    meeting = meeting.model_copy(update={"coming": coming})
    return Going(row, group, plan, meeting, roles, members, gone)


def found(unit: Unit, workspace: str, id_: str) -> Going | None:
    """Give a meeting of this workspace with its group, both locked."""
    return goings(unit, {id_}).get((workspace, id_))


def found_by(unit: Unit, workspace: str, user: str, id_: str) -> Going:
    """Give a meeting with its group, both locked, for one of its members. Raises `Refusal`."""
    going = found(unit, workspace, id_)
    if going is None or not is_member(unit, going.group.id, user):
        raise Refusal("not_in_group")
    return going


def to_come(unit: Unit, workspace: str, user: str, id_: str) -> Going:
    """Give a meeting that is still to come, as `found_by` does. Raises `Refusal`."""
    going = found_by(unit, workspace, user, id_)
    if going.row.status != Status.PLANNED:
        raise Refusal("meeting_past")
    return going


def goings(unit: Unit, meetings: Collection[str]) -> dict[tuple[str, str], Going]:
    """Give meetings as they stand, by workspace and id; their groups are locked, in order.

    What is known of their members is at hand then.
    """
    anew = {"populate_existing": True}
    of = select(MeetingRow.group_id).where(MeetingRow.id.in_(meetings))
    locked = select(Group).where(Group.id.in_(of)).order_by(Group.id).with_for_update()
    groups = {group.id: group for group in unit.db.scalars(locked, execution_options=anew)}
    there: dict[str, list[tuple[Member, Person | None]]] = defaultdict(list)
    for member, person in members_and_people(unit, groups):
        there[member.group_id].append((member, person))
    rows = select(MeetingRow).where(MeetingRow.id.in_(meetings))
    stand = {}
    for row in unit.db.scalars(rows, execution_options=anew):
        group = groups[row.group_id]
        zone = plan_of(group).rhythm.zone
        members = tuple(member.user for member, _ in there[group.id])
        away = (p.user for _, p in there[group.id] if p and is_away(p, row.starts_at, zone))
        stand[(row.workspace, row.id)] = going(row, group, members, frozenset(away))
    return stand


def going_of(unit: Unit, row: MeetingRow) -> Going:
    """Give a meeting as it stands: who brings, who facilitates, who is away."""
    group = unit.db.get(Group, row.group_id)
    assert group is not None
    members = tuple(m.user for m in members_of(unit, group))
    return going(row, group, members, absences(unit, group)(row.starts_at))


def facts(going: Going) -> Facts:
    """Give what everyone in the group may see of a meeting."""
    answered = {*going.meeting.coming, *going.meeting.away} & set(going.members)
    return Facts(
        meeting=going.row.id,
        group=going.group.id,
        channel=going.group.channel,
        starts=going.row.starts_at,
        minutes=going.row.minutes,
        bringers=going.roles.bringers,
        facilitator=going.roles.facilitator,
        answered=len(answered),
        members=len(going.members),
    )
