"""Drilled processes: the real `intervisie` command, with a clock to wind and a point to die at.

`python -m tests.faults.process` imports the bot once; for each line of JSON on its input it
forks a process that runs the command, and prints its id. All that makes it a drilled one
stands here: the program itself knows nothing of drills.
"""

import fcntl
import gc
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session as DbSession

import bot.app
import bot.cli
import bot.handlers.bolt
import bot.ops.logs
import bot.outbox.relay
import bot.store.clocks
from bot.catalog.methods import shipped_methods
from bot.i18n import words
from bot.outbox.relay import Relay
from bot.store.unit import Unit
from bot.timers import Timers

CLOCK_BYTES = 16
"""Two numbers of seconds: how far all clocks are wound, and how far the hosts' are off."""


def main() -> None:
    """Fork a process for each line of input, until the input ends."""
    shipped_methods(), words("nl"), words("en")
    gc.freeze()  # what is loaded now is nobody's to go through again
    signal.signal(signal.SIGCHLD, _reap)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _run_command(order)
        print(child, flush=True)


def _reap(*_: object) -> None:
    """Reap processes that died, so that their CPU time is counted."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _run_command(order: dict[str, Any]) -> None:
    """Run the ordered command in this process; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for new, old in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(new, old)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    status = 1
    try:
        _prepare(order)
        sys.argv = ["intervisie", *order["command"]]
        bot.cli.main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(status)


def _prepare(order: dict[str, Any]) -> None:
    clock = SharedTime(Path(order["clock"]))
    skew = timedelta(seconds=order["skew"])
    build, database_skew = bot.app.build, bot.store.clocks.database_skew

    def off() -> timedelta:
        return skew + timedelta(seconds=clock.off)

    def database_ahead(unit: Unit) -> timedelta:
        return database_skew(unit) - (off() if unit.is_postgres else timedelta())

    bot.app.build = lambda settings: build(settings, now=lambda: clock.now() + off())
    bot.store.clocks.database_skew = database_ahead
    bot.outbox.relay.database_skew = database_ahead
    _keep_still_while_sending(Path(order["clock"]))
    _wake_when_wound(clock)
    if order.get("point"):
        _die_at(order["point"], order["count"])


class SharedTime:
    """Real time plus what was wound, which stands in a file that several processes see."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), CLOCK_BYTES)

    @property
    def wound(self) -> float:
        return float(struct.unpack("d", self._shared[:8])[0])

    @wound.setter
    def wound(self, seconds: float) -> None:
        self._shared[:8] = struct.pack("d", seconds)

    @property
    def off(self) -> float:
        return float(struct.unpack("d", self._shared[8:CLOCK_BYTES])[0])

    @off.setter
    def off(self, seconds: float) -> None:
        self._shared[8:CLOCK_BYTES] = struct.pack("d", seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.wound)


def _keep_still_while_sending(clock: Path) -> None:
    """Keep the clock still while this process has claims: a lease means real seconds."""
    poll = Relay._poll
    lock = clock.open("rb")

    @wraps(poll)
    def held(self: Relay, pool: Any, limit: int | None = None) -> timedelta | None:
        fcntl.flock(lock, fcntl.LOCK_SH)
        rest = poll(self, pool, limit)
        if not pool.busy:
            fcntl.flock(lock, fcntl.LOCK_UN)
        return rest

    Relay._poll = held  # type: ignore[method-assign]


def _wake_when_wound(clock: SharedTime) -> None:
    run = Relay.run

    def watched(self: Relay, stop: Any) -> None:
        def watch() -> None:
            seen = clock.wound
            while not stop.is_set():
                sleep(0.005)
                if clock.wound != seen:
                    seen = clock.wound
                    self.wake()

        Thread(target=watch, daemon=True).start()
        run(self, stop)

    Relay.run = watched  # type: ignore[method-assign]


# where to die

POINTS = (
    "before a commit",
    "after a commit",
    "between claim and send",
    "between send and mark",
    "in the mark",
    "in a tick",
    "before the answer",
)
"""The named points of a running process; `in a migration` is one more."""


def _die_at(point: str, count: int) -> None:
    """Kill this process, as the system would, the nth time that it passes a point."""
    passed = _Countdown(count)
    match point:
        case "before a commit":
            event.listen(Engine, "commit", lambda _: passed())
        case "after a commit":
            event.listen(DbSession, "after_commit", lambda _: passed())
        case "between claim and send":
            _wrap(Relay, "_deliver", before=passed)
        case "between send and mark":
            _wrap(Relay, "_deliver", after=lambda _: passed())
        case "in the mark":
            _wrap(
                bot.outbox.relay,
                "record_outcomes",
                after=lambda _: passed(),
                when=lambda _, outcomes, __: outcomes,
            )
        case "in a tick":
            _wrap(Timers, "_handle_some", after=lambda handled: handled and passed())
        case "before the answer":
            _wrap(bot.handlers.bolt.App, "dispatch", after=lambda _: passed())
        case "in a migration":
            event.listen(Engine, "before_cursor_execute", lambda *_: passed())
        case _:
            raise ValueError(point)


class _Countdown:
    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _wrap(
    owner: Any,
    name: str,
    *,
    when: Callable[..., object] = lambda *_, **__: True,
    before: Callable[[], object] = lambda: None,
    after: Callable[[Any], object] = lambda _: None,
) -> None:
    inner = getattr(owner, name)

    @wraps(inner)
    def wrapped(*args: Any, **more: Any) -> Any:
        counts = when(*args, **more)
        if counts:
            before()
        result = inner(*args, **more)
        if counts:
            after(result)
        return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    main()
