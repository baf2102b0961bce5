"""A draft of what was heard is offered where there is something to draft, marked, and made captions by saving it."""

from __future__ import annotations

import pytest

from relay.almanac.captions import editing, store
from relay.almanac.captions.editing import TypedCue
from relay.almanac.plan import queries
from relay.media.hearing.heard import SpeechMark
from relay.models import Clip, ClipState
from tests.heard_rows import hearing, keeps

pytestmark = pytest.mark.slow

BUTTON = "Draft from what was heard: Russian"


@pytest.fixture
def clip(relay, town):
    return town.has_clip(name="Анна", state=ClipState.approved)


def test_a_draft_is_made_corrected_and_saved_without_a_script(relay, boris, clip):
    page = f"/clips/{clip}/captions?code=ru"
    assert "what was heard" not in boris.sees(page), "nobody has listened: there is no button"
    keeps(relay, clip, hearing("Мы ехали по ~люду. ~Лёд трещал громко."))
    assert BUTTON in boris.sees(page)
    assert boris.sends(f"/clips/{clip}/captions/from-heard", code="ru", seen="0").status_code == 303
    shown = boris.sees(page)
    assert "no film shows it" in shown
    assert ">draft</span>" in shown
    assert 'perhaps misheard: <span dir="auto">люду.</span>' in shown
    fields = {"from-1": "1", "to-1": "2.9", "text-1": "Мы ехали по льду.", "from-2": "3", "to-2": "4.4"}
    fields |= {"text-2": "Лёд трещал громко.", "right-2": "yes"}
    seen = str(editing.version(relay, clip, "ru"))
    assert boris.sends(f"/clips/{clip}/captions", code="ru", seen=seen, **fields).status_code == 303
    shown = boris.sees(page)
    assert "no film shows it" not in shown
    assert "perhaps misheard: <span" not in shown
    assert BUTTON not in shown, "a person made these"


def test_nothing_to_write_down_is_a_line_and_no_button(relay, boris, clip):
    keeps(relay, clip, hearing(language="", marks=[SpeechMark.no_speech]))
    page = boris.sees(f"/clips/{clip}/captions?code=ru")
    assert "Nobody speaks in this clip." in page
    assert "Draft from" not in page
    refused = boris.sends(f"/clips/{clip}/captions/from-heard", code="ru", seen="0")
    assert (refused.status_code, "Nobody speaks in this clip." in refused.text) == (400, True)


def test_a_draft_does_not_take_the_place_of_what_a_person_wrote(relay, boris, clip):
    keeps(relay, clip, hearing("Мы ехали по льду."))
    version = editing.save(relay, clip, [TypedCue("1", "2", "Моё.")], language="ru", person="Ольга")
    assert boris.sends(f"/clips/{clip}/captions/from-heard", code="ru", seen=str(version)).status_code == 400
    assert [row.cues[0]["text"] for row in store.listing(relay, clip)] == ["Моё."]


def test_who_only_looks_makes_no_draft(relay, visit, clip):
    keeps(relay, clip, hearing("Мы ехали по льду."))
    pavel = visit("pavel")
    assert "Draft from" not in pavel.sees(f"/clips/{clip}/captions?code=ru")
    assert pavel.sends(f"/clips/{clip}/captions/from-heard", code="ru", seen="0").status_code == 403


def test_the_films_list_tells_drafts_apart(relay, boris, town, clip):
    keeps(relay, clip, hearing("Мы ехали по льду."))
    boris.sends(f"/clips/{clip}/captions/from-heard", code="ru", seen="0")
    queries.new(relay, town.slug, "film", all_approved=True)
    page = boris.sees(f"/almanacs/{town.slug}/film/captions?only=lacking&code=ru")
    assert "1 draft that nobody has looked at" in page
    assert ">draft</span>" in page


def test_the_file_of_a_withdrawn_clip_is_gone_and_none_is_kept_by_browsers(relay, boris, clip):
    editing.save(relay, clip, [TypedCue("1", "2", "Моё.")], language="ru", person="Ольга")
    answer = boris.get(f"/clips/{clip}/captions/ru.vtt")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.withdrawn
    assert boris.get(f"/clips/{clip}/captions/ru.vtt").status_code == 404
