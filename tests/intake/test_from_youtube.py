"""YouTube the whole way: a channel, its shorts and a hashtag, through the unmodified yt-dlp, to clips on the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from relay.collect import campaigns, crawl, sources
from relay.collect.found import posts
from relay.context import Relay
from relay.intake import fetch
from relay.media.fetcher import YtDlpFetcher
from relay.media.lister import YtDlpLister
from relay.models import Clip, Inspection, Video, VideoState
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import networks
from relay.sources.youtube.source import YoutubeSource
from tests.sources.sandboxed import settings_for

pytestmark = pytest.mark.media
SLUG = "proryv80"


def now() -> datetime:
    """yt-dlp turns "3 days ago" into a time by the machine's clock, so everybody has that clock here."""
    return datetime.now(UTC)


@pytest.fixture
def films(relay: Relay, tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"film{number}.mp4" for number in range(3)]
    for number, path in enumerate(paths):
        picture = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=10:d=1,hue=h={number * 90}")
        argv = [relay.toolbox.ffmpeg, "-v", "error", *picture, "-pix_fmt", "yuv420p", str(path)]
        relay.toolbox.run(argv, folder=tmp_path)
    return paths


@pytest.fixture
def town(films: list[Path]) -> Network:
    network = Network(now)
    network.youtube.has_channel("@gorod", "Наш город")
    network.youtube.has_channel("@anna", "Анна Иванова")
    network.youtube.uploads("@gorod", "Письмо деда #proryv80", path=films[0], at=now() - timedelta(days=2))
    network.youtube.uploads("@gorod", "Коротко #proryv80", path=films[1], short=True, at=now() - timedelta(days=1))
    network.youtube.uploads("@anna", "Читаю #proryv80", path=films[2], at=now() - timedelta(hours=5))
    network.youtube.uploads("@gorod", "Ярмарка", path=films[2], at=now() - timedelta(hours=4))
    return network


@pytest.fixture
def real(relay: Relay, town: Network) -> Iterator[Relay]:
    with Sandbox(town) as sandbox:
        settings = settings_for(sandbox, data_dir=relay.settings.data_dir, min_free_gb=0)
        source = YoutubeSource(
            settings, relay.store, now, YtDlpLister(settings, relay.toolbox, networks.list_extractors())
        )
        fetcher = YtDlpFetcher(settings, relay.toolbox, networks.extractors())
        yield replace(relay, settings=settings, sources={"yt": source}, fetcher=fetcher, clock=now)


def test_a_channel_its_shorts_and_a_hashtag_become_clips(real: Relay, town: Network, films: list[Path]) -> None:
    day = timedelta(days=1)
    campaigns.new(
        real,
        slug=SLUG,
        title="Прорыв",
        hashtags=["#proryv80"],
        opens=f"{now() - 5 * day:%Y-%m-%d}",
        closes=f"{now() + day:%Y-%m-%d}",
        tz="UTC",
    )
    campaigns.start(real, SLUG, person="olga")
    for address in ("https://www.youtube.com/@gorod", "yt:#proryv80"):
        sources.add(real, SLUG, address)

    assert [sweep.complete for sweep in crawl.crawl(real, SLUG)] == [True, True]
    ours = [post for post in posts.listing(real, SLUG) if post.match == "exact"]
    assert {post.text for post in ours} == {"Письмо деда #proryv80", "Коротко #proryv80", "Читаю #proryv80"}
    for video_id in fetch.waiting(real):
        assert fetch.fetch_video(real, video_id).state is VideoState.fetched

    with real.reading() as session:
        videos = session.exec(select(Video)).all()
        clips = session.exec(select(Clip)).all()
        looks = [session.get_one(Inspection, clip.sha256) for clip in clips]
    assert {video.network for video in videos} == {"yt"}
    assert len(videos) == len(clips) == 3
    assert {clip.name for clip in clips} == {"Наш город", "Анна Иванова"}
    assert {real.media.local(f"originals/{clip.sha256}").read_bytes() for clip in clips} == {
        film.read_bytes() for film in films
    }
    assert all(look.width == 320 and real.media.has(look.proxy) for look in looks)
    assert set(town.visits) >= {"youtube list", "youtube video", "youtube player", "youtube file"}
