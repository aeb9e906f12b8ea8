"""Health: check whether the database takes writes and is up to date, and whether anything lags."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import func, select

from bot.store.clocks import database_skew
from bot.store.migrations import head, revision
from bot.store.subjects import FORGET
from bot.store.tables import UNSENT, Lane, Outbound, Rate, Timer
from bot.store.unit import Store, Unit

MAX_LAG = timedelta(minutes=5)
"""A longer lag means that no process works, not that the processes are busy."""

MAX_AHEAD = timedelta(minutes=15)
"""No message waits that long for its next attempt, so the clock must have been set back."""

MAX_BACKLOG = 300
"""Messages that wait for one conversation; at Slack's pace they take five minutes."""


class Lags(NamedTuple):
    """How overdue the oldest timer is (`clock`), and the oldest message to send (`relay`).

    `relay` is negative when the next message is to be sent only later.
    """

    clock: timedelta
    relay: timedelta


def lags(unit: Unit, now: datetime) -> Lags:
    """Return the lags. A timer or message that waits for a rate limit or a retry does not lag.

    Neither does a timer that forgets: it waits until the time is confirmed.
    """
    now += database_skew(unit)
    timer_due = unit.db.scalar(select(func.min(Timer.due_at)).where(Timer.name != FORGET))
    lane_due = unit.db.scalar(select(func.min(Lane.next_at)))
    return Lags(
        max(now - timer_due, timedelta()) if timer_due else timedelta(),
        now - lane_due if lane_due else timedelta(),
    )


def backlog(unit: Unit) -> int:
    """Return how many messages wait for the conversation for which most wait."""
    waiting = (
        select(func.count())
        .where(Outbound.state.in_(UNSENT))
        .group_by(Outbound.workspace, Outbound.conversation)
        .order_by(func.count().desc())
        .limit(1)
    )
    return unit.db.scalar(waiting) or 0


class Health:
    """Checks a running installation. `now` returns the time, aware, in UTC."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._threads: dict[str, Callable[[], bool]] = {}
        self._states: dict[str, Callable[[], str]] = {}

    def watch(self, part: str, is_alive: Callable[[], bool]) -> None:
        """Check a background thread from now on, which has to live as long as the process."""
        self._threads[part] = is_alive

    def ask(self, part: str, state: Callable[[], str]) -> None:
        """Report a part from now on by what `state` returns, "ok" if it is well."""
        self._states[part] = state

    def ended(self) -> list[str]:
        """Return the parts of this process whose thread has ended."""
        return [part for part, is_alive in self._threads.items() if not is_alive()]

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Check all parts; return whether all are "ok", and the state of each part by its name."""
        found = cache(self._lags)
        checks = {
            "database": self._database,
            "migrations": self._migrations,
            "writing": self._writing,
            "clock": lambda: _told(found().clock),
            "relay": lambda: _told(found().relay),
            "backlog": self._backlog,
        }
        parts = dict.fromkeys(checks, "unknown")
        for part, check in checks.items():
            try:
                parts[part] = check()
            except Exception as error:  # whatever it is, this part is not well
                parts[part] = type(error).__name__
                if part == "database":
                    break
        parts |= {part: state() for part, state in self._states.items()}
        parts |= dict.fromkeys(self.ended(), "ended")
        return set(parts.values()) == {"ok"}, parts

    def _database(self) -> str:
        with self._store.unit() as unit:
            unit.db.execute(select(1))
        return "ok"

    def _migrations(self) -> str:
        found = revision(self._store.engine)
        return "ok" if found is not None and found >= head() else "behind"

    def _writing(self) -> str:
        """Write a row: on a full disk everything else still seems well. `tidy` deletes it."""
        with self._store.unit() as unit:
            row = {"workspace": "", "name": "health", "until": self._now()}
            unit.upsert(Rate, [row], change=["until"])
            unit.commit()
        return "ok"

    def _lags(self) -> Lags:
        with self._store.unit() as unit:
            return lags(unit, self._now())

    def _backlog(self) -> str:
        with self._store.unit() as unit:
            waiting = backlog(unit)
        return f"{waiting} messages wait" if waiting > MAX_BACKLOG else "ok"


def _told(lag: timedelta) -> str:
    seconds = f"{abs(lag).total_seconds():.0f} s"
    if lag > MAX_LAG:
        return f"late by {seconds}"
    return f"ahead by {seconds}" if -lag > MAX_AHEAD else "ok"
