"""Lanes: conversations with unsent messages."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lanes",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "conversation"),
    )
    op.create_index("ix_lanes_next", "lanes", ["next_at"], unique=False)
    op.execute(
        "INSERT INTO lanes (workspace, conversation, next_at) "
        "SELECT workspace, conversation, MIN(due_at) FROM outbox "
        "WHERE state IN ('waiting', 'sending') GROUP BY workspace, conversation"
    )
    op.drop_column("outbox", "claimed_until")
