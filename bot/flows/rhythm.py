"""The rhythm of a group: on which days it meets, and when to speak to people.

A rule such as "every second Tuesday of the month" or "every six weeks" gives days in the
group's own time zone. A day in a month without meetings falls out; a public holiday moves
the meeting a week on. The clock's own leaps are met as people would: a time that does not
exist is taken an hour later, one that comes twice the first time.
"""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from pydantic import Field

from bot.errors import Refusal
from bot.flows.types import Frozen

DAY = timedelta(days=1)
WEEK = timedelta(days=7)

PUT_ON = 4
"""Weeks that a meeting moves on at most to find a day that is no holiday."""

HORIZON = timedelta(days=730)
"""How far one looks to see whether a rhythm comes at all."""

MORNING, EVENING = time(9), time(18)
"""The hours in which people are spoken to, on working days."""

SATURDAY = 5


HOME = "Europe/Amsterdam"
"""The zone of a group that named none."""


class Rhythm(Frozen):
    """When a group meets: a rule, a time of day and a zone.

    `every` counts months or weeks; by the month, the `nth` weekday (-1: the last) counts,
    Monday being 0. `free` holds the months without meetings; `country` whose public
    holidays are kept ("" for none). `since` is the day from which months or weeks count.
    """

    unit: Literal["months", "weeks"] = "months"
    every: Annotated[int, Field(ge=1, le=26)] = 1
    nth: Literal[1, 2, 3, 4, 5, -1] = 2
    weekday: Annotated[int, Field(ge=0, le=6)] = 1
    at: time = time(16)
    zone: str = HOME
    free: tuple[int, ...] = ()
    country: str = ""
    since: date


@cache
def holidays_of(country: str) -> Container[date]:
    """Return the public holidays of a country by its ISO code, of any year; none for ""."""
    if not country:
        return ()
    from holidays import country_holidays  # imported here: it loads every country

    return country_holidays(country)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises `Refusal` when there is none."""
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError):
        raise Refusal("zone_unknown") from None


def days(rhythm: Rhythm, holidays: Container[date], *, after: date, until: date) -> list[date]:
    """List the days of meetings after one day, up to and including another."""
    found: set[date] = set()
    # A holiday moves a meeting on, so what was due before `after` may come after it.
    for day in _by_rule(rhythm, until=until):
        if day + PUT_ON * WEEK <= after:
            continue
        moved = day
        while moved in holidays and moved < day + PUT_ON * WEEK:
            moved += WEEK
        free = day.month in rhythm.free or moved.month in rhythm.free
        if after < moved <= until and moved not in holidays and not free:
            found.add(moved)
    return sorted(found)


def comes(rhythm: Rhythm, holidays: Container[date], *, after: date) -> None:
    """See that a rhythm comes at all. Raises `Refusal` when it does not."""
    if not days(rhythm, holidays, after=after, until=after + HORIZON):
        raise Refusal("rhythm_never")


def instant(day: date, rhythm: Rhythm) -> datetime:
    """Return the moment at which a meeting begins, aware, in UTC."""
    return datetime.combine(day, rhythm.at, tzinfo=zone_of(rhythm.zone)).astimezone(UTC)


def is_working_day(day: date, holidays: Container[date] = ()) -> bool:
    """Check whether people work on a day: no weekend, and none of the holidays."""
    return day.weekday() < SATURDAY and day not in holidays


def polite(moment: datetime, zone: ZoneInfo, holidays: Container[date] = ()) -> datetime:
    """Return the first moment from `moment` on that falls in working hours in a zone."""
    local = moment.astimezone(zone)
    day = local.date()
    if local.time() >= EVENING:
        day += DAY
    while not is_working_day(day, holidays):
        day += DAY
    if day == local.date() and local.time() >= MORNING:
        return moment
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)


def working_day_before(
    moment: datetime, zone: ZoneInfo, holidays: Container[date] = ()
) -> datetime:
    """Return the morning of the last working day before the day of a moment, in a zone."""
    day = moment.astimezone(zone).date() - DAY
    while not is_working_day(day, holidays):
        day -= DAY
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)


def _by_rule(rhythm: Rhythm, *, until: date) -> list[date]:
    by_month = rhythm.unit == "months"
    # Weeks count from the first such weekday, months from the month itself.
    first = rhythm.since + timedelta(days=(rhythm.weekday - rhythm.since.weekday()) % 7)
    rule = rrule(
        MONTHLY if by_month else WEEKLY,
        interval=rhythm.every,
        byweekday=weekday(rhythm.weekday, rhythm.nth if by_month else None),
        dtstart=datetime.combine(rhythm.since.replace(day=1) if by_month else first, time()),
        until=datetime.combine(until, time()),
    )
    return [found.date() for found in rule if found.date() >= rhythm.since]
