"""Databases: whose their files are, and when a commit waits for the disk."""

import os

import pytest
from sqlalchemy import text

from bot.store.engine import open_engine, soon_on_disk


@pytest.mark.parametrize("made_by", ["us", "an older version"])
def test_nobody_else_can_read_the_database_and_its_journals(tmp_path, made_by):
    before = os.umask(0o022)
    try:
        file = tmp_path / "it.sqlite3"
        if made_by != "us":
            file.touch(mode=0o644)
        engine = open_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE names (name TEXT)"))
            modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("it.sqlite3", "it.sqlite3-wal", "it.sqlite3-shm"), 0o600)


def test_one_transaction_does_not_wait_for_the_disk(database_url):
    """The next one does again, also when that one failed."""
    engine = open_engine(database_url)
    sqlite = engine.dialect.name == "sqlite"
    asks = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"

    def waits(connection):
        return connection.exec_driver_sql(asks).scalar() in (2, "on")

    with soon_on_disk(engine) as connection:
        assert not waits(connection)
    with pytest.raises(ZeroDivisionError), soon_on_disk(engine):
        raise ZeroDivisionError
    with engine.begin() as connection:
        assert waits(connection)
    engine.dispose()
