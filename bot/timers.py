"""Timers: rows with a due time, each handed to the handler of its subject.

A tick takes due rows and handles them in the same transaction, so a timer is handled once
however many processes tick. Nothing is due for good before its transaction commits.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Event
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

        A timer whose handler fails is logged and postponed, so that it holds up no other.
        """
        self.read_clock()
        limit = BATCH_SIZE
        while stopping is None or not stopping.is_set():
            taken: list[Row[Any]] = []
            try:
                if not self._transactions.commit(partial(self._handle_some, taken, limit)):
                    return
                TIMERS.labels("done").inc(len(taken))
            except Exception as error:
                if not taken:
                    raise
                if len(taken) > 1:
                    limit = 1  # one of the batch failed; alone, each shows whether it was the one
                    continue
                TIMERS.labels("put_off").inc()
                self._postpone(taken[0], error)

    def read_clock(self) -> None:
        """Record what the clock says, if the last reading is an hour old or was wrong."""
        now = self._transactions.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < READING_INTERVAL:
            self._transactions.commit(partial(read_clock, now=now))
            self._read_at = now

    def _handle_some(self, taken: list[Row[Any]], limit: int, unit: Unit) -> bool:
        """Take and handle one timer or a batch; return whether one was due.

        `taken` is filled in place, so that the caller knows the rows if a handler raises.
        """
        now = self._transactions.now()
        forgets = is_clock_trusted(unit)
        taken[:] = unit.take_due(now, 1, forgets=forgets)
        if not taken:
            return False
        subject, _ = Subject.parse(taken[0].subject)
        batch_handler = self._batch_handlers.get(subject)
        if batch_handler is None:
            self._handlers[subject](unit, _due(taken[0]))
            return True
        if limit > 1:
            taken += unit.take_due(now, limit - 1, subject.key(""), forgets=forgets)
        batch_handler(unit, [_due(row) for row in taken])
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
