"""How long things take: in writing over days, or spoken, by the clock.

A written step, or turn, gets a length of time whose end falls in working hours. A spoken
step gets the minutes that its method gives it, stretched to the time the group has.
"""

from datetime import datetime, timedelta
from math import ceil

from bot.flows.method import Method, Step
from bot.flows.rhythm import HOME, holidays_of, polite, zone_of
from bot.flows.types import Frozen

MINUTE = timedelta(minutes=1)
WARN_BEFORE = 2 * MINUTE
"""How long before the end of a spoken step the group gets a sign."""

GRACE_PERIOD = 5 * MINUTE
"""How long a spoken step may run over before the session goes on by itself."""

EXTENSION = 5 * MINUTE
"""How much longer a spoken step lasts for one press of a button."""

MIN_MINUTES, MAX_MINUTES = 15, 240
"""Minutes that a spoken session may be given."""


class Pace(Frozen):
    """A group's limits, as they were when the session opened.

    `zone` is where it works, and `country` whose public holidays it keeps ("" for none).
    """

    capacity: int = 8
    turn: timedelta = timedelta(hours=24)
    idle: timedelta = timedelta(days=7)
    keep: timedelta = timedelta(days=30)
    zone: str = HOME
    country: str = ""

    @property
    def follow_up(self) -> timedelta | None:
        """How long after a session its bringer is asked what came of it; None for never.

        Three weeks, or the last day before what was written is forgotten.
        """
        after = min(timedelta(weeks=3), self.keep - timedelta(days=1))
        return after if after >= timedelta(days=2) else None


def deadline(now: datetime, length: timedelta, pace: Pace) -> datetime:
    """Return when `length` ends in a written session: in working hours, where the group works."""
    return polite(now + length, zone_of(pace.zone), holidays_of(pace.country))


def box(step: Step, method: Method, minutes: int | None, people: int) -> timedelta:
    """Return how long a spoken step lasts, in whole minutes, at least one.

    `minutes` is what the whole session has; None for what its method takes.
    """
    lasts = method.lasts(people)
    return max(1, round(step.minutes * (minutes or lasts) / lasts)) * MINUTE


def minutes_left(now: datetime, until: datetime) -> int:
    """Return the minutes until a moment, counting the one that has begun."""
    return max(0, ceil((until - now) / MINUTE))


def next_minute(now: datetime, until: datetime) -> datetime:
    """Return when one minute fewer is left; `until` is in the future."""
    return until - (minutes_left(now, until) - 1) * MINUTE
