"""Groups: plan, time zone, language and holidays."""

from collections.abc import Container
from datetime import date
from zoneinfo import ZoneInfo

from bot.errors import Refusal
from bot.flows.meeting import Plan
from bot.flows.rhythm import HOME, holidays_of, zone_of
from bot.i18n import Words, language_of, words
from bot.store.tables import Group, Person
from bot.store.unit import Unit


def plan_of(group: Group) -> Plan:
    """Return a founded group's plan. Raises `Refusal` for a group that was not founded."""
    if group.plan is None:
        raise Refusal("not_founded")
    return Plan.model_validate_json(group.plan)


def zone_of_group(group: Group) -> ZoneInfo:
    """Return the time zone of a group's plan, or the default one."""
    return zone_of(plan_of(group).rhythm.zone if group.plan else HOME)


def holidays_of_group(group: Group) -> Container[date]:
    """Return the public holidays that a group keeps; none before it is founded."""
    return holidays_of(plan_of(group).rhythm.country) if group.plan else ()


def speak_as(unit: Unit, group: Group, user: str) -> None:
    """Make a group that was not founded, and chose no language, speak that of who starts."""
    person = unit.db.get(Person, (group.workspace, user))
    if group.plan is None and not group.language_chosen and person is not None and person.speaks:
        group.language = language_of(person.speaks)


def words_of_group(group: Group) -> Words:
    """Return the texts in the language of a group."""
    return words(language_of(group.language))
