"""Open a database: SQLite for one machine, PostgreSQL for several."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

BUSY_SECONDS = 2
"""How long SQLite waits for its lock; Slack waits three seconds for the bot's response."""


DRIVERS = ("sqlite", "postgresql+psycopg")
"""The databases that the bot can use, each with its driver, as SQLAlchemy names them."""


def dialect_url(url: str) -> str:
    """Return the URL with the driver that the bot uses, which is psycopg 3 for PostgreSQL."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def open_engine(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Open a database. On SQLite, every transaction begins as a writer, in WAL mode.

    There it waits `busy_seconds` at most for a lock, then raises `OperationalError`.

    On SQLite the threads of a process share one connection, from a fair queue: SQLite's own
    busy waiting is unfair, and starves some of the waiting threads. Only the owner can read
    the files: dates and the names of groups stand in them in plain text.
    """
    parsed = make_url(dialect_url(url))
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=20, max_overflow=20)
        event.listen(engine, "connect", _on_connect_postgres)
        return engine
    engine = create_engine(
        parsed,
        connect_args={"timeout": busy_seconds},
        pool_size=1,
        max_overflow=0,
        pool_timeout=busy_seconds,
    )
    event.listen(engine, "connect", _on_connect_sqlite)
    event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def soon_on_disk(engine: Engine) -> Iterator[Connection]:
    """Open a transaction whose commit does not wait for the disk, but outlives the process.

    A power cut may undo it, as long as no later transaction was committed: that one waits for
    the disk for both.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                yield connection
            return
        cursor = connection.connection.cursor()
        (before,) = cursor.execute("PRAGMA synchronous").fetchone()
        cursor.execute("PRAGMA synchronous=NORMAL")  # SQLite takes it outside transactions alone
        try:
            with connection.begin():
                yield connection
        finally:
            cursor.execute(f"PRAGMA synchronous={before}")
            cursor.close()


def _on_connect_postgres(connection: Any, _record: object) -> None:
    # The default, for a hard disk, makes PostgreSQL scan a table instead of reading rows by key.
    connection.autocommit = True
    connection.execute("SET random_page_cost = 1.1")
    connection.autocommit = False


def _on_connect_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transactions; `_on_begin` does
    cursor = connection.cursor()
    file = cursor.execute("PRAGMA database_list").fetchone()[2]
    for suffix in ("", "-wal", "-shm"):
        # Another owner decides about the files that are theirs.
        with suppress(FileNotFoundError, PermissionError):
            os.chmod(file + suffix, 0o600)
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _on_begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
