"""Health: check whether the database answers and is up to date, and whether anything lags."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.store.migrations import head, revision
from bot.store.subjects import FORGET
from bot.store.tables import Lane, Timer
from bot.store.unit import Store, Unit

MAX_LAG = timedelta(minutes=5)
"""A longer lag means that no process works, not that the processes are busy."""


class Lags(NamedTuple):
    """How overdue the oldest timer is (`clock`), and the oldest message to send (`relay`)."""

    clock: timedelta
    relay: timedelta


def lags(unit: Unit, now: datetime) -> Lags:
    """Return the lags. A timer or message that waits for a rate limit or a retry does not lag.

    Neither does a timer that forgets: it waits until the time is confirmed.
    """
    timer_due = unit.db.scalar(select(func.min(Timer.due_at)).where(Timer.name != FORGET))
    lane_due = unit.db.scalar(select(func.min(Lane.next_at)))
    return Lags(
        *(max(now - at, timedelta()) if at else timedelta() for at in (timer_due, lane_due))
    )


class Health:
    """Checks a running installation. `now` returns the time, aware, in UTC."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Check all parts; return whether all are "ok", and the state of each part by its name."""
        parts = dict.fromkeys(("database", "migrations", "clock", "relay"), "unknown")
        try:
            found = revision(self._store.engine)
            parts["database"] = "ok"
            parts["migrations"] = "ok" if found is not None and found >= head() else "behind"
            with self._store.unit() as unit:
                for part, lag in lags(unit, self._now())._asdict().items():
                    seconds = f"{lag.total_seconds():.0f} s"
                    parts[part] = f"late by {seconds}" if lag > MAX_LAG else "ok"
        except SQLAlchemyError as error:
            if parts["database"] != "ok":
                parts["database"] = type(error).__name__
        return set(parts.values()) == {"ok"}, parts
