"""The playground's clock: real time plus an offset that only grows."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class WoundClock:
    """A clock that can be advanced. `start`, an aware time, is its first time; now by default."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = Lock()
        self._offset = start - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def wind(self, by: timedelta) -> None:
        """Move the clock forward at once. Raise `ValueError` for a negative length."""
        if by < timedelta():
            raise ValueError("time only goes forward")
        with self._lock:
            self._offset += by
