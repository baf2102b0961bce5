from __future__ import annotations

import pytest

from relay.moderation import claims
from relay.moderation.team import presence, queue
from tests.moderation.town import Town


@pytest.mark.slow
def test_who_is_here_and_has_what(relay, town, clock):
    first, _second = town.has_clip(), town.has_clip()

    def here():
        return [(person.name, person.clip) for person in presence.here(relay, "proryv80")]

    assert here() == []
    queue.hand_out(relay, "proryv80", "Борис")
    with relay.transaction() as session:
        presence.note(session, town.campaign_id, ["Анна"], relay.now())
    assert here() == [("Анна", None), ("Борис", first)]
    clock.moves(minutes=5)
    assert here() == [("Борис", first)], "who has a clip is here"
    clock.moves(minutes=6)
    assert here() == []


@pytest.mark.slow
def test_presence_is_written_seldom_and_survives_a_clock_that_was_set(relay, town, clock):
    def note() -> None:
        with relay.transaction() as session:
            presence.note(session, town.campaign_id, ["Анна", "Анна"], relay.now())

    def unnoted() -> set[str]:
        with relay.reading() as session:
            return presence.unnoted(session, town.campaign_id, ["Анна"], relay.now())

    assert unnoted() == {"Анна"}
    note()
    clock.moves(seconds=20)
    assert unnoted() == set()
    clock.moves(seconds=20)
    assert unnoted() == {"Анна"}
    note()
    clock.moves(hours=-3)
    assert unnoted() == {"Анна"}
    note()
    assert unnoted() == set()
    assert [person.name for person in presence.here(relay, "proryv80")] == ["Анна"]


def test_people_are_here_for_two_minutes_each_in_their_own_campaign_by_name(relay, town, clock):
    other = Town(relay, "other")
    with relay.transaction() as session:
        presence.note(session, town.campaign_id, ["вера", "Анна"], relay.now())
        presence.note(session, other.campaign_id, ["Борис"], relay.now())
    clock.moves(seconds=119)
    with relay.transaction() as session:
        presence.note(session, town.campaign_id, ["Глеб"], relay.now())
    assert [person.name for person in presence.here(relay, town.slug)] == ["Анна", "вера", "Глеб"]
    assert [person.name for person in presence.here(relay, "other")] == ["Борис"]
    clock.moves(seconds=1)
    assert [person.name for person in presence.here(relay, town.slug)] == ["Глеб"]
    with relay.reading() as session:
        assert presence.names(session, town.campaign_id, relay.now()) == {"Глеб"}
        assert presence.unnoted(session, town.campaign_id, ["Глеб", "Анна"], relay.now()) == {"Анна"}
    clock.moves(seconds=29)
    with relay.reading() as session:
        assert presence.unnoted(session, town.campaign_id, ["Глеб"], relay.now()) == {"Глеб"}


def test_who_has_several_clips_is_shown_with_the_first(relay, town):
    first, second = town.has_clip(), town.has_clip()
    for clip in (second, first):
        claims.open_clip(relay, clip, "Анна", "page")
    assert presence.here(relay, town.slug) == [presence.PersonHere("Анна", first)]
