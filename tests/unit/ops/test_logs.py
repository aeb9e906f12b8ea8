"""What stands in the log, for a machine and for a person."""

import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta

from bot.ops import logs
from bot.ops.logs import LineFormatter, RepetitionFilter

SAYS = """
import logging
from bot.ops.logs import configure_logging
configure_logging()
log = logging.getLogger("bot.outbox.relay")
log.debug("unseen")
log.info("seen", extra={"method": "post", "seconds": 1.5})
logging.getLogger("sqlalchemy").info("unseen")
try:
    raise ValueError("what Sanne wrote")
except ValueError:
    logging.getLogger("waitress").exception("it broke")
"""


def test_json_logs_hold_nothing_that_people_wrote():
    found = subprocess.run(
        [sys.executable, "-c", SAYS], capture_output=True, text=True, check=True
    ).stderr
    first, second = map(json.loads, found.splitlines())
    assert datetime.fromisoformat(first.pop("timestamp")).utcoffset() == timedelta()
    assert first == {"level": "info", "event": "seen", "method": "post", "seconds": 1.5}
    assert (second["event"], second["fault"]) == ("it broke", "ValueError")


def test_a_person_reads_what_happened_and_what_about():
    record = logging.makeLogRecord(
        {"levelname": "WARNING", "msg": "to be sent again", "seconds": 2}
    )
    _time, said = LineFormatter(as_json=False).format(record).split(maxsplit=1)
    assert said == "warning to be sent again seconds=2"


def test_an_event_that_comes_in_thousands_is_written_a_few_times(monkeypatch):
    time = 0.0
    monkeypatch.setattr(logs, "monotonic", lambda: time)
    seen = RepetitionFilter()

    def writes(message, times=1):
        """How many records of an event are written; the last of them says what was dropped."""
        given = {"name": "waitress.queue", "msg": message, "args": (1,)}
        records = [logging.makeLogRecord(given) for _ in range(times)]
        passed = [record for record in records if seen.filter(record)]
        return len(passed), getattr(passed[-1], "dropped", 0) if passed else 0

    assert writes("queue depth is %d", 5000) == (logs.MAX_REPETITIONS, 0)
    assert writes("queue depth is %d") == (0, 0)
    assert writes("another") == (1, 0)
    time = 60.0
    assert writes("queue depth is %d") == (1, 5001 - logs.MAX_REPETITIONS)
    assert writes("queue depth is %d") == (1, 0)


def test_events_that_never_repeat_take_no_memory():
    seen = RepetitionFilter()
    for n in range(3 * logs.MAX_EVENTS):
        assert seen.filter(logging.makeLogRecord({"msg": f"event {n}"}))
    assert len(seen._seen) <= logs.MAX_EVENTS
