from __future__ import annotations

from pathlib import Path

import pytest

from relay.context import Relay
from relay.intake.hand_in import hand_ins
from tests.intake.participants import SLUG, Participants
from tests.intake.scene import Scene


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    return Scene(relay, tmp_path)


@pytest.fixture
def people(relay: Relay, tmp_path: Path) -> Participants:
    """Participants of a running campaign whose page is open."""
    scene = Scene(relay, tmp_path)
    scene.campaign(SLUG)
    hand_ins.switch(relay, SLUG, is_open=True, person="Ольга")
    return Participants(relay, scene)
