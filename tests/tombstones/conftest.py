from __future__ import annotations

import pytest

from relay.context import Relay
from relay.tombstones.entrance import key_of
from relay.tombstones.key import TombstoneKey
from tests.moderation.town import Town


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def key(relay: Relay) -> TombstoneKey:
    return key_of(relay)
