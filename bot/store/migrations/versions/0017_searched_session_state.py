"""Columns for the parts of a session's state that queries search."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BATCH_SIZE = 500

sessions = sa.table(
    "sessions",
    sa.column("id", sa.String),
    sa.column("state", sa.Text),
    sa.column("begun", sa.Boolean),
    sa.column("ending", sa.String),
    sa.column("facilitator", sa.String),
)
fill = (
    sessions.update()
    .where(sessions.c.id == sa.bindparam("session"))
    .values({name: sa.bindparam(name) for name in ("begun", "ending", "facilitator")})
)


def upgrade() -> None:
    op.add_column(
        "sessions", sa.Column("begun", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("sessions", sa.Column("ending", sa.String(20), nullable=True))
    op.add_column("sessions", sa.Column("facilitator", sa.String(64), nullable=True))
    connection, last = op.get_bind(), ""
    batch = sa.select(sessions.c.id, sessions.c.state).order_by(sessions.c.id).limit(BATCH_SIZE)
    while rows := connection.execute(batch.where(sessions.c.id > last)).all():
        connection.execute(fill, [{"session": id_, **_searched(state)} for id_, state in rows])
        last = rows[-1][0]


def _searched(state: str) -> dict[str, object]:
    """Return the columns for a state. States of older revisions may lack these fields."""
    fields = json.loads(state)
    return {
        "begun": fields.get("position") is not None,
        "ending": fields.get("ending"),
        "facilitator": fields.get("facilitator"),
    }
