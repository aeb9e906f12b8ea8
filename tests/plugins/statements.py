"""Each process of the tests compiles a statement once, for all the databases that it opens.

SQLAlchemy keeps compiled statements with an engine and looks them up by the engine's dialect. Each
test has an engine of its own, and compiling everything anew takes an eighth of a scenario.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from bot.store import unit
from bot.store.engine import open_engine


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """Share compiled statements among all stores of a process, by kind of database."""
    compiled: dict[object, object] = {}

    def sharing(url: str, *, busy_seconds: float) -> Engine:
        engine = open_engine(url, busy_seconds=busy_seconds)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit, "open_engine", sharing)
        for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield
