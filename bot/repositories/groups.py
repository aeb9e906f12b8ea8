"""What is known of a founded group at this moment: plan, members, rota, who is away, dates."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from bot.errors import Refusal
from bot.flows.meeting import Plan, Status
from bot.flows.rhythm import HOME, zone_of
from bot.flows.rota import Rota, kept
from bot.services.people import is_member
from bot.store.tables import Group, MeetingRow, Member, Person
from bot.store.unit import Unit

THEIRS = and_(Person.workspace == Member.workspace, Person.user == Member.user)
"""What is known of a member."""

TO_COME = (Status.PLANNED, Status.OPEN)


class Known(NamedTuple):
    """What is known of a member (`Person`): None each of whom Slack was never asked about."""

    tz: str | None
    reminders: str | None
    away_from: date | None
    away_until: date | None
    language: str | None
    locale: str | None

    @property
    def speaks(self) -> str | None:
        """The language they chose, else the locale that Slack gives."""
        return self.language or self.locale


Members = dict[str, Known]
"""The members of a group, longest first."""


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
    rows = unit.db.execute(
        select(Member, Person)
        .outerjoin(Person, THEIRS)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    )
    return [(member, (person.name if person else "") or member.user) for member, person in rows]


def known_of(unit: Unit, groups: Collection[str]) -> Mapping[str, Members]:
    """Give the members of each of these groups."""
    found: dict[str, Members] = {group: {} for group in groups}
    rows = unit.db.execute(
        select(
            Member.group_id,
            Member.user,
            Person.tz,
            Person.reminders,
            Person.away_from,
            Person.away_until,
            Person.language,
            Person.locale,
        )
        .outerjoin(Person, THEIRS)
        .where(Member.group_id.in_(groups), Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    )
    for group, user, *known in rows:
        found[group][user] = Known._make(known)
    return found


def rota_of(unit: Unit, group: Group) -> Rota:
    """Give a group's rota, of who is a member now."""
    before = Rota.model_validate_json(group.rota) if group.rota else Rota()
    return kept(before, [member.user for member in members_of(unit, group)])


def absences(unit: Unit, group: Group) -> Callable[[datetime], frozenset[str]]:
    """Give what tells which members said that they are away at a moment, where they are."""
    people = unit.db.scalars(
        select(Person)
        .join(Member, THEIRS)
        .where(Member.group_id == group.id, Person.away_until.is_not(None))
    ).all()
    zone = plan_of(group).rhythm.zone
    return lambda at: frozenset(each.user for each in people if is_away(each, at, zone))


def is_away(person: Person | Known, moment: datetime, zone: str) -> bool:
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
    members = members_of(unit, group)
    leads = [member.user for member in members if member.lead]
    return user in (leads or [member.user for member in members])


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
