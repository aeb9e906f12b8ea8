"""What the tests share: databases of both kinds, and a stage with the whole app on it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from bot.store.crypto import KeyRing, new_key
from bot.store.migrations import upgrade
from bot.store.unit import Store
from playground.testing import Stage, staged
from tests.plugins.once import once
from tests.postgres import administer, empty, serving

pytest_plugins = ["tests.plugins.ordering", "tests.plugins.databases"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL for this process; nobody pulls the plug, so it need not wait for a disk."""
    with serving() as url:
        administer(url, "ALTER SYSTEM SET fsync = off")
        administer(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def migrated(postgres) -> str:
    """A migrated PostgreSQL database, to be emptied and used again: a new one takes long."""
    administer(postgres, "CREATE DATABASE migrated")
    url = postgres.replace("/postgres?", "/migrated?")
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """A migrated SQLite file, to be copied."""

    def make() -> Path:
        file = tmp_path_factory.mktemp("template") / "template.sqlite3"
        upgrade(f"sqlite:///{file}")
        return file

    return once(tmp_path_factory, "template", make)


@pytest.fixture
def sqlite_url(template, tmp_path) -> str:
    """An empty, migrated SQLite database."""
    return f"sqlite:///{copyfile(template, tmp_path / 'test.sqlite3')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """A migrated database of each kind with nothing in it; its tables stay as they are."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    url = request.getfixturevalue("migrated")
    empty(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """A new database of each kind, that nobody has migrated yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    admin = request.getfixturevalue("postgres")
    administer(admin, "CREATE DATABASE new STRATEGY file_copy")  # the faster without fsync
    yield admin.replace("/postgres?", "/new?")
    administer(admin, "DROP DATABASE new WITH (FORCE)")


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """A store on an empty database."""
    opened = Store(database_url, KeyRing([new_key()]))
    yield opened
    opened.close()


@pytest.fixture
def stage(sqlite_url) -> Iterator[Stage]:
    """The whole app on a playground, with SQLite."""
    with staged(sqlite_url) as set_up:
        yield set_up


@pytest.fixture
def any_stage(database_url) -> Iterator[Stage]:
    """The whole app on a playground, with each kind of database."""
    with staged(database_url) as set_up:
        yield set_up
