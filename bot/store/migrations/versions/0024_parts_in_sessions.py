"""What people did in sessions: whether they took part, brought the case, and led."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COLUMNS = ("attended", "brought", "led")

# What counted until now: who was still there at the end, whose case it was, and who led at
# the end, or was counted as having led the meeting.
FILL = """
    UPDATE participants SET
        attended = (left_at IS NULL AND {begun}),
        brought = ({begun} AND EXISTS (
            SELECT 1 FROM sessions JOIN cases ON cases.id = sessions.case_id
            WHERE sessions.id = participants.session_id
            AND cases.bringer = participants."user" AND cases.kind <> 'group')),
        led = ({begun} AND (EXISTS (
            SELECT 1 FROM sessions
            WHERE sessions.id = participants.session_id
            AND sessions.facilitator = participants."user")
        OR EXISTS (
            SELECT 1 FROM sessions JOIN attendances ON attendances.meeting_id = sessions.meeting_id
            WHERE sessions.id = participants.session_id AND attendances.facilitated
            AND attendances."user" = participants."user")))
"""
BEGUN = """EXISTS (
    SELECT 1 FROM sessions WHERE sessions.id = participants.session_id AND sessions.begun)"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column(
            "participants",
            sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.execute(FILL.format(begun=BEGUN))
