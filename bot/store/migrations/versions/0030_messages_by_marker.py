"""An index for messages by their marker: which ones quote content that is forgotten."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_marker", "outbox", ["marker"])
