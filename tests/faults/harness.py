"""The rig: a playground's Slack, a database, and drilled processes between them."""

import fcntl
import json
import os
import random
import resource
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from threading import Event, Lock
from time import monotonic, sleep
from typing import Any, NamedTuple

from sqlalchemy import Engine, create_engine, func
from sqlalchemy import select as query
from sqlalchemy.exc import OperationalError

from bot.store.clocks import READING_INTERVAL
from bot.store.crypto import new_key
from bot.store.engine import dialect_url
from bot.store.subjects import FORGET
from bot.store.tables import UNSENT, ClockReading, Lane, Outbound, Timer
from playground.slack.api import SECRET, TOKEN
from playground.slack.delivery import HttpSender
from playground.slack.records import Delivery, Reply
from playground.slack.server import Slack, serving
from playground.slack.workspace import Workspace
from playground.testing import WoundClock, seeded
from tests.faults.process import CLOCK_BYTES, SharedTime

ROOT = Path(__file__).parent.parent.parent
INSTALLED = {"sqlite": ("run",), "postgresql": ("web", "web", "clock", "clock")}
"""The processes of an installation, for each kind of database."""

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When a drill begins: on a Monday, so that a seed gives the same at night and at weekends."""

PATIENCE = 120.0
"""Seconds of real time after which something that has to happen is taken not to happen."""


class SharedClock(WoundClock):
    """The playground's clock, wound for all drilled processes at once."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        file.write_bytes(bytes(CLOCK_BYTES))
        self.file = file
        self._time = SharedTime(file)
        self._time.wound = (MORNING - self.now()).total_seconds()

    def now(self) -> datetime:
        return self._time.now()

    def set_hosts_off(self, by: timedelta) -> None:
        """Set the clock of every host off by so much; Slack's, and PostgreSQL's, stay right."""
        with self.file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._time.off = by.total_seconds()

    @property
    def off(self) -> timedelta:
        """How far the clock of every host is off."""
        return timedelta(seconds=self._time.off)

    def wind(self, by: timedelta) -> None:
        """Wind the clock at a moment when no process is sending."""
        self.wind_to(lambda: self.now() + by)

    def wind_to(self, find: Callable[[], datetime | None]) -> None:
        """Wind the clock to what is found at a moment when no process is sending."""
        with self.file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            time = find()
            if time is not None and time > self.now():
                self._time.wound += (time - self.now()).total_seconds()


class Forker:
    """Starts tested processes quickly, by forking one that has imported the bot."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.process"]
        self._mother = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def spawn(self, order: dict[str, Any]) -> int:
        """Start a process; returns its id."""
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps(order) + "\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def close(self) -> None:
        assert self._mother.stdin is not None
        self._mother.stdin.close()
        self._mother.wait(PATIENCE)


class Ground(NamedTuple):
    """What a drill is played on: an empty database, a folder, and where processes come from.

    `seed` makes all chances of the drill.
    """

    url: str
    folder: Path
    forker: Forker
    seed: int

    @property
    def database(self) -> str:
        """The kind of database."""
        return self.url.partition(":")[0]


class TestedProcess:
    """One process of the installation: `web`, `clock` or `run`, which may die and be started."""

    def __init__(
        self, rig: "Rig", command: str, *, port: int = 0, skew: timedelta = timedelta()
    ) -> None:
        self.rig = rig
        self.skew = skew
        self.command = command
        self.port = port
        self.point: str | None = None
        self._handle: int | None = None
        self._pid = 0
        self._looking = Lock()

    @property
    def alive(self) -> bool:
        with self._looking:
            if self._handle is None:
                return False
            ready, _, _ = select.select([self._handle], [], [], 0)
            if ready:
                os.close(self._handle)
                self._handle = None
                self.rig.deaths[self.point or "at a random moment"] += 1
            return self._handle is not None

    def start(self, point: str | None = None, count: int = 1) -> None:
        """Start it, to die at a point if one is named; it may be dead before this returns."""
        self.point = point
        self._pid = self.rig.spawn(self, point, count)
        try:
            self._handle = os.pidfd_open(self._pid)
        except ProcessLookupError:
            self.rig.deaths[point or "at once"] += 1
            return
        wait_for(lambda: not self.alive or self._listens(), f"{self.command} does not start")

    def limit(self, most: int | None) -> None:
        """Limit the size of files that a process may write, in bytes, as a full disk does."""
        unlimited = resource.RLIM_INFINITY
        soft = unlimited if most is None else most
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (soft, unlimited))

    def kill(self) -> None:
        """End it as the system ends a process that takes too much memory."""
        if self.alive:
            os.kill(self._pid, signal.SIGKILL)
            wait_for(lambda: not self.alive, "a process does not die")

    def stop(self) -> None:
        """Ask it to stop."""
        if self.alive:
            os.kill(self._pid, signal.SIGTERM)
            wait_for(lambda: not self.alive, "a process does not stop")

    def _listens(self) -> bool:
        if not self.port:
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class LateDeliveries:
    """Deliveries that are on their way to the bot; none, unless a drill delays some."""

    def bring(self) -> None:
        """Deliver what has arrived by now."""

    def next(self) -> datetime | None:
        """Return when the next one arrives that somebody waits for."""
        return None


@dataclass
class Rig:
    """A Slack, a database, and the processes; `seed` makes all chances of a drill.

    While it is `still`, no clock is wound: something is wrong that takes real seconds.
    """

    slack: Slack
    url: str
    folder: Path
    forker: Forker
    chance: random.Random
    keys: str = field(default_factory=new_key)
    processes: list[TestedProcess] = field(default_factory=list)
    restart: Callable[[TestedProcess], None] = lambda process: process.start()
    deaths: Counter[str] = field(default_factory=Counter)
    still: Event = field(default_factory=Event)
    late_deliveries: LateDeliveries = field(default_factory=LateDeliveries)
    _engine: Engine | None = None

    @property
    def clock(self) -> SharedClock:
        found = self.slack.clock
        assert isinstance(found, SharedClock)
        return found

    @property
    def workspace(self) -> Workspace:
        """The workspace, where a `Team` looks for it."""
        return self.slack.workspace

    @property
    def host_time(self) -> datetime:
        """What the clock of the slowest host says."""
        return self.clock.now() + self.clock.off + min(each.skew for each in self.processes)

    @property
    def log(self) -> Path:
        return self.folder / "processes.log"

    @property
    def engine(self) -> Engine:
        """The database, for looking only: on SQLite without taking the writer's place."""
        if self._engine is None:
            self._engine = create_engine(dialect_url(self.url), pool_pre_ping=True)
        return self._engine

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": self.slack.url,
            "DATABASE_URL": self.url,
            "INTERVISIE_KEYS": self.keys,
        }

    def spawn(self, process: TestedProcess, point: str | None, count: int) -> int:
        """Start a process of the installation; returns its id."""
        return self.forker.spawn(
            {
                "command": process.command.split(),
                "environment": self.environment | {"PORT": str(process.port)},
                "skew": process.skew.total_seconds(),
                "folder": str(self.folder),
                "log": str(self.log),
                "clock": str(self.clock.file),
                "point": point,
                "count": count,
            }
        )

    def install(self, *commands: str, skews: Iterable[timedelta] = ()) -> None:
        """Name the processes of this installation and start them, with clocks that differ."""
        for command, skew in zip_longest(commands, skews, fillvalue=timedelta()):
            port = free_port() if command in ("web", "run") else 0
            self.processes.append(TestedProcess(self, str(command), port=port, skew=skew))
        self.slack.dispatcher.send = Balancer(self)
        self.restart_dead()

    def restart_dead(self) -> None:
        """Start what has died."""
        for process in self.processes:
            while not process.alive:
                self.restart(process)

    def settle(self, *, restart: bool = True) -> None:
        """Wait until everything that happens now has happened."""
        end, rest = monotonic() + PATIENCE, 0.004
        while monotonic() < end:
            if restart:
                self.restart_dead()
            self.slack.dispatcher.redeliver()
            self.late_deliveries.bring()
            if not self.still.is_set() and self._quiet():
                return
            sleep(rest)
            rest = min(rest * 1.1, 0.05)
        raise AssertionError(f"it does not come to rest: {self._open()}")

    def pass_time(self, length: timedelta) -> None:
        """Wind the clock; what has become due happens, and its messages are sent."""
        self.clock.wind(length)
        self.settle()

    def confirm_time(self) -> None:
        """Wind the clock until what is due to be forgotten is confirmed, by two readings."""
        for _ in range(2):
            self.pass_time(READING_INTERVAL)
            wait_for(self._is_clock_read, "the clock is not read")

    def _is_clock_read(self) -> bool:
        (reading,) = self.rows(ClockReading)
        return bool(self.clock.now() - reading.read_at < READING_INTERVAL)

    def rows(self, table: type) -> list[Any]:
        """Return the rows of a table, as they stand committed now, or once the database is back."""
        end = monotonic() + PATIENCE
        while True:
            try:
                with self.engine.connect() as connection:
                    return list(connection.execute(query(table.__table__)).all())
            except OperationalError:
                if monotonic() > end:
                    raise
                sleep(0.1)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        if self._engine is not None:
            self._engine.dispose()

    # what these share

    def _open(self) -> list[Any]:
        with self.engine.connect() as connection:
            unsent = query(Outbound.id, Outbound.state, Outbound.error)
            return list(connection.execute(unsent.where(Outbound.state.in_(UNSENT))).all())

    def _quiet(self) -> bool:
        """Check whether nothing is left to happen; else wind the clock to where it goes on."""
        if self.slack.dispatcher.pending():
            self.clock.wind(timedelta(seconds=20))
            return False
        now = self.clock.now()
        if (arrives := self.late_deliveries.next()) is not None:
            self.clock.wind(max(arrives - now, timedelta()))
            return False
        with self.engine.connect() as connection:
            due = query(Timer.name).where(Timer.due_at <= self.host_time, Timer.name != FORGET)
            if connection.scalar(due.limit(1)):
                return False
        if self._next_attempt() is None:
            return True
        # Found anew when nobody sends: until then it is when a lease ends, far away.
        self.clock.wind_to(self._next_attempt)
        return False

    def _next_attempt(self) -> datetime | None:
        """Return when a relay next looks at a lane, by Slack's clock; None for never."""
        with self.engine.connect() as connection:
            at: datetime | None = connection.scalar(query(func.min(Lane.next_at)))
        in_file = self.engine.dialect.name == "sqlite"  # then the host's clock is the database's
        return at - self.clock.off if at is not None and in_file else at


class Balancer:
    """Sends each delivery to one of the processes that listen, as a load balancer does."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._senders = [
            (process, HttpSender(f"http://127.0.0.1:{process.port}/slack/events", SECRET))
            for process in rig.processes
            if process.port
        ]

    def __call__(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        _, sender = self._rig.chance.choice(self._senders)
        return sender(delivery, extra)


def wait_for(holds: Callable[[], bool], otherwise: str) -> None:
    """Wait until something holds. Raises `AssertionError` when it does not come to hold."""
    end = monotonic() + PATIENCE
    while not holds():
        if monotonic() > end:
            raise AssertionError(otherwise)
        sleep(0.01)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def set_up_rig(ground: Ground, *, limited: bool = False) -> Iterator[Rig]:
    """Set up a rig on an empty database, until the block ends."""
    url, folder, forker, seed = ground
    workspace = seeded(SharedClock(folder / "clock"))
    with serving(workspace, limited=limited) as slack:
        rig = Rig(slack, url, folder, forker, random.Random(seed))
        try:
            yield rig
        except BaseException:
            print(f"seed {seed}, {ground.database}: see {rig.log}")
            raise
        finally:
            rig.close()
