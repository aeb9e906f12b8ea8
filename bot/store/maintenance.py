"""Maintenance of a database: rotate keys, seal names, back up and restore."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Column, ColumnElement, bindparam, make_url, select, tuple_, update

from bot.errors import Fault
from bot.store.engine import dialect_url
from bot.store.migrations import upgrade
from bot.store.tables import HAS_PLAIN_NAME, SEALED_BY_RING, Base, Outbound, Person
from bot.store.unit import Store, Unit

BATCH_SIZE = 500
"""Rows that are encrypted again in one transaction."""


def rotate(store: Store) -> int:
    """Encrypt all that the key ring encrypted with its newest key; return the number of rows.

    Processes that have both the new and the old key may run meanwhile. The rotation may be
    interrupted and repeated. Raises `WrongKey`; the rotated part is kept then.
    """
    return sum(_rotate(store, column) for column in _sealed())


def try_keys(store: Store, most: int | None = None) -> None:
    """Decrypt what the key ring encrypted, at most `most` of each kind. Raises `WrongKey`."""
    with store.unit() as unit:
        for column in _sealed():
            for sealed in unit.db.scalars(select(column).where(_is_sealed(column)).limit(most)):
                store.keys.open(sealed)


def _sealed() -> Iterator[Column[Any]]:
    for table in Base.metadata.sorted_tables:
        yield from (each for each in table.columns if each.info == SEALED_BY_RING)


def _is_sealed(column: Column[Any]) -> ColumnElement[bool]:
    if column.table is Outbound.__table__:  # a vault's own key encrypts the other messages
        return column.is_not(None) & Outbound.vault_id.is_(None)
    return column.is_not(None)


def _rotate(store: Store, column: Column[Any]) -> int:
    keys = list(column.table.primary_key)
    query = select(*keys, column).where(_is_sealed(column)).order_by(*keys).limit(BATCH_SIZE)
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


def seal_names(unit: Unit) -> None:
    """Encrypt the names that an earlier version wrote in plain."""
    plain = select(Person.workspace, Person.user, Person.name).where(HAS_PLAIN_NAME)
    rows = unit.db.execute(plain.with_for_update(skip_locked=True)).all()
    table = Person.__table__.c
    which = (table.workspace == bindparam("of"), table.user == bindparam("who"))
    sealing = update(Person.__table__).where(*which).values(name="", sealed_name=bindparam("now"))
    if rows:
        values = [{"of": of, "who": who, "now": unit.seal_by_ring(name)} for of, who, name in rows]
        unit.connection.execute(sealing, values)
        unit.erase(Person)


def backup(url: str, file: Path) -> None:
    """Copy a SQLite database, even in use, into a new file that only its owner can read.

    The file appears when it is complete. Raises `Fault` for another database, and if the file
    exists or cannot be created; then nothing is left behind.
    """
    source = _sqlite_file(url)
    if not source.exists():
        raise Fault("no_file", file=str(source))
    if file.exists():
        raise Fault("backup_exists", file=str(file))
    try:
        with _temporary_beside(file) as copy:
            with closing(sqlite3.connect(source)) as connection:
                connection.execute("VACUUM INTO ?", (str(copy),))
            file.touch(mode=0o600, exist_ok=False)
            copy.replace(file)
    except FileExistsError:
        raise Fault("backup_exists", file=str(file)) from None
    except (OSError, sqlite3.Error) as error:
        raise Fault("backup_refused", file=str(file), why=_reason(error)) from None


def restore(url: str, file: Path) -> None:
    """Replace a SQLite database by a backup, and upgrade it.

    A message that was waiting at the time of the backup may have been sent since: it is
    looked up in Slack before it is sent. Raises `Fault` for a missing or damaged backup, and
    for a database in use; then nothing is changed.
    """
    target = _sqlite_file(url)
    if not file.exists():
        raise Fault("no_file", file=str(file))
    try:
        with (
            closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source,
            _temporary_beside(target) as new,
            closing(sqlite3.connect(new)) as place,
        ):
            if not _is_whole(source):
                raise Fault("backup_damaged", file=str(file))
            with _unused(target):
                source.backup(place)
                place.execute("UPDATE outbox SET state = 'sending' WHERE state = 'waiting'")
                place.commit()
                place.close()
                upgrade(str(URL.create("sqlite", database=str(new))))
                _remove_logs(target)
                new.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise Fault("restore_refused", why=_reason(error)) from None


def _is_whole(copy: sqlite3.Connection) -> bool:
    try:
        copy.execute("SELECT version_num FROM alembic_version")
        return bool(copy.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


@contextmanager
def _unused(database: Path) -> Iterator[None]:
    """Keep others out of a database. Raises `Fault` if a process has it open."""
    with closing(sqlite3.connect(database, timeout=0)) as connection:
        try:
            # Only the last connection of a database in WAL mode can take it out of that mode.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise Fault("restore_in_use") from None
        except sqlite3.DatabaseError:  # it is damaged: a reason to restore it
            pass
        yield


@contextmanager
def _temporary_beside(file: Path) -> Iterator[Path]:
    """Make an empty file in the same folder, for its owner alone, and remove it at the end."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=".intervisie-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
        _remove_logs(Path(name))


def _remove_logs(database: Path) -> None:
    """Remove SQLite's journals of a database; it would apply them to another in its place."""
    for suffix in ("-journal", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _sqlite_file(url: str) -> Path:
    parsed = make_url(dialect_url(url))
    if parsed.get_backend_name() != "sqlite":
        raise Fault("backup_postgresql")
    return Path(parsed.database or "")
