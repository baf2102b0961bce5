"""What the sources find, the unmodified yt-dlp brings: each network's double against its real extractor."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.errors import Gone, NotYet, Refused
from relay.media.fetcher import YtDlpFetcher
from relay.media.probe import probe
from relay.media.toolbox import Toolbox
from relay.sandbox.network import Attached, Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk import shapes
from relay.sources import networks, video_links
from relay.sources.feed.source import FeedSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk import parse as vk_parse
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, settings_for, source_over

pytestmark = pytest.mark.media


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return a_film(tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"another film" * 9000)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir()
    return path


@pytest.fixture
def fetcher(sandbox: Sandbox) -> YtDlpFetcher:
    return YtDlpFetcher(settings_for(sandbox), Toolbox(), networks.extractors())


def test_telegram(
    sandbox: Sandbox, store: Store, clock: FakeClock, network: Network, fetcher: YtDlpFetcher,
    film: Path, other: Path, tmp_path: Path,
) -> None:  # fmt: skip
    network.telegram.has_channel("gorod", "Город")
    network.telegram.posts("gorod", "Читает Анна #proryv80", videos=[film], seconds=72)
    network.telegram.posts("gorod", "Альбом", videos=[film, other])
    network.telegram.posts("gorod", "Большое", videos=[film], big=True)
    source = source_over(sandbox, store, clock, TelegramSource)
    posts = source.posts_behind([f"https://t.me/gorod/{number}" for number in (2, 3, 5)])
    videos = [video for post in posts for video in post.videos]
    assert [video.blocked == "" for video in videos] == [True, True, True, False]
    for video, expected in zip(videos[:3], (film, film, other), strict=True):
        private = tmp_path / f"private-{video.video_id}"
        private.mkdir()
        fetched = fetcher.fetch(video.url, private)
        assert fetched.path.read_bytes() == expected.read_bytes()
    assert fetched.title == "Альбом"
    network.telegram.deletes("gorod", 2)
    (tmp_path / "again").mkdir()
    with pytest.raises(Gone):
        fetcher.fetch(videos[0].url, tmp_path / "again")


def test_rutube(network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, clock: FakeClock,
                sandbox: Sandbox, store: Store, tmp_path: Path) -> None:  # fmt: skip
    network.rutube.has_channel(639184, "Школа 47")
    name = network.rutube.uploads(639184, film, "Читает Анна", seconds=81)
    (post,) = source_over(sandbox, store, clock, RutubeSource).posts_behind([f"https://rutube.ru/shorts/{name}/"])
    fetched = fetcher.fetch(post.videos[0].url, folder)
    assert fetched.path.read_bytes() == film.read_bytes()
    assert (fetched.title, fetched.author, fetched.duration) == ("Читает Анна", "Школа 47", 81)
    network.rutube.deletes(name)
    (tmp_path / "again").mkdir()
    with pytest.raises(Gone):
        fetcher.fetch(post.videos[0].url, tmp_path / "again")


def test_ok(network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, clock: FakeClock,
            sandbox: Sandbox, store: Store, tmp_path: Path) -> None:  # fmt: skip
    group = network.ok.has_group(57024524746860, "Наш город")
    number = network.ok.uploads(group, film, "Читает Анна", author="Анна Иванова", seconds=81)
    (post,) = source_over(sandbox, store, clock, OkSource).posts_behind([f"https://m.ok.ru/video/{number}"])
    fetched = fetcher.fetch(post.videos[0].url, folder)
    assert fetched.path.read_bytes() == film.read_bytes()
    assert (fetched.title, fetched.author) == ("Читает Анна", "Анна Иванова")
    network.ok.deletes(number)
    (tmp_path / "again").mkdir()
    with pytest.raises(Gone):
        fetcher.fetch(post.videos[0].url, tmp_path / "again")


def test_youtube(network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, tmp_path: Path) -> None:
    network.youtube.has_channel("@gorod", "Город")
    number = network.youtube.uploads("@gorod", "Читает Анна #proryv80", seconds=81, path=film)
    link = f"https://www.youtube.com/watch?v={number}"
    fetched = fetcher.fetch(link, folder)
    assert fetched.path.read_bytes() == film.read_bytes()
    assert (fetched.title, fetched.author, fetched.duration) == ("Читает Анна #proryv80", "Город", 81)
    network.youtube.deletes(number)
    (tmp_path / "again").mkdir()
    with pytest.raises(Gone, match="deleted or is private"):
        fetcher.fetch(link, tmp_path / "again")


def test_youtubes_large_files_come_in_two(
    network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, tmp_path: Path
) -> None:
    picture, sound = tmp_path / "picture.mp4", tmp_path / "sound.m4a"
    toolbox = Toolbox()
    for argv in (
        ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=1", "-pix_fmt", "yuv420p", str(picture)),
        ("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(sound)),
    ):
        toolbox.run([toolbox.ffmpeg, "-v", "error", *argv], folder=tmp_path)
    network.youtube.has_channel("@gorod", "Город")
    number = network.youtube.uploads("@gorod", "Коротко", seconds=1, short=True, path=film, apart=(picture, sound))
    fetched = fetcher.fetch(f"https://www.youtube.com/watch?v={number}", folder)
    facts = probe(toolbox, fetched.path, folder, max_seconds=10)
    assert (facts.shape, facts.audio_index is not None) == ((1280, 720), True)


def test_a_bare_file(network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, tmp_path: Path) -> None:
    video = video_links.file_of(network.sites.serves("/files/anna.mp4", film))
    assert video is not None
    assert fetcher.fetch(video.url, folder).path.read_bytes() == film.read_bytes()
    (tmp_path / "again").mkdir()
    with pytest.raises((Refused, NotYet, Gone)):
        fetcher.fetch("http://127.0.0.1/film.mp4#file", tmp_path / "again")
    with pytest.raises(Refused, match="does not fetch from"):
        fetcher.fetch("https://school47.example/files/anna.mp4", tmp_path / "again")


def test_a_file_of_a_feed(network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path, clock: FakeClock,
                          sandbox: Sandbox, store: Store) -> None:  # fmt: skip
    file = network.sites.serves("/anna.mp4", film)
    when = "Thu, 12 Jan 2023 08:00:00 GMT"
    item = f'<item><pubDate>{when}</pubDate><enclosure url="{file}" type="video/mp4"/></item>'
    network.sites.shows("/feed.xml", f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>')
    source = source_over(sandbox, store, clock, FeedSource)
    place = source.resolve("rss:https://school47.example/feed.xml")
    (page,) = source.read(place, since=clock(), until=clock(), tags=[])
    assert fetcher.fetch(page.posts[0].videos[0].url, folder).path.read_bytes() == film.read_bytes()


def test_a_video_that_a_vk_post_carries_as_a_document(
    network: Network, fetcher: YtDlpFetcher, film: Path, folder: Path
) -> None:
    anna = network.has_resident("Анна", "Иванова")
    key = network.posts(anna, "#proryv80", attached=[Attached("doc", path=film)])
    shown = network.post(key)
    assert shown is not None
    post = vk_parse.parse_post(shapes.post(network, shown), vk_parse.Names())
    assert post is not None
    (video,) = post.videos
    assert fetcher.fetch(video.url, folder).path.read_bytes() == film.read_bytes()
