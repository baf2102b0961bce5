"""where texts are from, and whose words they are"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SAID = (
    "UPDATE clip SET origin = (SELECT handin.origin FROM handin WHERE handin.number = clip.handed_in) "
    "WHERE handed_in != '' AND EXISTS "
    "(SELECT 1 FROM handin WHERE handin.number = clip.handed_in AND handin.origin != '')"
)
"""What participants said on the hand-in page since there has been one."""


def upgrade() -> None:
    op.add_column("clip", sa.Column("origin", sa.String(), nullable=False, server_default=""))
    op.add_column("clip", sa.Column("text_author", sa.String(), nullable=False, server_default=""))
    op.execute(sa.text("ALTER TABLE handin RENAME COLUMN text_source TO origin"))
    op.add_column("handin", sa.Column("text_author", sa.String(), nullable=False, server_default=""))
    op.execute(sa.text("UPDATE handin SET origin = 'selection' WHERE origin = 'quote'"))
    op.execute(sa.text("UPDATE handin SET origin = '' WHERE origin NOT IN ('selection', 'family', 'relative')"))
    op.execute(sa.text(SAID))


def downgrade() -> None:
    op.execute(sa.text("UPDATE handin SET origin = 'quote' WHERE origin = 'selection'"))
    op.drop_column("handin", "text_author")
    op.execute(sa.text("ALTER TABLE handin RENAME COLUMN origin TO text_source"))
    op.drop_column("clip", "text_author")
    op.drop_column("clip", "origin")
