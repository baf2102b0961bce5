from __future__ import annotations

import pytest

from relay.context import Relay
from tests.board.region import Region


@pytest.fixture
def region(relay: Relay) -> Region:
    return Region(relay)
