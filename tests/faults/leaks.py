"""Leaks: what people write is nowhere in plain text, and unreadable once forgotten."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import LargeBinary, select, text

from bot.store.maintenance import backup
from bot.store.tables import Base
from tests.faults.actors import CANARY, PEOPLE, Play
from tests.faults.harness import INSTALLED, Ground, Rig, set_up_rig, wait_for
from tests.postgres import dump

KEPT = timedelta(days=30)
"""How long content is kept when a group chose nothing else."""

MINUTE = 60.0
"""Seconds of real time after which a new copy of the database may hold nothing of it any more."""

_SEALED = re.compile(rb"gAAAA[A-Za-z0-9_-]{60,}={0,2}")
"""What Fernet sealed, wherever it stands."""

_DUMPED = re.compile(rb"\\\\x((?:[0-9a-f]{2})+)")
"""A value of bytes, as `pg_dump` writes it."""


def forgetting(ground: Ground, *, people: Sequence[str] = PEOPLE) -> Counter[str]:
    """Play one session and let it be forgotten; returns how many sealed texts could be read when.

    First one person has themself forgotten, later all content expires. Raises `AssertionError`
    when anything stands in plain, or can be read afterwards by who has the database, its
    write-ahead log and all keys, or a copy that was made a minute after.
    """
    with set_up_rig(ground) as rig:
        rig.install(*INSTALLED[ground.database])
        play = Play(rig, people)
        play.whole()
        rig.settle()
        no_trace(rig, CANARY)
        gone = people[-1]
        assert _readable_in_copy(rig, f"{gone}?"), "their words stand in no copy"
        play.forgets(gone)
        _wait_for_copy_without(rig, f"{gone}?")
        before = readable(rig, CANARY)
        assert before, "nothing can be read while it is kept"
        assert shown_in_slack(rig, CANARY), "the bot quotes nothing while it is kept"
        if rig.engine.dialect.name == "postgresql":
            assert _readable_in_heap(rig, CANARY), "nothing can be read in the tables' files"
        rig.pass_time(KEPT + timedelta(days=1))
        rig.confirm_time()
        _wait_for_copy_without(rig, CANARY)
        for process in rig.processes:
            process.kill()
        rig.restart_dead()  # who begins, tidies up; as everyone does each hour
        wait_for(lambda: not readable(rig, CANARY), "forgotten, and can still be read")
        assert not _readable_in_heap(rig, CANARY), "forgotten, and in the files of PostgreSQL"
        no_trace(rig, CANARY)
        if rig.engine.dialect.name == "sqlite":
            backup(rig.url, rig.folder / "backup.sqlite3")
            assert not readable(rig, CANARY), "forgotten, and in a backup made afterwards"
        # Reading a file of SQLite drops the locks of this process on it: connect anew.
        rig.engine.dispose()
        rig.settle()
        assert not shown_in_slack(rig, CANARY), "forgotten, and still in Slack"
        return Counter({"read while kept": before, "read once forgotten": 0})


def no_trace(rig: Rig, mark: str) -> None:
    """Check that what people write stands in no file and no log, of the database or of ours.

    Raises `AssertionError`.
    """
    if rig.engine.dialect.name == "postgresql":
        with rig.engine.connect() as db:
            db.execute(text("CHECKPOINT"))
    for file in _files(rig):
        assert mark.encode() not in _bytes(file), f"{mark} stands in {file}"


def shown_in_slack(rig: Rig, mark: str) -> int:
    """Count the messages of the bot that show a mark to anyone, without those that vanish."""
    bot = rig.slack.workspace.bot.id
    return sum(
        mark in f"{said.text}{said.blocks}"
        for messages in rig.slack.workspace._messages.values()
        for said in messages
        if said.user == bot and not said.ephemeral_to
    )


def readable(rig: Rig, mark: str) -> int:
    """Count the sealed texts with a mark in them that can be read with all keys there are."""
    if rig.engine.dialect.name == "postgresql":
        found = _in_rows(rig)
    else:
        found = {each for file in _files(rig) for each in _SEALED.findall(_bytes(file))}
    return _count_readable(found, rig, mark)


def _count_readable(found: set[bytes], rig: Rig, mark: str) -> int:
    opened = [plain for each in found if (plain := _opened(Fernet(rig.keys), each))]
    keys = [Fernet(plain) for plain in opened if len(plain) == len(rig.keys)]
    opened += [plain for key in keys for each in found if (plain := _opened(key, each))]
    return sum(mark.encode() in plain for plain in opened)


def _readable_in_heap(rig: Rig, mark: str) -> int:
    """Count the sealed texts that can be read in the tables' files of PostgreSQL, dead rows too.

    Its write-ahead log is left out: docs/running.md says how long that keeps what was deleted.
    """
    if rig.engine.dialect.name != "postgresql":
        return 0
    with rig.engine.connect() as db:
        db.execute(text("CHECKPOINT"))
    heaps = [file for file in _files(rig) if "base" in file.parts]
    found = {each for file in heaps for each in _SEALED.findall(_bytes(file))}
    return _count_readable(found, rig, mark)


def _wait_for_copy_without(rig: Rig, mark: str) -> None:
    """Make copies until one holds no text with a mark that can be read, for a minute at most."""
    end = monotonic() + MINUTE
    while _readable_in_copy(rig, mark):
        assert monotonic() < end, f"{mark} can be read in a new copy after a minute"
        sleep(0.5)


def _readable_in_copy(rig: Rig, mark: str) -> int:
    """Count the sealed texts that can be read in a copy of the database that is made now."""
    if rig.engine.dialect.name == "postgresql":
        copy = b" ".join(bytes.fromhex(each.decode()) for each in _DUMPED.findall(dump(rig.url)))
    else:
        file = rig.folder / "copy.sqlite3"
        backup(rig.url, file)
        copy = file.read_bytes()
        file.unlink()
    return _count_readable(set(_SEALED.findall(copy)), rig, mark)


def _opened(key: Fernet, sealed: bytes) -> bytes | None:
    try:
        return key.decrypt(sealed)
    except InvalidToken:
        return None


def _files(rig: Rig) -> Iterator[Path]:
    """Return the files of the drill, and those of the database server with its log."""
    yield from (file for file in rig.folder.rglob("*") if file.is_file())
    for folder in parse_qs(urlsplit(rig.url).query).get("host", ()):
        yield from (file for file in Path(folder).rglob("*") if file.is_file())


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # the server throws its own files away as it goes
        return b""


def _in_rows(rig: Rig) -> set[bytes]:
    """Return what is sealed in the rows; what PostgreSQL deleted goes when it vacuums."""
    found = set()
    with rig.engine.connect() as db:
        for table in Base.metadata.sorted_tables:
            sealed = [each for each in table.columns if isinstance(each.type, LargeBinary)]
            rows = db.execute(select(*sealed)) if sealed else ()
            found |= {bytes(value) for row in rows for value in row if value is not None}
    return found
