from __future__ import annotations

import pytest

from relay.almanac.plan import edits, panels, queries
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import ClipState, Consent, Doubt
from tests.moderation.town import OPENS, Town

APPROVED = ClipState.approved
FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name, seconds in (("Анна", 10), ("Борис", 6), ("Вера", 8)):
        town.has_clip(name=name, town="Мга", state=APPROVED, duration=seconds)
    queries.new(relay, *FILM, all_approved=True)
    return town


def outside(relay: Relay, sought: str = "") -> list[int]:
    return [one.clip for one in panels.tray(relay, *FILM, sought=sought).shown]


@pytest.mark.slow
def test_what_the_rules_propose_says_where(relay: Relay, town: Town) -> None:
    fourth = town.has_clip(name="Глеб", state=APPROVED, duration=7)
    (one,) = panels.proposals(relay, *FILM).shown
    assert (one.clip, one.name, one.kind, one.behind.clip) == (fourth, "Глеб", "add", 3)
    assert (one.hand, one.must, one.sentence) == (False, False, "The rules choose it.")
    edits.place(relay, *FILM, fourth, before=None, person="boris")
    edits.place(relay, *FILM, 2, before=1, person="boris")
    queries.set_rules(relay, *FILM, {"longest": "8"}, person="boris")
    with relay.transaction() as session:
        clip = town.clip(3)
        clip.state = ClipState.rejected
        session.add(clip)
    found = panels.proposals(relay, *FILM).shown
    assert [(one.clip, one.kind, one.behind, one.hand, one.must, one.state) for one in found] == [
        (1, "remove", None, False, False, "approved"),
        (3, "remove", None, False, True, "rejected"),
    ]


@pytest.mark.slow
def test_a_film_made_by_hand_gets_no_proposals_and_a_film_of_none_no_error(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "mine")
    assert panels.proposals(relay, "proryv80", "mine").shown == []
    with relay.transaction() as session:
        for number in (1, 2, 3):
            clip = town.clip(number)
            clip.state = ClipState.awaiting
            session.add(clip)
    assert panels.proposals(relay, *FILM).shown == []


@pytest.mark.slow
def test_panels_are_shown_a_page_at_a_time(relay: Relay, town: Town) -> None:
    clips = [town.has_clip(name=f"Житель {number}", state=APPROVED) for number in range(panels.PAGE + 5)]
    for panel in (panels.tray, panels.proposals):
        first, second = panel(relay, *FILM), panel(relay, *FILM, page=2)
        assert [one.clip for one in (*first.shown, *second.shown)] == clips
        assert (first.total, first.pages, second.first, len(second.shown)) == (len(clips), 2, panels.PAGE + 1, 5)
        assert panel(relay, *FILM, page=99).page == 2, "the last one, where there are fewer"
    assert panels.history(relay, *FILM, page=7).page == 1


@pytest.mark.slow
def test_the_tray_has_what_may_come_into_the_film(relay: Relay, town: Town) -> None:
    fresh, closed, doubtful, waiting = (
        town.has_clip(name="Глеб", town="Луга", state=state)
        for state in (APPROVED, APPROVED, APPROVED, ClipState.awaiting)
    )
    with relay.transaction() as session:
        session.add(Consent(clip_id=closed, scope="archive", person="anna", at=OPENS))
        session.add(Consent(clip_id=fresh, scope="archive", person="anna", at=OPENS))
        session.add(Consent(clip_id=fresh, scope="film", person="anna", at=OPENS))
        clip = town.clip(doubtful)
        clip.doubt = Doubt.post
        session.add(clip)
    assert outside(relay) == [fresh]
    edits.leave_out(relay, *FILM, 2, person="boris")
    assert outside(relay) == [2, fresh], "also what was left out: whoever drags it into the film has changed their mind"
    edits.place(relay, *FILM, fresh, before=1, person="boris")
    assert outside(relay) == [2]
    assert waiting not in outside(relay)


@pytest.mark.slow
@pytest.mark.parametrize("sought", ["луга", "Глеб", "4", "№ 4", "глеб луг"])
def test_the_tray_is_searched(relay: Relay, town: Town, sought: str) -> None:
    found = town.has_clip(name="Глеб", town="Луга", state=APPROVED)
    town.has_clip(name="Дина", town="Мга", state=APPROVED)
    assert outside(relay, sought) == [found]
    assert outside(relay, "Псков") == []


@pytest.mark.slow
def test_history_names_who_did_what_and_leads_back(relay: Relay, town: Town) -> None:
    start = queries.show(relay, *FILM).version
    edits.place(relay, *FILM, 3, before=1, person="Борис")
    edits.retitle(relay, *FILM, 2, who="Боря", town=None, person="Ольга")
    edits.leave_out(relay, *FILM, 1, reason="шум", person="Борис")
    steps = panels.history(relay, *FILM).shown
    assert [(one.person, one.did, one.clip, one.name, one.undone) for one in steps] == [
        ("Борис", "A clip was left out", 1, "Анна", False),
        ("Ольга", "Names on a card were changed", 2, "Борис", False),
        ("Борис", "A clip was moved", 3, "Вера", False),
    ]
    edits.back_to(relay, *FILM, steps[1].step, person="Ольга")
    shown = queries.show(relay, *FILM)
    assert [(one.clip, one.name) for one in shown.segments] == [(3, "Вера"), (1, "Анна"), (2, "Борис")]
    assert [one.undone for one in panels.history(relay, *FILM).shown] == [True, True, False]
    with pytest.raises(Refused, match="not there any more"):
        edits.back_to(relay, *FILM, steps[1].step, person="Ольга")
    edits.undo(relay, *FILM, person="Ольга")
    assert queries.show(relay, *FILM).version == start


@pytest.mark.slow
def test_nobody_leads_back_over_what_they_have_not_seen(relay: Relay, town: Town) -> None:
    seen = edits.place(relay, *FILM, 3, before=1, person="Борис")
    (step,) = panels.history(relay, *FILM).shown
    edits.leave_out(relay, *FILM, 1, person="Ольга")
    with pytest.raises(Stale):
        edits.back_to(relay, *FILM, step.step, person="Борис", seen=seen)
    assert [one.clip for one in queries.show(relay, *FILM).segments] == [3, 2]


@pytest.mark.slow
def test_panels_of_a_film_that_is_not_there(relay: Relay, town: Town) -> None:
    for panel in (panels.tray, panels.proposals, panels.left_out, panels.history):
        with pytest.raises(NotFound):
            panel(relay, "proryv80", "other")
