from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.models import NoVideo
from relay.ports import ItemKey
from relay.sources.vk.links import VideoKey, items_in, no_video, on_vk, post_key, unwrapped, video_key, video_of


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://vk.com/video-1_2", VideoKey(-1, 2)),
        ("https://vk.com/video1_2", VideoKey(1, 2)),
        ("http://m.vk.com/video-1_2", VideoKey(-1, 2)),
        ("https://vk.ru/video-1_2", VideoKey(-1, 2)),
        ("https://vkvideo.ru/video-1_2", VideoKey(-1, 2)),
        ("vk.com/video-1_2", VideoKey(-1, 2)),
        ("https://vk.com/video-1_2?list=28c5d2d4ea8f6c67b1", VideoKey(-1, 2, "video", "28c5d2d4ea8f6c67b1")),
        ("https://vk.com/video-1_2?list=ln-AbC123", VideoKey(-1, 2, "video", "ln-AbC123")),
        ("https://vk.com/video-1_2?list=../x", VideoKey(-1, 2)),
        ("https://vk.com/clip-1_2", VideoKey(-1, 2, "clip")),
        ("https://vk.com/clips-9?z=clip-1_2", VideoKey(-1, 2, "clip")),
        ("https://vk.com/gorod?z=video-1_2%2Fclub1", VideoKey(-1, 2)),
        ("https://vk.com/video?z=video7_9%2Fpl_cat_updates", VideoKey(7, 9)),
        ("https://vk.com/videos-1?z=video-1_2", VideoKey(-1, 2)),
        ("https://vk.com/video_ext.php?oid=-1&id=2&hash=abc", VideoKey(-1, 2)),
        ("https://vkvideo.ru/video_ext.php?oid=1&id=2", VideoKey(1, 2)),
        ("https://vk.com/video_ext.php?oid=x&id=2", None),
        ("https://vk.com/video/@anna", None),
        ("https://vk.com/wall-1_2", None),
        ("https://vk.com/gorod", None),
        ("https://example.org/video-1_2", None),
        ("https://vk.com.evil.ru/video-1_2", None),
        ("ftp://vk.com/video-1_2", None),
        ("", None),
        ("https://[", None),
    ],
)
def test_every_address_of_a_video_gives_one_key(url: str, key: VideoKey | None) -> None:
    assert video_key(url) == key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://vk.com/wall-1_2", (-1, 2)),
        ("https://m.vk.com/wall7_2?reply=5", (7, 2)),
        ("https://vk.com/gorod?w=wall-1_2", (-1, 2)),
        ("https://vk.com/feed?w=wall-1_2%2Fall", (-1, 2)),
        ("vk.ru/wall-1_2", (-1, 2)),
        ("https://vk.com/wall-1", None),
        ("https://vk.com/video-1_2", None),
        ("https://example.org/wall-1_2", None),
    ],
)
def test_every_address_of_a_post_gives_one_key(url: str, key: tuple[int, int] | None) -> None:
    assert post_key(url) == key


@pytest.mark.slow
@given(st.text())
def test_no_address_breaks_the_reader(url: str) -> None:
    for address in (url, f"https://vk.com/{url}", f"vk:{url}"):
        on_vk(address)
        video_key(address)
        post_key(address)
        video_of(address)
        no_video(address)
        unwrapped(address)
        items_in(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://vk.com/story7_9", NoVideo.story),
        ("https://vkvideo.ru/playlist/-1_3", NoVideo.playlist),
        ("https://vk.com/videos-1", NoVideo.playlist),
        ("https://vk.com/doc-1_2", NoVideo.document),
        ("https://m.vk.com/@gorod-pisma", NoVideo.article),
        ("https://vk.com/podcast-1_2", NoVideo.sound),
        ("https://vk.com/gorod?w=wall-1_2", NoVideo.elsewhere),
        ("https://vk.com/gorod", None),
    ],
)
def test_what_a_page_holds_that_is_no_video(url: str, why: NoVideo | None) -> None:
    assert no_video(url) is why


def test_a_persons_video_is_that_persons_and_a_communitys_nobodys() -> None:
    assert [video_of(f"vk.com/video{owner}_2").author.id for owner in (7, -1)] == ["7", ""]


def test_posts_and_videos_are_named_without_the_host_too() -> None:
    assert items_in("wall-1_2, https://vk.com/gorod?z=video7_9 и clip-3_4") == [
        ItemKey("-1", "2", is_post=True),
        ItemKey("7", "9", is_post=False),
        ItemKey("-3", "4", is_post=False),
    ]
