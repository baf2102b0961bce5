from __future__ import annotations

import pytest

from relay.context import Relay
from tests.permissions.premiere import Premiere


@pytest.fixture
def premiere(relay: Relay) -> Premiere:
    return Premiere(relay)
