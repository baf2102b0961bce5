"""0007: roles in single campaigns, second factors, sign-ins; and back without anybody getting more than before."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Role
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_accounts_keep_their_role_and_whoever_has_none_is_shut_out_on_the_way_back(
    clock: FakeClock, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0006")
        OldDatabase(connection, clock).has(
            "account", id=1, login="anna", name="Анна", role="moderator", active=True, language="ru"
        )
        connection.commit()
    store.upgrade(clock())
    with store.transaction() as session:
        from relay.models import Account, WebSession

        assert session.get(Account, 1).role is Role.moderator  # type: ignore[union-attr]
        session.add(Account(login="boris", name="Б", role=None, password_hash="", created_at=clock()))
        session.flush()
        row = WebSession(token_hash="x", account_id=2, created_at=clock(), seen_at=clock())
        session.add(row)
        session.flush()
        assert (row.browser, session.get(Account, 2).role) == ("", None)  # type: ignore[union-attr]
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0006")
        kept = connection.execute(sa.text("SELECT login, role, active FROM account ORDER BY id")).all()
        command.upgrade(store._alembic(connection), "head")
    assert [tuple(row) for row in kept] == [("anna", "moderator", 1), ("boris", "viewer", 0)]
    store.close()
