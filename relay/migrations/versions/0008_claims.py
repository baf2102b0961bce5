"""claims"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_claim_clip_id_clip")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_person"), "claim", ["person"])
    op.create_table(
        "presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_presence_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("campaign_id", "person", name=op.f("uq_presence_campaign_id_person")),
    )
    # the queue is read in its order without sorting, and a person's decisions without reading everybody's
    op.drop_index("ix_clip_campaign_id_state", table_name="clip")
    op.create_index("ix_clip_queue", "clip", ["campaign_id", "state", "published_at", "id"])
    op.create_index("ix_decision_person_id", "decision", ["person", "id"])
    op.create_index("ix_decision_person_at", "decision", ["person", "at"])
    op.create_index(op.f("ix_decision_undoes"), "decision", ["undoes"])


def downgrade() -> None:
    op.drop_index(op.f("ix_decision_undoes"), table_name="decision")
    op.drop_index("ix_decision_person_at", table_name="decision")
    op.drop_index("ix_decision_person_id", table_name="decision")
    op.drop_index("ix_clip_queue", table_name="clip")
    op.create_index("ix_clip_campaign_id_state", "clip", ["campaign_id", "state"])
    op.drop_table("presence")
    op.drop_index(op.f("ix_claim_person"), table_name="claim")
    op.drop_table("claim")
