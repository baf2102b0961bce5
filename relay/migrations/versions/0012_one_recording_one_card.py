"""one recording is one card"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordingprint",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.LargeBinary(), nullable=False),
        sa.Column("sounds", sa.LargeBinary(), nullable=False),
        sa.Column("border", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["inspection.sha256"], name=op.f("fk_recordingprint_sha256_inspection")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_recordingprint")),
    )
    op.create_table(
        "kinship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.String(length=16), nullable=False),
        sa.Column("begins", sa.Float(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.Column("heard", sa.Float(), nullable=True),
        sa.Column("said", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["clip.id"], name=op.f("fk_kinship_a_id_clip")),
        sa.ForeignKeyConstraint(["b_id"], ["clip.id"], name=op.f("fk_kinship_b_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kinship")),
        sa.UniqueConstraint("a_id", "b_id", name=op.f("uq_kinship_a_id_b_id")),
    )
    op.create_index(op.f("ix_kinship_b_id"), "kinship", ["b_id"], unique=False)
    op.create_table(
        "cardmember",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("front", sa.Boolean(), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("chosen_by", sa.String(), nullable=False),
        sa.Column("own", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_cardmember_clip_id_clip")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_cardmember")),
    )
    op.create_index(op.f("ix_cardmember_card"), "cardmember", ["card"], unique=False)
    op.create_table(
        "jointdecision",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_jointdecision_decision_id_decision")),
        sa.ForeignKeyConstraint(["lead_id"], ["decision.id"], name=op.f("fk_jointdecision_lead_id_decision")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_jointdecision")),
    )
    op.create_index(op.f("ix_jointdecision_lead_id"), "jointdecision", ["lead_id"], unique=False)
    op.create_table(
        "commonpiece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("pictures", sa.LargeBinary(), nullable=False),
        sa.Column("sounds", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_commonpiece_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_commonpiece_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commonpiece")),
    )
    op.create_index(op.f("ix_commonpiece_campaign_id"), "commonpiece", ["campaign_id"], unique=False)
    _kinships_of_families()


def _kinships_of_families() -> None:
    """Until here only the number of a family was kept. Its clips are compared again, and hang together until then."""
    clip = sa.table("clip", sa.column("id", sa.Integer), sa.column("family", sa.Integer))
    kinship = sa.table(
        "kinship",
        *(sa.column(name) for name in ("a_id", "b_id", "certainty", "begins", "seen", "said", "person")),
        sa.column("at", sa.DateTime()),
    )
    connection = op.get_bind()
    first: dict[int, int] = {}
    for number, family in connection.execute(
        sa.select(clip.c.id, clip.c.family).where(clip.c.family.is_not(None)).order_by(clip.c.id)
    ).all():
        a = first.setdefault(family, number)
        if a != number:
            connection.execute(
                kinship.insert().values(
                    a_id=a, b_id=number, certainty="possible", begins=0.0, seen=0.0, said="", person="",
                    at=datetime.now(UTC).replace(tzinfo=None),
                )
            )  # fmt: skip


def downgrade() -> None:
    for table in ("commonpiece", "jointdecision", "cardmember", "kinship", "recordingprint"):
        op.drop_table(table)
