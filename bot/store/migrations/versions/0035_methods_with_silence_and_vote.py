"""Sessions that began before one method held its silence and another took a vote go on without."""

from pathlib import Path

from bot.store.migrations.former_methods import keep_former_methods

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_former_methods(Path(__file__).with_name("0035_methods.json"))
