from __future__ import annotations

from pathlib import Path

import pytest

from relay.context import Relay
from tests.intake.participants import Participants, whose_page_is_open
from tests.intake.scene import Scene


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    return Scene(relay, tmp_path)


@pytest.fixture
def people(relay: Relay, tmp_path: Path) -> Participants:
    """Participants of a running campaign whose page is open."""
    return whose_page_is_open(relay, tmp_path)
