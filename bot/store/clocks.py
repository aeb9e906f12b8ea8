"""The clocks of several hosts, and of one host that is set wrong.

Leases and rates go by the database's clock, which all hosts share. What can never be undone
waits until the clock was read twice, an hour apart: a clock that jumps forward for a while
forgets nothing.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import bindparam, func, select, update

from bot.store.prepared import Prepared
from bot.store.tables import ClockReading
from bot.store.unit import Unit

READING_INTERVAL = timedelta(hours=1)
"""Least time between the two readings that have to agree."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything that the bot could have stored."""

MAX_HOST_SKEW = timedelta(hours=1)
"""A host whose clock differs by more from the database's forgets nothing."""

JUMP_TOLERANCE = timedelta(seconds=5)
"""A clock that is set back by less is ignored."""


def database_skew(unit: Unit) -> timedelta:
    """Return how far the database's clock is ahead of this host's; zero on SQLite."""
    if not unit.is_postgres:
        return timedelta()
    at: datetime = unit.execute(_DATABASE_TIME, {}).scalar()
    return at - datetime.now(UTC)


def is_clock_trusted(unit: Unit) -> bool:
    """Check whether this host's clock agrees with the database's, about as well as it should."""
    return abs(database_skew(unit)) <= MAX_HOST_SKEW


def read_clock(unit: Unit, now: datetime) -> None:
    """Record that the clock says `now`, once an hour, and confirm the reading before it.

    A reading that lies in the future was wrong, and confirms nothing. With PostgreSQL, its own
    clock decides.
    """
    now += database_skew(unit)
    reading = unit.execute(_READING, {}).first()
    if reading is None:
        unit.insert(ClockReading, {"id": 1, "read_at": now})
    elif reading.read_at > now:
        unit.execute(_UPDATE, {"read": now, "confirmed": reading.confirmed_at})
    elif now - reading.read_at >= READING_INTERVAL:
        unit.execute(_UPDATE, {"read": now, "confirmed": reading.read_at})


def confirmed_time(unit: Unit) -> datetime:
    """Return the newest time that a later reading confirmed; long ago if there is none."""
    reading = unit.execute(_READING, {}).first()
    at = reading.confirmed_at if reading else None
    return at or LONG_AGO


_DATABASE_TIME = Prepared(select(func.clock_timestamp()))
_READING = Prepared(
    select(ClockReading.read_at, ClockReading.confirmed_at)
    .where(ClockReading.id == 1)
    .with_for_update()
)
_UPDATE = Prepared(
    update(ClockReading.__table__)
    .where(ClockReading.id == 1)
    .values(read_at=bindparam("read"), confirmed_at=bindparam("confirmed"))
)


class JumpDetector:
    """Notices that a clock was set back, by comparison with the monotonic clock."""

    def __init__(self) -> None:
        self._offset: timedelta | None = None

    def is_set_back(self, now: datetime) -> bool:
        """Check whether the clock was set back since the last call; True on the first call."""
        offset = now - datetime.fromtimestamp(monotonic(), UTC)
        before, self._offset = self._offset, offset
        return before is None or before - offset > JUMP_TOLERANCE
