"""What the short forms of the drills share."""

from collections.abc import Iterator

import pytest

from tests.drills.ground import Nursery
from tests.postgres import administer


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where drilled processes come from; one for this test process."""
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """An empty database of each kind, that nobody has migrated yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'drill.sqlite3'}"
        return
    admin = request.getfixturevalue("postgres")
    name = f"drill_{abs(hash(request.node.nodeid)) % 10**9}"
    administer(admin, f"CREATE DATABASE {name}")
    yield admin.replace("/postgres?", f"/{name}?")
    administer(admin, f"DROP DATABASE {name} WITH (FORCE)")
