"""Clips of one recording share a card: who is in front, whose it is, and one decision for all."""

from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import Refused, Stale
from relay.models import (
    CardMember,
    Certainty,
    Clip,
    ClipState,
    Decision,
    Doubt,
    JointDecision,
    Kinship,
    RecordingPrint,
    Said,
    Verdict,
    Video,
)
from relay.moderation import desk, recordings
from relay.moderation.team import own_decisions, queue
from relay.moderation.withdrawal import withdraw
from relay.recordings import cards, kinships
from tests.moderation.town import Town


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


def alike(
    town: Town, one: int, other: int, certainty: Certainty = Certainty.certain, seen: float = 1.0, begins: float = 0.0
) -> None:
    """The comparison found this of two clips."""
    now = town.relay.now()
    with town.relay.transaction() as session:
        session.add(Kinship(a_id=one, b_id=other, certainty=certainty, seen=seen, begins=begins, at=now))
        kinships.renumber(session, [one, other])
        cards.regroup(session, [one, other], now)


def on_card(town: Town, clip: int) -> list[int]:
    with town.relay.reading() as session:
        return [row.clip_id for row in cards.members(session, clip)]


def state(town: Town, clip: int) -> ClipState:
    return desk.show(town.relay, clip).state


def verdicts(town: Town, clip: int) -> list[str]:
    return [entry.verdict for entry in desk.history(town.relay, clip) if entry.id]


def of_public(town: Town, clip: int) -> None:
    with town.relay.transaction() as session:
        video = session.get_one(Video, session.get_one(Clip, clip).video_id)
        video.owner_id = f"-{video.owner_id}"
        session.add(video)


@pytest.mark.slow
def test_queue_lists_and_counts_show_one_card_for_a_recording(town: Town) -> None:
    first, copy, other = town.has_clip(), town.has_clip(), town.has_clip()
    alike(town, first, copy)
    relay = town.relay
    assert [clip.id for clip in desk.page(relay, town.slug)] == [first, other]
    assert desk.counts(relay, town.slug)["awaiting"] == 2
    assert queue.first(relay, town.slug, after=first) == other
    assert [clip.id for clip in desk.listing(relay, town.slug)] == [first, copy, other]
    assert {desk.show(relay, one).family for one in (first, copy)} == {first}


@pytest.mark.slow
def test_what_is_only_possible_keeps_cards_apart(town: Town) -> None:
    one, other = town.has_clip(), town.has_clip()
    alike(town, one, other, Certainty.possible)
    assert on_card(town, one) == []
    assert desk.show(town.relay, one).family == one
    assert desk.counts(town.relay, town.slug)["awaiting"] == 2


@pytest.mark.slow
def test_the_best_copy_stands_in_front(town: Town) -> None:
    small, large = town.has_clip(size=(640, 360)), town.has_clip(size=(1280, 720))
    bordered = town.has_clip(size=(1920, 1080))
    with town.relay.transaction() as session:
        sha256 = session.get_one(Clip, bordered).sha256
        session.add(
            RecordingPrint(sha256=sha256, version=1, pictures=b"", sounds=b"", border=True, at=town.relay.now())
        )
    alike(town, small, large)
    alike(town, small, bordered)
    assert on_card(town, small)[0] == large


@pytest.mark.slow
def test_the_original_is_credited_and_not_the_public_that_posted_it_again(town: Town) -> None:
    """The public came first and has the better copy; the participant's own page is the original all the same."""
    public = town.has_clip(name="Подслушано Кировск", size=(1920, 1080))
    of_public(town, public)
    own = town.has_clip(name="Ольга Смирнова", town="Мга", size=(640, 360))
    alike(town, public, own)
    shared = recordings.card_of(town.relay, own)
    assert shared is not None
    assert (shared.front, shared.original, shared.members) == (public, own, [public, own])
    shown = desk.show(town.relay, public).participant
    assert (shown.name, shown.town) == ("Ольга Смирнова", "Мга")
    assert any("name" in entry.changes for entry in desk.history(town.relay, public))


@pytest.mark.slow
def test_of_two_publics_the_first_is_the_original(town: Town) -> None:
    first, second = town.has_clip(name="Первый"), town.has_clip(name="Второй")
    of_public(town, first)
    of_public(town, second)
    alike(town, first, second)
    assert recordings.card_of(town.relay, second).original == first  # type: ignore[union-attr]


@pytest.mark.slow
def test_what_a_person_corrected_on_the_front_stays(town: Town) -> None:
    public, own = town.has_clip(name="Публика", size=(1920, 1080)), town.has_clip(name="Ольга")
    of_public(town, public)
    desk.edit(town.relay, public, person="Анна", name="Ольга Ивановна")
    alike(town, public, own)
    assert desk.show(town.relay, public).participant.name == "Ольга Ивановна"


@pytest.mark.slow
def test_one_decision_counts_for_all_and_is_taken_back_for_all(town: Town) -> None:
    first, copy, third = (town.has_clip() for _ in range(3))
    alike(town, first, copy)
    alike(town, first, third)
    desk.decide(town.relay, copy, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    assert {state(town, one) for one in (first, copy, third)} == {ClipState.approved}
    assert own_decisions.today(town.relay, town.slug, "Анна") <= 1
    assert [verdicts(town, one) for one in (first, copy, third)] == [["approve"]] * 3
    assert own_decisions.last(town.relay, town.slug, "Анна").clip_id == copy  # type: ignore[union-attr]

    desk.undo(town.relay, third, person="Анна")
    assert {state(town, one) for one in (first, copy, third)} == {ClipState.awaiting}
    assert [verdicts(town, one) for one in (first, copy, third)] == [["approve", "undo"]] * 3


@pytest.mark.slow
def test_a_changed_verdict_is_one_for_all_too(town: Town) -> None:
    first, copy = town.has_clip(), town.has_clip()
    alike(town, first, copy)
    desk.decide(town.relay, first, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    desk.decide(town.relay, first, Verdict.reject, person="Ольга", seen=ClipState.approved, reason="off_topic")
    assert desk.show(town.relay, copy).reason == "off_topic"
    desk.undo(town.relay, first, person="Ольга")
    assert (state(town, first), state(town, copy)) == (ClipState.approved, ClipState.approved)


@pytest.mark.slow
def test_twin_a_copy_of_another_card_is_decided_by_itself(town: Town) -> None:
    first, copy, stranger = (town.has_clip() for _ in range(3))
    alike(town, first, copy)
    desk.decide(town.relay, first, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    assert state(town, stranger) is ClipState.awaiting


@pytest.mark.slow
def test_when_another_is_faster_nothing_is_decided(town: Town) -> None:
    first, copy = town.has_clip(), town.has_clip()
    alike(town, first, copy)
    with pytest.raises(Stale):
        desk.decide(town.relay, first, Verdict.approve, person="Анна", seen=ClipState.later)
    assert (state(town, first), state(town, copy)) == (ClipState.awaiting, ClipState.awaiting)
    with town.relay.reading() as session:
        assert session.exec(select(Decision)).all() == session.exec(select(JointDecision)).all() == []


@pytest.mark.slow
def test_a_copy_that_comes_later_is_told_the_verdict(town: Town) -> None:
    first = town.has_clip()
    desk.decide(town.relay, first, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="off_topic")
    late = town.has_clip(size=(1920, 1080))
    alike(town, first, late)
    assert (state(town, late), desk.show(town.relay, late).reason) == (ClipState.rejected, "off_topic")
    assert on_card(town, late)[0] == first  # what was decided stays in front
    assert [entry.person for entry in desk.history(town.relay, late) if entry.id] == [""]
    desk.undo(town.relay, first, person="Анна")
    assert state(town, late) is ClipState.awaiting


def test_a_better_copy_of_what_was_turned_down_for_its_quality_waits_in_front(town: Town) -> None:
    poor = town.has_clip(size=(320, 240))
    desk.decide(town.relay, poor, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="bad_quality")
    good = town.has_clip(size=(1920, 1080))
    alike(town, poor, good)
    assert state(town, good) is ClipState.awaiting
    assert queue.first(town.relay, town.slug) == good


@pytest.mark.slow
def test_a_withdrawn_copy_leaves_the_front_and_puts_the_others_in_doubt(town: Town) -> None:
    first, copy = town.has_clip(size=(1920, 1080)), town.has_clip()
    alike(town, first, copy)
    desk.decide(town.relay, first, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    withdraw(town.relay, first, reason="Просила", person="Ольга")
    assert on_card(town, copy)[0] == copy
    assert desk.show(town.relay, copy).doubt is Doubt.hand_in
    assert state(town, copy) is ClipState.approved


# What people say


@pytest.mark.slow
def test_a_person_parts_two_and_the_program_never_joins_them_again(town: Town) -> None:
    first, copy = town.has_clip(name="Анна"), town.has_clip(name="Вера", size=(1920, 1080))
    alike(town, first, copy)
    desk.decide(town.relay, first, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    recordings.say(town.relay, first, copy, Said.other, person="Ольга")
    assert on_card(town, first) == on_card(town, copy) == []
    assert desk.show(town.relay, copy).family is None
    assert (state(town, first), state(town, copy)) == (ClipState.approved, ClipState.awaiting)
    assert desk.show(town.relay, copy).participant.name == "Вера"  # not the other's any more

    with town.relay.transaction() as session:
        cards.regroup(session, [first, copy], town.relay.now())
    assert on_card(town, first) == []


def test_what_was_said_is_taken_back(town: Town) -> None:
    first, copy = town.has_clip(), town.has_clip()
    alike(town, first, copy)
    recordings.say(town.relay, first, copy, Said.other, person="Ольга")
    recordings.say(town.relay, first, copy, Said.nothing, person="Ольга", seen=Said.other)
    assert on_card(town, first) == [first, copy]
    told = [entry.verdict for entry in desk.history(town.relay, first)]
    assert told.count("said another") == told.count("unsaid") == 1


def test_two_that_nothing_joins_are_joined_by_hand_and_parted_again(town: Town) -> None:
    one, other = town.has_clip(), town.has_clip()
    desk.decide(town.relay, other, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    recordings.say(town.relay, one, other, Said.same, person="Ольга")
    assert set(on_card(town, one)) == {one, other}
    assert state(town, one) is ClipState.approved
    recordings.say(town.relay, one, other, Said.nothing, person="Ольга", seen=Said.same)
    assert on_card(town, one) == []
    assert state(town, one) is ClipState.awaiting
    with town.relay.reading() as session:
        assert session.exec(select(Kinship)).all() == []


@pytest.mark.slow
def test_of_three_the_one_that_is_another_leaves_alone(town: Town) -> None:
    one, two, three = (town.has_clip() for _ in range(3))
    alike(town, one, two, seen=1.0)
    alike(town, two, three, seen=0.6)
    assert on_card(town, three) == [one, two, three]
    recordings.say(town.relay, one, three, Said.other, person="Ольга")
    assert on_card(town, one) == [one, two]
    assert on_card(town, three) == []
    recordings.say(town.relay, one, two, Said.same, person="Ольга")
    with pytest.raises(Refused, match="not the same"):
        recordings.say(town.relay, two, three, Said.same, person="Анна")
    assert on_card(town, three) == []


@pytest.mark.slow
def test_two_people_who_say_something_at_once_are_told(town: Town) -> None:
    one, other = town.has_clip(), town.has_clip()
    alike(town, one, other, Certainty.possible)
    recordings.say(town.relay, one, other, Said.same, person="Ольга")
    with pytest.raises(Stale):
        recordings.say(town.relay, one, other, Said.other, person="Анна")
    assert on_card(town, one) == [one, other]


@pytest.mark.slow
def test_a_person_chooses_the_front_and_a_better_copy_does_not_overrule_it(town: Town) -> None:
    large, small = town.has_clip(size=(1920, 1080)), town.has_clip(size=(640, 360))
    alike(town, large, small)
    recordings.put_in_front(town.relay, small, person="Ольга")
    assert on_card(town, large)[0] == small
    huge = town.has_clip(size=(3840, 2160))
    alike(town, large, huge)
    assert on_card(town, large)[0] == small
    assert recordings.card_of(town.relay, large).chosen_by == "Ольга"  # type: ignore[union-attr]
    with pytest.raises(Refused):
        recordings.put_in_front(town.relay, town.has_clip(), person="Ольга")


@pytest.mark.slow
def test_clips_of_two_campaigns_and_a_clip_with_itself_are_not_compared(town: Town) -> None:
    one, elsewhere = town.has_clip(), Town(town.relay, "other")
    elsewhere.number = 50
    strange = elsewhere.has_clip()
    for other in (one, strange):
        with pytest.raises(Refused):
            recordings.say(town.relay, one, other, Said.same, person="Ольга")


@pytest.mark.slow
def test_where_the_other_begins_is_told_from_either_side(town: Town) -> None:
    one, other = town.has_clip(), town.has_clip()
    alike(town, one, other, begins=2.5)
    assert recordings.pair(town.relay, one, other).begins == 2.5
    assert recordings.pair(town.relay, other, one).begins == -2.5


def test_where_was_it_posted(town: Town) -> None:
    one, other = town.has_clip(posts=3), town.has_clip(posts=2)
    alike(town, one, other)
    shared = recordings.card_of(town.relay, other)
    assert shared is not None
    assert (shared.places, shared.publics) == (5, 2)
    assert recordings.copies(town.relay, [one, other]) == {one: 2, other: 2}
    assert [view.clip.id for view in recordings.relatives(town.relay, one)] == [other]
    with town.relay.reading() as session:
        assert [row.front for row in session.exec(select(CardMember))].count(True) == 1
