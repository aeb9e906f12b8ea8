"""Transactions: run work, commit it, and run it again after a conflict."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.errors import IntervisieError
from bot.store.home_subscribers import schedule_home_refreshes
from bot.store.unit import Conflict, Store, Unit

T = TypeVar("T")
P = ParamSpec("P")

MAX_ATTEMPTS = 8
"""Attempts at one piece of work, while other transactions keep changing its rows first."""

HOME_REFRESH_DELAY = timedelta(seconds=10)
"""Delay before the App Homes that show a change are published; later changes join it."""


class Busy(IntervisieError):
    """Other transactions won every attempt. Nothing was changed; Slack will send it again."""


class Transactions:
    """Runs work in transactions on a store.

    `now` returns the time, aware, in UTC. `committed` is called after each commit.
    """

    def __init__(
        self, store: Store, *, now: Callable[[], datetime], committed: Callable[[], None]
    ) -> None:
        self.now = now
        self._store = store
        self._committed = committed

    def commit(self, work: Callable[[Unit], T], *, erased: set[str] | None = None) -> T:
        """Run `work` in a transaction, commit it and return its result.

        `work` runs again after a conflict, so it may change nothing but the database. The tables
        of which it erased rows are scrubbed after the commit; with `erased` their names are added
        to it instead, for the caller to scrub. Raises `Busy` when every attempt met a conflict;
        nothing is changed then.
        """
        for _ in range(MAX_ATTEMPTS):
            try:
                with self._store.unit() as unit:
                    result = work(unit)
                    schedule_home_refreshes(unit, self.now() + HOME_REFRESH_DELAY)
                    unit.commit()
            except Conflict:
                continue
            self._committed()
            if erased is None:
                self.scrub(unit.erased)
            else:
                erased |= unit.erased
            return result
        raise Busy

    def scrub(self, tables: set[str]) -> None:
        """Remove what these tables still hold on disk of deleted rows; forget their names."""
        if tables:
            self._store.scrub(tables)
            tables.clear()

    def read(self) -> AbstractContextManager[Unit]:
        """Open a transaction that is rolled back at its end."""
        return self._store.unit()


class _Service(Protocol):
    @property
    def transactions(self) -> Transactions: ...


S = TypeVar("S", bound=_Service)


def transactional(method: Callable[Concatenate[S, Unit, P], T]) -> Callable[Concatenate[S, P], T]:
    """Run a service's method as one transaction, and again after a conflict.

    Callers leave out the method's `unit`. The method may change nothing but the database.
    """

    @wraps(method)
    def within(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.transactions.commit(lambda unit: method(self, unit, *args, **kwargs))

    return within
