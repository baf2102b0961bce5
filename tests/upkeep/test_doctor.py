from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.alerts import raise_alert
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.models import Video, VideoState
from relay.upkeep.doctor import Finding, look

BYTES = b"a video"
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def relay(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Relay:
    monkeypatch.setenv("RELAY_VK_TOKEN", "t")
    from relay.config import load_settings

    return dataclasses.replace(relay, settings=load_settings(data_dir=relay.settings.data_dir, min_free_gb=0))


def has_video(relay: Relay, state: VideoState = VideoState.fetched, **more: object) -> None:
    with relay.transaction() as session:
        session.add(
            Video(network="vk", owner_id="-1", video_id="2", url="u", state=state, created_at=relay.now(), **more)
        )


def keep(relay: Relay, data: bytes = BYTES) -> Path:
    part = relay.folder("work") / "part"
    part.write_bytes(data)
    relay.media.put(f"originals/{SHA}", part)
    return relay.media.local(f"originals/{SHA}")


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.wrong]


def test_a_healthy_place_has_nothing_to_do(relay: Relay) -> None:
    keep(relay)
    has_video(relay, sha256=SHA)
    assert wrong(look(relay, deep=True)) == []


def test_a_missing_original_is_found_and_fetched_again(relay: Relay) -> None:
    has_video(relay, sha256=SHA)
    assert wrong(look(relay)) == ["originals"]
    assert wrong(look(relay, fix=True)) == []
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found
    assert wrong(look(relay)) == []


def test_a_flipped_bit_is_found_by_the_deep_look_only(relay: Relay) -> None:
    path = keep(relay)
    has_video(relay, sha256=SHA)
    path.chmod(0o600)
    path.write_bytes(b"A video")
    assert wrong(look(relay)) == []
    assert wrong(look(relay, deep=True)) == ["originals"]


def test_a_stale_lease_goes_back_to_the_queue(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() - timedelta(seconds=1), lease_holder="dead")
    assert wrong(look(relay)) == ["unfinished fetches"]
    look(relay, fix=True)
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found


def test_a_file_without_a_row_is_removed_once_it_is_old(relay: Relay) -> None:
    path = keep(relay)
    assert wrong(look(relay)) == []
    old = time.time() - 2 * 3600
    os.utime(path, (old, old))
    assert wrong(look(relay)) == ["files without a row"]
    look(relay, fix=True)
    assert not path.exists()


def test_a_folder_that_nobody_fills_is_removed_once_it_is_old(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() + timedelta(hours=1), lease_holder="host-1/ab")
    old = time.time() - 2 * 3600
    for name in ("fetch-1", "fetch-1-ab", "fetch-1-slept", "fetch-7", "0123"):
        os.utime(relay.folder("work", name), (old, old))
    assert wrong(look(relay)) == ["leftovers"]
    look(relay, fix=True)
    assert {path.name for path in relay.folder("work").iterdir()} == {"fetch-1", "fetch-1-ab"}


def test_open_alerts_and_a_missing_token_are_told(relay: Relay) -> None:
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    without = relay.settings.model_copy(update={"vk_token": SecretStr("")})
    bare = dataclasses.replace(relay, settings=without)
    assert wrong(look(bare)) == ["alert", "VK token"]


def test_a_missing_ffmpeg_is_told(relay: Relay) -> None:
    bare = dataclasses.replace(relay, toolbox=Toolbox(ffmpeg="/no/ffmpeg", walls="landlock"))
    assert wrong(look(bare)) == ["ffmpeg"]
