"""People: their profiles from Slack, and their language."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete

from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.flows.text import cleaned
from bot.flows.types import WantedReminders
from bot.i18n import Words, language_of, words
from bot.store.tables import Group, Person
from bot.store.unit import Unit

UNKNOWN_ORGANISATION = "?"
"""Stands for an organisation that Slack does not name."""


def words_for(unit: Unit, workspace: str, user: str, group: Group | None) -> Words:
    """Return the texts in a person's language, or in their group's while theirs is unknown."""
    person = unit.db.get(Person, (workspace, user))
    if person is not None and person.speaks:
        return words(language_of(person.speaks))
    return words(language_of(group.language if group else None))


def wants_reminders(unit: Unit, workspace: str, user: str) -> bool:
    """Check whether a person wants to be asked things; of who never said, yes is assumed."""
    person = unit.db.get(Person, (workspace, user))
    return person is None or person.reminders is not WantedReminders.NONE


def save_slack_user(
    unit: Unit,
    workspace: str,
    profile: Mapping[str, object],
    now: datetime,
    *,
    enterprise: str | None = None,
) -> Person:
    """Save a profile from Slack (the `user` object of `users.info` or `user_change`).

    `enterprise` is the organisation of the workspace, if it is one of several.
    """
    id_ = str(profile["id"])
    person = unit.db.get(Person, (workspace, id_))
    if person is None:
        person = Person(workspace=workspace, user=id_)
        unit.db.add(person)
    name = cleaned(str(profile.get("real_name") or profile.get("name") or ""))
    if person.name or name != name_of(unit, person):
        person.name, person.sealed_name = "", unit.seal_by_ring(name)
    person.locale = str(profile.get("locale") or "") or person.locale
    person.tz = _zone(str(profile.get("tz") or ""))
    person.guest = is_guest(profile)
    person.organisation = other_organisation(workspace, profile, enterprise)
    person.stranger = person.organisation is not None
    person.gone = bool(profile.get("deleted"))
    person.seen_at = now
    return person


def name_of(unit: Unit, person: Person | None) -> str:
    """Return a person's name, or "" while it is unknown."""
    if person is None:
        return ""
    return unit.open_by_ring(person.sealed_name) if person.sealed_name else person.name


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's profile and preferences."""
    unit.db.execute(delete(Person).where(Person.workspace == workspace, Person.user == user))


def export(unit: Unit, workspace: str, user: str) -> Person | None:
    """Return a person's profile and preferences, or None for an unknown person."""
    return unit.db.get(Person, (workspace, user))


def is_guest(profile: Mapping[str, object]) -> bool:
    """Check whether a person has limited access to the workspace."""
    return bool(profile.get("is_restricted") or profile.get("is_ultra_restricted"))


def other_organisation(
    workspace: str, profile: Mapping[str, object], enterprise: str | None
) -> str | None:
    """Return the id of the other organisation that a person is of; None for a colleague.

    A colleague may be of another workspace of the same organisation.
    """
    team, organisation = profile.get("team_id"), profile.get("enterprise_user")
    if isinstance(organisation, Mapping):
        teams = organisation.get("teams")
        known = teams if isinstance(teams, list) else []
        theirs = organisation.get("enterprise_id")
        at_home = workspace in (team, theirs, *known) or (
            enterprise is not None and enterprise == theirs
        )
        other = theirs or team
    else:
        at_home, other = team in (None, "", workspace, enterprise), team
    if at_home:
        return UNKNOWN_ORGANISATION if profile.get("is_stranger") else None
    return str(other or UNKNOWN_ORGANISATION)


def _zone(name: str) -> str:
    """Return the name of a time zone, or "" for an unknown one."""
    try:
        return zone_of(name).key if name else ""
    except Refusal:
        return ""
