"""Groups with a rhythm: plan, rota, invitations, meetings, attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("groups") as groups:
        groups.add_column(sa.Column("plan", sa.Text(), nullable=True))
        groups.add_column(sa.Column("rota", sa.Text(), nullable=True))
    with op.batch_alter_table("people") as people:
        people.add_column(
            sa.Column("reminders", sa.String(length=12), server_default="all", nullable=False)
        )
        people.add_column(sa.Column("away_from", sa.Date(), nullable=True))
        people.add_column(sa.Column("away_until", sa.Date(), nullable=True))
    with op.batch_alter_table("members") as members:
        members.add_column(
            sa.Column("lead", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        members.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        members.add_column(sa.Column("feed", sa.String(length=64), nullable=True))
        members.create_unique_constraint("uq_members_feed", ["feed"])
    op.create_table(
        "invitations",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"]),
        sa.PrimaryKeyConstraint("group_id", "user"),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "day", name="uq_meetings_day"),
    )
    op.create_index("ix_meetings_group", "meetings", ["group_id", "status", "starts_at"])
    op.create_table(
        "attendances",
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("brought", sa.Boolean(), nullable=False),
        sa.Column("facilitated", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"]),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"]),
        sa.PrimaryKeyConstraint("meeting_id", "user"),
    )
    op.create_index("ix_attendances_user", "attendances", ["workspace", "user"])
    op.create_index("ix_attendances_group", "attendances", ["group_id"])
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("meeting_id", sa.String(length=64), nullable=True))
        sessions.create_foreign_key("fk_sessions_meeting", "meetings", ["meeting_id"], ["id"])
        sessions.create_index("ix_sessions_meeting", ["meeting_id"])
