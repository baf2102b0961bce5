from __future__ import annotations

import pytest

from relay.sources import known

HEX = "3eac3b4561676c17df9132a9a1e62e3e"


@pytest.mark.parametrize(
    ("links", "key"),
    [
        (("https://vk.com/video-1_2", "https://m.vk.ru/video-1_2?list=abc123", "vkvideo.ru/video-1_2",
          "https://vk.com/feed?z=video-1_2%2Fx", "https://vk.com/video_ext.php?oid=-1&id=2"), ("vk", "-1", "2")),
        (("https://t.me/gorod/5", "https://t.me/s/Gorod/5", "tg://resolve?domain=gorod&post=5"), ("tg", "gorod", "5")),
        ((f"https://rutube.ru/video/{HEX}/", f"https://rutube.ru/play/embed/{HEX}"), ("rutube", "", HEX)),
        (("https://ok.ru/video/20079905452", "https://m.ok.ru/live/20079905452"), ("ok", "", "20079905452")),
        (("https://youtu.be/abcdefghijk?t=5", "https://www.youtube.com/watch?v=abcdefghijk&list=x",
          "https://m.youtube.com/shorts/abcdefghijk", "youtube.com/embed/abcdefghijk",
          "https://www.youtube.com/live/abcdefghijk"), ("yt", "", "abcdefghijk")),
    ],
)  # fmt: skip
def test_all_spellings_of_a_video_are_one(links: tuple[str, ...], key: tuple[str, str, str]) -> None:
    (video,) = known.videos_of(links)
    assert (video.network, video.owner_id, video.video_id) == key
    assert known.video_of(video.url) == video, "what the fetcher is given means the same video"


@pytest.mark.parametrize(
    "link", ["", "https://example.org/video-1_2", "https://youtu.be/short", "https://vk.com/wall-1_2", "mailto:a@b"]
)
def test_other_links_are_no_video(link: str) -> None:
    assert known.video_of(link) is None


def test_a_bare_file_is_named_by_its_host_and_address() -> None:
    video = known.file_of("https://School47.example/a b.mp4?x=1#t=5", title="Анна")
    assert video is not None
    assert (video.network, video.owner_id, video.url) == (
        "web",
        "school47.example",
        "https://school47.example/a b.mp4?x=1#file",
    )
    assert video.video_id == getattr(known.file_of("https://school47.example/a b.mp4?x=1"), "video_id", "")
    for bad in ("ftp://x.example/a.mp4", "https:///a.mp4", "https://u:p@x.example/a.mp4", "https://[x/a.mp4", "a.mp4"):
        assert known.file_of(bad) is None


def test_links_are_found_in_talk() -> None:
    talk = "Смотрите (https://youtu.be/abcdefghijk), а ещё «https://vk.com/video1_2». И всё!"
    assert known.links_in(talk) == ["https://youtu.be/abcdefghijk", "https://vk.com/video1_2"]
