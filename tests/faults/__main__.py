"""The drills at length: `make drills`, or `python -m tests.faults crashes --n 5000 --seed 7`.

Prints a line for every drill on each database. Each goes in rounds; a round that fails
names its seed, with which that round alone is played again: `--seed SEED --n 1`.
"""

import argparse
import logging
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
from tests.faults.harness import Forker, Ground
from tests.faults.histories import histories
from tests.faults.hostile import hostile
from tests.faults.leaks import forgetting
from tests.faults.migrations import kill_migrations
from tests.faults.presses import presses
from tests.faults.reordering import disorder
from tests.faults.slack import bad_slack
from tests.faults.workspaces import isolation
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
        url = f"sqlite:///{folder / 'drill.sqlite3'}"
        return undisturbed(Ground(url, folder, self.forker, seed=0))

    def play(self, name: str, database: str, seed: int) -> Counter[str]:
        """Play one round of a drill; what it used is thrown away unless it fails."""
        folder = Path(mkdtemp(prefix="intervisie-drill-"))
        url = f"sqlite:///{folder / 'drill.sqlite3'}"
        made = f"drill_{uuid4().hex}"
        if database == "postgresql":
            administer(self.postgres, f"CREATE DATABASE {made}")
            url = self.postgres.replace("/postgres?", f"/{made}?")
        done = DRILLS[name].round(Ground(url, folder, self.forker, seed), self)
        if database == "postgresql":
            administer(self.postgres, f"DROP DATABASE {made} WITH (FORCE)")
        rmtree(folder)
        return done


class Drill(NamedTuple):
    """A drill: one round of it, which counts what it did, and its share of `n` per database."""

    round: Callable[[Ground, Worker], Counter[str]]
    share: float


DRILLS = {
    "crashes": Drill(lambda at, here: kill(at, most=40, expected=here.expected), 0.49),
    "migrations": Drill(
        lambda at, _: Counter({"in a migration": kill_migrations(at, times=10)}), 0.01
    ),
    "reordering": Drill(lambda at, here: disorder(at, expected=here.expected), 0.2),
    "slack": Drill(lambda at, here: bad_slack(at, expected=here.expected), 0.1),
    "database": Drill(lambda at, here: bad_database(at, expected=here.expected), 0.01),
    "crowd": Drill(lambda at, _: crowd(at), 0.0002),
    "hostile": Drill(lambda at, _: hostile(at, payloads=1000), 2.0),
    "workspaces": Drill(lambda at, _: isolation(at.url, payloads=2000, seed=at.seed), 0.4),
    "edges": Drill(lambda at, _: edges(at.url, seed=at.seed), 0.1),
    "presses": Drill(lambda at, _: presses(at.url, seed=at.seed, most=PRESSES_PER_STATE), 12.0),
    "histories": Drill(lambda at, _: histories(at.url, seed=at.seed), 0.1),
    "leaks": Drill(lambda at, _: forgetting(at), 0.05),
    "clocks": Drill(lambda at, here: wrong_clocks(at, expected=here.expected), 0.01),
}

_worker: Worker


def _begin(postgres: str) -> None:
    global _worker
    logging.getLogger().addHandler(logging.NullHandler())  # some drills run the bot in here
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
