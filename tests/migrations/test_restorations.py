"""0024: restorations, and sums of what was made of a video; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Inspection, Restoration
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_what_was_looked_at_before_has_no_sums_yet(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0020")
        OldDatabase(connection, clock).has("inspection", sha256="a" * 64, bytes=7, finding="accepted", poster="p.jpg")
        connection.commit()
    store.upgrade(clock())
    with store.transaction() as session:
        look = session.get_one(Inspection, "a" * 64)
        assert (look.bytes, look.poster, look.sums) == (7, "p.jpg", {})
        look.sums = {"p.jpg": [3, "b" * 64]}
        session.add(Restoration(at=clock()))
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0020")
        connection.commit()
        assert connection.execute(sa.text("SELECT bytes, poster FROM inspection")).all() == [(7, "p.jpg")]
        assert "restoration" not in sa.inspect(connection).get_table_names()
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
