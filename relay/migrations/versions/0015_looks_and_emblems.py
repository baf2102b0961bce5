"""looks of films that can be undone, and who stands behind a campaign"""

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "emblem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_emblem_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emblem")),
        sa.UniqueConstraint("campaign_id", "sha256", name=op.f("uq_emblem_campaign_id_sha256")),
    )
    op.create_index(op.f("ix_emblem_campaign_id"), "emblem", ["campaign_id"])
    op.create_table(
        "creditline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("emblem_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_creditline_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["emblem_id"], ["emblem.id"], name=op.f("fk_creditline_emblem_id_emblem")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creditline")),
    )
    op.create_index(op.f("ix_creditline_campaign_id"), "creditline", ["campaign_id"])
    op.create_table(
        "lookchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("almanac_id", sa.Integer(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["almanac_id"], ["almanac.id"], name=op.f("fk_lookchange_almanac_id_almanac")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookchange")),
    )
    op.create_index("ix_lookchange_almanac_id_undone", "lookchange", ["almanac_id", "undone"])


def downgrade() -> None:
    for table in ("lookchange", "creditline", "emblem"):
        op.drop_table(table)
