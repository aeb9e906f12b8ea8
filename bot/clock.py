"""Time: APScheduler lets a few named ticks look for what is due.

What is due stands in the database; the scheduler itself remembers nothing, so any
number of clocks may run, and a restart changes nothing but the delay.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete

from bot.store.tables import SENT_OR_FAILED, Delivery, Outbound, Rate
from bot.store.unit import Store

log = logging.getLogger(__name__)

KEEP_INBOX = timedelta(days=3)
"""Slack sends a delivery again for six minutes at most; days cover a long outage of ours."""

KEEP_SENT = timedelta(days=14)


Tick = Callable[[Event], None]
"""Looks for what is due; leaves the rest for later once the event is set."""


class Clock:
    """Runs each tick every so many seconds, one at a time, in threads of its own."""

    def __init__(self, ticks: Mapping[str, tuple[Tick, float]]) -> None:
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._stopping = Event()
        for name, (tick, seconds) in ticks.items():
            self._scheduler.add_job(
                _guarded,
                "interval",
                args=(name, tick, self._stopping),
                seconds=seconds,
                id=name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=3600,
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        """Start ticking."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; what is being handled is finished, and what else is due waits for others."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


def _guarded(name: str, tick: Tick, stopping: Event) -> None:
    """Run one tick; a fault is logged by its type, and the next tick tries again."""
    try:
        tick(stopping)
    except Exception as error:
        log.error("tick failed", extra={"tick": name, "fault": type(error).__name__})


def tidy(store: Store, now: datetime) -> None:
    """Throw away what nobody needs: old inbox rows, and what was sent long ago."""
    with store.unit() as unit:
        unit.db.execute(delete(Delivery).where(Delivery.received_at < now - KEEP_INBOX))
        unit.db.execute(delete(Outbound).where(SENT_OR_FAILED, Outbound.due_at < now - KEEP_SENT))
        unit.db.execute(delete(Rate).where(Rate.until < now))
        unit.commit()
    store.scrub()
