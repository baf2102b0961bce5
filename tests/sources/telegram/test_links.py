from __future__ import annotations

import pytest

from relay.models import NoVideo
from relay.sources.telegram import links
from relay.sources.telegram.links import PostKey


@pytest.mark.parametrize(
    ("link", "channel", "number"),
    [
        ("https://t.me/gorod/5", "gorod", 5),
        ("t.me/gorod/5", "gorod", 5),
        ("https://t.me/s/gorod/5", "gorod", 5),
        ("https://t.me/gorod/5?single", "gorod", 5),
        ("https://t.me/gorod/5?embed=1&mode=tme", "gorod", 5),
        ("https://t.me/gorod/3/5", "gorod", 5),
        ("https://telegram.me/gorod/5", "gorod", 5),
        ("http://www.t.me/gorod/5/", "gorod", 5),
        ("tg://resolve?domain=gorod&post=5", "gorod", 5),
        ("https://t.me/Gorod/5", "Gorod", 5),
    ],
)
def test_every_way_to_write_a_message_leads_to_it(link: str, channel: str, number: int) -> None:
    assert links.post_key(link) == PostKey(channel, number)
    video = links.video_of(link)
    assert video is not None
    assert (video.owner_id, video.video_id) == ("gorod", "5")


@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/gorod",
        "https://t.me/s/gorod",
        "https://t.me/+AbCdEf",
        "https://t.me/joinchat/AbCdEf",
        "https://t.me/c/12345/6",
        "https://t.me/gorod/0",
        "https://t.me/gorod/x",
        "https://example.org/gorod/5",
        "https://t.me.example.org/gorod/5",
        "https://[broken/gorod/5",
        "",
    ],
)
def test_what_is_no_message_is_none(link: str) -> None:
    assert links.post_key(link) is None
    assert links.video_of(link) is None


def test_a_story_is_no_message() -> None:
    assert links.no_video("https://t.me/gorod/s/5") is NoVideo.story
    assert links.no_video("https://t.me/gorod/5") is links.no_video("https://t.me/gorod") is None
