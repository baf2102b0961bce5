from __future__ import annotations

import html
import re

import pytest

from relay.almanac.assets import quotes
from relay.almanac.captions import editing, store
from relay.almanac.captions.editing import TypedCue
from relay.almanac.hearing import proposals
from relay.moderation.withdrawal import withdraw
from tests.almanac.hearing.said import BREAD, RADIO, heard

pytestmark = pytest.mark.slow


@pytest.fixture
def clip(town, relay):
    """Two texts are read in it; another text is like the second one."""
    quotes.add(relay, town.slug, BREAD, number="7")
    quotes.add(relay, town.slug, RADIO, number="8")
    quotes.add(relay, town.slug, BREAD.replace("крошки", "корки"), number="70")
    number = town.has_clip()
    heard(town, number, f"Здравствуйте меня зовут Мария {RADIO} и ещё вот что {BREAD} спасибо")
    proposals.renew(relay, number)
    return number


def section(page: str) -> str:
    """What the page says of readings, as a person sees it."""
    found = re.search(r'<section class="card readings".*?</section>', html.unescape(page), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def captions(relay, clip):
    return [
        (view.origin.value, " ".join(cue["text"].replace("\n", " ") for cue in view.cues))
        for view in store.listing(relay, clip)
    ]


def test_what_was_heard_is_shown_with_keys_for_the_first(anna, clip):
    page = html.unescape(anna.sees(f"/clips/{clip}"))
    assert section(page).startswith("Which text is read 0:03–0:06 Recognised clearly.")
    assert 'value="confirm:0:8" data-key="KeyY Digit1"' in page
    assert page.count('data-key="KeyN"') == 1
    assert 'value="confirm:1:7" >' in page, "keys are those of the first that is open"
    assert 'value="confirm:1:70" >' in page
    assert "#t=3.0,6.4" in page


def test_one_press_confirms_and_the_next_reading_gets_the_keys(town, anna, relay, clip):
    path = f"/clips/{clip}/readings"
    answer = anna.sends(path, reading="confirm:0:8", name="Мария", was_name="")
    assert answer.status_code == 303
    assert (town.clip(clip).quote, town.clip(clip).name) == ("8", "Мария")
    assert captions(relay, clip) == [("reading", RADIO)]
    page = html.unescape(anna.sees(f"/clips/{clip}"))
    assert "It is text 8 Анна" in section(page)
    assert 'value="confirm:1:7" data-key="KeyY Digit1"' in page
    assert "confirmed which text is read" in page

    anna.sends(path, reading="back:0:")
    assert (town.clip(clip).quote, captions(relay, clip)) == ("", [])
    anna.sends(path, reading="refuse:1:7")
    assert "None of the texts Анна" in section(anna.sees(f"/clips/{clip}"))


def test_who_may_not_correct_only_looks(anna, boris, vera, clip, relay):
    seen = boris.sees(f"/clips/{clip}")
    assert "Recognised clearly" in section(seen)
    assert f"/clips/{clip}/readings" not in seen
    for person, status in ((boris, 403), (vera, 401)):
        assert person.sends(f"/clips/{clip}/readings", reading="confirm:0:8").status_code == status
    assert captions(relay, clip) == []


@pytest.mark.parametrize("reading", ["confirm:0:404", "confirm:9:8", "refuse:0:7", "back:0:", "delete:0:8", "confirm"])
def test_what_is_not_on_the_page_is_not_done(town, anna, clip, reading):
    answer = anna.sends(f"/clips/{clip}/readings", reading=reading)
    assert answer.status_code in (400, 404)
    assert town.clip(clip).quote == ""


def test_captions_that_somebody_made_stay_until_they_are_asked_to_give_way(anna, relay, clip):
    editing.save(relay, clip, [TypedCue("1", "3", "Радио молчало.")], language="ru", person="boris")
    anna.sends(f"/clips/{clip}/readings", reading="confirm:0:8")
    assert captions(relay, clip) == [("hand", "Радио молчало.")]
    page = html.unescape(anna.sees(f"/clips/{clip}"))
    assert "Captions that somebody made stand, and stay." in section(page)
    anna.sends(f"/clips/{clip}/readings", reading="replace:0:8")
    assert captions(relay, clip) == [("reading", RADIO)]
    assert "somebody made" not in section(anna.sees(f"/clips/{clip}"))


def test_nothing_is_shown_where_nobody_has_listened(town, anna, relay):
    quotes.add(relay, town.slug, BREAD, number="7")
    page = anna.sees(f"/clips/{town.has_clip()}")
    assert section(page) == ""
    assert "readings.js" not in page


def test_where_nobody_speaks_or_reads_something_else_it_is_told(town, anna, relay):
    silent, other = town.has_clip(), town.has_clip()
    heard(town, other, "Сегодня прекрасная погода и мы идём гулять в парк всей семьёй")
    heard(town, silent, "", marks=("no_speech",))
    assert section(anna.sees(f"/clips/{other}")) == "", "there are no texts that could be read"
    quotes.add(relay, town.slug, BREAD, number="7")
    for clip, line in ((silent, "Nobody speaks in this clip."), (other, "None of the campaign's texts was recognised")):
        assert line in section(anna.sees(f"/clips/{clip}"))


def test_of_a_clip_that_was_taken_back_nothing_is_shown(anna, relay, clip):
    withdraw(relay, clip, reason="asked for", person="Ольга")
    assert section(anna.sees(f"/clips/{clip}")) == ""


@pytest.mark.parametrize(("language", "line"), [("ru", "Какой текст читают"), ("fr", "Quel texte est lu")])
def test_it_is_said_in_the_reader_s_language(anna, clip, language, line):
    anna.sends("/language", language=language)
    assert line in section(anna.sees(f"/clips/{clip}"))
