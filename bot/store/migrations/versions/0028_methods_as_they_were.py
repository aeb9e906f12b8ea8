"""Sessions that began with a method whose steps have changed since keep it as it was.

A session knows its place in a method by the number of the step, and what was said by the step's
id. `0028_methods.json` holds the methods as they were; the former Balint method goes on under
an id of its own, `balint-dutch`.
"""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BATCH_SIZE = 500
FORMER = json.loads(Path(__file__).with_name("0028_methods.json").read_text(encoding="utf-8"))
RENAMED = {"balint": "balint-dutch"}

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
    .values(method=sa.bindparam("now"), state=sa.bindparam("becomes"))
)


def upgrade() -> None:
    connection, last = op.get_bind(), ""
    batch = (
        sa.select(sessions.c.id, sessions.c.method, sessions.c.state)
        .where(sessions.c.begun, sessions.c.method.in_([*FORMER, *RENAMED]))
        .order_by(sessions.c.id)
        .limit(BATCH_SIZE)
    )
    while rows := connection.execute(batch.where(sessions.c.id > last)).all():
        connection.execute(change, [_changed(*row) for row in rows])
        last = rows[-1][0]


def _changed(id_: str, method: str, state: str) -> dict[str, str]:
    fields = json.loads(state)
    if fields.get("own") is None:
        fields["method"] = RENAMED.get(method, method)
        fields["own"] = FORMER.get(method)
    return {"session": id_, "now": fields["method"], "becomes": json.dumps(fields)}
