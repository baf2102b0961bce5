from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.config import Settings
from relay.errors import DiskFull, ExtractorBroken, Gone, NotYet, Refused
from relay.media.fetcher import YtDlpFetcher
from relay.media.probe import probe
from relay.media.toolbox import Toolbox
from relay.sandbox.network import Key, Network
from relay.sandbox.server import Sandbox
from relay.sources import networks
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.media


@pytest.fixture
def network(clock: FakeClock) -> Network:
    return Network(clock)


@pytest.fixture
def sandbox(network: Network) -> Iterator[Sandbox]:
    with Sandbox(network) as sandbox:
        yield sandbox


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three megabytes that the network serves as a video; the fetcher does not look inside."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"".join(hashlib.sha256(bytes([n % 251])).digest() for n in range(98_000)))
    return path


@pytest.fixture
def video(network: Network, film: Path) -> Key:
    anna = network.has_resident("Анна", "Иванова")
    return network.uploads(anna, film, title="Письмо деда", duration=12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir()
    return path


def settings_for(sandbox: Sandbox, **more: object) -> Settings:
    values = {name.removeprefix("RELAY_").lower(): value for name, value in sandbox.settings().items()} | more
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def fetcher_for(sandbox: Sandbox, **more: object) -> YtDlpFetcher:
    return YtDlpFetcher(settings_for(sandbox, **more), Toolbox(), networks.extractors())


def link(video: Key) -> str:
    return f"https://vk.com/video{video}"


def test_brings_the_bytes_the_title_and_the_author(sandbox: Sandbox, video: Key, film: Path, folder: Path) -> None:
    told: list[float] = []

    fetched = fetcher_for(sandbox).fetch(link(video), folder, progress=told.append)

    assert fetched.path.read_bytes() == film.read_bytes()
    assert fetched.path.parent == folder
    assert fetched.bytes == film.stat().st_size
    assert fetched.title == "Письмо деда"
    assert fetched.author == "Анна Иванова"
    assert told and max(told) <= 1.0


def test_solves_the_challenge_of_the_web_side(sandbox: Sandbox, network: Network, video: Key, folder: Path) -> None:
    network.challenges()

    assert fetcher_for(sandbox).fetch(link(video), folder).bytes > 0


def test_goes_on_with_a_part_after_the_connection_was_cut(
    sandbox: Sandbox, network: Network, video: Key, film: Path, folder: Path
) -> None:
    network.web_breaks(times=50, after=0.4)
    with pytest.raises(NotYet):
        fetcher_for(sandbox).fetch(link(video), folder)
    part = folder / "video.mp4.part"
    kept = part.stat().st_size
    assert 0 < kept < film.stat().st_size
    network.heals()

    fetched = fetcher_for(sandbox).fetch(link(video), folder)

    assert fetched.path.read_bytes() == film.read_bytes()


def test_asks_for_a_fresh_link_when_the_first_one_ran_out(
    sandbox: Sandbox, network: Network, video: Key, film: Path, folder: Path
) -> None:
    network.web_refuses(times=1, status=403)

    assert fetcher_for(sandbox).fetch(link(video), folder).path.read_bytes() == film.read_bytes()


def test_a_deleted_or_hidden_video_is_gone(sandbox: Sandbox, network: Network, video: Key, folder: Path) -> None:
    network.deletes_video(video)
    with pytest.raises(Gone, match="deleted or is private"):
        fetcher_for(sandbox).fetch(link(video), folder)

    network.hides_video(video)
    with pytest.raises(Gone):
        fetcher_for(sandbox).fetch(link(video), folder)


def test_a_video_that_is_still_processed_comes_later(
    sandbox: Sandbox, network: Network, video: Key, folder: Path
) -> None:
    network.processes_video(video)

    with pytest.raises(NotYet):
        fetcher_for(sandbox).fetch(link(video), folder)


def test_a_network_that_is_down_is_tried_again(sandbox: Sandbox, network: Network, video: Key, folder: Path) -> None:
    network.is_down()

    with pytest.raises(NotYet):
        fetcher_for(sandbox).fetch(link(video), folder)


def test_a_page_that_changed_is_the_extractors_trouble(
    sandbox: Sandbox, network: Network, video: Key, folder: Path
) -> None:
    network.web_changes(times=5)

    with pytest.raises(ExtractorBroken) as caught:
        fetcher_for(sandbox).fetch(link(video), folder)
    assert "Update yt-dlp" in caught.value.line


def test_a_video_that_is_too_large_is_refused(sandbox: Sandbox, video: Key, folder: Path) -> None:
    with pytest.raises(Refused, match="larger than allowed"):
        fetcher_for(sandbox, max_video_mb=1).fetch(link(video), folder)


def test_a_link_to_another_site_is_refused(sandbox: Sandbox, folder: Path) -> None:
    with pytest.raises(Refused, match="does not fetch from"):
        fetcher_for(sandbox).fetch("https://example.com/film.mp4", folder)


def test_no_room_on_the_disk_is_said_before_anything_is_fetched(sandbox: Sandbox, video: Key, folder: Path) -> None:
    with pytest.raises(DiskFull, match="GB are free"):
        fetcher_for(sandbox, min_free_gb=1e6).fetch(link(video), folder)
    assert list(folder.iterdir()) == []


def test_a_network_without_our_certificate_is_not_believed(sandbox: Sandbox, video: Key, folder: Path) -> None:
    with pytest.raises(NotYet):
        fetcher_for(sandbox, ca_bundle=None).fetch(link(video), folder)


def test_picture_and_sound_that_come_apart_are_joined(tmp_path: Path, folder: Path) -> None:
    """The joining itself; that VK serves them so is not established, so the sandbox doesn't."""
    toolbox = Toolbox()
    picture, sound = folder / "picture.mp4", folder / "sound.webm"
    words = ["-v", "error", "-f", "lavfi", "-i"]
    toolbox.run([toolbox.ffmpeg, *words, "testsrc2=s=320x180:r=25:d=1", str(picture)], folder=folder)
    toolbox.run([toolbox.ffmpeg, *words, "sine=d=1:r=48000", "-c:a", "libopus", str(sound)], folder=folder)
    fetcher = YtDlpFetcher(Settings(_env_file=None), toolbox, networks.extractors())  # type: ignore[call-arg]

    whole = fetcher._whole(folder, [picture, sound])

    facts = probe(toolbox, whole, folder, max_seconds=10)
    assert (facts.codec, facts.audio_codec) == ("h264", "opus")
    assert fetcher._whole(folder, [picture]) == picture
