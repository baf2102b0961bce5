"""what is typed is kept, and what is proposed for a clip's picture"""

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clipreview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("poster_at", sa.Integer(), nullable=True),
        sa.Column("editor_note", sa.String(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clipreview_clip_id_clip")),
        sa.ForeignKeyConstraint(["previous"], ["clipreview.id"], name=op.f("fk_clipreview_previous_clipreview")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clipreview")),
    )
    op.create_index(op.f("ix_clipreview_clip_id"), "clipreview", ["clip_id"])
    op.create_table(
        "sentdecision",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_sentdecision_decision_id_decision")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sentdecision")),
    )
    op.create_index(op.f("ix_sentdecision_decision_id"), "sentdecision", ["decision_id"])
    op.create_table(
        "keptform",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_keptform_account_id_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_keptform")),
    )
    op.create_index(op.f("ix_keptform_account_id"), "keptform", ["account_id"])


def downgrade() -> None:
    for table in ("keptform", "sentdecision", "clipreview"):
        op.drop_table(table)
