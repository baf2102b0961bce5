from __future__ import annotations

import re

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.media.hearing.heard import SpeechMark
from relay.models import Clip, ClipState
from relay.moderation import clip_reviews
from tests.heard_rows import hearing, keeps

pytestmark = pytest.mark.slow

SAYS = "Мы ехали по льду. Лёд трещал громко."


@pytest.fixture
def clip(town, poster):
    return town.has_clip(name="Анна", proxy=poster(), duration=60)


def test_what_was_heard_is_a_track_of_the_player_and_named_so(relay, anna, clip):
    page = anna.sees(f"/clips/{clip}")
    assert "<track" not in page
    assert "data-captions" not in page, "no button that does nothing"
    keeps(relay, clip, hearing(SAYS))
    page = anna.sees(f"/clips/{clip}")
    (track,) = re.findall(r"<track [^>]*>", page)
    assert f'src="/clips/{clip}/tracks/heard.vtt" srclang="ru" label="Russian: heard, not confirmed" default' in track
    answer = anna.get(f"/clips/{clip}/tracks/heard.vtt")
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Лёд трещал громко." in answer.text
    editing.save(relay, clip, [TypedCue("1", "3", "Мы ехали.")], language="ru", person="Борис")
    page = anna.sees(f"/clips/{clip}")
    assert f'src="/clips/{clip}/tracks/ru.vtt" srclang="ru" label="Russian" default' in page
    assert "heard.vtt" not in page


def test_tracks_of_a_withdrawn_clip_are_gone(relay, anna, clip):
    keeps(relay, clip, hearing(SAYS))
    editing.save(relay, clip, [TypedCue("1", "3", "Мы ехали.")], language="en", person="Борис")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.withdrawn
    assert "<track" not in anna.sees(f"/clips/{clip}")
    assert {anna.get(f"/clips/{clip}/tracks/{name}.vtt").status_code for name in ("heard", "en")} == {404}
    assert anna.get(f"/clips/{clip}/tracks/words.vtt").status_code in (400, 404)


def test_in_and_out_points_are_proposed_and_taken_by_one_press_without_a_script(relay, anna, boris, clip):
    keeps(relay, clip, hearing(SAYS))
    page = anna.sees(f"/clips/{clip}")
    assert "Somebody speaks from 0.8 to 4.7 s" in page
    assert 'name="cut" value="0.75-4.65"' in page
    assert clip_reviews.show(relay, clip).begins is None, "nothing is applied by itself"
    assert 'name="cut"' not in boris.sees(f"/clips/{clip}"), "who may not trim has no button"
    sent = anna.sends(f"/clips/{clip}/speech-cut", cut="0.75-4.65", was_begins="", was_ends="", town="Мга", was_town="")
    assert sent.status_code == 303
    found = clip_reviews.show(relay, clip)
    assert (found.begins, found.ends) == (0.75, 4.65)
    page = anna.sees(f"/clips/{clip}")
    assert 'name="cut"' not in page, "it stands there already"
    assert 'value="Мга"' in page, "what was typed beside goes along"
    assert anna.sends(f"/clips/{clip}/speech-cut", cut="4-1").status_code == 400
    assert anna.sends(f"/clips/{clip}/speech-cut", cut="soon").status_code == 400
    assert clip_reviews.show(relay, clip).ends == 4.65


def test_no_speech_is_told_and_nothing_where_nobody_listened(relay, anna, clip):
    assert "speech" not in anna.sees(f"/clips/{clip}").split("trimming", 1)[1].split("points", 1)[0]
    keeps(relay, clip, hearing(language="", marks=[SpeechMark.no_speech]))
    page = anna.sees(f"/clips/{clip}")
    assert "No speech was heard." in page
    assert 'name="cut"' not in page


def test_a_clip_is_played_from_a_second_that_the_address_names(anna, clip):
    page = anna.sees(f"/clips/{clip}?at=12.5")
    assert re.search(r'src="/media/proxy/[0-9a-f]{64}#t=12.5"', page)
    assert 'data-at="12.5"' in page
    assert "#t=" not in anna.sees(f"/clips/{clip}")
    assert anna.get(f"/clips/{clip}?at=-1").status_code == 400
