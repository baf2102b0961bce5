"""0028: what was heard in a recording; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Finding, HeardRecording, Inspection
from relay.store import Store
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


def test_the_table_comes_and_goes(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0027")
        connection.commit()
    store.upgrade(clock())
    row = {
        "sha256": "a" * 64, "model": "d01c3014881c", "language": "ru", "speech_share": 0.5,
        "document": {"words": ["раз"]}, "at": clock(),
    }  # fmt: skip
    with store.transaction() as session:
        session.add(Inspection(sha256="a" * 64, bytes=1, finding=Finding.accepted, at=clock()))
        session.flush()
        session.add(HeardRecording(**row))
    with store.reading() as session:
        assert session.get_one(HeardRecording, ("a" * 64, "d01c3014881c")).model_dump() == row
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0027")
        connection.commit()
        assert "heardrecording" not in sa.inspect(connection).get_table_names()
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
