"""Where posts are that show content, and the receipts of forgetting it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("place", sa.String(64), nullable=True))
    op.create_table(
        "quotes",
        sa.Column("marker", sa.String(64), primary_key=True),
        sa.Column("vault_id", sa.String(64), primary_key=True),
        sa.Column("workspace", sa.String(64), nullable=False),
    )
    op.create_index("ix_quotes_vault", "quotes", ["vault_id"])
    op.create_table(
        "receipts",
        sa.Column("session_id", sa.String(64), sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("vault_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("remained", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=True),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("code", name="uq_receipts_code"),
    )
    op.create_index("ix_receipts_vault", "receipts", ["vault_id"])
