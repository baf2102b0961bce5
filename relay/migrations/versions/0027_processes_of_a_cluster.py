"""processes of a cluster: who lives, and with how many places"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workerprocess",
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("fetch", sa.Integer(), nullable=False),
        sa.Column("encode", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_workerprocess")),
    )


def downgrade() -> None:
    op.drop_table("workerprocess")
