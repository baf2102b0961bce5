"""0031: a clip may stand in a film in several pieces; and back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Segment
from relay.store import Store
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


def test_segments_of_before_have_no_pieces(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0028")
        connection.commit()
    row = "INSERT INTO segment (almanac_id, clip_id, position, first, by_hand, pinned) VALUES (1, 2, 1, 0, '[]', '')"
    with closing(sqlite3.connect(tmp_path / "old.db")) as alone:
        alone.execute(row)
        alone.commit()
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0031")
        connection.commit()
    with store.reading() as session:
        assert session.get_one(Segment, 1).pieces == []
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0028")
        connection.commit()
        assert "pieces" not in {column["name"] for column in sa.inspect(connection).get_columns("segment")}
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
