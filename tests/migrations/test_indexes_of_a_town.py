"""0025: an older database gets the indexes of a large campaign, and what was in it is found as before; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import select

from relay.models import Clip, Doubt
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow

CLIP = {"campaign_id": 1, "video_id": 1, "state": "approved"}
NEW = {"ix_clip_published", "ix_clip_doubt", "ix_clip_shots_failed", "ix_event_at", "ix_match_kind"}


def test_clips_in_doubt_are_found_by_their_index(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0024")
        old = OldDatabase(connection, clock)
        old.has("campaign", id=1, slug="s", tz="UTC", state="running")
        old.has("video", id=1, network="vk", owner_id="1", video_id="1", state="fetched")
        for number, doubt in enumerate(("", "post"), start=1):
            old.has("inspection", sha256=str(number) * 64, finding="accepted")
            old.has("clip", id=number, sha256=str(number) * 64, doubt=doubt, **CLIP)
        connection.commit()
    store.upgrade(clock())
    wanted = select(Clip.id).where(Clip.campaign_id == 1, Clip.doubt != Doubt.none)
    with store.reading() as session:
        assert session.exec(wanted).all() == [2]
        bound = str(wanted.compile(store.engine))
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {bound}", (1, "")).all()
        assert "ix_clip_doubt" in str(plan)
    with store.engine.connect() as connection:
        assert _indexes(connection) >= NEW
        command.downgrade(store._alembic(connection), "0024")
        assert not _indexes(connection) & NEW
        connection.commit()
        command.upgrade(store._alembic(connection), "head")
    store.close()


def _indexes(connection: sa.Connection) -> set[str | None]:
    return {
        index["name"] for table in ("clip", "event", "match") for index in sa.inspect(connection).get_indexes(table)
    }
