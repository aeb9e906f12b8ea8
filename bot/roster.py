"""What is known of a founded group at this moment: plan, members, rota, who is away, dates."""

from collections.abc import Callable, Collection, Container, Sequence
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from bot.errors import Refusal
from bot.flows.meeting import Plan, Status
from bot.flows.rhythm import HOME, zone_of
from bot.flows.rota import Rota, kept
from bot.people import is_member
from bot.store.tables import Group, MeetingRow, Member, Person
from bot.store.unit import Unit

TO_COME = (Status.PLANNED, Status.OPEN)


@cache
def holidays_of(country: str) -> Container[date]:
    """Give the public holidays of a country by its ISO code, of any year; none for ""."""
    if not country:
        return ()
    from holidays import country_holidays  # here, because all countries come along

    return country_holidays(country)


def group_locked(unit: Unit, workspace: str, id_: str, member: str | None = None) -> Group:
    """Give a group of this workspace, locked; of a `member`, if given. Raises `Refusal`."""
    group = unit.db.get(Group, id_, with_for_update=True)
    if group is None or group.workspace != workspace:
        raise Refusal("group_gone")
    if member is not None and not is_member(unit, id_, member):
        raise Refusal("not_in_group")
    return group


def plan_of(group: Group) -> Plan:
    """Give a founded group's plan. Raises `Refusal` when it is not founded."""
    if group.plan is None:
        raise Refusal("not_founded")
    return Plan.model_validate_json(group.plan)


def members_of(unit: Unit, group: Group) -> Sequence[Member]:
    """Give a group's members, longest first."""
    return unit.db.scalars(
        select(Member)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    ).all()


def members_with_names(unit: Unit, group: Group) -> list[tuple[Member, str]]:
    """Give a group's members, longest first, with their names; their ids while those are unknown.

    What is known of them is loaded with them, for who wants more of it than the name.
    """
    rows = members_and_people(unit, [group.id])
    return [(member, (person.name if person else "") or member.user) for member, person in rows]


def members_and_people(unit: Unit, groups: Collection[str]) -> list[tuple[Member, Person | None]]:
    """Give the members of groups, longest first, each with what is known of them."""
    rows = unit.db.execute(
        select(Member, Person)
        .outerjoin(Person, and_(Person.workspace == Member.workspace, Person.user == Member.user))
        .where(Member.group_id.in_(groups), Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    )
    return [(member, person) for member, person in rows]


def rota_of(unit: Unit, group: Group) -> Rota:
    """Give a group's rota, of who is a member now."""
    before = Rota.model_validate_json(group.rota) if group.rota else Rota()
    return kept(before, [member.user for member in members_of(unit, group)])


def absences(unit: Unit, group: Group) -> Callable[[datetime], frozenset[str]]:
    """Give what tells which members said that they are away at a moment, where they are."""
    people = unit.db.scalars(
        select(Person)
        .join(Member, (Member.workspace == Person.workspace) & (Member.user == Person.user))
        .where(Member.group_id == group.id, Person.away_until.is_not(None))
    ).all()
    zone = plan_of(group).rhythm.zone
    return lambda at: frozenset(each.user for each in people if is_away(each, at, zone))


def is_away(person: Person, moment: datetime, zone: str) -> bool:
    """Tell whether somebody is away on the day of a moment; `zone` is where theirs is unknown."""
    if person.away_from is None or person.away_until is None:
        return False
    day = moment.astimezone(zone_of(person.tz or zone)).date()
    return person.away_from <= day <= person.away_until


def zone_at(group: Group) -> ZoneInfo:
    """Give the time zone in which a group's days count."""
    return zone_of(plan_of(group).rhythm.zone if group.plan else HOME)


def zone_for(unit: Unit, group: Group, user: str) -> ZoneInfo:
    """Give the time zone somebody is in; while that is unknown their group's."""
    there = unit.db.get(Person, (group.workspace, user))
    return zone_of(there.tz) if there and there.tz else zone_at(group)


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


def is_lead(unit: Unit, group: Group, user: str) -> bool:
    """Tell whether somebody leads a group at this moment; one without leads is led by all."""
    if not is_member(unit, group.id, user):
        return False
    leads = [member.user for member in members_of(unit, group) if member.lead]
    return user in leads or not leads


def groups_of(unit: Unit, workspace: str, user: str) -> Sequence[Group]:
    """Give the founded groups that somebody belongs to."""
    return unit.db.scalars(
        select(Group)
        .join(Member, Member.group_id == Group.id)
        .where(
            Member.workspace == workspace,
            Member.user == user,
            Member.left_at.is_(None),
            Group.plan.is_not(None),
        )
        .order_by(Group.created_at)
    ).all()


def group_subject(group: str) -> str:
    """Give the name under which a group's timers run."""
    return f"group:{group}"
