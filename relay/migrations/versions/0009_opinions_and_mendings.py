"""second opinions, clips returned for mending, second looks"""

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", relay.models.UtcDateTime(), nullable=True),
        sa.Column("closed_at", relay.models.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_question_clip_id_clip")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_question_decision_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_clip_id"), "question", ["clip_id"], unique=False)

    op.create_table(
        "mending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("brought", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("hand_in_id", sa.Integer(), nullable=True),
        sa.Column("new_clip_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", relay.models.UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_mending_clip_id_clip")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_mending_decision_id_decision")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["handin.id"], name=op.f("fk_mending_hand_in_id_handin")),
        sa.ForeignKeyConstraint(["new_clip_id"], ["clip.id"], name=op.f("fk_mending_new_clip_id_clip")),
        sa.ForeignKeyConstraint(["settled_by"], ["decision.id"], name=op.f("fk_mending_settled_by_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mending")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_mending_link_hash")),
    )
    for column in ("clip_id", "decision_id", "hand_in_id", "new_clip_id", "settled_by"):
        op.create_index(op.f(f"ix_mending_{column}"), "mending", [column], unique=False)

    op.create_table(
        "secondlook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.String(), nullable=False),
        sa.Column("first", sa.String(length=32), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("second_by", sa.String(), nullable=False),
        sa.Column("second", sa.String(length=32), nullable=True),
        sa.Column("second_at", relay.models.UtcDateTime(), nullable=True),
        sa.Column("third_by", sa.String(), nullable=False),
        sa.Column("third", sa.String(length=32), nullable=True),
        sa.Column("third_at", relay.models.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_secondlook_clip_id_clip")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_secondlook_decision_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secondlook")),
    )
    for column in ("clip_id", "decision_id"):
        op.create_index(op.f(f"ix_secondlook_{column}"), "secondlook", [column], unique=False)


def downgrade() -> None:
    op.drop_table("secondlook")
    op.drop_table("mending")
    op.drop_table("question")
