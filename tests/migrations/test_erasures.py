"""0021: tombstones and erasures; films keep their versions open."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_old_versions_are_open_and_the_way_back_is_free(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0020")
        old = OldDatabase(connection, clock)
        old.has("campaign", id=1, slug="a", title="A", tz="UTC", state="running")
        old.has("almanac", id=1, campaign_id=1, name="film", title="F")
        old.has("render", id=1, almanac_id=1, version=1, file="f.mp4", manifest="f.json", sha256="0" * 64)
        old.has("signoff", id=1, render_id=1, sha256="0" * 64, link_hash="x", person="P")
        connection.commit()
    store.upgrade(clock())
    with store.engine.connect() as connection:
        ask = connection.execute
        assert ask(sa.text("SELECT version, closed_at FROM render")).all() == [(1, None)]
        assert ask(sa.text("SELECT count(*) FROM tombstone")).scalar() == 0
        command.downgrade(store._alembic(connection), "0020")
        assert ask(sa.text("SELECT version FROM render")).all() == [(1,)]
    store.close()
