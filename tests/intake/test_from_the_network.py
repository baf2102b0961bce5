"""All of it for real: sandbox network, unmodified yt-dlp, guard, vault, ffmpeg, clip."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from relay.context import Relay
from relay.intake import fetch
from relay.media.fetcher import YtDlpFetcher
from relay.media.toolbox import Toolbox
from relay.models import Finding, Inspection, Video, VideoState
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import networks
from tests.fakes.clock import FakeClock
from tests.intake.scene import Scene

pytestmark = pytest.mark.media


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path, toolbox = tmp_path / "film.mp4", Toolbox()
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=480x270:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *inputs, "-b:v", "4M", str(path)], folder=tmp_path)
    return path


def test_a_cut_connection_costs_a_try_and_no_bytes_twice(
    relay: Relay, clock: FakeClock, film: Path, tmp_path: Path
) -> None:
    network = Network(clock)
    key = network.uploads(network.has_resident("Анна", "Иванова"), film, title="Письмо", duration=2)
    with Sandbox(network) as sandbox:
        values = {name.removeprefix("RELAY_").lower(): value for name, value in sandbox.settings().items()}
        settings = relay.settings.model_validate(relay.settings.model_dump() | values)
        relay = dataclasses.replace(
            relay, settings=settings, fetcher=YtDlpFetcher(settings, relay.toolbox, networks.extractors())
        )
        scene = Scene(relay, tmp_path)
        video = scene.video()
        with relay.transaction() as session:
            session.get_one(Video, video).url = f"https://vk.com/video{key}"
        scene.post(scene.campaign(), video)

        network.web_breaks(times=50, after=0.3)
        assert fetch.fetch_video(relay, video).state is VideoState.unavailable
        part = settings.data_dir / "work" / f"fetch-{video}" / "video.mp4.part"
        assert 0 < part.stat().st_size < film.stat().st_size

        network.heals()
        clock.moves(hours=1)
        done = fetch.fetch_video(relay, video)

    assert done.state is VideoState.fetched
    assert relay.media.local(f"originals/{done.sha256}").read_bytes() == film.read_bytes()
    assert not part.parent.exists()
    (clip,) = scene.clips()
    assert clip.name == "Анна Иванова"
    with relay.reading() as session:
        look = session.get_one(Inspection, clip.sha256)
    assert look.finding is Finding.accepted
    assert relay.media.has(look.proxy)
