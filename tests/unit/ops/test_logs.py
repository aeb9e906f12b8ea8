"""What stands in the log, for a machine and for a person."""

import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta

from bot.ops.logs import LineFormatter

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


def test_a_machine_reads_a_line_of_json_each_and_no_trace_of_what_somebody_wrote():
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
