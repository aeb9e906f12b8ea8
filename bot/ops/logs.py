"""Logs: lines for a person at a terminal, JSON for a machine; never what somebody wrote.

An event is logged by its name; what it is about goes into `extra`.
"""

import json
import logging
import sys
from datetime import UTC, datetime

USUAL = frozenset(vars(logging.makeLogRecord({})))
"""What every record has; the rest is what ours is about."""


class Lines(logging.Formatter):
    """Gives each record as one line, without a trace: that may quote what people wrote."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Give a record's event, its level, its time in UTC, and what it is about."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event, level = record.getMessage(), record.levelname.lower()
        about = {name: value for name, value in vars(record).items() if name not in USUAL}
        if record.exc_info and record.exc_info[0]:
            about["fault"] = record.exc_info[0].__name__
        if self.as_json:
            told = {"timestamp": at, "level": level, "event": event, **about}
            return json.dumps(told, ensure_ascii=False, default=repr)
        return " ".join([at, f"{level:<7}", event, *(f"{k}={v}" for k, v in about.items())])


def set_up() -> None:
    """Set up logging for a process. Libraries log warnings and worse, and no request bodies."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(Lines(as_json=not sys.stderr.isatty()))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    logging.getLogger("bot").setLevel(logging.INFO)
    for chatty in ("slack_bolt", "slack_sdk", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
