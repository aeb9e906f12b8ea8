"""The rooms of groups: what Slack said of them, who may come in, and what may be told there."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from bot.errors import Refusal
from bot.flows.method import Method
from bot.flows.room import Room, obstacle
from bot.store.tables import Admission, Case, Group, Person
from bot.store.unit import Unit

FRESH_FOR = timedelta(minutes=15)
"""How long what Slack said of a room is good enough to open a meeting's session by."""

WAIT_AT_MOST = timedelta(minutes=30)
"""How long a meeting waits for Slack to say who can read in its room."""

WAIT_INTERVAL = timedelta(seconds=30)


def room_of(group: Group) -> Room | None:
    """Return what Slack said last of a group's channel; None before it was asked."""
    return Room.model_validate_json(group.room) if group.room else None


def is_public(group: Group) -> bool:
    """Check whether everyone in the workspace can read in a group's channel, as far as is known."""
    room = room_of(group)
    return room is not None and room.public


def may_share(group: Group) -> bool:
    """Check whether what is for a group alone may be posted in its channel."""
    return not is_public(group) or group.open_at is not None


def require_room(group: Group, case: Case, method: Method) -> None:
    """Raise `Refusal` where a session on a case may not go on in its group's channel."""
    why = obstacle(
        room_of(group),
        group_agreed=group.open_at is not None,
        bringer_agreed=case.open_at is not None or not method.kinds,
        private_only=method.private_only,
    )
    if why is not None:
        raise Refusal(why, group=group.id, case=case.id, who=f"<@{case.bringer}>")


def wait_for_room(group: Group, starts_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again to open a meeting, while Slack has to be asked about its room.

    None once that is known. After the meeting has waited for long, what is known from before does.
    """
    if group.looked_at is not None:
        waited = now > starts_at + WAIT_AT_MOST
        if waited or group.looked_at > now - FRESH_FOR:
            return None
    group.look_at = now
    return now + WAIT_INTERVAL


def admissions_of(unit: Unit, group: Group) -> frozenset[str]:
    """Return the ids of the other organisations whose people a group lets in."""
    found = select(Admission.organisation).where(Admission.group_id == group.id)
    return frozenset(unit.db.scalars(found))


def withdraw_admissions(unit: Unit, group: Group, organisations: Collection[str]) -> None:
    """Admit nobody of these organisations to a group any more."""
    unit.db.execute(
        delete(Admission).where(
            Admission.group_id == group.id, Admission.organisation.in_(organisations)
        )
    )


def is_admitted(unit: Unit, workspace: str, person: Person) -> bool:
    """Check whether any group lets a person of another organisation in."""
    admitted = select(Admission.group_id).where(
        Admission.workspace == workspace, Admission.organisation == person.organisation
    )
    leads = Group.facilitator == person.user
    found = select(Group.id).where(Group.workspace == workspace, or_(leads, Group.id.in_(admitted)))
    return unit.db.scalar(found.limit(1)) is not None


def require_admitted(unit: Unit, group: Group, user: str) -> None:
    """Raise `Refusal` for a guest, or a person from elsewhere, whom a group does not let in."""
    person = unit.db.get(Person, (group.workspace, user))
    if person is None:
        return
    if person.stranger and person.organisation not in admissions_of(unit, group):
        raise Refusal("not_admitted")
    if person.guest and not group.guests:
        raise Refusal("guests_out")
