"""Two web processes on PostgreSQL, busy on different sessions, against one."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from threading import Event, Thread

from sqlalchemy import create_engine, text

from bench.measure import Row, at_most
from bench.slack import reply
from bench.start import environment, process, wait_for_answer
from bench.world import Place, databases, populate, template
from bot.store.engine import dialect_url
from playground.slack.api import SECRET
from playground.slack.delivery import HttpSender
from tests.faults.harness import free_port

EVENTS, ROUNDS, HANDS, MOST = 400, 3, 4, 1.1
WARM = 40
TICK = os.sysconf("SC_CLK_TCK")


def apart() -> list[Row]:
    """Compare CPU seconds for an event, and count how often a process waited for a lock."""
    with databases("postgresql") as place, ExitStack() as stack:
        url, far = place.new("apart"), free_port()
        there = environment("", url, far)
        stack.enter_context(process(("-m", "bench.faraway", str(far), "0", "patient"), there))
        wait_for_answer(f"http://127.0.0.1:{far}/figures")
        places = iter(populate(url, template(), (EVENTS + WARM) * 2 * ROUNDS))
        spent: dict[int, list[float]] = {1: [], 2: []}
        waits = turns = looks = 0
        for _ in range(ROUNDS):
            for many in spent:
                here = [next(places) for _ in range(EVENTS + WARM)]
                seconds, watch = _busy(url, f"http://127.0.0.1:{far}/api/", many, here)
                spent[many].append(seconds / EVENTS)
                waits, turns = waits + watch.waits, turns + watch.turns
                looks += watch.looks
    one, two = median(spent[1]), median(spent[2])
    ratio = two / one
    row = at_most(
        "CPU of an event with two web processes, postgresql",
        "with one web process",
        MOST,
        ratio,
        one_ms=round(one * 1000, 2),
        two_ms=round(two * 1000, 2),
        waits_for_a_session=waits,
        waits_around_the_relays=turns,
        looks=looks,
    )
    row.reached = row.reached and not waits
    return [row]


def _busy(url: str, api: str, many: int, places: Sequence[Place]) -> tuple[float, "_Watch"]:
    """Reply in different sessions at once; return the CPU seconds, and the lock waits."""
    with ExitStack() as stack:
        pids, doors = [], []
        for _ in range(many):
            port = free_port()
            there = environment(api, url, port)
            pids.append(stack.enter_context(process(("-m", "bot", "web"), there)))
            wait_for_answer(f"http://127.0.0.1:{port}/healthz")
            doors.append(HttpSender(f"http://127.0.0.1:{port}/slack/events", SECRET))

        def say(n: int) -> None:
            assert doors[n % many](reply(places[n]), {}).status == 200

        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(say, range(WARM)))
            before = sum(map(_cpu, pids))
            with _Watch(url) as watch:
                list(hands.map(say, range(WARM, len(places))))
            return sum(map(_cpu, pids)) - before, watch


def _cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


WAITING = text(
    "SELECT count(*) FILTER (WHERE NOT relays), count(*) FILTER (WHERE relays) FROM (SELECT "
    "query LIKE 'INSERT INTO rates%' OR query LIKE 'INSERT INTO lanes%' AS relays "
    "FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted) AS waiting"
)
"""Who waits for a lock: for a session's or anything else of the intervision; and around the
relays, for a conversation that one of them writes down, or for the pace of the workspace."""


class _Watch:
    """Looks a hundred times a second for processes that wait for a lock."""

    def __init__(self, url: str) -> None:
        self.waits = self.turns = self.looks = 0
        self._engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT")
        self._stop = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._engine.dispose()

    def _look(self) -> None:
        with self._engine.connect() as db:
            while not self._stop.wait(0.01):
                waits, turns = db.execute(WAITING).one()
                self.waits, self.turns = self.waits + waits, self.turns + turns
                self.looks += 1
