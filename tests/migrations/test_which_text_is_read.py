"""0029: which text is read, what people said to that, what could not be heard; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Finding, HearingTry, Inspection, QuoteVerdict, ReadingAnswer, ReadingBasis, ReadingProposal
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow

NEW = {"hearingtry", "readingsearch", "readingproposal"}


def test_the_tables_come_and_go(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0028")
        old = OldDatabase(connection, clock)
        old.has("campaign", id=1, slug="s", tz="UTC", state="running")
        old.has("video", id=1, network="vk", owner_id="1", video_id="1", state="fetched")
        old.has("inspection", sha256="a" * 64, finding="accepted")
        old.has("clip", id=1, sha256="a" * 64, campaign_id=1, video_id=1, state="approved")
        connection.commit()
    store.upgrade(clock())
    row = {
        "clip_id": 1, "place": 0, "number": "7", "verdict": QuoteVerdict.read, "evidence": 1.0, "margin": 0.5,
        "covered": 0.9, "first": 0, "last": 60, "start": 3.0, "end": 9.5, "best": [["7", 1.0], ["9", 0.5]],
        "sentences": [[0, 12, 3.0, 4.0]],
        "basis": ReadingBasis.heard, "model": "d01c3014881c", "answer": ReadingAnswer.proposed, "said": "",
        "person": "", "before": {}, "at": clock(),
    }  # fmt: skip
    with store.transaction() as session:
        session.add(ReadingProposal(**row))
        session.add(Inspection(sha256="b" * 64, bytes=1, finding=Finding.accepted, at=clock()))
        session.flush()
        session.add(HearingTry(sha256="b" * 64, model="d01c3014881c", tries=1, next_at=clock()))
    with store.reading() as session:
        assert session.get_one(ReadingProposal, 1).model_dump() == {"id": 1, **row}
        assert session.get_one(HearingTry, "b" * 64).next_at == clock()
    with store.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) >= NEW
        command.downgrade(store._alembic(connection), "0028")
        connection.commit()
        assert not set(sa.inspect(connection).get_table_names()) & NEW
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
