"""The drills at length: `make drills`, or `python -m tests.faults crashes --n 5000 --seed 7`.

Prints a line for every drill on each database. Each goes in rounds; a round that fails
names its seed, with which that round alone is played again: `--seed SEED --n 1`.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cached_property
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

from tests.faults.audit import Outcome
from tests.faults.clocks import wrong_clocks
from tests.faults.crashes import kill, undisturbed
from tests.faults.crowd import crowd
from tests.faults.database import bad_database
from tests.faults.edges import edges
from tests.faults.harness import Forker
from tests.faults.hostile import hostile
from tests.faults.leaks import forgetting
from tests.faults.migrations import kill_migrations
from tests.faults.presses import presses
from tests.faults.reordering import disorder
from tests.faults.slack import bad_slack
from tests.postgres import administer, serving

DATABASES = ("sqlite", "postgresql")

PRESSES_PER_STATE = 600
"""In a round, which is one state; all that people do rightly there, and some of the rest."""


class Worker:
    """A worker of the pool: a forker, and a new database and folder for each round."""

    def __init__(self, postgres: str) -> None:
        self.postgres = postgres
        self.forker = Forker()

    @cached_property
    def expected(self) -> Outcome:
        """How a session ends when nothing is killed."""
        folder = Path(mkdtemp(prefix="intervisie-drill-"))
        return undisturbed(f"sqlite:///{folder / 'drill.sqlite3'}", folder, self.forker)

    def play(self, name: str, database: str, seed: int) -> Counter[str]:
        """Play one round of a drill; what it used is thrown away unless it fails."""
        folder = Path(mkdtemp(prefix="intervisie-drill-"))
        url = f"sqlite:///{folder / 'drill.sqlite3'}"
        made = f"drill_{uuid4().hex}"
        if database == "postgresql":
            administer(self.postgres, f"CREATE DATABASE {made}")
            url = self.postgres.replace("/postgres?", f"/{made}?")
        done = DRILLS[name].round(self, url, folder, seed)
        if database == "postgresql":
            administer(self.postgres, f"DROP DATABASE {made} WITH (FORCE)")
        rmtree(folder)
        return done


def _crashes(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    expected = here.expected
    return kill(url, folder, here.forker, seed=seed, most=40, expected=expected)


def _migrations(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    died = kill_migrations(url, folder, here.forker, seed=seed, times=10)
    return Counter({"in a migration": died})


def _reordering(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return disorder(url, folder, here.forker, seed=seed, expected=here.expected)


def _slack(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return bad_slack(url, folder, here.forker, seed=seed, expected=here.expected)


def _database(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return bad_database(url, folder, here.forker, seed=seed, expected=here.expected)


def _crowd(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return crowd(url, folder, here.forker, seed=seed)


def _hostile(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return hostile(url, folder, here.forker, seed=seed, payloads=1000)


def _edges(_here: Worker, url: str, _folder: Path, seed: int) -> Counter[str]:
    return edges(url, seed=seed)


def _presses(_here: Worker, url: str, _folder: Path, seed: int) -> Counter[str]:
    return presses(url, seed=seed, most=PRESSES_PER_STATE)


def _leaks(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return forgetting(url, folder, here.forker, seed=seed)


def _clocks(here: Worker, url: str, folder: Path, seed: int) -> Counter[str]:
    return wrong_clocks(url, folder, here.forker, seed=seed, expected=here.expected)


class Drill(NamedTuple):
    """A drill: one round of it, which counts what it did, and its share of `n` per database."""

    round: Callable[[Worker, str, Path, int], Counter[str]]
    share: float


DRILLS = {
    "crashes": Drill(_crashes, 0.49),
    "migrations": Drill(_migrations, 0.01),
    "reordering": Drill(_reordering, 0.2),
    "slack": Drill(_slack, 0.1),
    "database": Drill(_database, 0.01),
    "crowd": Drill(_crowd, 0.0002),
    "hostile": Drill(_hostile, 2.0),
    "edges": Drill(_edges, 0.1),
    "presses": Drill(_presses, 12.0),
    "leaks": Drill(_leaks, 0.05),
    "clocks": Drill(_clocks, 0.01),
}

_worker: Worker


def _begin(postgres: str) -> None:
    global _worker
    _worker = Worker(postgres)


def _round(name: str, database: str, seed: int) -> Counter[str]:
    return _worker.play(name, database, seed)


def drill(
    pool: ProcessPoolExecutor, workers: int, name: str, database: str, n: int, seed: int
) -> tuple[int, Counter[str]]:
    """Play rounds until `n` things were done; returns how many rounds, and what was done."""
    done: Counter[str] = Counter()
    rounds, seeds = 0, count(seed)
    under_way: dict[Future[Counter[str]], int] = {}
    while done.total() < n or under_way:
        while done.total() < n and len(under_way) < min(workers, n):
            mine = next(seeds)
            under_way[pool.submit(_round, name, database, mine)] = mine
        for ended in wait(under_way, return_when=FIRST_COMPLETED).done:
            mine = under_way.pop(ended)
            try:
                done += ended.result()
            except AssertionError:
                print(f"failed: {name} on {database}; again: {name} --seed {mine} --n 1")
                raise
            rounds += 1
    return rounds, done


def main() -> int:
    """Run the drills that are asked for."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("drills", nargs="*", help=", ".join(DRILLS))
    wanted.add_argument("--n", type=int, default=5000)
    wanted.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    wanted.add_argument("--workers", type=int, default=2, help="rounds at once")
    asked = wanted.parse_args()
    workers = asked.workers
    print(f"drills: n={asked.n} seed={asked.seed}", flush=True)
    with serving() as postgres, ProcessPoolExecutor(workers, None, _begin, (postgres,)) as pool:
        for name in asked.drills or DRILLS:
            for database in DATABASES:
                began, most = monotonic(), max(1, round(asked.n * DRILLS[name].share))
                rounds, done = drill(pool, workers, name, database, most, asked.seed)
                told = ", ".join(f"{what} {times}" for what, times in sorted(done.items()))
                line = f"{name:11} {database:11} {rounds:4} rounds {monotonic() - began:6.0f} s"
                print(f"{line}  {done.total()}: {told}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
