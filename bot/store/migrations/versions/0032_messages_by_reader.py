"""An index for private messages by their reader: which ones are forgotten with a person."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_user", "outbox", ["workspace", "user"])
