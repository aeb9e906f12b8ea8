"""How many sessions a group had when it was last looked whether a question is due."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FILL = """
    UPDATE groups SET sessions_seen = (
        SELECT count(*) FROM sessions JOIN cases ON cases.id = sessions.case_id
        WHERE sessions.group_id = groups.id AND sessions.ending = 'finished'
        AND cases.kind <> 'group')
"""


def upgrade() -> None:
    op.add_column(
        "groups", sa.Column("sessions_seen", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute(FILL)
