"""plan markers"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planmarker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("almanac_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["almanac_id"], ["almanac.id"], name=op.f("fk_planmarker_almanac_id_almanac")),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_planmarker_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planmarker")),
    )
    op.create_index(op.f("ix_planmarker_almanac_id"), "planmarker", ["almanac_id"], unique=False)
    op.create_index(op.f("ix_planmarker_clip_id"), "planmarker", ["clip_id"], unique=False)


def downgrade() -> None:
    op.drop_table("planmarker")
