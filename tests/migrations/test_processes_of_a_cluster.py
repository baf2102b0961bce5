"""0027: processes of a cluster; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import WorkerProcess
from relay.store import Store
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


def test_the_table_comes_and_goes(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0026")
        connection.commit()
    store.upgrade(clock())
    row = {"holder": "north~1-7-70", "host": "north", "fetch": 2, "encode": 1, "since": clock(), "until": clock()}
    with store.transaction() as session:
        session.add(WorkerProcess(**row))
    with store.reading() as session:
        assert session.get_one(WorkerProcess, "north~1-7-70").model_dump() == row
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0026")
        connection.commit()
        assert "workerprocess" not in sa.inspect(connection).get_table_names()
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
