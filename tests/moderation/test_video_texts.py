from __future__ import annotations

import pytest

from relay.models import Post, Video
from relay.moderation import desk, video_texts


@pytest.mark.slow
def test_what_stands_below_the_video_is_told_where_no_post_says_it(relay, town):
    clip = town.has_clip(text="Вот моё видео.", title="Варежки", posts=2)
    with relay.transaction() as session:
        video = session.get_one(Video, 1)
        video.description = "Читает Алина, Тихвин"
        session.add(video)
    found = video_texts.of_clip(relay, clip)
    assert found == [video_texts.VideoText("Варежки", "Читает Алина, Тихвин")]
    posts = desk.show(relay, clip).posts
    assert video_texts.unsaid(found, posts) == found
    assert video_texts.unsaid([video_texts.VideoText("", "Вот  моё видео.")], posts) == []


@pytest.mark.slow
def test_the_fullest_post_comes_first(relay, town):
    clip = town.has_clip(text="Читаю.", posts=3)
    first, second, third = desk.show(relay, clip).posts
    with relay.transaction() as session:
        row = session.get_one(Post, second.id)
        row.text = "Читаю письмо прадеда, Луга."
        session.add(row)
    posts = video_texts.fullest_first(desk.show(relay, clip).posts)
    assert [post.id for post in posts] == [second.id, first.id, third.id]
    assert video_texts.fullest_first([]) == []
