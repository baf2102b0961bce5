"""what was heard in a recording, with which model"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heardrecording",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("speech_share", sa.Float(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["inspection.sha256"], name=op.f("fk_heardrecording_sha256_inspection")),
        sa.PrimaryKeyConstraint("sha256", "model", name=op.f("pk_heardrecording")),
    )


def downgrade() -> None:
    op.drop_table("heardrecording")
