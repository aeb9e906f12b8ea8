"""Installations: the workspaces and organisations that added the app, with their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "installations",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("organisation", sa.String(64), nullable=True),
        sa.Column("org_wide", sa.Boolean, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=True),
        sa.Column("refresh", sa.LargeBinary, nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("renewing_until", moment, nullable=True),
        sa.Column("installed_by", sa.String(64), nullable=True),
        sa.Column("installed_at", moment, nullable=False),
        sa.Column("uninstalled_at", moment, nullable=True),
    )
    op.create_index("ix_installations_organisation", "installations", ["organisation"])
