from __future__ import annotations

import pytest

from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.finding import bulk, clips
from relay.moderation.finding.clip_filter import ClipFilter, ClipOrder
from relay.search.said import SaidWords
from tests.heard_rows import hearing, keeps


@pytest.mark.slow
@pytest.mark.parametrize("order", list(ClipOrder))
def test_page_after_page_shows_each_clip_once(relay, town, order, finds):
    for number in range(7):
        town.has_clip(name=("Яна", "", "Анна")[number % 3], duration=(5, 50)[number % 2])
    chosen, after, seen = ClipFilter(sort=order), None, []
    while True:
        page = clips.page(relay, town.slug, chosen, after=after, size=2)
        seen += [clip.id for clip in page.clips]
        if (after := page.more) is None:
            break
    assert seen == finds(sort=order)
    assert len(set(seen)) == page.total == 7


def test_states_are_counted_under_the_other_filters(relay, town):
    town.has_clip(town="Мга")
    town.has_clip(town="Мга", state=ClipState.later)
    town.has_clip(town="Тосно", state=ClipState.later)
    page = clips.page(relay, town.slug, ClipFilter(town=("Мга",), state=(ClipState.later,)))
    assert (page.total, page.states["later"], page.states["awaiting"], page.states["rejected"]) == (1, 1, 1, 0)
    with pytest.raises(NotFound):
        clips.page(relay, "nowhere", ClipFilter())


def test_choices_are_what_is_there(relay, town):
    one = town.has_clip(town="Мга")
    town.has_clip(town="Тосно")
    bulk.tag(relay, town.slug, bulk.Selection({one: ClipState.awaiting}, relay.now()), "Проверить", person="Анна")
    found = clips.choices(relay, town.slug)
    assert (found.towns, found.tags, found.networks, found.people) == (["Мга", "Тосно"], ["проверить"], ["vk"], [])
    assert clips.listing(relay, town.slug, ClipFilter())[0].tags == ["проверить"]


@pytest.mark.parametrize("order", list(ClipOrder))
@pytest.mark.parametrize("size", [None, 3])
def test_one_after_the_other_is_the_same_as_all_at_once(relay, town, monkeypatch, order, size, finds):
    for number in range(5):
        town.has_clip(name=("Яна", "", "Анна")[number % 3], duration=(5, 50)[number % 2])
    monkeypatch.setattr(clips, "CHUNK", 2)
    chosen = ClipFilter(sort=order)
    found = [clip.id for clip in clips.streamed(relay, town.slug, chosen, size=size)]
    assert found == finds(sort=order)[:size]


def test_no_more_clips_than_a_few_are_read_before_the_first_is_given_out(relay, town, monkeypatch):
    for _ in range(5):
        town.has_clip()
    monkeypatch.setattr(clips, "CHUNK", 2)
    asked: list[int] = []
    shown = clips._shown
    monkeypatch.setattr(
        clips, "_shown", lambda session, of, rows, q: asked.append(len(rows)) or shown(session, of, rows, q)
    )
    found = clips.streamed(relay, town.slug, ClipFilter())
    next(found)
    assert asked == [2]
    assert len(list(found)) == 4
    assert asked == [2, 2, 1]
    with pytest.raises(NotFound):
        next(clips.streamed(relay, "nowhere", ClipFilter()))


def test_where_a_word_is_said_is_told_in_pages_and_in_whole_lists(relay, town):
    one = town.has_clip()
    keeps(relay, one, hearing("Мы ехали по Ладожскому озеру"))
    chosen = ClipFilter(q="озеро")
    (shown,) = clips.page(relay, town.slug, chosen).clips
    (listed,) = clips.listing(relay, town.slug, chosen)
    assert shown.said == listed.said == SaidWords(3.0, "Мы ехали по Ладожскому озеру")
    assert clips.listing(relay, town.slug, ClipFilter())[0].said is None
