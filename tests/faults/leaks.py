"""Content stays in: what people write stands nowhere in plain, and is gone once forgotten."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import LargeBinary, select, text

from bot.store.tables import Base
from tests.faults.actors import CANARY, PEOPLE, Play
from tests.faults.harness import INSTALLED, Ground, Nursery, drilling, wait_for

KEPT = timedelta(days=30)
"""How long content is kept when a group chose nothing else."""

_SEALED = re.compile(rb"gAAAA[A-Za-z0-9_-]{60,}={0,2}")
"""What Fernet sealed, wherever it stands."""


def forgetting(
    url: str, folder: Path, nursery: Nursery, *, seed: int, people: Sequence[str] = PEOPLE
) -> Counter[str]:
    """Play one session and let it be forgotten; gives how many sealed texts could be read when.

    Raises `AssertionError` when anything stands in plain, or can be read afterwards by who has
    the database, its write-ahead log and all keys.
    """
    with drilling(url, folder, nursery, seed=seed) as ground:
        ground.install(*INSTALLED[url.partition(":")[0]])
        Play(ground, people).whole()
        ground.settle()
        no_trace(ground, CANARY)
        before = readable(ground, CANARY)
        assert before, "nothing can be read while it is kept"
        ground.pass_time(KEPT + timedelta(days=1))
        for part in ground.parts:
            part.kill()
        ground.raise_the_dead()  # who begins, tidies up; as everyone does each hour
        wait_for(lambda: not readable(ground, CANARY), "forgotten, and can still be read")
        no_trace(ground, CANARY)
        return Counter({"read while kept": before, "read once forgotten": 0})


def no_trace(ground: Ground, mark: str) -> None:
    """Check that what people write stands in no file and no log, of the database or of ours.

    Raises `AssertionError`.
    """
    if ground.engine.dialect.name == "postgresql":
        with ground.engine.connect() as db:
            db.execute(text("CHECKPOINT"))
    for file in _files(ground):
        assert mark.encode() not in _bytes(file), f"{mark} stands in {file}"


def readable(ground: Ground, mark: str) -> int:
    """Count the sealed texts with a mark in them that can be read with all keys there are."""
    if ground.engine.dialect.name == "postgresql":
        found = _in_rows(ground)
    else:
        found = {each for file in _files(ground) for each in _SEALED.findall(_bytes(file))}
    opened = [plain for each in found if (plain := _opened(Fernet(ground.keys), each))]
    keys = [Fernet(plain) for plain in opened if len(plain) == len(ground.keys)]
    opened += [plain for key in keys for each in found if (plain := _opened(key, each))]
    return sum(mark.encode() in plain for plain in opened)


def _opened(key: Fernet, sealed: bytes) -> bytes | None:
    try:
        return key.decrypt(sealed)
    except InvalidToken:
        return None


def _files(ground: Ground) -> Iterator[Path]:
    """Return the files of the drill, and those of the database server with its log."""
    yield from (file for file in ground.folder.rglob("*") if file.is_file())
    for folder in parse_qs(urlsplit(ground.url).query).get("host", ()):
        yield from (file for file in Path(folder).rglob("*") if file.is_file())


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # the server throws its own files away as it goes
        return b""


def _in_rows(ground: Ground) -> set[bytes]:
    """Return what is sealed in the rows; what PostgreSQL deleted goes when it vacuums."""
    found = set()
    with ground.engine.connect() as db:
        for table in Base.metadata.sorted_tables:
            sealed = [each for each in table.columns if isinstance(each.type, LargeBinary)]
            rows = db.execute(select(*sealed)) if sealed else ()
            found |= {bytes(value) for row in rows for value in row if value is not None}
    return found
