"""A count of unexpected answers, and digests in place of the secrets of calendar feeds."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

members = sa.table(
    "members",
    sa.column("group_id", sa.String),
    sa.column("user", sa.String),
    sa.column("feed", sa.String),
)
fill = (
    members.update()
    .where(members.c.group_id == sa.bindparam("group"), members.c.user == sa.bindparam("member"))
    .values(feed=sa.bindparam("digest"))
)


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("unexpected", sa.Integer(), nullable=False, server_default="0")
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(members).where(members.c.feed.is_not(None))).all()
    digests = [
        {"group": row.group_id, "member": row.user, "digest": sha256(row.feed.encode()).hexdigest()}
        for row in rows
    ]
    if digests:
        connection.execute(fill, digests)
