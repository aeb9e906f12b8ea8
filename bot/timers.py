"""Timers: rows with a due time, each handed to the handler of its subject.

A tick takes due rows and handles them in the same transaction, so a timer is handled once
however many processes tick. Nothing is due for good before its transaction commits.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Row

from bot.ops.metrics import TIMERS
from bot.store.clocks import READING_INTERVAL, is_clock_trusted, read_clock
from bot.store.subjects import Subject
from bot.store.transactions import Transactions
from bot.store.unit import Unit

log = logging.getLogger(__name__)

BATCH_SIZE = 500
"""Timers handled in one transaction, where their subject has a batch handler."""

RETRY_DELAY = timedelta(seconds=1)
"""Delay before retrying a timer whose subject is locked by another transaction."""

FAILURE_BACKOFF = timedelta(minutes=10)
"""Delay before retrying a timer whose handler failed."""

SCRUB_SECONDS = 30
"""How often a long tick removes from the disk what its timers erased; a short one does it once."""


class DueTimer(NamedTuple):
    """A timer whose time has come; `id` is the part of its subject after the kind."""

    workspace: str
    subject: Subject
    id: str
    name: str
    at: datetime

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of a subject that has several."""
        return tuple(self.id.split("|"))


Handler = Callable[[Unit, DueTimer], None]
"""Handles one timer, in the transaction in which it was taken."""

BatchHandler = Callable[[Unit, Sequence[DueTimer]], None]
"""Handles several timers of one kind of subject in one transaction."""


@dataclass
class _Tick:
    """A tick under way.

    `limit` is how many timers are taken at once, `taken` those taken last; `forgets` whether
    this host's clock is trusted to forget, None until it is known; `erased` names the tables to
    scrub.
    """

    limit: int = BATCH_SIZE
    taken: list[Row[Any]] = field(default_factory=list)
    forgets: bool | None = None
    erased: set[str] = field(default_factory=set)


class Timers:
    """Hands due timers to the handlers of their subjects."""

    def __init__(
        self,
        transactions: Transactions,
        handlers: Mapping[Subject, Handler],
        batch_handlers: Mapping[Subject, BatchHandler],
    ) -> None:
        self._transactions = transactions
        self._handlers = handlers
        self._batch_handlers = batch_handlers
        self._read_at: datetime | None = None

    def tick(self, stopping: Event | None = None) -> None:
        """Handle every due timer, until `stopping` is set.

        A timer whose handler fails is logged and postponed, so that it holds up no other. What
        was erased is removed from the disk once, however many timers erased something: on
        PostgreSQL that rewrites whole tables.
        """
        self.read_clock()
        tick = _Tick()
        try:
            self._handle_all(tick, stopping)
        finally:
            self._transactions.scrub(tick.erased)

    def _handle_all(self, tick: _Tick, stopping: Event | None) -> None:
        scrubbed_at = monotonic()
        while stopping is None or not stopping.is_set():
            tick.taken = []
            work = partial(self._handle_some, tick)
            try:
                if not self._transactions.commit(work, erased=tick.erased):
                    return
                TIMERS.labels("done").inc(len(tick.taken))
            except Exception as error:
                if not tick.taken:
                    raise
                if len(tick.taken) > 1:
                    tick.limit = 1  # one of them failed; alone, each shows whether it was the one
                    continue
                TIMERS.labels("put_off").inc()
                self._postpone(tick.taken[0], error)
            if monotonic() - scrubbed_at > SCRUB_SECONDS:
                self._transactions.scrub(tick.erased)
                scrubbed_at = monotonic()

    def read_clock(self) -> None:
        """Record what the clock says, if the last reading is an hour old or was wrong."""
        now = self._transactions.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < READING_INTERVAL:
            self._transactions.commit(partial(read_clock, now=now))
            self._read_at = now

    def _handle_some(self, tick: _Tick, unit: Unit) -> bool:
        """Take and handle one timer or a batch; return whether one was due.

        `tick.taken` holds the rows also when a handler raises.
        """
        now = self._transactions.now()
        if tick.forgets is None:
            tick.forgets = is_clock_trusted(unit)
        tick.taken = unit.take_due(now, 1, forgets=tick.forgets)
        if not tick.taken:
            return False
        subject, _ = Subject.parse(tick.taken[0].subject)
        batch_handler = self._batch_handlers.get(subject)
        if batch_handler is None:
            self._handlers[subject](unit, _due(tick.taken[0]))
            return True
        if tick.limit > 1:
            prefix = subject.key("")
            tick.taken += unit.take_due(now, tick.limit - 1, prefix, forgets=tick.forgets)
        batch_handler(unit, [_due(row) for row in tick.taken])
        return True

    def _postpone(self, timer: Row[Any], error: Exception) -> None:
        log.error("timer failed", extra={"timer": timer.name, "fault": type(error).__name__})
        due = self._transactions.now() + FAILURE_BACKOFF

        def set_anew(unit: Unit) -> None:
            unit.set_timer(timer.workspace, timer.subject, timer.name, due)

        self._transactions.commit(set_anew)


def _due(row: Row[Any]) -> DueTimer:
    subject, id_ = Subject.parse(row.subject)
    return DueTimer(row.workspace, subject, id_, row.name, row.due_at)


def retry_soon(unit: Unit, timer: DueTimer, now: datetime) -> None:
    """Set a timer anew, a moment from now, because another transaction holds its subject.

    Waiting for the lock instead could deadlock: its holder may be waiting for this timer's row.
    """
    due = now + RETRY_DELAY
    unit.set_timer(timer.workspace, timer.subject.key(timer.id), timer.name, due)
