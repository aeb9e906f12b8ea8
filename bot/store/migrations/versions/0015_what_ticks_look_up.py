"""Indexes for queries of every tick: sent messages, and messages that are replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DONE = sa.text("state IN ('sent', 'failed')")


def upgrade() -> None:
    op.create_index(
        "ix_outbox_done", "outbox", ["state", "due_at"], postgresql_where=DONE, sqlite_where=DONE
    )
    op.create_index("ix_outbox_replaced", "outbox", ["workspace", "key", "method"])
    op.drop_index("ix_outbox_key", "outbox")
