"""look-up of recordings: which tables each file's prints stand in"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "printsegment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printsegment")),
    )
    op.add_column("inspection", sa.Column("print_segment", sa.Integer(), nullable=True))
    op.create_index("ix_inspection_print_segment", "inspection", ["print_segment"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_inspection_print_segment", table_name="inspection")
    op.drop_column("inspection", "print_segment")
    op.drop_table("printsegment")
