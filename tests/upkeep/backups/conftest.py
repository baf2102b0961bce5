from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relay import installation_key
from relay.context import Relay
from relay.models import Account, Role, Video, VideoState
from tests.beside import relay_in
from tests.upkeep.backups.kills import ALIVE, breaks

BYTES = b"a video" * 100
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def filled(relay: Relay) -> Relay:
    part = relay.folder("work") / "part"
    part.write_bytes(BYTES)
    relay.media.put(f"originals/{SHA}", part)
    with relay.transaction() as session:
        session.add(
            Video(
                network="vk",
                owner_id="-1",
                video_id="2",
                url="https://vk.com/video-1_2",
                state=VideoState.fetched,
                sha256=SHA,
                created_at=relay.now(),
            )
        )
        session.add(Account(login="a", name="Anna", role=Role.moderator, password_hash="x", created_at=relay.now()))
    installation_key.secret(relay)
    return relay


@pytest.fixture
def elsewhere(relay: Relay, tmp_path: Path) -> Relay:
    return relay_in(relay, tmp_path / "elsewhere")


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """`killed_at(n)`: as kills.breaks says; over when the test is."""
    set_to = breaks(monkeypatch)
    yield set_to
    set_to(ALIVE)
