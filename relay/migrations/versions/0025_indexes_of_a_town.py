"""indexes for campaigns of a hundred thousand clips"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_clip_published", "clip", ["campaign_id", "published_at", "id"]),
    ("ix_clip_state_created_at", "clip", ["state", "created_at"]),
    ("ix_clip_town", "clip", ["campaign_id", "town", "district"]),
    ("ix_clip_district", "clip", ["campaign_id", "district"]),
    ("ix_decision_at", "decision", ["at", "id"]),
    ("ix_event_at", "event", ["at", "id"]),
    ("ix_match_kind", "match", ["campaign_id", "kind", "turned_down"]),
    ("ix_video_fetched_at", "video", ["fetched_at"]),
    ("ix_video_network_state", "video", ["network", "state"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    doubted, failed = sa.text("doubt != ''"), (sa.text("shots_failed = 1"), sa.text("shots_failed"))
    op.create_index("ix_clip_doubt", "clip", ["campaign_id", "doubt"], sqlite_where=doubted, postgresql_where=doubted)
    op.create_index("ix_clip_shots_failed", "clip", ["campaign_id"], sqlite_where=failed[0], postgresql_where=failed[1])


def downgrade() -> None:
    for name in ("ix_clip_shots_failed", "ix_clip_doubt"):
        op.drop_index(name, table_name="clip")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
