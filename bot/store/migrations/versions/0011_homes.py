"""App Homes, a person's own language, the trial question, and wider indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "user"),
    )
    op.add_column("people", sa.Column("language", sa.String(length=8), nullable=True))
    op.add_column("members", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_sessions_status", "sessions", ["workspace", "status", "ended_at"])
    op.create_index("ix_invitations_user", "invitations", ["workspace", "user"])
    op.drop_index("ix_contributions_author", table_name="contributions")
    op.create_index("ix_contributions_author", "contributions", ["workspace", "author", "kind"])
