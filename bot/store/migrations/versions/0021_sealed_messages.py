"""The vault by whose key a message in the outbox is encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("vault_id", sa.String(64), nullable=True))
    op.create_index("ix_outbox_vault", "outbox", ["vault_id"])
