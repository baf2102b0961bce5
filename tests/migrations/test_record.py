"""0023: what was recorded before there was a chain gets its links with the upgrade, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.chain import links, verifying
from relay.chain.verifying import ChainReport, FaultKind
from relay.models import Event
from relay.store import Store
from tests.chain.record import AT
from tests.databases import SECRET
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def verified(store: Store) -> ChainReport:
    assert store.chain_keys is not None
    with store.reading() as session:
        return verifying.verify(session.connection(), store.chain_keys)


def old(path: Path, clock: FakeClock, *, events: int) -> Store:
    store = Store(f"sqlite:///{path}", secret=lambda: SECRET)
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0020")
        there = OldDatabase(connection, clock)
        there.has("campaign", id=1, slug="s", tz="UTC", state="running", hashtags=["t"], aliases=[])
        there.has("video", id=1, network="vk", owner_id="-1", video_id="1", state="fetched")
        there.has("inspection", sha256="a" * 64, finding="accepted")
        there.has("clip", id=1, campaign_id=1, video_id=1, sha256="a" * 64, state="awaiting", corrected=[])
        there.has("decision", clip_id=1, verdict="approve", from_state="awaiting", to_state="approved", person="Анна")
        for number in range(events):
            there.happened("clip", number, "made", person="Борис", text="ё")
        connection.commit()
    return store


def test_what_was_there_is_linked_and_guarded(clock: FakeClock, tmp_path: Path) -> None:
    store = old(tmp_path / "old.db", clock, events=1001)
    store.upgrade(clock())
    found = verified(store)
    assert found.faults == []
    assert (found.adopted, found.facts["decision"], found.facts["event"]) == (1002, 1, 1001)
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as session:
        session.connection().execute(sa.text("UPDATE event SET person = 'Вера' WHERE id = 7"))
    with store.transaction() as session:
        session.add(Event(at=AT, subject="clip", subject_id=1, what="made"))
    store.upgrade(clock())
    assert (verified(store).adopted, verified(store).links) == (1002, 1003)
    store.close()


def test_an_upgrade_that_ends_in_the_middle_leaves_the_old_database(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old(tmp_path / "old.db", clock, events=3)

    def dies(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(links, "_links", dies)
        store.upgrade(clock())
    assert store.revision() == "0020"
    store.upgrade(clock())
    assert verified(store).adopted == 4
    store.close()


def test_the_twin_that_adopts_nothing_leaves_rows_without_a_link(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old(tmp_path / "old.db", clock, events=1)
    monkeypatch.setattr(links, "adopt", lambda *_: 0)
    store.upgrade(clock())
    assert {fault.kind for fault in verified(store).faults} == {FaultKind.row_unlinked}
    store.close()


def test_the_way_back_and_forth_again(clock: FakeClock, tmp_path: Path) -> None:
    store = old(tmp_path / "old.db", clock, events=2)
    store.upgrade(clock())
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0020")
        connection.execute(sa.text("UPDATE event SET person = 'Вера'"))
        connection.commit()
    store.upgrade(clock())
    assert verified(store).is_whole
    store.close()
