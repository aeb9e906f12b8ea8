"""Sessions that began with a method whose steps have changed since keep it as it was.

`0028_methods.json` holds the methods as they were; the former Balint method goes on under an id
of its own, `balint-dutch`.
"""

from pathlib import Path

from bot.store.migrations.former_methods import keep_former_methods

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_former_methods(Path(__file__).with_name("0028_methods.json"), {"balint": "balint-dutch"})
