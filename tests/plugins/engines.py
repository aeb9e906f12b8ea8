"""Databases are opened again with the engine of an earlier test.

SQLAlchemy keeps the statements that it compiled with their engine, and compiling them anew for
each test takes a tenth of a scenario.
"""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from bot.store import unit
from bot.store.engine import open_engine


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[None]:
    """Let a store take an engine that another store of the same URL is done with."""
    free: defaultdict[str, set[Engine]] = defaultdict(set)

    def reopen(url: str) -> Engine:
        if free[url]:
            return free[url].pop()
        engine = open_engine(url)
        event.listen(engine, "engine_disposed", free[url].add)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit, "open_engine", reopen)
        yield
