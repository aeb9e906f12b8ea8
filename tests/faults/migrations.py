"""Kill -9 in a migration: the next process that starts finds a database it can bring up to date."""

import random

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store.engine import open_engine
from bot.store.tables import Base
from tests.faults.harness import Ground, TestedProcess, set_up_rig, wait_for

STATEMENTS = 110
"""Nearly as many as all migrations of an empty PostgreSQL database take; SQLite takes more."""


def kill_migrations(ground: Ground, *, times: int) -> int:
    """Kill a process so many times while it migrates an empty database; returns how often it died.

    Raises `AssertionError` when the next one does not end with the tables of the model.
    """
    chance = random.Random(ground.seed)
    with set_up_rig(ground) as rig:
        process = TestedProcess(rig, "db upgrade")
        died = 0
        for _ in range(times):
            process.start("in a migration", chance.randint(1, STATEMENTS))
            wait_for(lambda: not process.alive, "a migration does not end")
            if _is_whole(ground.url):
                break
            died += 1
        process.start()
        wait_for(lambda: not process.alive, "a migration does not end")
        assert _is_whole(ground.url), rig.log.read_text()
        return died


def _is_whole(url: str) -> bool:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        engine.dispose()
