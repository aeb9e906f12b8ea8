"""Whether a group chose its language; until then it speaks that of who starts."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("language_chosen", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("groups", column)
