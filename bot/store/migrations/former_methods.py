"""Sessions that began with a method whose steps have changed since keep it as it was.

A session knows its place in a method by the number of the step, and what was said by the step's
id: so it goes on with the steps with which it began.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import op

BATCH_SIZE = 500

_SESSIONS = sa.table(
    "sessions",
    sa.column("id", sa.String),
    sa.column("method", sa.String),
    sa.column("begun", sa.Boolean),
    sa.column("state", sa.Text),
)
_CHANGE = (
    _SESSIONS.update()
    .where(_SESSIONS.c.id == sa.bindparam("session"))
    .values(method=sa.bindparam("now"), state=sa.bindparam("becomes"))
)


def keep_former_methods(file: Path, renamed: Mapping[str, str] | None = None) -> None:
    """Keep for each session under way the steps with which it began, batch by batch.

    `file` holds the methods as they were, as JSON, by id. A method that is `renamed` goes on
    under its new id.
    """
    former, renamed = json.loads(file.read_text(encoding="utf-8")), renamed or {}
    connection, last = op.get_bind(), ""
    batch = (
        sa.select(_SESSIONS.c.id, _SESSIONS.c.method, _SESSIONS.c.state)
        .where(_SESSIONS.c.begun, _SESSIONS.c.method.in_([*former, *renamed]))
        .order_by(_SESSIONS.c.id)
        .limit(BATCH_SIZE)
    )
    while rows := connection.execute(batch.where(_SESSIONS.c.id > last)).all():
        changes = []
        for id_, method, state in rows:
            fields, now = json.loads(state), method
            if fields.get("own") is None:
                now = renamed.get(method, method)
                fields |= {"method": now, "own": former.get(method)}
            changes.append({"session": id_, "now": now, "becomes": json.dumps(fields)})
        connection.execute(_CHANGE, changes)
        last = rows[-1][0]
