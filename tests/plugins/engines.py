"""Databases are opened again with the engine of an earlier test.

SQLAlchemy keeps the statements that it compiled with their engine, and compiling them anew for
each test takes a tenth of a scenario.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.store import unit
from bot.store.engine import open_engine


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[None]:
    """Let a store take an engine that another store of the same database is done with."""
    free: defaultdict[tuple[str, Path], set[Engine]] = defaultdict(set)

    def reopen(url: str) -> Engine:
        unused = free[url, Path.cwd()]  # a file may be named from the folder
        if unused:
            return unused.pop()
        engine = open_engine(url)
        event.listen(engine, "engine_disposed", unused.add)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit, "open_engine", reopen)
        yield
