"""Maintenance of a database: rotate keys, back up and restore."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Column, make_url, select, tuple_, update

from bot.errors import Fault
from bot.store.engine import dialect_url
from bot.store.migrations import upgrade
from bot.store.tables import SEALED_BY_RING, Base
from bot.store.unit import Store

BATCH_SIZE = 500
"""Rows that are encrypted again in one transaction."""


def rotate(store: Store) -> int:
    """Encrypt all that the key ring encrypted with its newest key; return the number of rows.

    Processes that have both the new and the old key may run meanwhile. The rotation may be
    interrupted and repeated. Raises `WrongKey`; the rotated part is kept then.
    """
    return sum(_rotate(store, column) for column in _sealed())


def _sealed() -> Iterator[Column[Any]]:
    for table in Base.metadata.sorted_tables:
        yield from (each for each in table.columns if each.info == SEALED_BY_RING)


def _rotate(store: Store, column: Column[Any]) -> int:
    keys = list(column.table.primary_key)
    query = select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(BATCH_SIZE)
    count, last = 0, None
    while True:
        with store.unit() as unit:
            beyond = query if last is None else query.where(tuple_(*keys) > tuple_(*last))
            rows = unit.db.execute(beyond.with_for_update()).all()
            for *key, sealed in rows:
                here = [at == value for at, value in zip(keys, key, strict=True)]
                new = {column.name: store.keys.rotate(sealed)}
                unit.db.execute(update(column.table).where(*here).values(new))
            unit.commit()
        if not rows:
            return count
        count, last = count + len(rows), list(rows[-1][:-1])


def backup(url: str, file: Path) -> None:
    """Copy a SQLite database, even in use, into a new file that only its owner can read.

    Raises `Fault` for another database, and if the file exists or cannot be created.
    """
    source = _sqlite_file(url)
    if not source.exists():
        raise Fault("no_file", file=str(source))
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Fault("backup_exists", file=str(file)) from None
    except OSError as error:
        raise Fault("backup_refused", file=str(file), why=str(error.strerror)) from None
    connection = sqlite3.connect(source)
    try:
        connection.execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()


def restore(url: str, file: Path) -> None:
    """Replace a SQLite database by a backup, and upgrade it.

    A message that was waiting at the time of the backup may have been sent since: it is
    looked up in Slack before it is sent. Raises `Fault` for a missing or damaged backup.
    """
    target = _sqlite_file(url)
    if not file.exists():
        raise Fault("no_file", file=str(file))
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        whole = source.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        source.execute("SELECT version_num FROM alembic_version")
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        source.close()
        raise Fault("backup_damaged", file=str(file))
    place = sqlite3.connect(target)
    source.backup(place)
    place.execute("UPDATE outbox SET state = 'sending' WHERE state = 'waiting'")
    place.commit()
    place.close()
    source.close()
    upgrade(url)


def _sqlite_file(url: str) -> Path:
    parsed = make_url(dialect_url(url))
    if parsed.get_backend_name() != "sqlite":
        raise Fault("backup_postgresql")
    return Path(parsed.database or "")
