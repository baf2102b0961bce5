"""Videos that OK shows and that lie elsewhere."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from relay.ports import Author, SeenVideo
from relay.sources import ok


def _video(provider: str, **movie: Any) -> SeenVideo:
    metadata = {
        "provider": provider,
        "movie": {"title": "Письмо #proryv80", "duration": "31"} | movie,
        "author": {"id": "5", "name": "Анна Ильина"},
    }
    options = html.escape(json.dumps({"movieId": "20079905452", "flashvars": {"metadata": metadata}}))
    post = ok._post(
        "20079905452",
        f'<html><head><meta property="ya:ovs:upload_date" content="2023-01-12"></head>'
        f'<body><div data-module="OKVideo" data-options="{options}"></div></body></html>',
    )
    assert post is not None
    assert (post.url, post.post_id) == ("https://ok.ru/video/20079905452", "20079905452")
    (video,) = post.videos
    return video


@pytest.mark.parametrize(
    "content", ["abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk", "youtu.be/abcdefghijk"]
)
def test_a_video_of_youtube_that_ok_embeds_is_fetched_from_youtube(content: str) -> None:
    video = _video("USER_YOUTUBE", contentId=content)
    assert (video.network, video.video_id, video.blocked, video.linked) == ("yt", "abcdefghijk", "", True)
    assert (video.title, video.duration, video.author) == ("Письмо #proryv80", 31.0, Author("5", "Анна Ильина"))


@pytest.mark.parametrize(
    ("provider", "movie"),
    [("USER_YOUTUBE", {}), ("USER_YOUTUBE", {"contentId": "nonsense"}), ("OPEN_GRAPH", {"contentId": "abcdefghijk"})],
)
def test_a_video_elsewhere_without_an_address_says_so(provider: str, movie: dict[str, str]) -> None:
    video = _video(provider, **movie)
    assert (video.network, video.video_id, video.blocked_for_good) == ("ok", "20079905452", True)
    assert "hosted elsewhere" in video.blocked


@pytest.mark.parametrize("provider", ["UPLOADED_ODKL", "LIVE_TV_APP"])
def test_oks_own_videos_are_oks(provider: str) -> None:
    video = _video(provider, contentId="abcdefghijk")
    assert (video.network, video.url, video.blocked) == ("ok", "https://ok.ru/video/20079905452", "")
