"""Who left their own case half way."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "attendances",
        sa.Column("broke_off", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
