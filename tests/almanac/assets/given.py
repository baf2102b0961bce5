"""Files that an organizer gives."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from relay.context import Relay
from tests.moderation.town import Town

SUM = hashlib.sha256(b"tune").hexdigest()


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "Время.MP3"
    path.write_bytes(b"tune")
    return path


def left(relay: Relay) -> list[Path]:
    return list(relay.folder("incoming").iterdir())
