"""The migrations make the tables that the model says, also when several processes begin at once."""

import sys
from subprocess import PIPE, Popen

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from bot.store.engine import dialect_url, open_engine
from bot.store.migrations import upgrade
from bot.store.tables import Base

ONCE = "import sys; from bot.store.migrations import upgrade; upgrade(sys.argv[1])"


def test_the_migrations_make_what_the_model_says(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """An empty database of each kind, not migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    admin = request.getfixturevalue("postgres")
    engine = create_engine(dialect_url(admin), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE empty_one"))
        yield admin.replace("/postgres?", "/empty_one?")
        connection.execute(text("DROP DATABASE empty_one WITH (FORCE)"))
    engine.dispose()


def test_processes_that_begin_at_once_migrate_once(empty_url):
    processes = [Popen([sys.executable, "-c", ONCE, empty_url], stderr=PIPE) for _ in range(3)]
    assert [(p.communicate()[1], p.returncode) for p in processes] == [(b"", 0)] * 3
    upgrade(empty_url)
