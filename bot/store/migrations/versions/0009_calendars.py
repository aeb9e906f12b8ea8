"""Calendar feeds, and members who downloaded dates as a file."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "members",
        sa.Column("calendar", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
