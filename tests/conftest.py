"""What the tests share: databases of both kinds, and a stage with the whole app on it."""

from collections.abc import Iterator
from itertools import count

import pytest

from bot.store.crypto import KeyRing, new_key
from bot.store.migrations import upgrade
from bot.store.unit import Store
from playground.stage import Stage, staged
from tests.postgres import administer, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL for this process, with a migrated template in it."""
    with serving() as url:
        administer(url, "CREATE DATABASE intervisie_template")
        upgrade(url.replace("/postgres?", "/intervisie_template?"))
        yield url


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
    administer(admin, f"CREATE DATABASE {name} TEMPLATE intervisie_template")
    yield admin.replace("/postgres?", f"/{name}?")
    administer(admin, f"DROP DATABASE {name} WITH (FORCE)")


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
