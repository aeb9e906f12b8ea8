"""Preferences for reminders: by default only when it is the person's turn."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.alter_column("reminders", existing_type=sa.String(length=12), server_default="own")
    op.execute("UPDATE people SET reminders = 'own' WHERE reminders = 'all'")
