"""The migrations of the database, with Alembic; `upgrade` applies them.

A migration only adds things, or changes things that the previous version does not use, so
that processes of the previous version can run on while new ones start.
"""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from bot.store.engine import dialect_url, open_engine

BUSY_SECONDS = 60
"""How long a process waits, on SQLite, for another one that migrates."""

MIGRATIONS_FOLDER = Path(__file__).parent


def head() -> str:
    """Return the newest revision that this program knows, from the numbers of its files."""
    return max(file.name[:4] for file in (MIGRATIONS_FOLDER / "versions").glob("[0-9]*.py"))


def revision(engine: Engine) -> str | None:
    """Return the revision of a database, or None for an empty one. May raise `SQLAlchemyError`."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def upgrade(url: str) -> None:
    """Upgrade an empty or an older database to the newest revision. Safe to repeat.

    A database of a newer version of the program is left as it is.
    """
    engine = open_engine(url, busy_seconds=BUSY_SECONDS)
    try:
        found = revision(engine)
    finally:
        engine.dispose()
    if found is None or found < head():
        migrate(url, "head")


def migrate(url: str, to: str) -> None:
    """Upgrade a database to a revision, or to "head"."""
    from alembic import command  # imported here: loading it is slow, and mostly not needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", dialect_url(url).replace("%", "%%"))
    command.upgrade(config, to)
