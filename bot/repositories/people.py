"""Rows of people: what Slack says of them, and their language."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete

from bot.errors import Refusal
from bot.flows.rhythm import zone_of
from bot.i18n import Words, language_of, words
from bot.store.tables import Group, Person
from bot.store.unit import Unit


def words_for(unit: Unit, workspace: str, user: str, group: Group | None) -> Words:
    """Give the words of a person's own language, of their group's while theirs is unknown."""
    person = unit.db.get(Person, (workspace, user))
    if person is not None and person.speaks:
        return words(language_of(person.speaks))
    return words(language_of(group.language if group else None))


def save_slack_user(
    unit: Unit, workspace: str, found: Mapping[str, object], now: datetime
) -> Person:
    """Keep what Slack says of somebody (the `user` object of `users.info` or `user_change`)."""
    id_ = str(found["id"])
    person = unit.db.get(Person, (workspace, id_))
    if person is None:
        person = Person(workspace=workspace, user=id_)
        unit.db.add(person)
    person.name = str(found.get("real_name") or found.get("name") or "")
    person.locale = str(found.get("locale") or "") or person.locale
    person.tz = _zone(str(found.get("tz") or ""))
    person.guest = bool(found.get("is_restricted") or found.get("is_ultra_restricted"))
    person.stranger = bool(found.get("is_stranger"))
    person.gone = bool(found.get("deleted"))
    person.seen_at = now
    return person


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete what is known of a person, and their preferences."""
    unit.db.execute(delete(Person).where(Person.workspace == workspace, Person.user == user))


def export(unit: Unit, workspace: str, user: str) -> Person | None:
    """Return what is known of a person, and their preferences; None for an unknown person."""
    return unit.db.get(Person, (workspace, user))


def _zone(name: str) -> str:
    """Give a time zone's name if we know it; "" for one that we do not."""
    try:
        return zone_of(name).key if name else ""
    except Refusal:
        return ""
