"""The edits of contributions, and the messages that answered an intake."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contributions", sa.Column("edited", sa.String(32), nullable=True))
    op.add_column("cases", sa.Column("answers", sa.Text(), nullable=False, server_default="{}"))
