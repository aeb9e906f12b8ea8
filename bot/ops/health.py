"""How an installation is doing: does the database answer, is it up to date, does anything lag."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.store.migrations import head, revision
from bot.store.tables import Lane, Timer
from bot.store.unit import Store, Unit

LATE = timedelta(minutes=5)
"""What waits longer is not merely busy: nobody looks after it."""


class Lags(NamedTuple):
    """How long the longest wait is: `clock` for what is due, `relay` for what may be said."""

    clock: timedelta
    relay: timedelta


def lags(unit: Unit, now: datetime) -> Lags:
    """Give the lags; what waits on purpose, for Slack's pace or a second try, does not lag."""
    due = unit.db.scalar(select(func.min(Timer.due_at)))
    look = unit.db.scalar(select(func.min(Lane.next_at)))
    return Lags(*(max(now - at, timedelta()) if at else timedelta() for at in (due, look)))


class Health:
    """Looks at an installation whenever it is asked. `now` gives aware UTC."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Tell whether all is well, and of each part how it is."""
        parts = dict.fromkeys(("database", "migrations", "clock", "relay"), "unknown")
        try:
            found = revision(self._store.engine)
            parts["database"] = "ok"
            parts["migrations"] = "ok" if found is not None and found >= head() else "behind"
            with self._store.unit() as unit:
                for part, lag in lags(unit, self._now())._asdict().items():
                    seconds = f"{lag.total_seconds():.0f} s"
                    parts[part] = f"late by {seconds}" if lag > LATE else "ok"
        except SQLAlchemyError as error:
            if parts["database"] != "ok":
                parts["database"] = type(error).__name__
        return set(parts.values()) == {"ok"}, parts
