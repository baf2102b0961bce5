"""talk about films"""

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remark", sa.Column("until_frame", sa.Integer(), nullable=True))
    op.add_column("remark", sa.Column("drawing", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("remark", sa.Column("opened_at", relay.models.UtcDateTime(), nullable=True))
    op.add_column("remark", sa.Column("opened_by", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "remarkreply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("remark_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["remark_id"], ["remark.id"], name=op.f("fk_remarkreply_remark_id_remark")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarkreply")),
    )
    op.create_index(op.f("ix_remarkreply_remark_id"), "remarkreply", ["remark_id"])
    op.create_table(
        "mailchoice",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("pace", sa.String(length=16), nullable=False),
        sa.Column("next_at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mailchoice_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mailchoice")),
    )
    op.create_table(
        "letterline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("almanac_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("sent_at", relay.models.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_letterline_account_id_account")),
        sa.ForeignKeyConstraint(["almanac_id"], ["almanac.id"], name=op.f("fk_letterline_almanac_id_almanac")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterline")),
    )
    op.create_index("ix_letterline_account_id_sent_at", "letterline", ["account_id", "sent_at"])
    op.create_index(op.f("ix_letterline_almanac_id"), "letterline", ["almanac_id"])


def downgrade() -> None:
    op.drop_table("letterline")
    op.drop_table("mailchoice")
    op.drop_table("remarkreply")
    for column in ("opened_by", "opened_at", "drawing", "until_frame"):
        op.drop_column("remark", column)
