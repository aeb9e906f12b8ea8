"""How much guidance a group wants."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "groups",
        sa.Column("guidance", sa.String(length=12), nullable=False, server_default="guided"),
    )
