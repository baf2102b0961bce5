from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import event

from relay import views
from relay.board.grid import GapKind
from relay.errors import NotFound
from relay.models import CampaignState, CampaignTexts, ClipState
from tests.moderation.town import OPENS


@pytest.mark.slow
def test_the_figures_of_a_small_campaign(region, clock):
    clock.is_at(OPENS + timedelta(days=3))
    region.reads("vk:club1", district="Лужский")
    region.has_text("1", "Письмо")
    region.has_reader(district="Волховский район", town="Волхов", age="70", quote="1")
    region.has_reader(district="Волховский", town="волхов", age="9")
    region.has_reader(district="Тосненский", town="Тосно", state=ClipState.awaiting)
    region.has_reader(state=ClipState.rejected, district="Сланцевский")
    board = region.board()
    sums = board.sums
    assert (sums.posts, sums.found, sums.fetched, sums.approved) == (4, 4, 4, 2)
    assert (sums.districts, sums.towns, sums.minutes) == (1, 1, 1.4)
    assert [(row.name, row.total, row.waiting) for row in board.grid.districts] == [
        ("Волховский", 2, 0),
        ("Лужский", 0, 0),
        ("Тосненский", 0, 1),
    ]
    assert board.map.children == 1
    assert board.moderators is None


@pytest.mark.slow
def test_a_district_that_the_campaign_wants_to_hear_from_is_a_gap(relay, region):
    with relay.transaction() as session:
        session.add(CampaignTexts(campaign_id=region.campaign_id, districts=["Бокситогорский", "Волховский"]))
    region.has_reader(district="Волховский", age="70")
    districts = [(gap.kind, gap.name) for gap in region.board().grid.gaps if gap.kind is GapKind.district]
    assert districts == [(GapKind.district, "Бокситогорский")]


@pytest.mark.slow
def test_the_days_that_are_left(region, clock):
    left = []
    for hours in (-1, 0, 24 * 7, 24 * 8 - 1, 24 * 8, 24 * 8 + 1):
        clock.is_at(OPENS + timedelta(hours=hours))
        left.append((region.board().time.days_until, region.board().time.days_left))
    assert left == [(1, 9), (0, 8), (-7, 1), (-7, 1), (-8, 0), (-8, 0)]


def test_an_empty_campaign_has_a_board(region, clock):
    region.lasts(OPENS, OPENS + timedelta(days=1), CampaignState.draft)
    board = region.board(with_moderators=True)
    assert board.moderators == []
    assert board.map.towns == board.grid.districts == board.grid.gaps == []
    json.dumps(views.as_json(board))


@pytest.mark.slow
def test_no_campaign_no_board(region):
    with pytest.raises(NotFound):
        region.slug = "other"
        region.board()


@pytest.mark.slow
def test_it_asks_as_much_of_the_database_for_many_clips_as_for_few(region):
    few = _asked(region)
    for number in range(30):
        region.reads(f"vk:club{number}", district=f"Район {number}", failures=1)
        region.decided(region.has_reader(town=f"Город {number}", district=f"Район {number}"), f"Анна {number}", OPENS)
    assert _asked(region) == few <= 21


def _asked(region) -> int:  # type: ignore[no-untyped-def]
    asked = []
    event.listen(region.relay.store.engine, "after_cursor_execute", lambda *told: asked.append(told[2]))
    region.board(with_moderators=True)
    assert not [words for words in asked if "post.raw" in words or "post.text" in words]
    return len(asked)
