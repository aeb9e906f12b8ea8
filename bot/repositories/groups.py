"""Groups: plan, time zone, language and holidays."""

from collections.abc import Container
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from bot.errors import Refusal
from bot.flows.meeting import Plan
from bot.flows.rhythm import HOME, zone_of
from bot.i18n import Words, language_of, words
from bot.store.tables import Group


@cache
def holidays_of(country: str) -> Container[date]:
    """Return the public holidays of a country by its ISO code, of any year; none for ""."""
    if not country:
        return ()
    from holidays import country_holidays  # imported here: it loads every country

    return country_holidays(country)


def plan_of(group: Group) -> Plan:
    """Return a founded group's plan. Raises `Refusal` for a group that was not founded."""
    if group.plan is None:
        raise Refusal("not_founded")
    return Plan.model_validate_json(group.plan)


def zone_of_group(group: Group) -> ZoneInfo:
    """Return the time zone of a group's plan, or the default one."""
    return zone_of(plan_of(group).rhythm.zone if group.plan else HOME)


def words_of_group(group: Group) -> Words:
    """Return the texts in the language of a group."""
    return words(language_of(group.language))
