"""what organizers tell people, and campaigns that are not made yet"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigntexts",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("guidelines", sa.String(), nullable=False),
        sa.Column("introduction", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaigntexts_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaigntexts")),
    )
    op.create_table(
        "campaigndraft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_campaigndraft_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigndraft")),
    )
    op.create_index(op.f("ix_campaigndraft_account_id"), "campaigndraft", ["account_id"])


def downgrade() -> None:
    op.drop_table("campaigndraft")
    op.drop_table("campaigntexts")
