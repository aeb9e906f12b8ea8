"""Meetings as iCalendar objects (RFC 5545, RFC 5546): when, how long, and where; no content.

A meeting keeps its UID for ever, and its SEQUENCE counts its changes, so that a calendar
moves or removes what it has instead of adding to it. Times stand in the group's own zone,
whose rules go along.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vUri

from bot.i18n import Words

SENDER = "mailto:noreply@intervisie.invalid"
"""RFC 5546 wants an organizer with an address; ours takes no mail (RFC 2606 keeps .invalid)."""

REFRESH = timedelta(hours=6)
"""How often a calendar that follows the dates should look (RFC 7986)."""

YEAR = timedelta(days=366)
"""How long before and after its dates a calendar knows the rules of their time zone."""


class Dated(NamedTuple):
    """A meeting as a calendar has it; `sequence` counts its changes."""

    meeting: str
    starts: datetime
    minutes: int
    sequence: int
    cancelled: bool


class Place(NamedTuple):
    """Whose meetings they are: a group, the channel where it meets, and its time zone."""

    workspace: str
    channel: str
    name: str
    zone: ZoneInfo


def written(
    place: Place,
    dates: Sequence[Dated],
    now: datetime,
    words: Words,
    *,
    method: Literal["PUBLISH", "CANCEL"] = "PUBLISH",
) -> bytes:
    """Return meetings as one iCalendar object: to import or follow, or to `CANCEL`."""
    calendar = Calendar()
    calendar.add("prodid", "-//Intervisie//intervisie//" + words.language.upper())
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add("name", place.name)
    calendar.add("x-wr-calname", place.name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for dated in dates:
        calendar.add_component(_event(place, dated, now, words))
    first = min((dated.starts for dated in dates), default=now).date()
    last = max((dated.starts for dated in dates), default=now).date()
    calendar.add_missing_timezones(first - YEAR, last + YEAR)
    return bytes(calendar.to_ical())


def _event(place: Place, dated: Dated, now: datetime, words: Words) -> Event:
    starts = dated.starts.astimezone(place.zone)
    # In wall time, so that what ends after a change of the clock ends at its hour.
    ends = (dated.starts + timedelta(minutes=dated.minutes)).astimezone(place.zone)
    organizer = vCalAddress(SENDER)
    organizer.params["CN"] = "Intervisie"
    event = Event()
    event.add("uid", f"{dated.meeting}@intervisie")
    event.add("sequence", dated.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", words("calendar.summary", name=place.name))
    event.add("description", words("calendar.description"))
    event.add("location", "Slack")
    event.add("url", vUri(f"https://app.slack.com/client/{place.workspace}/{place.channel}"))
    event.add("organizer", organizer)
    event.add("status", "CANCELLED" if dated.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if dated.cancelled else "OPAQUE")
    return event
