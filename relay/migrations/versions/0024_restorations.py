"""restorations, and sums of what was made of a video"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.String(length=40), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("kept_out", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.Column("released_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    op.add_column("inspection", sa.Column("sums", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("inspection", "sums")
    op.drop_table("restoration")
