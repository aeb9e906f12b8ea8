"""First meetings that began before there was a small case to taste go on without."""

from pathlib import Path

from bot.store.migrations.former_methods import keep_former_methods

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_former_methods(Path(__file__).with_name("0037_methods.json"))
