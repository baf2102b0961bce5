"""0026: which tables each file's prints stand in; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Inspection, PrintSegment
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_what_was_looked_at_before_stands_in_no_table_yet(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0024")
        OldDatabase(connection, clock).has("inspection", sha256="a" * 64, bytes=7, finding="accepted")
        connection.commit()
    store.upgrade(clock())
    with store.transaction() as session:
        look = session.get_one(Inspection, "a" * 64)
        assert (look.bytes, look.print_segment) == (7, None)
        session.add(PrintSegment(size=32))
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0024")
        connection.commit()
        assert connection.execute(sa.text("SELECT bytes FROM inspection")).all() == [(7,)]
        assert "printsegment" not in sa.inspect(connection).get_table_names()
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
