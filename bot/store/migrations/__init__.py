"""How the database came to be as it is, by alembic; `upgrade` brings one up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.store.engine import dialect_url


def upgrade(url: str) -> None:
    """Bring a database up to date: a new one, an old one, or one that is. Safe to run twice."""
    command.upgrade(configuration(url), "head")


def configuration(url: str) -> Config:
    """Give alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", dialect_url(url).replace("%", "%%"))
    return config
