from __future__ import annotations

import pytest

from relay.context import Relay
from tests.chain.record import RecordOfTests


@pytest.fixture
def record(relay: Relay) -> RecordOfTests:
    return RecordOfTests(relay)
