from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.plan import editor_view, edits, panels, queries, store
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Campaign, ClipState, Consent, Inspection, Segment
from relay.moderation import clip_reviews
from relay.views import as_json
from tests.moderation.town import OPENS, Town

APPROVED = ClipState.approved
FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name, seconds in (("Анна", 10), ("Борис", 6), ("Вера", 8)):
        town.has_clip(name=name, town="Мга", state=APPROVED, duration=seconds, flags=("quiet",) if seconds == 6 else ())
    queries.new(relay, *FILM, all_approved=True)
    return town


def shown(relay: Relay, *names: str) -> list[tuple[object, ...]]:
    return [tuple(one[name] for name in names) for one in as_json(editor_view.view(relay, *FILM).segments)]


@pytest.mark.slow
def test_each_clip_begins_where_the_dissolve_into_it_does(relay: Relay, town: Town) -> None:
    assert shown(relay, "clip", "at", "seconds", "in", "out") == [
        (1, 0.0, 10.0, 0.0, 10.0),
        (2, 9.52, 6.0, 0.0, 6.0),
        (3, 15.04, 8.0, 0.0, 8.0),
    ]
    table = editor_view.view(relay, *FILM)
    assert table.seconds == 23.04
    facts = {
        "poster": False,
        "proxy": False,
        "district": "",
        "quote": "",
        "state": "approved",
        "free": True,
        "why_not": "",
    }
    assert as_json(table.segments[1]) == {
        "clip": 2, "sha256": town.sha256(2), **facts, "name": "Борис", "town": "Мга", "own_name": "Борис",
        "own_town": "Мга", "in": 0.0, "out": 6.0, "duration": 6, "seconds": 6.0, "at": 9.52, "score": 95,
        "faults": [("quiet", 5)], "by_hand": [], "pinned": "", "turn": 0, "proposed": None, "note": "", "unread": "",
        "pieces": [],
    }  # fmt: skip
    told = as_json(table)
    assert {name: told[name] for name in ("name", "title", "rules", "fps", "left_out", "undo", "follows_rules")} == {
        "name": "film", "title": "Прорыв. Голоса памяти", "rules": {}, "fps": 25, "left_out": 0, "undo": None,
        "follows_rules": True,
    }  # fmt: skip
    assert table.version == queries.show(relay, *FILM).version
    edits.trim(relay, *FILM, 1, first=0.0, last=0.2, person="boris")
    assert shown(relay, "clip", "at") == [(1, 0.0), (2, 0.0), (3, 5.52)], "shorter than a dissolve"


@pytest.mark.slow
def test_an_empty_film_lasts_no_time(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "empty")
    table = editor_view.view(relay, "proryv80", "empty")
    assert (table.segments, table.seconds, table.follows_rules, table.undo) == ([], 0.0, False, None)


@pytest.mark.slow
def test_what_is_not_there_is_told(relay: Relay, town: Town) -> None:
    with pytest.raises(NotFound):
        editor_view.view(relay, "proryv80", "other")


@pytest.mark.slow
def test_a_trimmed_and_renamed_clip_says_what_was_its_own(relay: Relay, town: Town) -> None:
    edits.trim(relay, *FILM, 1, first=2.0, last=5.0, person="boris")
    edits.retitle(relay, *FILM, 1, who="Анна Щ.", town=None, person="boris")
    (first, *_) = editor_view.view(relay, *FILM).segments
    assert (first.start, first.end, first.seconds, first.duration) == (2.0, 5.0, 3.0, 10.0)
    assert (first.name, first.own_name, first.town, first.own_town) == ("Анна Щ.", "Анна", "Мга", "Мга")
    assert first.by_hand == ["in", "name", "out"]


@pytest.mark.slow
def test_faults_lower_the_score(relay: Relay, town: Town) -> None:
    scores = dict(shown(relay, "clip", "score"))
    assert scores[2] < scores[1] == scores[3]
    assert [bool(faults) for (faults,) in shown(relay, "faults")] == [False, True, False]


@pytest.mark.slow
def test_pictures_of_a_withdrawn_clip_are_not_offered(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        for row in session.exec(select(Inspection)):
            row.poster, row.proxy = f"posters/{row.sha256}.jpg", f"proxies/{row.sha256}.mp4"
            session.add(row)
    queries.new(relay, "proryv80", "other", all_approved=True)
    edits.leave_out(relay, "proryv80", "other", 3, person="vera")
    edits.leave_out(relay, *FILM, 2, reason="Шум", person="boris")
    assert shown(relay, "clip", "poster", "proxy") == [(1, True, True), (3, True, True)]
    (left,) = panels.left_out(relay, *FILM).shown
    assert (left.clip, left.reason, left.person, left.poster, left.proxy) == (
        2,
        "Шум",
        "boris",
        True,
        True,
    )
    with relay.transaction() as session:
        for row in session.exec(select(Inspection)):
            row.poster, row.proxy = ("", row.proxy) if row.sha256 == town.sha256(1) else (row.poster, "")
            session.add(row)
        clip = town.clip(2)
        clip.state = ClipState.withdrawn
        session.add(clip)
    assert shown(relay, "clip", "poster", "proxy") == [(1, False, True), (3, True, False)]
    (left,) = panels.left_out(relay, *FILM).shown
    assert (left.state, left.poster, left.proxy) == ("withdrawn", False, False)


@pytest.mark.slow
def test_without_pictures_none_are_offered(relay: Relay, town: Town) -> None:
    assert shown(relay, "poster", "proxy") == [(False, False)] * 3


def test_who_did_not_allow_films_is_marked(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        session.add(Consent(clip_id=2, scope="archive", person="anna", at=OPENS))
    assert shown(relay, "clip", "free") == [(1, True), (2, False), (3, True)]


@pytest.mark.slow
def test_undo_is_offered_for_the_last_change_and_not_for_one_that_is_behind_another(relay: Relay, town: Town) -> None:
    edits.leave_out(relay, *FILM, 2, person="boris")
    undo = editor_view.view(relay, *FILM).undo
    assert as_json(undo) == {"person": "boris", "did": "A clip was left out", "clip": 2}
    with relay.transaction() as session:
        segment = session.exec(select(Segment).where(Segment.clip_id == 3)).one()
        segment.first = 25
        session.add(segment)
    assert editor_view.view(relay, *FILM).undo is None


def test_the_rules_of_choosing_are_shown_without_what_every_film_has(relay: Relay, town: Town) -> None:
    queries.set_rules(relay, *FILM, {"longest": "30"}, person="boris")
    assert editor_view.view(relay, *FILM).rules == {"longest": "30"}


@pytest.mark.slow
def test_what_the_desk_proposes_is_used_until_an_editor_trims(relay: Relay, town: Town) -> None:
    clip_reviews.trim(
        relay, 2, {"begins": "1", "ends": "5", "turn": "90", "editor_note": "Лежит на боку"}, person="vera"
    )
    assert shown(relay, "clip", "in", "out", "turn", "proposed", "note")[1] == (
        2,
        1.0,
        5.0,
        90,
        (1.0, 5.0),
        "Лежит на боку",
    )
    edits.trim(relay, *FILM, 2, last=4.0, person="boris")
    assert shown(relay, "in", "out", "by_hand")[1] == (1.0, 4.0, ["out"])
    edits.untrim(relay, *FILM, 2, person="boris")
    assert shown(relay, "in", "out", "by_hand")[1] == (0.0, 6.0, ["in", "out"])
    edits.as_proposed(relay, *FILM, 2, person="boris")
    assert shown(relay, "in", "out", "by_hand")[1] == (1.0, 5.0, [])
    edits.undo(relay, *FILM, person="boris")
    assert shown(relay, "in", "out")[1] == (0.0, 6.0)
    clip_reviews.trim(relay, 3, {"turn": "180"}, person="vera")
    assert shown(relay, "in", "out", "turn", "proposed")[2] == (0.0, 8.0, 180, None)


@pytest.mark.slow
def test_rules_count_the_seconds_that_are_proposed(relay: Relay, town: Town) -> None:
    clip_reviews.trim(relay, 2, {"begins": "1", "ends": "3"}, person="vera")
    with relay.reading() as session:
        almanac = queries.find(session, *FILM)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        sheet = store.load(session, almanac)
        pool = queries.candidates(session, relay.settings, campaign, almanac, sheet, now=relay.now())
    assert [round(one.seconds, 2) for one in pool] == [9.52, 1.52, 7.52]
