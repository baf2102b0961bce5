from __future__ import annotations

import pytest
from sqlmodel import select

from relay.models import Clip
from relay.search import index
from tests.moderation.town import Town


@pytest.fixture
def town(relay) -> Town:
    return Town(relay)


@pytest.fixture
def finds(relay):
    def found(sought: str) -> list[int]:
        index.catch_up(relay.store)
        with relay.reading() as session:
            return list(session.exec(select(Clip.id).where(*index.clips_with(sought)).order_by(Clip.id)).all())

    return found
