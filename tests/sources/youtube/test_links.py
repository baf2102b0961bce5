from __future__ import annotations

import pytest

from relay.models import NoVideo
from relay.sources.youtube import links

PLAYLIST = "PL0123456789"


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://youtu.be/abcdefghijk", True), ("youtube.com/@gorod", True),
        ("https://www.youtube-nocookie.com/embed/x", True), ("https://youtube.com.evil.example/", False),
        ("https://vk.com/video1_2", False), ("", False),
    ],
)  # fmt: skip
def test_which_addresses_are_its_own(url: str, claimed: bool) -> None:
    assert links.on_youtube(url) is links.LINKS.claims(url) is claimed


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"https://www.youtube.com/playlist?list={PLAYLIST}", NoVideo.playlist),
        (f"https://www.youtube.com/watch?v=x&list={PLAYLIST}", NoVideo.playlist),
        ("https://www.youtube.com/watch?v=x&list=RDx", None),
        ("https://www.youtube.com/@gorod", None),
    ],
)
def test_a_playlist_is_told_as_one(url: str, why: NoVideo | None) -> None:
    assert links.no_video(url) is links.LINKS.no_video(url) is why


def test_a_video_leads_to_the_page_on_which_it_is_watched() -> None:
    found = links.LINKS.video_of("youtu.be/abcdefghijk")
    assert found is not None
    assert (found.network, found.video_id, found.url) == (
        "yt", "abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk",
    )  # fmt: skip
