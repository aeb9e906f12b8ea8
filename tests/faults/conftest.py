"""What the short forms of the drills share."""

from collections.abc import Iterator

import pytest

from tests.faults.actors import PEOPLE
from tests.faults.audit import Outcome
from tests.faults.crashes import undisturbed
from tests.faults.harness import Forker, Ground
from tests.plugins.once import once


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    """Where drilled processes come from; one for this test process."""
    opened = Forker()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def expected(tmp_path_factory, forker) -> Outcome:
    """How a session of three ends when nothing goes wrong."""

    def play() -> Outcome:
        folder = tmp_path_factory.mktemp("undisturbed")
        url = f"sqlite:///{folder / 'drill.sqlite3'}"
        return undisturbed(Ground(url, folder, forker, seed=0), people=PEOPLE[:3])

    return once(tmp_path_factory, "undisturbed", play)


@pytest.fixture
def ground(empty_url, tmp_path, forker) -> Ground:
    """What the short form of a drill is played on, with each kind of database."""
    return Ground(empty_url, tmp_path, forker, seed=7)
