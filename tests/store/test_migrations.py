"""The migrations make the tables that the model says, also when several processes begin at once."""

import sys
from subprocess import PIPE, Popen

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.tables import Base

ONCE = "import sys; from bot.store.migrations import upgrade; upgrade(sys.argv[1])"


def test_the_migrations_make_what_the_model_says(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_processes_that_begin_at_once_migrate_once(empty_url):
    processes = [Popen([sys.executable, "-c", ONCE, empty_url], stderr=PIPE) for _ in range(3)]
    assert [(p.communicate()[1], p.returncode) for p in processes] == [(b"", 0)] * 3
    upgrade(empty_url)
