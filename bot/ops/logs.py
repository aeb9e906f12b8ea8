"""Logs: text lines at a terminal, JSON otherwise; never anything that a user wrote.

The message of a record is the name of an event; its details go into `extra`.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

MAX_REPETITIONS, REPETITION_SECONDS = 20, 60
"""How often an event is written in so many seconds: under overload there are thousands."""

MAX_EVENTS = 1000
"""Events that are counted at the same time."""

STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({})))
"""Attributes of every record. The others come from `extra`."""


class LineFormatter(logging.Formatter):
    """Formats a record as one line, without a traceback: that might quote what users wrote."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's time in UTC, level, event and details, as text or JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event, level = record.getMessage(), record.levelname.lower()
        details = {
            name: value for name, value in vars(record).items() if name not in STANDARD_ATTRIBUTES
        }
        if record.exc_info and record.exc_info[0]:
            details["fault"] = record.exc_info[0].__name__
        if self.as_json:
            fields = {"timestamp": at, "level": level, "event": event, **details}
            return json.dumps(fields, ensure_ascii=False, default=repr)
        return " ".join([at, f"{level:<7}", event, *(f"{k}={v}" for k, v in details.items())])


class RepetitionFilter(logging.Filter):
    """Drops records of an event that comes too often; the next one says how many, as `dropped`.

    An event is what a logger was given, before arguments are filled in, with its kind of fault.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Check whether a record is to be written."""
        event = record.name, record.msg, getattr(record, "fault", None)
        with self._lock:
            since, count = self._seen.get(event, (-REPETITION_SECONDS, 0))
            is_over = monotonic() - since >= REPETITION_SECONDS
            if is_over and count > MAX_REPETITIONS:
                record.dropped = count - MAX_REPETITIONS
            if len(self._seen) >= MAX_EVENTS:  # some library fills in its arguments itself
                self._seen.clear()
            self._seen[event] = (monotonic(), 1) if is_over else (since, count + 1)
            return self._seen[event][1] <= MAX_REPETITIONS


def configure_logging() -> None:
    """Configure logging for a process.

    Libraries log warnings and errors only. Slack's libraries and the scheduler log errors only,
    because the warnings of Slack's libraries may hold request bodies.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RepetitionFilter())
    handler.setFormatter(LineFormatter(as_json=not sys.stderr.isatty()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("bot").setLevel(logging.INFO)
    for chatty in ("slack_bolt", "slack_sdk", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    logging.getLogger("slack_sdk.web").setLevel(logging.CRITICAL)  # its errors quote the answers
