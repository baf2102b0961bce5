from __future__ import annotations

import pytest

from relay.models import NoVideo
from relay.sources import video_links

HEX = "3eac3b4561676c17df9132a9a1e62e3e"


@pytest.mark.parametrize(
    ("links", "key"),
    [
        (("https://vk.com/video-1_2", "https://vk.ru/video-1_2", "https://m.vk.ru/video-1_2?list=abc123",
          "https://m.vk.com/video-1_2?from=groups", "https://new.vk.com/video-1_2", "https://www.vk.com/video-1_2#t",
          "vkvideo.ru/video-1_2", "https://m.vkvideo.ru/video-1_2", "VK.COM/video-1_2", "https://vkvideo.ru/clip-1_2",
          "https://vk.com/clips-1?z=clip-1_2", "https://vk.com/feed?z=video-1_2%2Fx",
          "https://vk.com/feed?w=wall-5_6&z=video-1_2", "https://vk.com/wall-5_6?z=video-1_2%2Fabc123",
          "https://vk.com/videos-1?z=video-1_2%2Fclub1%2Fpl_-1_-2", "https://vk.com/video/@gorod?z=video-1_2",
          "https://vkvideo.ru/playlist/-1_3/video-1_2", "https://vk.com/video/playlist/-1_3?z=video-1_2",
          "https://vk.com/video_ext.php?oid=-1&id=2", "https://vkvideo.ru/video_ext.php?oid=-1&amp;id=2&amp;hash=a1",
          "https://vk.com/away.php?to=https%3A%2F%2Fvkvideo.ru%2Fvideo-1_2&cc_key="), ("vk", "-1", "2")),
        (("https://t.me/gorod/5", "https://t.me/s/Gorod/5", "tg://resolve?domain=gorod&post=5", "gorod.t.me/5",
          "https://gorod.t.me/s/5", "https://telegram.me/gorod/5?embed=1", "t.me/gorod/5?single&comment=1",
          "https://telegram.dog/gorod/5", "https://www.t.me/gorod/5",
          "https://m.vk.com/away.php?to=https%3A%2F%2Ft.me%2Fgorod%2F5"), ("tg", "gorod", "5")),
        ((f"https://rutube.ru/video/{HEX}/", f"https://rutube.ru/play/embed/{HEX}", f"rutube.ru/shorts/{HEX}/",
          f"https://m.rutube.ru/video/{HEX}", f"https://www.rutube.ru/live/video/{HEX}/",
          f"https://rutube.ru/embed/{HEX}?skinColor=7cb342"), ("rutube", "", HEX)),
        (("https://ok.ru/video/20079905452", "https://m.ok.ru/live/20079905452", "https://ok.ru/videoembed/20079905452",
          "https://mobile.ok.ru/video/20079905452", "https://www.odnoklassniki.ru/video/20079905452",
          "https://ok.ru/web-api/video/moviePlayer/20079905452", "https://ok.ru/gorod?st.mvId=20079905452",
          "https://m.ok.ru/dk?st.cmd=movieLayer&st.discId=20079905452&st.retLoc=x"), ("ok", "", "20079905452")),
        (("https://youtu.be/abcdefghijk?t=5", "https://www.youtube.com/watch?v=abcdefghijk&list=x",
          "https://m.youtube.com/shorts/abcdefghijk", "youtube.com/embed/abcdefghijk",
          "https://www.youtube.com/live/abcdefghijk", "https://youtube.com/watch?app=desktop&v=abcdefghijk",
          "youtube-nocookie.com/embed/abcdefghijk", "https://www.youtube.com/e/abcdefghijk",
          "https://www.youtube.com/watch/abcdefghijk", "https://music.youtube.com/watch?v=abcdefghijk",
          "https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3Dabcdefghijk%26feature%3Dshare"),
         ("yt", "", "abcdefghijk")),
    ],
)  # fmt: skip
def test_all_spellings_of_a_video_are_one(links: tuple[str, ...], key: tuple[str, str, str]) -> None:
    (video,) = video_links.videos_of(links)
    assert (video.network, video.owner_id, video.video_id) == key
    assert video_links.video_of(video.url) == video, "what the fetcher is given means the same video"


@pytest.mark.parametrize(
    "link",
    [
        *("", "https://example.org/video-1_2", "https://youtu.be/short", "https://vk.com/wall-1_2", "mailto:a@b"),
        *(
            "https://t.me.example.org/5",
            "https://vk.com/away.php",
            "https://example.org/away.php?to=https://youtu.be/x",
        ),
        *("https://www.youtube.com/attribution_link?u=/attribution_link?u=x", "https://ok.ru/dk?st.discId=20079905452"),
    ],
)
def test_other_links_are_no_video(link: str) -> None:
    assert video_links.video_of(link) is None


def test_a_bare_file_is_named_by_its_host_and_address() -> None:
    video = video_links.file_of("https://School47.example/a b.mp4?x=1#t=5", title="Анна")
    assert video is not None
    assert (video.network, video.owner_id, video.url) == (
        "web",
        "school47.example",
        "https://school47.example/a b.mp4?x=1#file",
    )
    assert video.video_id == getattr(video_links.file_of("https://school47.example/a b.mp4?x=1"), "video_id", "")
    for bad in ("ftp://x.example/a.mp4", "https:///a.mp4", "https://u:p@x.example/a.mp4", "https://[x/a.mp4", "a.mp4"):
        assert video_links.file_of(bad) is None


def test_links_are_found_in_talk() -> None:
    talk = "Смотрите (https://youtu.be/abcdefghijk), а ещё «https://vk.com/video1_2». И всё!"
    assert video_links.links_in(talk) == ["https://youtu.be/abcdefghijk", "https://vk.com/video1_2"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Письмо.JPG", NoVideo.pictures),
        ("IMG_0001.heif", NoVideo.pictures),
        ("анимация.gif", NoVideo.pictures),
        ("голос.wma", NoVideo.sound),
        ("голос.m4a", NoVideo.sound),
        ("видео.tar.gz", NoVideo.document),
        ("с камеры.MXF", NoVideo.document),
        ("клип.mp4", NoVideo.document),
        ("речь.pdf", NoVideo.other),
        ("без окончания", NoVideo.other),
    ],
)
def test_a_file_beside_a_post_is_told_by_the_table_of_kinds(name: str, why: NoVideo) -> None:
    assert video_links.kind_of_file(name) is why
