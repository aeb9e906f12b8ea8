"""Members of groups: joining, leads, absences, and finding a group for a member."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, func, select, update

from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.flows.session.pace import Pace
from bot.flows.types import WantedReminders
from bot.i18n import language_of
from bot.repositories.groups import plan_of, zone_of_group
from bot.repositories.people import name_of
from bot.repositories.rooms import require_admitted
from bot.store.tables import Group, Invitation, Member, Person
from bot.store.unit import Unit, new_id


def join_unless_founded(unit: Unit, group: Group, user: str, now: datetime) -> None:
    """Make a person who uses a group a member, unless it was founded: then they have to choose.

    Who leads its sessions from outside is no member.
    """
    if group.plan is None and user != group.facilitator:
        add_member(unit, group, user, now)


def add_member(unit: Unit, group: Group, user: str, now: datetime) -> Member:
    """Make a person a member of a group; a former member joins as of now.

    Raises `Refusal` for a guest, or a person from elsewhere, whom the group does not let in.
    """
    member = unit.db.get(Member, (group.id, user))
    if member is None or member.left_at is not None:
        require_admitted(unit, group, user)
    if member is None:
        member = Member(
            group_id=group.id, user=user, workspace=group.workspace, joined_at=now, left_at=None
        )
        unit.db.add(member)
    elif member.left_at is not None:
        member.joined_at, member.left_at = now, None
    return member


def is_member(unit: Unit, group: str | None, user: str) -> bool:
    """Check whether a person is a member of a group now."""
    member = unit.db.get(Member, (group, user)) if group is not None else None
    return member is not None and member.left_at is None


PERSON_OF_MEMBER = and_(Person.workspace == Member.workspace, Person.user == Member.user)
"""Condition that joins a member to the person they are."""


class MemberInfo(NamedTuple):
    """Columns of the `Person` of a member; all None for a person who was never looked up."""

    tz: str | None
    reminders: WantedReminders | None
    away_from: date | None
    away_until: date | None
    language: str | None
    locale: str | None

    @property
    def speaks(self) -> str | None:
        """The language that the member chose, else the locale of their profile."""
        return self.language or self.locale


Members = dict[str, MemberInfo]
"""The members of a group by user, the longest membership first."""


def lock_group(unit: Unit, workspace: str, id_: str, member: str | None = None) -> Group:
    """Return a group of this workspace, locked.

    Raises `Refusal` if there is no such group, or if `member` is given and is no member.
    """
    group = unit.db.get(Group, id_, with_for_update=True)
    if group is None or group.workspace != workspace:
        raise Refusal("group_gone")
    if member is not None:
        require_member(unit, group, member)
    return group


def require_member(unit: Unit, group: Group | None, user: str) -> Group:
    """Return a group for one of its members. Raises `Refusal` for anyone else.

    The refusal says what its reader is to the group, and how they come in. It names the
    `channel`, so that somebody who is not in there can be told that first.
    """
    if group is None:
        raise Refusal("group_gone")
    member = unit.db.get(Member, (group.id, user))
    if member is not None and member.left_at is None:
        return group
    channel = f"<#{group.channel}>"
    if group.plan is None:
        raise Refusal("outside_group", channel=channel)
    if unit.db.get(Invitation, (group.id, user)) is not None:
        raise Refusal("invited_still", channel=channel)
    raise Refusal("not_member" if member is None else "left_group", channel=channel)


def require_part(unit: Unit, group: Group, user: str, channel: str | None) -> None:
    """Raise `Refusal` for a person who may not take part in a group's sessions.

    They press in `channel`: that of the group, or none (a form, a direct message, App Home). A
    group that was not founded is all who are in its channel. Somebody outside the group who leads
    its sessions may take part too.
    """
    if channel not in (None, group.channel):
        raise Refusal("outdated")
    may_join = channel is not None and group.plan is None
    if user != group.facilitator and not may_join:
        require_member(unit, group, user)


def members_of(unit: Unit, group: Group) -> Sequence[Member]:
    """List a group's members, the longest membership first."""
    return unit.db.scalars(
        select(Member)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    ).all()


def members_with_names(unit: Unit, group: Group) -> list[tuple[Member, str]]:
    """List a group's members with their names, or their ids if those are unknown.

    The longest membership comes first. Their `Person` rows are loaded too, so that callers
    can get these by key without a query.
    """
    rows = unit.db.execute(
        select(Member, Person)
        .outerjoin(Person, PERSON_OF_MEMBER)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    )
    return [(member, name_of(unit, person) or member.user) for member, person in rows]


def members_by_group(unit: Unit, groups: Collection[str]) -> Mapping[str, Members]:
    """Return the members of each of these groups, by the group's id."""
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
        .outerjoin(Person, PERSON_OF_MEMBER)
        .where(Member.group_id.in_(groups), Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
    )
    for group, user, *known in rows:
        found[group][user] = MemberInfo._make(known)
    return found


def absences(unit: Unit, group: Group) -> Callable[[datetime], frozenset[str]]:
    """Return a function from a time to the members who said that they are away on that day."""
    people = unit.db.scalars(
        select(Person)
        .join(Member, PERSON_OF_MEMBER)
        .where(Member.group_id == group.id, Person.away_until.is_not(None))
    ).all()
    zone = plan_of(group).rhythm.zone
    return lambda at: frozenset(each.user for each in people if is_away(each, at, zone))


def is_away(person: Person | MemberInfo, at: datetime, zone: str) -> bool:
    """Check whether a person is away on the day of `at`, in their time zone or else in `zone`."""
    if person.away_from is None or person.away_until is None:
        return False
    day = at.astimezone(zone_of(person.tz or zone)).date()
    return person.away_from <= day <= person.away_until


def zone_of_member(unit: Unit, group: Group, user: str) -> ZoneInfo:
    """Return the time zone of a person, or of their group while theirs is unknown."""
    person = unit.db.get(Person, (group.workspace, user))
    return zone_of(person.tz) if person and person.tz else zone_of_group(group)


def is_lead(unit: Unit, group: Group, user: str) -> bool:
    """Check whether a person is a lead of a group; without leads, every member counts as one."""
    members = members_of(unit, group)
    leads = [member.user for member in members if member.lead]
    return user in (leads or [member.user for member in members])


def groups_of(unit: Unit, workspace: str, user: str) -> Sequence[Group]:
    """List the founded groups that a person is a member of, oldest first."""
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


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's memberships and invitations, and what they lead from outside."""
    leads = (Group.workspace == workspace, Group.facilitator == user)
    unit.db.execute(update(Group).where(*leads).values(facilitator=None))
    moves = (Group.workspace == workspace, Group.moving == user)
    unit.db.execute(update(Group).where(*moves).values(moving=None))
    for table in (Invitation, Member):
        unit.db.execute(delete(table).where(table.workspace == workspace, table.user == user))


def export(unit: Unit, workspace: str, user: str) -> int:
    """Count the groups that a person is or was a member of."""
    query = select(func.count()).where(Member.workspace == workspace, Member.user == user)
    return unit.db.scalar(query) or 0


def group_of_channel(unit: Unit, workspace: str, channel: str, user: str, now: datetime) -> Group:
    """Return the group of a channel, for a person who is in that channel.

    Creates the group if the channel has none, in the person's language. The person becomes a
    member unless the group was founded. Raises `Refusal` for a non-member of a founded group.
    """
    group = unit.db.scalar(
        select(Group).where(Group.workspace == workspace, Group.channel == channel)
    )
    if group is None:
        person = unit.db.get(Person, (workspace, user))
        group = Group(
            id=new_id(),
            workspace=workspace,
            channel=channel,
            name="",
            language=language_of(person.speaks if person else None),
            settings=Pace().model_dump_json(),
            created_at=now,
        )
        unit.db.add(group)
        unit.db.flush()
    join_unless_founded(unit, group, user, now)
    return require_member(unit, group, user)


def group_of_member(unit: Unit, workspace: str, user: str, id_: str) -> Group:
    """Return a group by its id, for one of its members. Raises `Refusal` for anyone else."""
    group = unit.db.get(Group, id_)
    if group is None or group.workspace != workspace:
        raise Refusal("group_gone")
    return require_member(unit, group, user)
