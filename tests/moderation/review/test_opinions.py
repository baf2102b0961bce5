from __future__ import annotations

import pytest
from sqlmodel import col, update

from relay.errors import NotFound, Refused, Stale
from relay.models import ClipState, Question, Verdict
from relay.moderation import desk
from relay.moderation.review import opinions, turns
from relay.moderation.withdrawal import withdraw
from tests.moderation.town import Town


def of_her(relay, person):
    return turns.turns(relay, desk.campaign(relay, "proryv80"), person)


@pytest.mark.slow
def test_a_clip_that_was_asked_about_is_first_in_others_queues_and_not_in_the_askers(relay, town, room):
    first, second = town.has_clip(), town.has_clip()
    assert room.next("Анна") == first
    opinions.ask(relay, second, person="Анна", text="Is this the text about the bridge?")
    assert (room.next("Анна"), room.next("Анна", first)) == (first, None)
    assert (room.next("Кира"), room.next("Кира", second)) == (second, first)
    assert (of_her(relay, "Анна").held, of_her(relay, "Кира").asked) == (1, 1)
    (question,) = opinions.of_clip(relay, second)
    assert (question.asked_by, question.text) == ("Анна", "Is this the text about the bridge?")
    assert (question.is_open, question.answered_by) == (True, "")


@pytest.mark.slow
def test_a_question_to_one_colleague_is_nobody_elses(relay, town, room):
    room.come()
    clip = town.has_clip()
    number = opinions.ask(relay, clip, person="Анна", of="Кира")
    assert [room.next(person) for person in ("Анна", "Ольга", "Кира")] == [None, None, clip]
    assert [of_her(relay, person).asked for person in ("Анна", "Ольга", "Кира")] == [0, 0, 1]
    with pytest.raises(Refused, match="This question is for Кира"):
        opinions.answer(relay, number, person="Ольга", words="yes")


@pytest.mark.slow
def test_twin_without_the_condition_the_asker_meets_her_own_question(relay, town, room, monkeypatch):
    clip = town.has_clip()
    opinions.ask(relay, clip, person="Анна")
    assert room.next("Анна") is None
    nothing = turns.QueueOrder(held=frozenset(), asked=frozenset(), looks=frozenset(), settling=frozenset())
    monkeypatch.setattr(turns, "order", lambda _session, _person: nothing)
    assert room.next("Анна") == clip


def test_an_answer_in_words_is_on_record_and_waits_for_the_asker(relay, town, room):
    clip = town.has_clip(name="Ольга")
    number = opinions.ask(relay, clip, person="Анна", text="Is it hers?")
    opinions.answer(relay, number, person="Кира", words=" Yes,  it is. ")
    assert (room.next("Анна"), room.next("Кира")) == (clip, clip)
    assert (of_her(relay, "Анна").answers, of_her(relay, "Кира").answers) == (1, 0)
    told = [(entry.person, entry.verdict, entry.reason) for entry in desk.history(relay, clip)]
    assert told == [("Анна", "opinion asked", "Is it hers?"), ("Кира", "opinion given", "Yes, it is.")]
    with pytest.raises(Stale, match="answered already"):
        opinions.answer(relay, number, person="Ольга", words="no")
    opinions.close(relay, number, person="Анна")
    assert of_her(relay, "Анна").answers == 0
    (row,) = opinions.listing(relay, "proryv80")
    assert (row.name, row.answer, row.answered_by, row.closed) == ("Ольга", "Yes, it is.", "Кира", True)


def test_a_verdict_answers_too_and_its_undoing_asks_again(relay, town, room):
    clip = town.has_clip()
    opinions.ask(relay, clip, person="Анна")
    room.decides("Кира", clip)
    (question,) = opinions.of_clip(relay, clip)
    assert (question.answered_by, question.verdict, question.is_open) == ("Кира", Verdict.approve, False)
    assert of_her(relay, "Анна").answers == 1
    desk.undo(relay, clip, person="Кира")
    (question,) = opinions.of_clip(relay, clip)
    assert (question.answered_by, question.verdict, question.is_open) == ("", None, True)


@pytest.mark.slow
def test_who_decides_what_she_asked_needs_no_answer(relay, town, room):
    clip = town.has_clip()
    opinions.ask(relay, clip, person="Анна")
    room.decides("Анна", clip)
    (question,) = opinions.of_clip(relay, clip)
    assert (question.is_open, question.closed, question.answered_by) == (False, True, "")
    desk.undo(relay, clip, person="Анна")
    assert opinions.of_clip(relay, clip)[0].is_open
    room.decides("Кира", clip)
    room.decides("Анна", clip, Verdict.later)
    desk.undo(relay, clip, person="Анна")
    assert opinions.of_clip(relay, clip)[0].verdict is Verdict.approve, "Kira's answer stays"


@pytest.mark.slow
def test_what_can_not_be_asked_or_answered(relay, town, room):
    room.come()
    clip, gone = town.has_clip(), town.has_clip()
    withdraw(relay, gone, reason="asked for", person="Ольга")
    for of in ("Анна", "Борис", "Nobody"):
        with pytest.raises(Refused, match="can answer"):
            opinions.ask(relay, clip, person="Анна", of=of)
    number = opinions.ask(relay, clip, person="Анна")
    refused = (
        ("has asked about this clip already", lambda: opinions.ask(relay, clip, person="Кира")),
        ("withdrawn", lambda: opinions.ask(relay, gone, person="Анна")),
        ("no clip 77", lambda: opinions.ask(relay, 77, person="Анна")),
        ("your own question", lambda: opinions.answer(relay, number, person="Анна", words="yes")),
        ("Write an answer", lambda: opinions.answer(relay, number, person="Кира", words="  ")),
        ("no such question", lambda: opinions.answer(relay, 77, person="Кира", words="yes")),
        ("Only Анна", lambda: opinions.close(relay, number, person="Кира")),
    )
    for words, deed in refused:
        with pytest.raises(Refused, match=words):
            deed()
    assert town.clip(clip).state is ClipState.awaiting
    assert issubclass(NotFound, Refused)


@pytest.mark.slow
def test_the_colleagues_are_those_who_judge(relay, room):
    room.come()
    assert opinions.colleagues(relay, "Анна") == ["Кира", "Ольга"]


@pytest.mark.slow
def test_open_questions_come_first_and_another_campaigns_not_at_all(relay, town, room):
    elsewhere = Town(relay, "spring")
    elsewhere.number = 100
    clips = [town.has_clip() for _ in range(3)]
    numbers = [opinions.ask(relay, clip, person="Анна") for clip in [*clips, elsewhere.has_clip()]]
    opinions.close(relay, numbers[2], person="Анна")
    assert [view.id for view in opinions.listing(relay, "proryv80")] == [numbers[1], numbers[0], numbers[2]]
    assert of_her(relay, "Кира").asked == 2
    with relay.transaction() as session:
        session.exec(update(Question).where(col(Question.id) == numbers[0]).values(closed_at=relay.now()))
    assert of_her(relay, "Кира").asked == 1
