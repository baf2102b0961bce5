"""letters to officials"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signoffletter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign_off_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("film", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["sign_off_id"], ["signoff.id"], name=op.f("fk_signoffletter_sign_off_id_signoff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signoffletter")),
    )
    op.create_index(op.f("ix_signoffletter_sign_off_id"), "signoffletter", ["sign_off_id"], unique=False)
    op.create_index(op.f("ix_signoffletter_next_at"), "signoffletter", ["next_at"], unique=False)
    op.create_table(
        "mailedlink",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign_off_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["signoffletter.id"], name=op.f("fk_mailedlink_letter_id_signoffletter")
        ),
        sa.ForeignKeyConstraint(["sign_off_id"], ["signoff.id"], name=op.f("fk_mailedlink_sign_off_id_signoff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailedlink")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_mailedlink_link_hash")),
    )
    op.create_index(op.f("ix_mailedlink_letter_id"), "mailedlink", ["letter_id"], unique=False)


def downgrade() -> None:
    op.drop_table("mailedlink")
    op.drop_table("signoffletter")
