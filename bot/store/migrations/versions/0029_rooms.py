"""What Slack says about a group's channel, and who may come in from elsewhere.

Groups of before go on where they are, in a public channel too; they are told so once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("organisation", sa.String(64), nullable=True))
    op.add_column("cases", sa.Column("open_at", sa.DateTime(timezone=True), nullable=True))
    for column in (
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guests", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("facilitator", sa.String(64), nullable=True),
        sa.Column("moving", sa.String(64), nullable=True),
        sa.Column("moving_to", sa.String(64), nullable=True),
    ):
        op.add_column("groups", column)
    op.create_index("ix_groups_look_at", "groups", ["look_at"])
    op.create_table(
        "admissions",
        sa.Column("group_id", sa.String(64), sa.ForeignKey("groups.id"), primary_key=True),
        sa.Column("organisation", sa.String(64), primary_key=True),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_admissions_organisation", "admissions", ["workspace", "organisation"])
    op.execute("UPDATE groups SET open_at = created_at, look_at = created_at")
