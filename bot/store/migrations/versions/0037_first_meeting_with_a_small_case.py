"""Sessions that began with a method whose steps have changed since keep it as it was.

`0037_methods.json` holds the first meeting as it was before it had a small case to taste.
"""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BATCH_SIZE = 500
FORMER = json.loads(Path(__file__).with_name("0037_methods.json").read_text(encoding="utf-8"))

sessions = sa.table(
    "sessions",
    sa.column("id", sa.String),
    sa.column("method", sa.String),
    sa.column("begun", sa.Boolean),
    sa.column("state", sa.Text),
)
change = (
    sessions.update()
    .where(sessions.c.id == sa.bindparam("session"))
    .values(state=sa.bindparam("becomes"))
)


def upgrade() -> None:
    connection, last = op.get_bind(), ""
    batch = (
        sa.select(sessions.c.id, sessions.c.method, sessions.c.state)
        .where(sessions.c.begun, sessions.c.method.in_(FORMER))
        .order_by(sessions.c.id)
        .limit(BATCH_SIZE)
    )
    while rows := connection.execute(batch.where(sessions.c.id > last)).all():
        connection.execute(change, [_changed(*row) for row in rows])
        last = rows[-1][0]


def _changed(id_: str, method: str, state: str) -> dict[str, str]:
    fields = json.loads(state)
    if fields.get("own") is None:
        fields["own"] = FORMER[method]
    return {"session": id_, "becomes": json.dumps(fields)}
