"""The clock: APScheduler calls a few named ticks at fixed intervals.

Everything that is due is in the database and the scheduler stores nothing. So any number of
clocks may run at the same time, and a restart only delays what is due.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import and_, delete, exists, not_, or_

from bot.store.clocks import JumpDetector, confirmed_time
from bot.store.maintenance import seal_names
from bot.store.tables import SENT_OR_FAILED, Delivery, Outbound, Quote, Rate, Vault
from bot.store.unit import Store

log = logging.getLogger(__name__)

INBOX_RETENTION = timedelta(days=3)
"""Slack repeats a delivery for at most six minutes; the days cover a long outage of the bot."""

OUTBOX_RETENTION = timedelta(days=14)
"""How long messages that were sent or failed are kept, unless they show what people wrote."""

PROMPT_RETENTION = timedelta(days=60)
"""The same for messages that ask something, whose buttons go once that is answered or over."""

WATCH_SECONDS = 5
"""Time between two looks whether the clock was set back."""

_SHOWS_CONTENT = and_(
    or_(Outbound.ts.is_not(None), Outbound.file.is_not(None)),
    or_(
        exists().where(Vault.id == Outbound.vault_id),
        exists().where(Quote.marker == Outbound.marker),
    ),
)
"""Messages that are deleted from Slack once their content is forgotten."""

Tick = Callable[[Event], None]
"""Handles what is due. It returns early once the event is set, and leaves the rest."""


class Clock:
    """Runs ticks in background threads, each of them never twice at the same time.

    `ticks` maps a name to a tick and its interval in seconds.
    """

    def __init__(self, ticks: Mapping[str, tuple[Tick, float]]) -> None:
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._stopping = Event()
        self._watch = Thread(target=self._watch_for_jumps, name="clock watch", daemon=True)
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
        """Start to run the ticks, each of them at once and then at its interval."""
        self._scheduler.start()
        self._watch.start()

    def is_alive(self) -> bool:
        """Check whether the thread that calls the ticks runs."""
        # APScheduler says that it runs as long as nobody has stopped it.
        thread = self._scheduler._thread
        return thread is not None and bool(thread.is_alive())

    def stop(self) -> None:
        """Stop, after the ticks that run have returned."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._watch.join()

    def _watch_for_jumps(self) -> None:
        """Run every tick at once when the clock was set back: the scheduler would wait for it."""
        detector = JumpDetector()
        while not self._stopping.wait(WATCH_SECONDS):
            if detector.is_set_back(datetime.now(UTC)):
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))


def _guarded(name: str, tick: Tick, stopping: Event) -> None:
    """Run one tick; log the type of an exception and ignore it, as the next run tries again."""
    try:
        tick(stopping)
    except Exception as error:
        log.error("tick failed", extra={"tick": name, "fault": type(error).__name__})


def tidy(store: Store, now: datetime) -> None:
    """Delete old rows of the inbox, the outbox and the rates, and remove their remains on disk.

    Seals the names that an earlier version wrote, too.

    Rows are old by a confirmed time: a clock that jumps forward for a while deletes nothing.
    """
    with store.unit() as unit:
        now = min(now, confirmed_time(unit))
        unit.db.execute(delete(Delivery).where(Delivery.received_at < now - INBOX_RETENTION))
        unit.db.execute(
            delete(Outbound).where(
                SENT_OR_FAILED,
                Outbound.due_at < now - OUTBOX_RETENTION,
                or_(Outbound.prompt.is_(None), Outbound.due_at < now - PROMPT_RETENTION),
                not_(_SHOWS_CONTENT),
            )
        )
        unit.db.execute(delete(Rate).where(Rate.until < now))
        seal_names(unit)
        unit.commit()
    store.scrub({"vaults", "outbox", *unit.erased})
