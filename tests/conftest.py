"""What the tests share: databases of both kinds, and a stage with the whole app on it."""

import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest

from bot.store.crypto import KeyRing, new_key
from bot.store.migrations import upgrade
from bot.store.unit import Store
from playground.stage import Stage, staged
from tests.postgres import administer, serving
from tests.shared import once

gc.set_threshold(50_000, 20, 20)  # a stage is soon gone; looking for it all the time is slow

LONG = (
    "tests/playground/test_page.py",
    "tests/scenarios/test_clocks.py",
    "tests/drills/",
    "tests/playground/test_rehearse.py",
    "tests/scenarios/test_run.py",
    "tests/test_repository.py",
)
"""Where the tests stand that take long, mostly by waiting for other processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that the others fill the time."""
    order = {
        item: next((n for n, at in enumerate(LONG) if item.nodeid.startswith(at)), len(LONG))
        for item in items
    }
    items.sort(key=order.__getitem__)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL for this process, with a migrated template in it."""
    with serving() as url:
        administer(url, "CREATE DATABASE intervisie_template")
        upgrade(url.replace("/postgres?", "/intervisie_template?"))
        yield url


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


_numbers = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> Iterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
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
def stage(sqlite_url) -> Iterator[Stage]:
    """The whole app on a playground, with SQLite."""
    with staged(sqlite_url) as set_up:
        yield set_up


@pytest.fixture
def any_stage(database_url) -> Iterator[Stage]:
    """The whole app on a playground, with each kind of database."""
    with staged(database_url) as set_up:
        yield set_up
