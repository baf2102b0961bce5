from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused, Stale
from relay.models import ClipState, ConsentScope, MendingState, Verdict
from relay.moderation import desk
from relay.moderation.review import answers, mending, turns
from relay.moderation.review.answers import Written
from relay.moderation.withdrawal import withdraw

BASE = "https://relay.test"
NAME = ["name"]


def returned(relay, clip, codes=("name", "sound"), person="Анна", **more):
    return mending.send_back(relay, clip, list(codes), person=person, **more)


def view(relay, clip):
    return mending.of_clip(relay, clip, BASE)[-1]


def secret(relay, clip):
    return view(relay, clip).link.rpartition("/")[2]


def numbers(relay, person="Анна"):
    return turns.turns(relay, desk.campaign(relay, "proryv80"), person)


@pytest.mark.slow
def test_a_returned_clip_is_in_no_queue_and_on_record(relay, town, room, clock):
    first, second = town.has_clip(name="Ольга"), town.has_clip()
    returned(relay, first, note="Louder, please.")
    assert [room.next(person) for person in ("Анна", "Кира")] == [second, second]
    (entry,) = desk.history(relay, first)
    assert (entry.verdict, entry.person) == ("return", "Анна")
    assert entry.reason == "The name is missing or unclear; The sound is poor; Louder, please."
    assert (entry.from_state, entry.to_state) == (ClipState.awaiting, ClipState.awaiting)
    clock.moves(days=3)
    row = view(relay, first)
    assert (row.days, row.overdue, row.state, row.asks) == (3, False, MendingState.open, ["name", "sound"])
    assert (numbers(relay).returned, numbers(relay).overdue, numbers(relay).held) == (1, 0, 1)
    clock.moves(days=4)
    assert (view(relay, first).overdue, numbers(relay).overdue) == (True, 1)


@pytest.mark.slow
def test_what_was_approved_leaves_the_films_when_it_is_returned(relay, town, room):
    clip = town.has_clip()
    room.decides("Кира", clip)
    returned(relay, clip, seen=ClipState.approved)
    assert town.clip(clip).state is ClipState.awaiting
    desk.undo(relay, clip, person="Анна")
    assert town.clip(clip).state is ClipState.approved
    assert view(relay, clip).state is MendingState.called_off


def test_the_message_is_in_the_campaigns_language_and_has_the_link(relay, town):
    clip = town.has_clip()
    returned(relay, clip, ["upright", "own_words"], note="И улыбнитесь!")
    row = view(relay, clip)
    lines = row.message.splitlines()
    assert lines[0] == "Здравствуйте! Спасибо за ваше видео для «Прорыв. Голоса памяти»."
    assert lines[-1].endswith(row.link)
    assert lines[-2] == "— И улыбнитесь!"
    assert len(lines) == 5
    assert not row.handed_in


def test_the_name_that_the_participant_sends_is_a_correction_on_record(relay, town, room):
    clip, other = town.has_clip(name="Olga S."), town.has_clip()
    returned(relay, clip, NAME)
    answers.answer(relay, secret(relay, clip), Written(name="Ольга  Смирнова", town="Кировск"))
    kept = town.clip(clip)
    assert (kept.name, kept.town, kept.corrected) == ("Ольга Смирнова", "Кировск", ["name", "town"])
    assert (view(relay, clip).state, view(relay, clip).brought) == (MendingState.answered, ["name"])
    assert (room.next("Кира"), room.next("Кира", clip)) == (clip, clip if other is None else room.next("Кира", clip))
    edited = desk.history(relay, clip)[-1]
    assert (edited.person, edited.verdict) == ("the participant", "edited")
    assert edited.changes == {"name": ["Olga S.", "Ольга Смирнова"], "town": ["", "Кировск"]}
    room.decides("Кира", clip)
    assert numbers(relay).mended == 0
    assert view(relay, clip).settled


def test_a_name_alone_is_no_answer_where_a_video_is_asked_for(relay, town, room):
    clip = town.has_clip()
    returned(relay, clip)
    answers.answer(relay, secret(relay, clip), Written(name="Ольга"))
    assert (view(relay, clip).state, room.next("Кира")) == (MendingState.open, None)
    answers.answer(relay, secret(relay, clip), Written(words="I can't record it again."))
    assert (view(relay, clip).state, view(relay, clip).words) == (MendingState.answered, "I can't record it again.")
    assert room.next("Кира") == clip


@pytest.mark.slow
def test_a_guardian_agrees_in_the_words_of_the_page(relay, town):
    clip = town.has_clip()
    returned(relay, clip, ["guardian"])
    with pytest.raises(Refused, match="has to agree"):
        answers.answer(relay, secret(relay, clip), Written(guardian="Мария Смирнова"))
    answers.answer(relay, secret(relay, clip), Written(guardian="Мария Смирнова", agreed="I allow it."))
    consent = desk.show(relay, clip).consent
    assert (consent.scope, consent.evidence) == (ConsentScope.public, "I allow it. — Мария Смирнова")
    assert view(relay, clip).state is MendingState.answered


@pytest.mark.slow
def test_the_link_works_for_its_own_clip_and_as_long_as_something_is_asked(relay, town, room):
    clip = town.has_clip()
    returned(relay, clip, NAME)
    link = secret(relay, clip)
    assert len(link) == 32
    assert answers.page(relay, link).clip_id == clip
    for wrong in ("", link[:-1], "x" * 32):
        with pytest.raises(NotFound):
            answers.page(relay, wrong)
    with pytest.raises(Refused, match="Nothing is written"):
        answers.answer(relay, link, Written(name="  "))
    mending.call_off(relay, clip, person="Кира")
    with pytest.raises(Stale, match="don't wait"):
        answers.answer(relay, link, Written(name="Ольга"))
    assert town.clip(clip).name == ""
    assert room.next("Анна") == clip
    with pytest.raises(Stale):
        mending.call_off(relay, clip, person="Кира")


@pytest.mark.slow
def test_a_decision_ends_the_waiting_and_its_undoing_goes_on_with_it(relay, town, room):
    clip = town.has_clip()
    returned(relay, clip, NAME)
    room.decides("Кира", clip)
    assert view(relay, clip).state is MendingState.called_off
    desk.undo(relay, clip, person="Кира")
    assert (view(relay, clip).state, room.next("Кира")) == (MendingState.open, None)
    answers.answer(relay, secret(relay, clip), Written(name="Ольга"))
    room.decides("Кира", clip)
    desk.undo(relay, clip, person="Кира")
    assert (view(relay, clip).state, view(relay, clip).settled) == (MendingState.answered, False)


@pytest.mark.slow
def test_a_withdrawn_clip_asks_its_participant_for_nothing(relay, town):
    clip = town.has_clip()
    returned(relay, clip, NAME)
    withdraw(relay, clip, reason="asked for", person="Ольга")
    assert view(relay, clip).state is MendingState.called_off
    assert answers.open_for(relay, [clip]) is None


@pytest.mark.parametrize("codes", [[], ["weather"], ["name", "weather"], ["own_words"]])
@pytest.mark.slow
def test_a_return_says_what_is_asked(relay, town, codes):
    clip = town.has_clip()
    with pytest.raises(Refused):
        returned(relay, clip, codes)
    assert town.decisions(clip) == []


@pytest.mark.slow
def test_a_clip_is_returned_once_and_as_it_was_seen(relay, town):
    clip, gone = town.has_clip(), town.has_clip()
    with pytest.raises(Stale):
        returned(relay, clip, seen=ClipState.approved)
    returned(relay, clip)
    with pytest.raises(Refused, match="returned already"):
        returned(relay, clip)
    withdraw(relay, gone, reason="asked for", person="Ольга")
    with pytest.raises(Refused, match="withdrawn"):
        returned(relay, gone)
    with pytest.raises(NotFound):
        returned(relay, 77)
    assert [decision.verdict for decision in town.decisions(clip)] == [Verdict.send_back]


@pytest.mark.slow
def test_the_listing_has_who_waits_longest_first_and_then_the_answers(relay, town, clock):
    clips = [town.has_clip() for _ in range(3)]
    for clip in clips:
        returned(relay, clip, NAME)
        clock.moves(hours=1)
    answers.answer(relay, secret(relay, clips[0]), Written(name="Ольга"))
    assert [row.clip_id for row in mending.listing(relay, "proryv80", BASE)] == [clips[1], clips[2], clips[0]]
