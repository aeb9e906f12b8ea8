"""The names of people, encrypted; what is there already is sealed by the first process to begin."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("sealed_name", sa.LargeBinary(), nullable=True))
    plain = sa.text("name <> ''")
    op.create_index(
        "ix_people_plain_name",
        "people",
        ["workspace", "user"],
        sqlite_where=plain,
        postgresql_where=plain,
    )
