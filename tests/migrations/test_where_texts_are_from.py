"""0032: what participants said on the hand-in page stands on their clips; and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import select

from relay.models import Clip, HandIn, TextOrigin
from relay.search import index
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow

BEFORE = "0031"
SAID = {"1": "family", "2": "quote", "3": "relative", "4": "somewhere", "5": ""}


def old(path: Path, clock: FakeClock) -> Store:
    store = Store(f"sqlite:///{path}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), BEFORE)
        there = OldDatabase(connection, clock)
        there.has("campaign", id=1, slug="s", tz="UTC", state="running", hashtags=["t"], aliases=[])
        there.has("video", id=1, network="vk", owner_id="-1", video_id="1", state="fetched")
        for number, said in enumerate([*SAID.values(), None], 1):
            sha256 = str(number) * 64
            there.has("inspection", sha256=sha256, finding="accepted")
            came = {} if said is None else {"handed_in": str(number)}
            there.has(
                "clip", id=number, campaign_id=1, video_id=1, sha256=sha256, state="awaiting", corrected=[], **came
            )
            if said is not None:
                link = f"{number:064d}"
                there.has("handin", id=number, campaign_id=1, number=str(number), link_hash=link, state="taken in",
                          text_source=said)  # fmt: skip
        connection.commit()
    return store


def test_what_was_said_before_stands_on_the_clips(clock: FakeClock, tmp_path: Path) -> None:
    store = old(tmp_path / "old.db", clock)
    store.upgrade(clock())
    wanted = [TextOrigin.family, TextOrigin.selection, TextOrigin.relative, TextOrigin.unknown, TextOrigin.unknown]
    with store.reading() as session:
        assert list(session.exec(select(HandIn.origin).order_by(HandIn.id))) == wanted  # type: ignore[arg-type]
        clips = session.exec(select(Clip).order_by(Clip.id)).all()  # type: ignore[arg-type]
        assert [clip.origin for clip in clips] == [*wanted, TextOrigin.unknown]
        assert {clip.text_author for clip in clips} == {""}
        assert index.is_told_of_changes(session)
    store.close()


def test_the_way_back(clock: FakeClock, tmp_path: Path) -> None:
    store = old(tmp_path / "old.db", clock)
    store.upgrade(clock())
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), BEFORE)
        connection.commit()
        said = connection.execute(sa.text("SELECT text_source FROM handin ORDER BY id")).scalars().all()
        assert said == ["family", "quote", "relative", "", ""]
        names = {column["name"] for column in sa.inspect(connection).get_columns("clip")}
        assert not names & {"origin", "text_author"}
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
    store.close()
