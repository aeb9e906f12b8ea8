"""The playground's clock, which can be wound forward."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class WoundClock:
    """Real time plus what was wound; it may begin at another time than now (aware)."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = Lock()
        self._wound = start - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        """Give the time, aware, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._wound

    def wind(self, by: timedelta) -> None:
        """Let time pass at once."""
        if by < timedelta():
            raise ValueError("time only goes forward")
        with self._lock:
            self._wound += by
