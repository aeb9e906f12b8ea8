"""Kill -9 in a migration: the next process that starts finds a database it can bring up to date."""

import random
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store.engine import open_engine
from bot.store.tables import Base
from tests.faults.harness import Nursery, Part, drilling, wait_for

STATEMENTS = 110
"""Nearly as many as all migrations of an empty PostgreSQL database take; SQLite takes more."""


def kill_migrations(url: str, folder: Path, nursery: Nursery, *, seed: int, times: int) -> int:
    """Kill a process so many times while it migrates an empty database; gives how often it died.

    Raises `AssertionError` when the next one does not end with the tables of the model.
    """
    chance = random.Random(seed)
    with drilling(url, folder, nursery, seed=seed) as ground:
        part = Part(ground, "db upgrade")
        died = 0
        for _ in range(times):
            part.start("in a migration", chance.randint(1, STATEMENTS))
            wait_for(lambda: not part.alive, "a migration does not end")
            if _is_whole(url):
                break
            died += 1
        part.start()
        wait_for(lambda: not part.alive, "a migration does not end")
        assert _is_whole(url), ground.log.read_text()
        return died


def _is_whole(url: str) -> bool:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        engine.dispose()
