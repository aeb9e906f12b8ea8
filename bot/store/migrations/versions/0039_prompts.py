"""Messages in the outbox know what they ask, so that their buttons go once it is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

IS_PROMPT = sa.text("prompt IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("prompt", sa.String(120), nullable=True))
    op.add_column("outbox", sa.Column("prompt_part", sa.String(120), nullable=True))
    op.create_index(
        "ix_outbox_prompt",
        "outbox",
        ["workspace", "prompt"],
        postgresql_where=IS_PROMPT,
        sqlite_where=IS_PROMPT,
    )
