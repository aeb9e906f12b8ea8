"""Agreements and signatures, anonymous ratings, and toolkits."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("group_id", sa.String(length=64), sa.ForeignKey("groups.id"), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vault_id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id"),
    )
    op.create_table(
        "signatures",
        sa.Column("group_id", sa.String(length=64), sa.ForeignKey("groups.id"), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user"),
    )
    op.create_index("ix_signatures_user", "signatures", ["workspace", "user"])
    op.create_table(
        "ratings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), sa.ForeignKey("groups.id"), nullable=False),
        sa.Column("session_id", sa.String(length=64), sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=True),
        sa.Column("safe", sa.Integer(), nullable=True),
        sa.Column("guidance", sa.String(length=12), nullable=True),
        sa.Column("rhythm", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ratings_group", "ratings", ["group_id", "day"])
    op.create_table(
        "tools",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), sa.ForeignKey("groups.id"), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("vault_id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tools_user", "tools", ["workspace", "user"])
    op.create_index("ix_tools_group", "tools", ["group_id", "shared"])
