from __future__ import annotations

import re

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.plan import queries
from relay.models import Clip, ClipState

ROWS = {"from-1": "1", "to-1": "2.5", "text-1": "Мы ехали.", "from-2": "3", "to-2": "4,5", "text-2": "Лёд трещал."}
SAID = [TypedCue("1", "2.5", "Мы ехали."), TypedCue("3", "4.5", "Лёд трещал.")]
JSON = {"accept": "application/json"}


@pytest.fixture
def clip(relay, town):
    return town.has_clip(name="Анна", state=ClipState.approved)


def said(relay, clip, code="ru"):
    track = editing.bench(relay, clip).track(code)
    return [] if track is None else [cue.text for cue in track.cues]


def sends(person, clip, code="ru", **fields):
    return person.sends(f"/clips/{clip}/captions", code=code, **{"seen": "0", **ROWS, **fields})


def asks(person, clip, **fields):
    """As the script of the page does."""
    data = {"form_token": person.token(), "code": "ru", "seen": "0", **ROWS, **fields}
    return person.post(f"/clips/{clip}/captions", data=data, headers=JSON)


@pytest.mark.slow
def test_rows_are_saved_and_shown_again(relay, boris, clip):
    answer = sends(boris, clip, draft=f"captions-{clip}-ru", film="film")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/clips/{clip}/captions?code=ru&film=film"
    page = boris.sees(f"/clips/{clip}/captions?code=ru")
    assert 'data-saved="captions-1-ru"' in page
    assert 'value="0:01.000"' in page
    assert ">Лёд трещал.</textarea>" in page
    assert f'name="seen" value="{editing.version(relay, clip, "ru")}"' in page


@pytest.mark.slow
def test_a_row_that_is_ticked_is_taken_out(relay, boris, clip):
    sends(boris, clip)
    sends(boris, clip, seen=str(editing.version(relay, clip, "ru")), **{"drop-1": "yes"})
    assert said(relay, clip) == ["Лёд трещал."]


def test_a_row_that_makes_no_sense_comes_back_as_it_was_typed(relay, boris, clip):
    answer = sends(boris, clip, **{"to-2": "soon"})
    assert answer.status_code == 400
    assert "Caption 2: soon is no time." in answer.text
    assert 'value="soon"' in answer.text
    assert 'data-typed="yes"' in answer.text
    assert said(relay, clip) == []


@pytest.mark.slow
def test_who_was_slower_gets_both_versions_and_may_write_over_the_other_knowingly(relay, boris, clip):
    editing.save(relay, clip, [TypedCue("1", "2", "Мы шли.")], language="ru", person="Ольга")
    answer = sends(boris, clip)
    assert answer.status_code == 409
    assert "Ольга changed these captions" in answer.text
    assert "Мы шли." in answer.text
    assert ">Мы ехали.</textarea>" in answer.text
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)[1]
    assert sends(boris, clip, seen=seen).status_code == 303
    assert said(relay, clip) == ["Мы ехали.", "Лёд трещал."]


@pytest.mark.slow
def test_the_script_is_told_what_stands_whatever_came_of_it(relay, boris, clip):
    answer = asks(boris, clip)
    told = answer.json()
    assert told["now"]["cues"][1] == {"start": 3.0, "end": 4.5, "text": "Лёд трещал."}
    assert told["line"] == "Saved."
    late = asks(boris, clip, **{"text-1": "Мы шли."})
    assert (late.status_code, late.json()["now"]) == (409, told["now"])
    wrong = asks(boris, clip, seen=str(told["now"]["version"]), **{"to-1": "0"})
    assert (wrong.status_code, wrong.json()["line"]) == (400, "Caption 1 ends before it begins.")
    assert asks(boris, 99).status_code == 404


@pytest.mark.slow
def test_captions_of_another_language_stand_beside(relay, boris, clip):
    editing.save(relay, clip, SAID, language="ru", person="Борис")
    boris.sends(f"/clips/{clip}/captions/times", code="en", seen="0", of="ru")
    page = boris.sees(f"/clips/{clip}/captions?code=en")
    assert page.count('<span lang="ru"') == 2
    assert 'data-lane="ru"' in page
    assert "nothing written yet" in page
    assert boris.sends(f"/clips/{clip}/captions/times", code="en", seen="0", of="fr").status_code == 404


@pytest.mark.slow
def test_captions_come_from_the_quote_and_go_back_to_an_earlier_version(relay, boris, clip):
    assert boris.sends(f"/clips/{clip}/captions/from-quote", code="ru", seen="0").status_code == 400
    with relay.transaction() as session:
        session.get_one(Clip, clip).quote = "Лёд трещал под колёсами машины. Мы ехали молча."
    first = editing.save(relay, clip, SAID, language="ru", person="Борис")
    assert boris.sends(f"/clips/{clip}/captions/from-quote", code="ru", seen=str(first)).status_code == 303
    assert said(relay, clip)[0].startswith("Лёд трещал под")
    now = str(editing.version(relay, clip, "ru"))
    stale = boris.sends(f"/clips/{clip}/captions/back", code="ru", seen=str(first), version=str(first))
    assert stale.status_code == 409
    boris.sends(f"/clips/{clip}/captions/back", code="ru", seen=now, version=str(first))
    assert said(relay, clip) == ["Мы ехали.", "Лёд трещал."]
    boris.sends(f"/clips/{clip}/captions/remove", code="ru", seen=str(editing.version(relay, clip, "ru")))
    assert said(relay, clip) == []
    assert "They were taken away." in boris.sees(f"/clips/{clip}/captions?code=ru")


@pytest.mark.slow
def test_a_page_without_a_language_opens_the_one_that_there_is(relay, boris, clip):
    assert 'lang="ru"' in boris.sees(f"/clips/{clip}/captions")
    editing.save(relay, clip, SAID, language="en", person="Борис")
    assert 'name="code" value="en"' in boris.sees(f"/clips/{clip}/captions")
    for wrong in ("RU", "russian", "r", "../x"):
        assert boris.get(f"/clips/{clip}/captions", params={"code": wrong}).status_code == 400


@pytest.mark.slow
def test_the_clips_of_a_film_lead_to_each_other(relay, boris, town, clip):
    second = town.has_clip(name="Глеб", state=ClipState.approved)
    queries.new(relay, town.slug, "film", all_approved=True)
    page = boris.sees(f"/clips/{clip}/captions?film=film")
    assert f'href="/clips/{second}/captions?code=ru&amp;film=film" rel="next"' in page
    assert 'rel="prev"' not in page
    assert 'rel="next"' not in boris.sees(f"/clips/{clip}/captions?film=none")


@pytest.mark.slow
def test_who_only_looks_sees_them_and_can_change_nothing(relay, visit, clip):
    pavel = visit("pavel")
    editing.save(relay, clip, SAID, language="ru", person="Борис")
    page = pavel.sees(f"/clips/{clip}/captions")
    assert "Мы ехали." in page
    assert "data-deed" not in page
    assert sends(pavel, clip).status_code == 403


@pytest.mark.slow
def test_what_was_typed_when_the_session_had_ended_is_carried_along(relay, vera, clip):
    many = {f"{part}-{number}": text for number in range(1, 101) for part, text in (("from", "1"), ("to", "2"))}
    answer = vera.sends(f"/clips/{clip}/captions", code="ru", seen="0", **many)
    assert answer.status_code == 401
    assert re.search(r'name="carried" value="[^"]{40,}"', answer.text)


@pytest.mark.slow
def test_editors_find_the_page_from_the_clip_and_from_the_plan(relay, boris, anna, town, clip):
    queries.new(relay, town.slug, "film", all_approved=True)
    assert f'href="/clips/{clip}/captions"' in boris.sees(f"/clips/{clip}")
    assert f'href="/clips/{clip}/captions"' not in anna.sees(f"/clips/{clip}")
    assert f'href="/clips/{clip}/captions?film=film"' in boris.sees("/almanacs/proryv80/film/plan")
