"""People: their profiles from Slack, and their language."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete

from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.flows.text import cleaned
from bot.i18n import Words, language_of, words
from bot.store.tables import Group, Person
from bot.store.unit import Unit


def words_for(unit: Unit, workspace: str, user: str, group: Group | None) -> Words:
    """Return the texts in a person's language, or in their group's while theirs is unknown."""
    person = unit.db.get(Person, (workspace, user))
    if person is not None and person.speaks:
        return words(language_of(person.speaks))
    return words(language_of(group.language if group else None))


def save_slack_user(
    unit: Unit, workspace: str, profile: Mapping[str, object], now: datetime
) -> Person:
    """Save a profile from Slack (the `user` object of `users.info` or `user_change`)."""
    id_ = str(profile["id"])
    person = unit.db.get(Person, (workspace, id_))
    if person is None:
        person = Person(workspace=workspace, user=id_)
        unit.db.add(person)
    person.name = cleaned(str(profile.get("real_name") or profile.get("name") or ""))
    person.locale = str(profile.get("locale") or "") or person.locale
    person.tz = _zone(str(profile.get("tz") or ""))
    person.guest = bool(profile.get("is_restricted") or profile.get("is_ultra_restricted"))
    person.stranger = _is_stranger(workspace, profile)
    person.gone = bool(profile.get("deleted"))
    person.seen_at = now
    return person


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's profile and preferences."""
    unit.db.execute(delete(Person).where(Person.workspace == workspace, Person.user == user))


def export(unit: Unit, workspace: str, user: str) -> Person | None:
    """Return a person's profile and preferences, or None for an unknown person."""
    return unit.db.get(Person, (workspace, user))


def _is_stranger(workspace: str, profile: Mapping[str, object]) -> bool:
    """Check whether a person is of another organisation than a workspace, by what Slack says."""
    organisation = profile.get("enterprise_user")
    if not isinstance(organisation, Mapping):
        return bool(profile.get("is_stranger"))
    teams = organisation.get("teams")
    known = teams if isinstance(teams, list) else []
    at_home = (profile.get("team_id"), organisation.get("enterprise_id"), *known)
    return bool(profile.get("is_stranger")) or workspace not in at_home


def _zone(name: str) -> str:
    """Return the name of a time zone, or "" for an unknown one."""
    try:
        return zone_of(name).key if name else ""
    except Refusal:
        return ""
