"""Alembic's entry point: run the migrations on the database of its configuration."""

from alembic import context
from sqlalchemy import event, text

from bot.store.engine import open_engine
from bot.store.migrations import BUSY_SECONDS
from bot.store.tables import Base

ADVISORY_LOCK_KEY = 8_242_025
"""Key of the PostgreSQL advisory lock with which one process migrates and the others wait."""

engine = open_engine(
    context.config.get_main_option("sqlalchemy.url") or "", busy_seconds=BUSY_SECONDS
)
if engine.dialect.name == "sqlite":
    # SQLite alters a table by copying it, which breaks references to it until the end.
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
with engine.begin() as connection:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK_KEY})
    context.configure(connection=connection, target_metadata=Base.metadata)
    context.run_migrations()
    if connection.dialect.name == "sqlite":
        assert connection.execute(text("PRAGMA foreign_key_check")).first() is None
engine.dispose()
