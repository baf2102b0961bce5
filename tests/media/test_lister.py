"""The real yt-dlp, in its child, against the sandbox's lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.media.lister import YtDlpLister
from relay.media.toolbox import Toolbox
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import networks
from tests.sources.sandboxed import settings_for

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """yt-dlp turns "3 days ago" into a time by the machine's clock, so the network has that clock."""
    network = Network()
    now = datetime.now(UTC)
    network.youtube.has_channel("@gorod", "Город")
    for days in (9, 3):
        network.youtube.uploads("@gorod", f"Письмо {days} #proryv80", seconds=75, at=now - timedelta(days=days))
    network.youtube.uploads("@gorod", "Коротко #proryv80", short=True, at=now - timedelta(days=1))
    with Sandbox(network) as sandbox:
        yield sandbox


@pytest.fixture
def lister(sandbox: Sandbox) -> YtDlpLister:
    return YtDlpLister(settings_for(sandbox), Toolbox(), networks.list_extractors())


def test_a_channels_videos(lister: YtDlpLister) -> None:
    title, entries = lister.entries("https://www.youtube.com/@gorod/videos", most=10)
    assert title.startswith("Город")
    assert [(one.id, one.title, one.duration) for one in entries] == [
        ("sandbox0001", "Письмо 3 #proryv80", 75.0),
        ("sandbox0000", "Письмо 9 #proryv80", 75.0),
    ]
    ages = [(datetime.now(UTC) - one.at).days for one in entries if one.at]
    assert ages[0] in (2, 3) and ages[1] in (6, 7, 8, 9), "the list tells weeks only"
    assert len(lister.entries("https://www.youtube.com/@gorod/videos", most=1)[1]) == 1


def test_shorts_have_no_date(lister: YtDlpLister) -> None:
    _, (short,) = lister.entries("https://www.youtube.com/@gorod/shorts", most=10)
    assert (short.id, short.title, short.at) == ("sandbox0002", "Коротко #proryv80", None)


def test_a_hashtags_videos(lister: YtDlpLister) -> None:
    _, entries = lister.entries("https://www.youtube.com/hashtag/proryv80", most=10)
    assert [one.id for one in entries] == ["sandbox0001", "sandbox0000"]


def test_what_is_not_there_and_what_is_no_list(lister: YtDlpLister) -> None:
    with pytest.raises(Closed):
        lister.entries("https://www.youtube.com/@nikogo/videos", most=10)
    for url in ("https://vk.com/gorod", "file:///etc/passwd", "http://127.0.0.1/"):
        with pytest.raises(Refused):
            lister.entries(url, most=10)


def test_a_network_that_is_down_is_tried_later(sandbox: Sandbox, lister: YtDlpLister) -> None:
    sandbox.network.is_down()
    try:
        with pytest.raises(TryLater) as caught:
            lister.entries("https://www.youtube.com/@gorod/videos", most=10)
    finally:
        sandbox.network.heals()
    assert "{" not in caught.value.line
