"""0030: what was heard before is found after the upgrade; and back, with nothing left that older code stumbles over."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import select

from relay.models import Clip
from relay.search import index
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.heard_rows import MODEL, hearing
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_what_was_heard_before_is_found_after_the_upgrade(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0029")
        old = OldDatabase(connection, clock)
        old.has("campaign", id=1, slug="s", tz="UTC", state="running")
        old.has("video", id=1, network="vk", owner_id="1", video_id="1", state="fetched")
        for number in (1, 2):
            old.has("inspection", sha256=str(number) * 64, finding="accepted")
            old.has("clip", id=number, sha256=str(number) * 64, campaign_id=1, video_id=1, state="approved", doubt="")
        document = hearing("Мы ехали по льду").as_json()
        old.has("heardrecording", sha256="1" * 64, model=MODEL, language="ru", speech_share=0.5, document=document)
        connection.commit()
    store.upgrade(clock())
    index.catch_up(store)
    with store.reading() as session:
        assert index.is_told_of_changes(session)
        assert session.exec(select(Clip.id).where(*index.clips_with("ехать"))).all() == [1]
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0029")
        left = "SELECT count(*) FROM searchword WHERE subject = 'heard'"
        assert connection.execute(sa.text(left)).scalar_one() == 0
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search_heard%'"
        assert connection.execute(sa.text(triggers)).all() == []
        connection.commit()
        command.upgrade(store._alembic(connection), "head")
    store.close()
