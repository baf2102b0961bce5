"""0031: a clip may stand in a film in several pieces; and back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import select

from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState, Segment
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


def test_segments_of_before_have_no_pieces(relay: Relay) -> None:
    Town(relay).has_clip(state=ClipState.approved)
    queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        segment = session.exec(select(Segment)).one()
        segment.pieces = [[0, 1, 10, 60]]
        session.add(segment)
    store = relay.store
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0030")
        connection.commit()
        assert "pieces" not in {column["name"] for column in sa.inspect(connection).get_columns("segment")}
        connection.rollback()
        command.upgrade(store._alembic(connection), "head")
        connection.commit()
    with relay.reading() as session:
        kept = session.exec(select(Segment)).one()
        assert (kept.pieces, kept.clip_id, kept.position) == ([], 1, 1)
