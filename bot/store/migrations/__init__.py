"""How the database came to be as it is, by alembic; `upgrade` brings one up to date.

A migration only adds, or changes what the version before it does not use any more, so
that processes of the old version go on while those of the new one begin.
"""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from bot.store.engine import dialect_url, open_engine

HERE = Path(__file__).parent


def head() -> str:
    """Give the newest revision that this program knows; their files are numbered."""
    return max(file.name[:4] for file in (HERE / "versions").glob("[0-9]*.py"))


def revision(engine: Engine) -> str | None:
    """Give the revision that a database is at; None when it has none. May raise SQLAlchemy's."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def upgrade(url: str) -> None:
    """Bring a database up to date: a new one, an old one, or one that is. Safe to run twice.

    One that a newer version of the program has brought further stays as it is.
    """
    engine = open_engine(url)
    try:
        found = revision(engine)
    finally:
        engine.dispose()
    if found is None or found < head():
        migrate(url, "head")


def migrate(url: str, to: str) -> None:
    """Bring a database to one revision."""
    from alembic import command  # only when there is something to do: it takes long to load
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", dialect_url(url).replace("%", "%%"))
    command.upgrade(config, to)
