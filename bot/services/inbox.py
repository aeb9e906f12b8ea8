"""The inbox: what was received before, so that it changes nothing when it comes again."""

from collections.abc import Callable
from datetime import datetime

from bot.store.unit import Store


class Inbox:
    """Tells what comes for the first time from what comes again. `now` is aware, in UTC."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def first_time(self, workspace: str, delivery: str) -> bool:
        """Record a delivery; return whether it was not received before."""
        return self._store.first_time(workspace, delivery, self._now())

    def knows(self, workspace: str, delivery: str) -> bool:
        """Check whether a delivery was recorded."""
        with self._store.unit() as unit:
            return unit.was_received(workspace, delivery)
