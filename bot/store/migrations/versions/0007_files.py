"""The id of a file that was uploaded for a message in the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("file", sa.String(length=64), nullable=True))
