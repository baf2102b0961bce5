from __future__ import annotations

import pytest

from relay.moderation.team import presence, queue


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
