"""A meeting of a group as it stands at this moment."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.blocks.meetings import Facts
from bot.errors import Refusal
from bot.flows.meeting import Meeting, Plan, Status
from bot.flows.renaming import renamed
from bot.flows.rhythm import zone_of
from bot.flows.rota import Roles, Rota, kept
from bot.i18n import Words, language_of, words
from bot.repositories.groups import plan_of
from bot.repositories.members import Members, is_away, known_of, members_of
from bot.store.tables import Group, MeetingRow, Member
from bot.store.unit import Unit


class Going(NamedTuple):
    """A meeting with its group, as it stands."""

    row: MeetingRow
    group: Group
    plan: Plan
    meeting: Meeting
    roles: Roles
    members: Members
    absent: frozenset[str]

    def zone_of(self, who: str) -> ZoneInfo:
        """Give the time zone a member is in; while that is unknown their group's."""
        return zone_of(self.members[who].tz or self.plan.rhythm.zone)

    def words_of(self, who: str) -> Words:
        """Give the words of a member's own language, of their group's while theirs is unknown."""
        return words(language_of(self.members[who].speaks or self.group.language))


def going(row: MeetingRow, group: Group, members: Members) -> Going:
    """Give a meeting as it stands."""
    plan, meeting = plan_of(group), Meeting.model_validate_json(row.state)
    away = frozenset(
        user for user, known in members.items() if is_away(known, row.starts_at, plan.rhythm.zone)
    )
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
    if going is None or user not in going.members:
        raise Refusal("not_in_group")
    return going


def to_come(unit: Unit, workspace: str, user: str, id_: str) -> Going:
    """Give a meeting that is still to come, as `found_by` does. Raises `Refusal`."""
    going = found_by(unit, workspace, user, id_)
    if going.row.status != Status.PLANNED:
        raise Refusal("meeting_past")
    return going


def goings(
    unit: Unit, meetings: Collection[str], *, wait: bool = True
) -> dict[tuple[str, str], Going]:
    """Give meetings as they stand, by workspace and id; their groups are locked, in order.

    Unless we `wait` for who has a group, its meetings are left out, and are at hand all the same.
    """
    anew = {"populate_existing": True}
    of = select(MeetingRow.group_id).where(MeetingRow.id.in_(meetings))
    locking = select(Group).where(Group.id.in_(of)).order_by(Group.id)
    locked = locking.with_for_update(skip_locked=not wait)
    groups = {group.id: group for group in unit.db.scalars(locked, execution_options=anew)}
    members = known_of(unit, groups)
    rows = unit.db.scalars(
        select(MeetingRow).where(MeetingRow.id.in_(meetings)), execution_options=anew
    )
    return {
        (row.workspace, row.id): going(row, groups[row.group_id], members[row.group_id])
        for row in rows
        if row.group_id in groups
    }


def going_of(unit: Unit, row: MeetingRow) -> Going:
    """Give a meeting as it stands: who brings, who facilitates, who is away."""
    group = unit.db.get(Group, row.group_id)
    assert group is not None
    return going(row, group, known_of(unit, [group.id])[group.id])


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


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Replace a person in the rotas of their groups, and in what was said about meetings."""
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


TO_COME = (Status.PLANNED, Status.OPEN)


def rota_of(unit: Unit, group: Group) -> Rota:
    """Give a group's rota, of who is a member now."""
    before = Rota.model_validate_json(group.rota) if group.rota else Rota()
    return kept(before, [member.user for member in members_of(unit, group)])


def next_meeting(unit: Unit, group: Group) -> MeetingRow | None:
    """Give a group's first meeting that is still to come, or under way."""
    return next(iter(upcoming(unit, group, most=1)), None)


def upcoming(unit: Unit, group: Group, *, most: int = 15) -> Sequence[MeetingRow]:
    """Give a group's meetings to come, the first being the one under way if there is one."""
    return unit.db.scalars(
        select(MeetingRow)
        .where(MeetingRow.group_id == group.id, MeetingRow.status.in_(TO_COME))
        .order_by(MeetingRow.starts_at)
        .limit(most)
    ).all()
