"""versions of captions"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEPT = ("clip_id", "language", "cues", "origin", "person", "at")


def upgrade() -> None:
    made = op.create_table(
        "captionversion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("cues", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_captionversion_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captionversion")),
    )
    op.create_index(op.f("ix_captionversion_clip_id"), "captionversion", ["clip_id"], unique=False)
    # what stands today is the first version of each
    rows = sa.table("caption", sa.column("id"), *(sa.column(name) for name in KEPT))
    standing = sa.select(*(rows.c[name] for name in KEPT)).order_by(rows.c.id)
    op.execute(sa.insert(made).from_select(list(KEPT), standing))


def downgrade() -> None:
    op.drop_table("captionversion")
