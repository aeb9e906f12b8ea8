"""What the short forms of the drills share."""

from collections.abc import Iterator

import pytest

from tests.drills.audit import Outcome
from tests.drills.ground import Nursery
from tests.drills.kills import undisturbed
from tests.drills.play import PEOPLE
from tests.postgres import administer
from tests.shared import once


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where drilled processes come from; one for this test process."""
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def expected(tmp_path_factory, nursery) -> Outcome:
    """How a session of three ends when nothing goes wrong."""

    def play() -> Outcome:
        folder = tmp_path_factory.mktemp("undisturbed")
        url = f"sqlite:///{folder / 'drill.sqlite3'}"
        return undisturbed(url, folder, nursery, people=PEOPLE[:3])

    return once(tmp_path_factory, "undisturbed", play)


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
