"""which text is read in a clip, what people said to that, and recordings that could not be heard"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hearingtry",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["inspection.sha256"], name=op.f("fk_hearingtry_sha256_inspection")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_hearingtry")),
    )
    op.create_table(
        "readingsearch",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("texts", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_readingsearch_clip_id_clip")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_readingsearch")),
    )
    op.create_table(
        "readingproposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Float(), nullable=False),
        sa.Column("margin", sa.Float(), nullable=False),
        sa.Column("covered", sa.Float(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("end", sa.Float(), nullable=False),
        sa.Column("best", sa.JSON(), nullable=False),
        sa.Column("sentences", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("said", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_readingproposal_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readingproposal")),
        sa.UniqueConstraint("clip_id", "place", name=op.f("uq_readingproposal_clip_id_place")),
    )
    op.create_index(op.f("ix_readingproposal_clip_id"), "readingproposal", ["clip_id"])


def downgrade() -> None:
    op.drop_table("readingproposal")
    op.drop_table("readingsearch")
    op.drop_table("hearingtry")
