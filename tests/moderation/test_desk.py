from __future__ import annotations

import json
import threading

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused, Stale
from relay.models import Clip, ClipState, Consent, Event, MatchKind, Verdict
from relay.moderation import desk
from relay.views import as_json
from tests.moderation.town import Town

FIELDS = {
    *("id", "state", "network", "owner_id", "video_id", "url", "posts", "participant", "duration", "width", "height"),
    *("sha256", "family", "quote", "consent", "flags", "reason"),
}


def approve(relay, clip, person="Анна", seen=ClipState.awaiting):
    return desk.decide(relay, clip, Verdict.approve, person=person, seen=seen)


@pytest.mark.slow
def test_a_listing_has_the_promised_fields(relay, town):
    town.has_clip(name="Ольга", town="Кировск", flags=("quiet",), posts=2)
    (clip,) = as_json(desk.listing(relay, "proryv80"))
    assert set(clip) >= FIELDS
    assert set(clip["participant"]) == {"name", "town", "district", "age", "relation"}
    assert [set(post) for post in clip["posts"]] == [{"id", "url", "author", "text", "published_at", "match"}] * 2
    assert clip["posts"][0]["published_at"] == "2023-01-11T01:00:00+03:00"
    assert clip["posts"][0]["match"] == "exact"
    assert clip["flags"] == ["quiet"]
    assert (clip["duration"], clip["width"], clip["height"]) == (42.5, 1280, 720)
    json.dumps(clip)


@pytest.mark.slow
def test_a_listing_can_be_of_one_state(relay, town):
    first, second = town.has_clip(), town.has_clip()
    approve(relay, first)
    assert [clip.id for clip in desk.listing(relay, "proryv80", state=ClipState.approved)] == [first]
    assert [clip.id for clip in desk.listing(relay, "proryv80", state=ClipState.awaiting)] == [second]
    assert desk.counts(relay, "proryv80") == {"awaiting": 1, "approved": 1, "rejected": 0, "later": 0, "withdrawn": 0}


@pytest.mark.slow
def test_unknown_names_are_told(relay, town):
    with pytest.raises(NotFound, match="no campaign nowhere"):
        desk.listing(relay, "nowhere")
    with pytest.raises(NotFound, match="no clip 77"):
        desk.show(relay, 77)


@pytest.mark.slow
def test_a_large_listing_asks_the_database_in_parts(relay, town, monkeypatch):
    monkeypatch.setattr(desk, "CHUNK", 2)
    clips = [town.has_clip() for _ in range(5)]
    assert [clip.id for clip in desk.listing(relay, "proryv80")] == clips


@pytest.mark.slow
def test_pages_follow_each_other_without_gap_or_overlap(relay, town):
    clips = [town.has_clip() for _ in range(5)]
    first = desk.page(relay, "proryv80", size=2)
    second = desk.page(relay, "proryv80", after=first[-1].id, size=2)
    third = desk.page(relay, "proryv80", after=second[-1].id, size=2)
    assert [clip.id for clip in (*first, *second, *third)] == clips


@pytest.mark.slow
def test_a_decision_moves_the_clip_and_stays_on_record(relay, town):
    clip = town.has_clip()
    made = desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="no_reading")
    assert (made.from_state, made.to_state, made.reason) == (ClipState.awaiting, ClipState.rejected, "no_reading")
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.rejected, "no_reading")
    (entry,) = desk.history(relay, clip)
    assert (entry.verdict, entry.person, entry.reason) == ("reject", "Анна", "no_reading")
    assert entry.at == "2023-01-12T12:00:00+03:00"


@pytest.mark.slow
def test_a_rejection_without_reason_changes_nothing(relay, town):
    clip = town.has_clip()
    with pytest.raises(Refused, match="needs a reason"):
        desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="  ")
    assert town.clip(clip).state is ClipState.awaiting
    assert town.decisions(clip) == []


@pytest.mark.slow
def test_the_slower_of_two_is_told_the_fresh_state(relay, town):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="offensive")
    with pytest.raises(Stale) as told:
        approve(relay, clip, person="Кира")
    assert told.value.state == "rejected"
    assert town.clip(clip).reason == "offensive"
    assert len(town.decisions(clip)) == 1


def _race(relay, clip, decide) -> list[str]:
    start, outcomes = threading.Barrier(8), []

    def moderator(number: int) -> None:
        start.wait()
        try:
            decide(Verdict.approve if number % 2 else Verdict.later, f"moderator {number}")
            outcomes.append("won")
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=moderator, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.slow
def test_of_eight_at_once_one_wins(relay, town):
    clip = town.has_clip()

    def decide(verdict, person):
        desk.decide(relay, clip, verdict, person=person, seen=ClipState.awaiting)

    assert sorted(_race(relay, clip, decide)) == ["stale"] * 7 + ["won"]
    (decision,) = town.decisions(clip)
    assert town.clip(clip).state is decision.to_state


@pytest.mark.slow
def test_twin_without_compare_and_set_all_eight_believe_they_won(relay, town):
    clip = town.has_clip()

    def decide(verdict, person):
        with relay.reading() as session:
            seen = session.get(Clip, clip)
        with relay.transaction() as session:
            seen.state = ClipState.approved if verdict is Verdict.approve else ClipState.later
            session.merge(seen)

    assert _race(relay, clip, decide) == ["won"] * 8


@pytest.mark.slow
def test_undo_takes_back_one_decision_after_another(relay, town):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="duplicate: see 12")
    approve(relay, clip, person="Кира", seen=ClipState.rejected)
    assert town.clip(clip).reason == ""

    undone = desk.undo(relay, clip, person="Анна")
    assert (undone.from_state, undone.to_state) == (ClipState.approved, ClipState.rejected)
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.rejected, "duplicate: see 12")

    desk.undo(relay, clip, person="Анна")
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.awaiting, "")
    with pytest.raises(Refused, match="no decision"):
        desk.undo(relay, clip, person="Анна")
    assert [d.verdict.value for d in town.decisions(clip)] == ["reject", "approve", "undo", "undo"]
    assert [entry.undone for entry in desk.history(relay, clip)] == [True, True, False, False]


@pytest.mark.slow
def test_undo_of_a_decision_that_is_no_longer_the_last(relay, town):
    clip = town.has_clip()
    first = approve(relay, clip)
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.approved, reason="offensive")
    with pytest.raises(Stale, match="Another decision"):
        desk.undo(relay, clip, person="Анна", decision_id=first.id)
    assert town.clip(clip).state is ClipState.rejected


@pytest.mark.slow
def test_copies_of_a_recording_are_shown_together(relay, town):
    first = town.has_clip(family=1)
    second = town.has_clip(family=1)
    town.has_clip()
    assert [other.id for other in desk.show(relay, first).family_members] == [second]


@pytest.mark.slow
def test_a_correction_is_recorded_with_what_was_there_before(relay, town):
    clip = town.has_clip(name="Оля")
    shown = desk.edit(relay, clip, person="Анна", name=" Ольга  Смирнова ", town="Кировск")
    assert as_json(shown.participant) == {
        "name": "Ольга Смирнова",
        "town": "Кировск",
        "district": "",
        "age": "",
        "relation": "",
    }
    with relay.reading() as session:
        (event,) = session.exec(select(Event).where(Event.subject == "clip")).all()
    assert event.details == {"name": ["Оля", "Ольга Смирнова"], "town": ["", "Кировск"]}
    (told,) = desk.history(relay, clip)
    assert (told.verdict, told.reason) == ("edited", "")
    assert told.changes == {"name": ["Оля", "Ольга Смирнова"], "town": ["", "Кировск"]}
    desk.edit(relay, clip, person="Анна", name="Ольга Смирнова")
    assert len(desk.history(relay, clip)) == 1


@pytest.mark.slow
def test_two_people_correct_two_fields_but_not_the_same_one(relay, town):
    clip = town.has_clip(name="Оля", town="Кировск")
    desk.edit(relay, clip, person="Кира", name="Ольга", seen={"name": "Оля"})
    desk.edit(relay, clip, person="Анна", town="Шлиссельбург", seen={"name": "Оля", "town": "Кировск"})
    with pytest.raises(Stale, match="same field"):
        desk.edit(relay, clip, person="Анна", name="Оленька", seen={"name": "Оля"})
    assert desk.show(relay, clip).participant.name == "Ольга"


@pytest.mark.slow
def test_consent_is_appended_and_the_newest_counts(relay, town):
    clip = town.has_clip()
    assert desk.show(relay, clip).consent is None
    desk.edit(relay, clip, person="Анна", consent="film", evidence="message of 12 January")
    desk.edit(relay, clip, person="Анна", consent="public")
    desk.edit(relay, clip, person="Анна", evidence="letter")
    assert as_json(desk.show(relay, clip).consent) == {"scope": "public", "evidence": "letter"}
    with relay.reading() as session:
        assert len(session.exec(select(Consent)).all()) == 3
    with pytest.raises(Refused, match="no consent scope everything"):
        desk.edit(relay, clip, person="Анна", consent="everything")


@pytest.mark.slow
def test_evidence_of_nothing_is_refused(relay, town):
    with pytest.raises(Refused, match="Evidence needs a consent"):
        desk.edit(relay, town.has_clip(), person="Анна", evidence="letter")


@pytest.mark.slow
def test_a_near_miss_is_marked_as_such(relay, town):
    clip = town.has_clip(match=MatchKind.near)
    assert desk.show(relay, clip).posts[0].match == "near"


def in_doubt(relay, clip, doubt="post"):
    with relay.transaction() as session:
        row = session.get_one(Clip, clip)
        row.doubt = doubt
        session.add(row)


def test_a_doubt_that_the_person_did_not_see_is_not_settled(relay, town):
    """Somebody saw that the post is gone; meanwhile the participant has taken the clip back."""
    clip = town.has_clip()
    in_doubt(relay, clip, "hand-in")
    for seen in ("post", "video", ""):
        with pytest.raises(Stale, match="not in doubt any more"):
            desk.keep(relay, clip, person="Анна", seen=seen)
    assert town.clip(clip).doubt == "hand-in"
    assert town.decisions(clip) == []
    desk.keep(relay, clip, person="Анна", seen="hand-in")
    assert town.clip(clip).doubt == ""
    with pytest.raises(Stale):
        desk.keep(relay, clip, person="Кира", seen="hand-in")


@pytest.mark.slow
def test_a_clip_without_a_doubt_is_not_kept_from_one(relay, town):
    clip = town.has_clip()
    with pytest.raises(Stale, match="not in doubt any more"):
        desk.keep(relay, clip, person="Анна", seen="")
    with pytest.raises(NotFound):
        desk.keep(relay, 77, person="Анна", seen="post")


@pytest.mark.slow
def test_what_is_kept_keeps_state_and_reason_and_stays_on_record(relay, town):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.later, person="Анна", seen=ClipState.awaiting, reason="who is it?")
    in_doubt(relay, clip)
    made = desk.keep(relay, clip, person="Кира", seen="post")
    assert (made.verdict, made.from_state, made.to_state, made.doubt) == (
        Verdict.keep,
        ClipState.later,
        ClipState.later,
        "post",
    )
    assert (made.reason, made.previous_reason, made.person) == ("who is it?", "who is it?", "Кира")
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.later, "who is it?")
    assert desk.history(relay, clip)[-1].reason == ""


@pytest.mark.slow
@pytest.mark.parametrize("state", list(ClipState))
def test_only_clips_that_may_still_be_shown_wait_as_doubtful(relay, town, state):
    clip = town.has_clip(state=state)
    town.has_clip()
    assert desk.doubtful(relay, "proryv80") == 0
    in_doubt(relay, clip)
    expected = 0 if state in (ClipState.rejected, ClipState.withdrawn) else 1
    assert desk.doubtful(relay, "proryv80") == expected


@pytest.mark.slow
def test_what_other_campaigns_decide_is_not_counted_here(relay, town):
    other = Town(relay, "other")
    clip = other.has_clip()
    approve(relay, clip)
    in_doubt(relay, clip)
    assert desk.doubtful(relay, "proryv80") == 0
    assert sum(desk.counts(relay, "proryv80").values()) == 0


@pytest.mark.slow
def test_a_file_is_visible_while_one_campaign_still_shows_it(relay, town):
    clip = town.has_clip(state=ClipState.withdrawn)
    sha256 = town.sha256(clip)
    assert not desk.visible(relay, sha256)
    assert not desk.visible(relay, "0" * 64)
    other = Town(relay, "other")
    with relay.transaction() as session:
        mine = session.get_one(Clip, clip)
        session.add(
            Clip(
                campaign_id=other.campaign_id,
                sha256=sha256,
                video_id=mine.video_id,
                state=ClipState.rejected,
                created_at=relay.now(),
                published_at=relay.now(),
            )
        )
    assert desk.visible(relay, sha256)


@pytest.mark.slow
def test_a_decision_on_a_clip_whose_reason_has_changed_is_stale(relay, town):
    """State and reason together are what a person saw: rejected for another reason is another rejection."""
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="offensive")
    with pytest.raises(Stale):
        desk.decide(relay, clip, Verdict.approve, person="Кира", seen=ClipState.later)
    assert town.clip(clip).state is ClipState.rejected
    desk.decide(relay, clip, Verdict.approve, person="Кира", seen=ClipState.rejected)
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.approved, "")
    assert [d.previous_reason for d in town.decisions(clip)] == ["", "offensive"]
