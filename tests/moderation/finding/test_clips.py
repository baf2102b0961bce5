from __future__ import annotations

import pytest

from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.finding import bulk, clips
from relay.moderation.finding.clip_filter import ClipFilter, ClipOrder


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
