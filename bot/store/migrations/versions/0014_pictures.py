"""The picture that was chosen with a contribution."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contributions", sa.Column("picture", sa.LargeBinary(), nullable=True))
