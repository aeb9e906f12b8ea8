"""For how long a case that waits is kept, and a timer for each of them."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BATCH_SIZE = 500
WARN_AFTER = timedelta(days=173)
"""A week before the 180 days are over that groups keep cases by default."""

cases = sa.table(
    "cases",
    sa.column("id", sa.String),
    sa.column("workspace", sa.String),
    sa.column("status", sa.String),
    sa.column("changed_at", sa.DateTime(timezone=True)),
)
timers = sa.table(
    "timers",
    sa.column("workspace", sa.String),
    sa.column("subject", sa.String),
    sa.column("name", sa.String),
    sa.column("due_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.add_column(
        "groups", sa.Column("case_days", sa.Integer(), nullable=False, server_default="180")
    )
    connection, last = op.get_bind(), ""
    waiting = (
        sa.select(cases.c.id, cases.c.workspace, cases.c.changed_at)
        .where(cases.c.status.in_(("draft", "queued")))
        .order_by(cases.c.id)
        .limit(BATCH_SIZE)
    )
    while rows := connection.execute(waiting.where(cases.c.id > last)).all():
        connection.execute(
            timers.insert(),
            [
                {
                    "workspace": workspace,
                    "subject": f"case:{id_}",
                    "name": "warn",
                    "due_at": changed_at + WARN_AFTER,
                }
                for id_, workspace, changed_at in rows
            ],
        )
        last = rows[-1][0]
