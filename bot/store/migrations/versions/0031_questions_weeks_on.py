"""The work question, weeks after a session, as its bringer would ask it then."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_ups", sa.Column("question", sa.LargeBinary(), nullable=True))
