from __future__ import annotations

import pytest

from relay.context import Relay
from tests.moderation.town import Town


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)
