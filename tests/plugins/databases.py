"""What the databases of tests do not do: compile a statement twice, and wait for the disk.

SQLAlchemy keeps compiled statements with an engine and looks them up by the engine's dialect. Each
test has an engine of its own, and compiling everything anew takes an eighth of a scenario. Nobody
pulls the plug on a test, so its commits need not wait for the disk either: with several processes
at once that takes longer than all the rest. Processes that tests start do wait.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from bot.store import unit
from bot.store.engine import open_engine


@pytest.fixture(scope="session", autouse=True)
def light_databases() -> Iterator[None]:
    """Share compiled statements among all stores of a process, and let their commits not wait."""
    compiled: dict[object, object] = {}

    def sharing(url: str, *, busy_seconds: float) -> Engine:
        engine = open_engine(url, busy_seconds=busy_seconds)
        engine.update_execution_options(compiled_cache=compiled)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit, "open_engine", sharing)
        for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield
