from __future__ import annotations

import pytest

from relay.context import Relay
from tests.erasure.scene import LaidOut
from tests.moderation.town import Town


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def laid_out(relay: Relay, town: Town) -> LaidOut:
    return LaidOut(relay, town)
