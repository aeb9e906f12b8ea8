"""What is known of a founded group at this moment: plan, members, rota, who is away, dates."""

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
    """Give the public holidays of a country by its ISO code, of any year; none for ""."""
    if not country:
        return ()
    from holidays import country_holidays  # here, because all countries come along

    return country_holidays(country)


def plan_of(group: Group) -> Plan:
    """Give a founded group's plan. Raises `Refusal` when it is not founded."""
    if group.plan is None:
        raise Refusal("not_founded")
    return Plan.model_validate_json(group.plan)


def zone_of_group(group: Group) -> ZoneInfo:
    """Give the time zone in which a group's days count."""
    return zone_of(plan_of(group).rhythm.zone if group.plan else HOME)


def words_of_group(group: Group) -> Words:
    """Return the texts in the language of a group."""
    return words(language_of(group.language))
